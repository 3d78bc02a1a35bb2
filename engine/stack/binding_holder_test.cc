// Who has a list of a pool while the stack works on it.

#include <memory>
#include <utility>
#include <vector>

#include "engine/buffer/data_space.h"
#include "engine/pool/net_buffer_list_pool.h"
#include "engine/stack/test_stack.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::ElementsAre;

constexpr HolderId kProtocol = 5;
constexpr HolderId kBinding = 6;

TEST(BindingHolderTest, ListsAreTheBindingsUntilTheyComeBack) {
  NetBufferListPoolParameters parameters;
  parameters.allocate_net_buffer = true;
  parameters.data_size = 100;
  auto pool = *NetBufferListPool::Create(parameters);
  TestStack stack;
  FakeBindingClient client;
  auto binding = *stack.adapter->OpenBinding(
      {.name = "b", .binding_holder = kBinding, .protocol_holder = kProtocol},
      &client, Soon());
  ASSERT_TRUE(binding->Restart(false, Soon()).ok());

  NetBufferList* const nbl = pool->AllocateNetBufferList(0, 0, kProtocol);
  ASSERT_NE(nbl, nullptr);
  ASSERT_EQ(SetNetBufferDataSpace(*nbl->first_net_buffer(), 0, 60),
            NdisStatus::kSuccess);
  nbl->set_source_handle(binding->handle());
  NetBufferListChain chain;
  chain.Append(nbl);
  binding->SendNetBufferLists(std::move(chain), 0, 0);
  EXPECT_EQ(NetBufferListPool::GetHolder(nbl), kBinding);
  stack.nic.CompleteAll();
  EXPECT_EQ(NetBufferListPool::GetHolder(nbl), kProtocol);

  const std::vector<OutstandingBlock> out = pool->Outstanding(0, 10);
  ASSERT_EQ(out.size(), 1);
  EXPECT_THAT(out[0].history,
              ElementsAre(LifeEvent::kAllocated, LifeEvent::kSent,
                          LifeEvent::kCompleted));
  EXPECT_EQ(pool->FreeNetBufferList(nbl), PoolStatus::kOk);
  EXPECT_TRUE(binding->Close(Soon()).ok());
}

}  // namespace
}  // namespace netbuf
