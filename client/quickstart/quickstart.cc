// The smallest useful program: plays a protocol driver that sends one frame.
//
//   bazel run //client/quickstart -- 127.0.0.1:50051

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/lib/client.h"
#include "client/lib/error.h"
#include "client/lib/protocol_session.h"

namespace {

namespace v1 = netbuf::v1;

absl::Status Run(const netbuf::Client& client) {
  // An adapter with a simulated NIC.
  v1::Adapter nic;
  nic.mutable_simulated();
  auto adapter = client.CreateAdapter("quickstart", nic);
  if (!adapter.ok()) return adapter.status();

  // A protocol, bound to it. The binding opens paused and says what the drivers
  // below want in front of each frame.
  auto session = netbuf::ProtocolSession::Register(client, "quickstart");
  if (!session.ok()) return session.status();
  v1::Binding to_adapter;
  to_adapter.set_adapter(adapter->name());
  auto binding = client.OpenBinding((*session)->name(), "b1", to_adapter);
  if (!binding.ok()) return binding.status();

  // A pool sized for that.
  const v1::RestartAttributes& needs = binding->bind_parameters();
  v1::NetBufferListPool sizes;
  sizes.set_allocate_net_buffer(true);
  sizes.set_context_size(needs.requirements().context_back_fill_size());
  sizes.set_data_size(needs.maximum_total_size() +
                      needs.requirements().data_back_fill_size());
  auto pool = client.CreateNetBufferListPool((*session)->name(), "tx", sizes);
  if (!pool.ok()) return pool.status();

  // Send, and hear what became of the frame.
  auto running = client.RestartBinding(binding->name());
  if (!running.ok()) return running.status();
  v1::SendFramesRequest request;
  request.set_binding(binding->name());
  request.set_net_buffer_list_pool(pool->name());
  request.add_frames(std::string(12, '\xff') + std::string("\x88\xb5", 2) +
                     std::string(46, '\0'));
  auto statuses = client.SendFrames(request);
  if (!statuses.ok()) return statuses.status();
  std::cout << "the frame came back: " << v1::NdisStatus_Name(statuses->front())
            << "\n";

  // What is open closes with the session; the adapter is ours to remove.
  auto audit = (*session)->Deregister();
  if (!audit.ok()) return audit.status();
  return client.DeleteAdapter(adapter->name());
}

}  // namespace

int main(int argc, char** argv) {
  const std::string address = argc > 1 ? argv[1] : "127.0.0.1:50051";
  const absl::Status status =
      Run(netbuf::Client::Connect({.address = address}));
  if (status.ok()) return EXIT_SUCCESS;
  std::cerr << netbuf::client::RenderError(status);
  return EXIT_FAILURE;
}
