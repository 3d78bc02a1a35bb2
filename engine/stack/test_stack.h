// An adapter over a FakeNic under a VirtualClock, for tests of the stack.

#ifndef NETBUFD_ENGINE_STACK_TEST_STACK_H_
#define NETBUFD_ENGINE_STACK_TEST_STACK_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "engine/base/clock.h"
#include "engine/buffer/mdl.h"
#include "engine/ndis/error.h"
#include "engine/nic/fake_nic.h"
#include "engine/stack/adapter.h"
#include "engine/stack/binding.h"
#include "engine/stack/fake_binding_client.h"
#include "engine/stack/filter_spec.h"
#include "engine/stack/test_lists.h"
#include "gtest/gtest.h"

namespace netbuf {

inline constexpr MacAddress kOwnAddress = {0x02, 0, 0, 0, 0, 0x01};

// The reason of an error; empty for OK.
inline std::string Reason(const absl::Status& status) {
  const auto info = GetErrorInfo(status);
  return info.has_value() ? info->reason : "";
}
inline std::string Metadata(const absl::Status& status,
                            const std::string& key) {
  const auto info = GetErrorInfo(status);
  if (!info.has_value() || info->metadata.count(key) == 0) return "";
  return info->metadata.at(key);
}

// Deadlines of what ends soon, and of what is not to end: long enough that a busy
// machine does not turn one into the other, short enough to be waited out.
inline absl::Time Soon() { return absl::Now() + absl::Seconds(20); }
inline absl::Time TooShort() { return absl::Now() + absl::Milliseconds(20); }

class TestStack {
 public:
  explicit TestStack(NicOptions options = {},
                     MdlAllocator* mdl_allocator = nullptr)
      : TestStack(std::make_unique<FakeNic>(WithAddress(options)),
                  mdl_allocator) {}
  explicit TestStack(std::unique_ptr<FakeNic> fake,
                     MdlAllocator* mdl_allocator = nullptr)
      : nic(*fake) {
    adapter = *Adapter::Create({.name = "adapters/a1",
                                .clock = &clock,
                                .mdl_allocator = mdl_allocator},
                               std::move(fake));
  }
  ~TestStack() { EXPECT_EQ(adapter->Delete().message(), ""); }

  static NicOptions WithAddress(NicOptions options) {
    if (options.mac_address == MacAddress{}) options.mac_address = kOwnAddress;
    return options;
  }

  VirtualClock clock;
  std::shared_ptr<Adapter> adapter;
  FakeNic& nic;
};

// A binding and its protocol. Closes the binding in the end.
class TestBinding {
 public:
  // Paused, or Running with `run`.
  explicit TestBinding(TestStack& stack, bool run = true,
                       const std::string& name = "protocols/p1/bindings/b1")
      : stack_(stack) {
    auto opened =
        stack.adapter->OpenBinding({.name = name}, &client, Soon());
    EXPECT_EQ(opened.status().message(), "");
    binding = *std::move(opened);
    if (run) {
      EXPECT_EQ(binding->Restart(false, Soon()).status().message(), "");
    }
  }
  ~TestBinding() {
    if (binding->state() == BindingState::kUnbound) return;
    stack_.nic.CompleteAll();
    client.ReturnAll(*binding);
    EXPECT_EQ(binding->Close(Soon()).message(), "");
  }

  Binding* operator->() { return binding.get(); }
  Binding& operator*() { return *binding; }

  // Sends lists in one chain.
  NdisStatus Send(std::initializer_list<TestList*> lists,
                  uint32_t port_number = 0, uint32_t send_flags = 0) {
    NetBufferListChain chain;
    for (TestList* list : lists) chain.Append(list->chain(binding->handle()));
    return binding->SendNetBufferLists(std::move(chain), port_number,
                                       send_flags);
  }

  // Sets its packet filter.
  void Listen(uint32_t packet_types) {
    uint8_t bytes[4];
    for (int i = 0; i < 4; ++i) {
      bytes[i] = static_cast<uint8_t>(packet_types >> (8 * i));
    }
    OidRequest request;
    request.type = OidRequestType::kSetInformation;
    request.oid = 0x0001010E;  // OID_GEN_CURRENT_PACKET_FILTER
    request.information_buffer = absl::MakeSpan(bytes);
    EXPECT_EQ(binding->OidRequest(request), NdisStatus::kSuccess);
  }

  FakeBindingClient client;
  std::shared_ptr<Binding> binding;

 private:
  TestStack& stack_;
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_TEST_STACK_H_
