// Gives a server something to show on every panel of the dashboards, and tells
// exactly what it did.
//
//   load HOST:PORT
//
// Sets up adapters, a filter, pools and a binding and prints "ready"; on a line
// from stdin it makes calls for five seconds and prints a line of JSON: calls
// by method and code, frames by status, and so on. What it made stays there.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/lib/client.h"
#include "client/lib/error.h"
#include "netbuf/v1/adapter_service.pb.h"
#include "netbuf/v1/data_path_service.pb.h"
#include "netbuf/v1/ndis.pb.h"

namespace netbuf {
namespace {

constexpr absl::Duration kDuration = absl::Seconds(5);
// Frames that one pool may have out; a larger batch is refused.
constexpr int kMaxOutstanding = 64;
constexpr int kBatch = 16;
constexpr int kHeld = 40;
constexpr size_t kFrameBytes = 600;

using Counts = std::map<std::string, int64_t>;

std::string Json(const Counts& counts) {
  return absl::StrCat("{",
                      absl::StrJoin(counts, ", ",
                                    [](std::string* out, const auto& entry) {
                                      absl::StrAppend(out, "\"", entry.first,
                                                      "\": ", entry.second);
                                    }),
                      "}");
}

class Load {
 public:
  explicit Load(const std::string& address)
      // Without retries, which would be calls that nobody counts here.
      : client_(Client::Connect(
            {.address = address, .retry = {.max_attempts = 1}})) {}

  void SetUp() {
    v1::Adapter simulated;
    // Fast enough for the load, slow enough for frames to be seen on their way.
    simulated.mutable_simulated();
    simulated.set_link_speed_bps(100'000'000);
    Must("CreateAdapter", client_.CreateAdapter("wire", simulated).status());
    v1::Adapter replaying;
    replaying.mutable_pcap()->set_receive_file("replay.pcap");
    Must("CreateAdapter", client_.CreateAdapter("replay", replaying).status());
    v1::AttachFilterRequest filter;
    filter.set_parent("adapters/wire");
    filter.set_filter_id("tag");
    filter.mutable_filter()->mutable_vlan()->set_vlan_id(7);
    Must("AttachFilter", client_.AttachFilter(filter).status());
    Must("RegisterProtocol",
         client_.RegisterProtocol("load", absl::Hours(1)).status());
    v1::Binding binding;
    binding.set_adapter("adapters/wire");
    Must("OpenBinding", client_.OpenBinding(kProtocol, "b", binding).status());
    MakePool("roomy", 2048);
    MakePool("tight", kFrameBytes);  // No room in front of a frame.
    MakePool("held", 0);
    v1::NetBufferPool buffers;
    buffers.set_data_size(256);
    Must("CreateNetBufferPool",
         client_.CreateNetBufferPool(kProtocol, "buffers", buffers).status());
    Must("RestartBinding", client_.RestartBinding(kBinding).status());
  }

  void Run() {
    v1::AllocateNetBufferAndNetBufferListsRequest allocate;
    allocate.set_pool(PoolName("held"));
    allocate.set_count(kHeld);
    Must("AllocateNetBufferAndNetBufferLists",
         client_.AllocateNetBufferAndNetBufferLists(allocate).status());
    const absl::Time end = absl::Now() + kDuration;
    for (int round = 0; absl::Now() < end; ++round) {
      Send("roomy", kBatch);
      if (round % 4 == 0) Send("tight", 2);
      if (round % 8 == 0) Others();
      if (round % 64 == 0) PauseAndRestart();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  std::string Report() const {
    return absl::StrCat(
        "{\"calls\": ", Json(calls_), ", \"frames\": ", Json(frames_),
        ", \"sent\": ", Json(sent_), ", \"held\": ", kHeld,
        ", \"slowest_call_seconds\": ", absl::ToDoubleSeconds(slowest_), "}");
  }

 private:
  static constexpr char kProtocol[] = "protocols/load";
  static constexpr char kBinding[] = "protocols/load/bindings/b";

  static std::string PoolName(const std::string& id) {
    return absl::StrCat(kProtocol, "/netBufferListPools/", id);
  }

  void MakePool(const std::string& id, uint32_t data_size) {
    v1::NetBufferListPool pool;
    pool.set_allocate_net_buffer(true);
    pool.set_data_size(data_size);
    pool.set_context_size(64);
    pool.set_max_outstanding(kMaxOutstanding);
    Must("CreateNetBufferListPool",
         client_.CreateNetBufferListPool(kProtocol, id, pool).status());
  }

  void Send(const std::string& pool, int frames) {
    v1::SendFramesRequest request;
    request.set_binding(kBinding);
    request.set_net_buffer_list_pool(PoolName(pool));
    for (int i = 0; i < frames; ++i) {
      request.add_frames(std::string(12, '\x02') + std::string("\x88\xb5", 2) +
                         std::string(kFrameBytes - 14, 'x'));
    }
    const absl::Time start = absl::Now();
    const auto statuses = client_.SendFrames(request);
    slowest_ = std::max(slowest_, absl::Now() - start);
    Count("SendFrames", statuses.status());
    if (!statuses.ok()) return;
    for (v1::NdisStatus status : *statuses) {
      ++frames_[v1::NdisStatus_Name(status)];
      if (status == v1::NDIS_STATUS_SUCCESS) ++sent_[pool];
    }
  }

  // What is refused, what is not there, and an OID.
  void Others() {
    Send("roomy", kMaxOutstanding + 1);
    Count("GetBinding",
          client_.GetBinding("protocols/load/bindings/absent").status());
    Must("QueryOid",
         client_.QueryOid(kBinding, "OID_GEN_MAXIMUM_FRAME_SIZE").status());
  }

  void PauseAndRestart() {
    Must("PauseBinding", client_.PauseBinding(kBinding).status());
    Send("roomy", 1);  // Completes with PAUSED.
    Must("RestartBinding", client_.RestartBinding(kBinding).status());
  }

  void Count(const std::string& method, const absl::Status& status) {
    ++calls_[absl::StrCat(method, "/",
                          absl::StatusCodeToString(status.code()))];
  }
  void Must(const std::string& method, const absl::Status& status) {
    Count(method, status);
    if (status.ok()) return;
    std::cerr << method << ": " << client::RenderError(status);
    std::exit(EXIT_FAILURE);
  }

  const Client client_;
  Counts calls_;
  Counts frames_;
  Counts sent_;  // Frames that succeeded, by pool.
  absl::Duration slowest_ = absl::ZeroDuration();
};

}  // namespace
}  // namespace netbuf

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: load HOST:PORT\n";
    return 2;
  }
  netbuf::Load load(argv[1]);
  load.SetUp();
  std::cout << "ready" << std::endl;
  std::string line;
  if (!std::getline(std::cin, line)) return EXIT_FAILURE;
  load.Run();
  std::cout << load.Report() << std::endl;
}
