#include "engine/nic/pcap_nic.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/base/mutex.h"
#include "engine/base/status_macros.h"
#include "engine/buffer/chain.h"
#include "engine/buffer/net_buffer.h"
#include "engine/buffer/net_buffer_list.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/nic/cancel_sends.h"
#include "engine/nic/capture_directory.h"
#include "engine/nic/capture_reader.h"
#include "engine/nic/capture_replay.h"
#include "engine/nic/capture_writer.h"
#include "engine/nic/frame.h"
#include "engine/nic/nic_attributes.h"
#include "engine/nic/nic_options.h"

namespace netbuf {

absl::StatusOr<std::unique_ptr<PcapNic>> PcapNic::Create(
    const PcapNicOptions& options, Environment environment) {
  RETURN_IF_ERROR(
      CheckDescriptors(options.receive_descriptors, "receive_descriptors"));
  ASSIGN_OR_RETURN(NicAttributes attributes,
                   MakeNicAttributes(options.common, "netbufd capture NIC"));
  attributes.receive_descriptors = options.receive_descriptors;
  return absl::WrapUnique(
      new PcapNic(options, std::move(attributes), std::move(environment)));
}

PcapNic::PcapNic(const PcapNicOptions& options, NicAttributes attributes,
                 Environment environment)
    : options_(options),
      environment_(std::move(environment)),
      miniport_(std::move(attributes), options.common),
      send_loop_([this](NetBufferListChain chain) {
        return Carry(std::move(chain));
      }) {}

absl::Status PcapNic::Initialize(NicClient* client) {
  miniport_.set_client(client);
  send_loop_.set_client(client);
  // Reading first: it changes nothing, and writing empties its file.
  RETURN_IF_ERROR(OpenReceiveFile());
  absl::Status status = OpenTransmitFile();
  if (!status.ok()) replay_.reset();
  return status;
}

absl::Status PcapNic::OpenReceiveFile() {
  if (options_.receive_file.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(UniqueFd file, environment_.captures->OpenForReading(
                                      options_.receive_file, "receive_file"));
  ASSIGN_OR_RETURN(std::unique_ptr<CaptureReader> reader,
                   CaptureReader::Open(std::move(file), options_.receive_file,
                                       "receive_file"));
  ASSIGN_OR_RETURN(replay_, CaptureReplay::Create(
                                std::move(reader),
                                {.pace = options_.receive_pace,
                                 .descriptors = options_.receive_descriptors,
                                 .quota = environment_.quota},
                                environment_.clock, &miniport_));
  return absl::OkStatus();
}

absl::Status PcapNic::OpenTransmitFile() {
  if (options_.transmit_file.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(CaptureDirectory::NewFile file,
                   environment_.captures->OpenForWriting(options_.transmit_file,
                                                         "transmit_file"));
  absl::StatusOr<std::unique_ptr<CaptureWriter>> writer = CaptureWriter::Create(
      std::move(file.fd), options_.transmit_file, options_.transmit_precision,
      environment_.file_calls);
  if (!writer.ok()) {
    if (file.created) environment_.captures->Remove(options_.transmit_file);
    return writer.status();
  }
  MutexLock lock(mu_);
  writer_ = *std::move(writer);
  return absl::OkStatus();
}

void PcapNic::Restart() {
  MutexLock lock(mu_);
  miniport_.set_running(true);
  UpdateReplay();
}

void PcapNic::Pause() {
  NetBufferListChain held;
  {
    MutexLock lock(mu_);
    miniport_.set_running(false);
    held = std::move(held_);
    held_frames_.store(0, std::memory_order_relaxed);
  }
  if (replay_ != nullptr) replay_->Stop();
  for (NetBufferList* nbl = held.head(); nbl != nullptr; nbl = nbl->next) {
    miniport_.Discard(*nbl, NdisStatus::kPaused);
  }
  send_loop_.Complete(std::move(held));
}

absl::Status PcapNic::Halt() {
  replay_.reset();
  std::unique_ptr<CaptureWriter> writer;
  {
    MutexLock lock(mu_);
    writer = std::move(writer_);
  }
  return writer == nullptr ? absl::OkStatus() : writer->Close();
}

void PcapNic::SendNetBufferLists(NetBufferListChain chain) {
  send_loop_.Send(std::move(chain));
}

void PcapNic::CancelSends(const void* source_handle, uint64_t cancel_id) {
  NetBufferListChain cancelled;
  uint64_t frames = 0;
  {
    MutexLock lock(mu_);
    cancelled = TakeCancelled(&held_, source_handle, cancel_id, 0);
    for (NetBufferList* nbl = cancelled.head(); nbl != nullptr;
         nbl = nbl->next) {
      frames += CountFrames(*nbl);
      miniport_.Discard(*nbl, NdisStatus::kSendAborted);
    }
    held_frames_.fetch_sub(frames, std::memory_order_relaxed);
  }
  send_loop_.Complete(std::move(cancelled));
}

void PcapNic::ReturnNetBufferLists(NetBufferListChain chain) {
  if (replay_ != nullptr) replay_->Return(std::move(chain));
}

NdisStatus PcapNic::OidRequest(netbuf::OidRequest& request) {
  const NdisStatus status = miniport_.OidRequest(
      request, [this](const LinkState& state) { SetLinkState(state); });
  if (request.is_set() && status == NdisStatus::kSuccess) {
    MutexLock lock(mu_);
    UpdateReplay();
  }
  return status;
}

void PcapNic::SetLinkState(const LinkState& state) {
  NetBufferListChain done;
  {
    MutexLock lock(mu_);
    if (!miniport_.SetLinkState(state)) return;
    if (miniport_.link_up()) {
      Batch batch;
      while (NetBufferList* const nbl = held_.PopFront()) {
        Transmit(nbl, &batch, &done);
      }
      FlushBatch(&batch, &done);
      held_frames_.store(0, std::memory_order_relaxed);
    }
    UpdateReplay();
  }
  miniport_.IndicateLinkState();
  send_loop_.Complete(std::move(done));
}

std::optional<ReplayProgress> PcapNic::replay_progress() const {
  if (replay_ == nullptr) return std::nullopt;
  return replay_->progress();
}

absl::Status PcapNic::last_write_error() const {
  MutexLock lock(mu_);
  return writer_ == nullptr ? absl::OkStatus() : writer_->last_error();
}

void PcapNic::UpdateReplay() {
  if (replay_ == nullptr) return;
  replay_->SetActive(miniport_.running() && miniport_.link_up() &&
                     miniport_.receive_filter().packet_filter() != 0);
}

NetBufferListChain PcapNic::Carry(NetBufferListChain chain) {
  NetBufferListChain done;
  Batch batch;
  MutexLock lock(mu_);
  while (NetBufferList* const nbl = chain.PopFront()) {
    switch (miniport_.Admit(*nbl)) {
      case Admission::kCarry:
        Transmit(nbl, &batch, &done);
        break;
      case Admission::kHold:
        held_frames_.fetch_add(CountFrames(*nbl), std::memory_order_relaxed);
        held_.Append(nbl);
        break;
      case Admission::kComplete:
        done.Append(nbl);
        break;
    }
  }
  FlushBatch(&batch, &done);
  return done;
}

void PcapNic::Transmit(NetBufferList* nbl, Batch* batch,
                       NetBufferListChain* done) {
  if (batch->lists.empty()) batch->time = environment_.clock->Now();
  if (writer_ != nullptr && !AddToWriter(*nbl, batch->time)) {
    miniport_.statistics().AddOutErrors(CountFrames(*nbl));
    nbl->set_status(NdisStatus::kInvalidData);
    done->Append(nbl);
    return;
  }
  // What is true of nearly all lists; FlushBatch() knows better of the others.
  nbl->set_status(NdisStatus::kSuccess);
  Tally(*nbl, &batch->tally);
  batch->lists.Append(nbl);
  if (writer_ != nullptr && writer_->full()) FlushBatch(batch, done);
}

bool PcapNic::AddToWriter(const NetBufferList& nbl, absl::Time now) {
  CaptureWriter* const writer = writer_.get();
  for (const NetBuffer* nb = nbl.first_net_buffer(); nb != nullptr;
       nb = nb->next()) {
    const uint32_t length = miniport_.WireLength(*nb);
    writer->BeginFrame(now, length);
    const bool whole = ForEachRun(
        *nb, nb->data_length(),
        [writer](absl::Span<const std::byte> run) { writer->AddBytes(run); });
    if (!whole) {
      writer->AbandonGroup();
      return false;
    }
    if (length > nb->data_length())
      writer->AddZeros(length - nb->data_length());
  }
  writer->EndGroup();
  return true;
}

void PcapNic::FlushBatch(Batch* batch, NetBufferListChain* done) {
  if (batch->lists.empty()) return;
  const size_t count = batch->lists.size();
  const size_t written = writer_ == nullptr ? count : writer_->Flush();
  if (written < count) FailFrom(written, batch);
  miniport_.statistics().AddSent(batch->tally);
  batch->tally = {};
  done->Append(std::move(batch->lists));
}

void PcapNic::FailFrom(size_t first, Batch* batch) {
  batch->tally = {};
  size_t i = 0;
  for (NetBufferList* nbl = batch->lists.head(); nbl != nullptr;
       nbl = nbl->next, ++i) {
    if (i < first) {
      Tally(*nbl, &batch->tally);
    } else {
      nbl->set_status(NdisStatus::kFailure);
      miniport_.statistics().AddOutErrors(CountFrames(*nbl));
    }
  }
}

void PcapNic::Tally(const NetBufferList& nbl, TrafficTally* tally) const {
  for (const NetBuffer* nb = nbl.first_net_buffer(); nb != nullptr;
       nb = nb->next()) {
    miniport_.Tally(*nb, tally);
  }
}

}  // namespace netbuf
