// Sending and receiving.

#include <algorithm>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/container/inlined_vector.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/base/status_macros.h"
#include "engine/buffer/data_space.h"
#include "engine/facade/engine_impl.h"
#include "engine/facade/send_operation.h"
#include "engine/ndis/error.h"

namespace netbuf {
namespace {

// Frames of a call that are dealt with without memory from the heap.
constexpr size_t kFewFrames = 32;

absl::Status CheckBatch(size_t count, absl::string_view field) {
  if (count <= Engine::kMaxBatch) return absl::OkStatus();
  return ErrorBuilder(absl::StatusCode::kInvalidArgument, "BATCH_TOO_LARGE",
                      NdisStatus::kInvalidParameter)
             .Field(field, absl::StrCat("must have at most ", Engine::kMaxBatch,
                                        " items"))
         << field << " has " << count << " items; split it into batches of at "
         << "most " << Engine::kMaxBatch;
}

absl::Status CheckSendPool(const NetBufferListPoolEntry& entry,
                           absl::string_view binding) {
  const NetBufferListPoolParameters& parameters = entry.pool->parameters();
  if (!absl::StartsWith(binding, absl::StrCat(entry.protocol->name(), "/"))) {
    return ErrorBuilder(absl::StatusCode::kInvalidArgument, "FOREIGN_POOL",
                        NdisStatus::kInvalidParameter)
               .Field("net_buffer_list_pool",
                      "must be a pool of the binding's protocol")
           << entry.name << " belongs to another protocol than " << binding
           << "; name a pool of the binding's protocol";
  }
  if (!parameters.allocate_net_buffer || parameters.data_size == 0) {
    return ErrorBuilder(absl::StatusCode::kFailedPrecondition,
                        "WRONG_ALLOCATOR", NdisStatus::kInvalidParameter)
               .Precondition("POOL_PARAMETERS", entry.name,
                             "the pool has no data buffers")
           << entry.name
           << " has no data buffers to put frames in; make a pool with "
              "allocate_net_buffer and data_size";
  }
  return absl::OkStatus();
}

// Where in `data_size` bytes a frame begins, so that the stack finds the room
// it asked for; nothing when the frame does not fit.
std::optional<uint32_t> PlaceFrame(size_t length, uint32_t data_size,
                                   std::optional<uint32_t> wanted,
                                   uint32_t back_fill) {
  if (length > data_size) return std::nullopt;
  const auto room = static_cast<uint32_t>(data_size - length);
  if (!wanted.has_value()) return std::min(back_fill, room);
  if (*wanted > room) return std::nullopt;
  return *wanted;
}

}  // namespace

absl::Status EngineImpl::SendNetBufferLists(absl::string_view binding,
                                            absl::Span<const uint64_t> handles,
                                            uint32_t port_number,
                                            uint32_t send_flags,
                                            SendDone done) {
  ASSIGN_OR_RETURN(BindingCall call, EnterBinding(binding, "binding"));
  RETURN_IF_ERROR(CheckBatch(handles.size(), "net_buffer_lists"));
  if (handles.empty()) {
    done({});
    return absl::OkStatus();
  }
  Claims claims(pool_table_, *call.call.protocol());
  for (size_t i = 0; i < handles.size(); ++i) {
    RETURN_IF_ERROR(
        claims.ClaimList(handles[i], absl::StrCat("net_buffer_lists[", i, "]"))
            .status());
  }
  // The operation deletes itself; with nothing sent it must not exist.
  auto* const operation = new SendOperation(
      call.call.protocol(), nullptr,
      std::vector<NdisStatus>(handles.size(), NdisStatus::kFailure),
      handles.size(), &send_timer_, std::move(done));
  NetBufferListChain chain;
  for (size_t i = 0; i < handles.size(); ++i) {
    NetBufferList* const list = claims.lists()[i];
    operation->Attach(list, i);
    list->set_source_handle(call->binding().handle());
    chain.Append(list);
  }
  for (const auto& [handle, nb] : claims.buffers()) {
    NetBufferPool::SetHolder(nb, call->holder(), LifeEvent::kSent);
  }
  // From here on the lists come back through their completion.
  claims.ForgetLists();
  claims.ForgetBuffers();
  // SourceHandle is right in every list, so the stack takes the chain.
  call->binding().SendNetBufferLists(std::move(chain), port_number, send_flags);
  return absl::OkStatus();
}

absl::Status EngineImpl::SendFrames(const SendFramesArguments& arguments,
                                    SendDone done) {
  ASSIGN_OR_RETURN(BindingCall call,
                   EnterBinding(arguments.binding, "binding"));
  ASSIGN_OR_RETURN(
      const auto pool_call,
      EnterListPool(arguments.net_buffer_list_pool, "net_buffer_list_pool"));
  const std::shared_ptr<NetBufferListPoolEntry>& entry = pool_call.entry;
  RETURN_IF_ERROR(CheckSendPool(*entry, arguments.binding));
  RETURN_IF_ERROR(CheckBatch(arguments.frames.size(), "frames"));

  const uint32_t data_size = entry->pool->parameters().data_size;
  const size_t frame_count = arguments.frames.size();
  std::vector<NdisStatus> statuses(frame_count, NdisStatus::kSuccess);
  absl::InlinedVector<uint32_t, kFewFrames> offsets(frame_count);
  size_t carried = 0;
  for (size_t i = 0; i < frame_count; ++i) {
    const auto offset =
        PlaceFrame(arguments.frames[i].size(), data_size, arguments.data_offset,
                   call->data_back_fill_size());
    if (offset.has_value()) {
      offsets[i] = *offset;
      ++carried;
    } else {
      statuses[i] = NdisStatus::kInvalidLength;
    }
  }
  if (carried == 0) {
    done(std::move(statuses));
    return absl::OkStatus();
  }

  if (!entry->allocations.TryAcquire()) {
    return ErrorBuilder(absl::StatusCode::kFailedPrecondition, "POOL_CLOSING",
                        NdisStatus::kInvalidState)
               .Precondition("POOL_STATE", entry->name,
                             "the pool is being deleted")
           << entry->name << " is being deleted; make another pool";
  }
  const absl::Cleanup release = [&entry] { entry->allocations.Release(); };
  absl::InlinedVector<NetBufferList*, kFewFrames> lists(carried);
  // The binding holds them from the start: no client has their handles.
  const PoolStatus status = entry->pool->AllocateNetBufferLists(
      0, 0, call->holder(), absl::MakeSpan(lists));
  if (status != PoolStatus::kOk) {
    return ErrorBuilder(absl::StatusCode::kResourceExhausted, "POOL_EXHAUSTED",
                        NdisStatus::kResources)
               .Quota(entry->name, "max_outstanding or the memory limit",
                      absl::Milliseconds(10))
               .Metadata("pool", entry->name)
               .Metadata("count", carried)
           << entry->name << " cannot give " << carried
           << " lists now; send smaller batches, wait for sends to complete, "
              "or make the pool larger";
  }
  auto* const operation =
      new SendOperation(call.call.protocol(), entry, std::move(statuses),
                        carried, &send_timer_, std::move(done));
  NetBufferListChain chain;
  size_t next = 0;
  for (size_t i = 0; i < frame_count; ++i) {
    const absl::string_view frame = arguments.frames[i];
    if (operation->status(i) != NdisStatus::kSuccess) continue;
    NetBufferList* const list = lists[next++];
    NetBuffer& nb = *list->first_net_buffer();
    const auto length = static_cast<uint32_t>(frame.size());
    SetNetBufferDataSpace(nb, offsets[i], length);
    WriteNetBufferData(nb, 0, length,
                       reinterpret_cast<const std::byte*>(frame.data()));
    operation->Attach(list, i);
    list->set_source_handle(call->binding().handle());
    chain.Append(list);
  }
  call->binding().SendNetBufferLists(std::move(chain), arguments.port_number,
                                     0);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<FrameReceiver>> EngineImpl::ReceiveFrames(
    absl::string_view binding, std::function<void()> readable) {
  ASSIGN_OR_RETURN(BindingCall call, EnterBinding(binding, "binding"));
  return call->Receive(std::move(readable));
}

}  // namespace netbuf
