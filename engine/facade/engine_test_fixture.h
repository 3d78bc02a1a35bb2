// EngineTest: a real engine on a virtual clock with short ways to what most
// tests need. Frames of a simulated NIC without a link speed complete inside
// the send.

#ifndef NETBUFD_ENGINE_FACADE_ENGINE_TEST_FIXTURE_H_
#define NETBUFD_ENGINE_FACADE_ENGINE_TEST_FIXTURE_H_

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/base/clock.h"
#include "engine/engine.h"
#include "engine/ndis/error.h"
#include "gtest/gtest.h"

namespace netbuf {

// The reason of an engine error; empty for OK.
inline std::string ReasonOf(const absl::Status& status) {
  const auto info = GetErrorInfo(status);
  return info.has_value() ? info->reason : std::string();
}

class EngineTest : public ::testing::Test {
 protected:
  static constexpr absl::string_view kAdapter = "adapters/a1";
  static constexpr absl::string_view kProtocol = "protocols/p1";
  static constexpr absl::string_view kBinding = "protocols/p1/bindings/b1";
  static constexpr absl::string_view kPool =
      "protocols/p1/netBufferListPools/l1";

  EngineTest() { Restart({}); }

  // Begins anew with other options.
  void Restart(EngineOptions options) {
    engine_ = nullptr;
    options.clock = &clock_;
    if (options.capture_dir.empty()) options.capture_dir = TempDir();
    auto engine = Engine::Create(options);
    ASSERT_TRUE(engine.ok()) << engine.status();
    engine_ = *std::move(engine);
  }

  static std::string TempDir() {
    const char* dir = std::getenv("TEST_TMPDIR");
    return dir == nullptr ? ::testing::TempDir() : dir;
  }

  void CreateAdapter(const NicSpec& nic = SimulatedNicOptions{}) {
    const auto adapter = engine_->CreateAdapter("a1", nic);
    ASSERT_TRUE(adapter.ok()) << adapter.status();
  }
  void Register(absl::string_view id = "p1",
                absl::Duration lease = absl::Seconds(60)) {
    ASSERT_TRUE(engine_->RegisterProtocol(id, lease).ok());
  }
  void OpenBinding(RestartPolicy policy = RestartPolicy::kAutomatic) {
    const auto binding =
        engine_->OpenBinding(kProtocol, "b1", kAdapter, policy);
    ASSERT_TRUE(binding.ok()) << binding.status();
  }
  void CreatePool(uint32_t data_size = 2048, uint64_t max_outstanding = 0,
                  absl::string_view id = "l1") {
    NetBufferListPoolParameters parameters;
    parameters.allocate_net_buffer = true;
    parameters.data_size = data_size;
    parameters.context_size = 64;
    const auto pool = engine_->CreateNetBufferListPool(
        kProtocol, id, parameters, max_outstanding);
    ASSERT_TRUE(pool.ok()) << pool.status();
  }
  // An adapter, a protocol, a pool and a running binding.
  void BringUp(const NicSpec& nic = SimulatedNicOptions{},
               RestartPolicy policy = RestartPolicy::kAutomatic) {
    CreateAdapter(nic);
    Register();
    OpenBinding(policy);
    CreatePool();
    ASSERT_TRUE(engine_->RestartBinding(kBinding, false).ok());
  }

  static std::string Frame(size_t length, char fill = 'x') {
    std::string frame(length, fill);
    // From one locally administered address to another, as IPv4.
    const char header[] = "\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08";
    for (size_t i = 0; i < 14 && i < length; ++i) {
      frame[i] = i < 13 ? header[i] : '\0';
    }
    return frame;
  }

  // Sends frames and returns what they completed with; nothing when they have
  // not all completed inside the call.
  absl::StatusOr<std::optional<std::vector<NdisStatus>>> Send(
      const std::vector<std::string>& frames,
      std::optional<uint32_t> data_offset = std::nullopt,
      absl::string_view pool = kPool) {
    SendFramesArguments arguments;
    arguments.binding = kBinding;
    arguments.net_buffer_list_pool = pool;
    arguments.frames.assign(frames.begin(), frames.end());
    arguments.data_offset = data_offset;
    auto result = std::make_shared<std::optional<std::vector<NdisStatus>>>();
    const absl::Status status = engine_->SendFrames(
        arguments, [result](std::vector<NdisStatus> s) { *result = s; });
    if (!status.ok()) return status;
    return *result;
  }

  BindingState State() {
    const auto binding = engine_->GetBinding(kBinding);
    return binding.ok() ? binding->state : BindingState::kUnbound;
  }

  VirtualClock clock_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_FACADE_ENGINE_TEST_FIXTURE_H_
