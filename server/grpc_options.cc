#include "server/grpc_options.h"

#include "grpc/grpc.h"

namespace netbuf {
namespace {

// A batch of 10,000 full Ethernet frames. What is larger is no batch but a
// file.
constexpr int kMaxReceiveMessageBytes = 16 * 1024 * 1024;
// Calls at a time on one connection; more wait at the client. Bounds what one
// client holds in memory here.
constexpr int kMaxConcurrentStreams = 1024;
// Clients may ping every 10 s, calls or not; a second is for their timers.
constexpr int kMinPingIntervalMs = 9'000;
// A client whose machine is gone is noticed within this and the timeout, and
// its streams end.
constexpr int kKeepaliveMs = 60'000;
constexpr int kKeepaliveTimeoutMs = 20'000;

}  // namespace

void SetGrpcOptions(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxReceiveMessageBytes);
  // Two servers on one port would share its clients at random.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                             kMaxConcurrentStreams);
  builder.AddChannelArgument(
      GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
      kMinPingIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                             kKeepaliveTimeoutMs);
  // Only reflection runs on the synchronous side of gRPC.
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
}

}  // namespace netbuf
