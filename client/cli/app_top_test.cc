// netbufctl top, on a terminal and without one.

#include <cstdint>

#include "client/cli/app_test_fixture.h"

namespace netbuf::client {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class AppTopTest : public AppTest {
 protected:
  // There are no pools.
  AppTopTest() {
    ON_CALL(*connection_, ListNetBufferListPools).WillByDefault([] {
      return v1::ListNetBufferListPoolsResponse();
    });
    ON_CALL(*connection_, ListNetBufferPools).WillByDefault([] {
      return v1::ListNetBufferPoolsResponse();
    });
  }
};

TEST_F(AppTopTest, TopWithoutATerminalPrintsOnePage) {
  uint64_t looks = 0;
  EXPECT_CALL(*connection_, ListBindings).Times(2).WillRepeatedly([&] {
    v1::ListBindingsResponse response;
    v1::Binding* binding = response.add_bindings();
    binding->set_name("protocols/p/bindings/b");
    binding->mutable_statistics()->set_sent_frames(1000 * ++looks);
    return response;
  });
  EXPECT_EQ(Run({"top", "--interval", "10ms"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("p/b"));
  EXPECT_EQ(out_.str().find('\x1b'), std::string::npos);
}

TEST_F(AppTopTest, TopOnATerminalDrawsUntilItIsInterrupted) {
  rows_ = 24;
  int looks = 0;
  EXPECT_CALL(*connection_, ListBindings).WillRepeatedly([&] {
    if (++looks == 3) interrupt_.Trigger();
    return v1::ListBindingsResponse();
  });
  EXPECT_EQ(Run({"top", "--interval", "1ms"}), 0);
  EXPECT_EQ(looks, 3);
  EXPECT_THAT(out_.str(), StartsWith("\x1b[?1049h"));
  EXPECT_THAT(out_.str(), EndsWith("\x1b[?1049l"));
}

TEST_F(AppTopTest, TopLeavesTheScreenWhenTheServerGoes) {
  rows_ = 24;
  EXPECT_CALL(*connection_, ListBindings)
      .WillOnce([] { return v1::ListBindingsResponse(); })
      .WillOnce([]() -> absl::StatusOr<v1::ListBindingsResponse> {
        return ToAbslStatus(grpc::Status(grpc::UNAVAILABLE, "gone"));
      });
  EXPECT_EQ(Run({"top", "--interval", "1ms"}), 78);
  EXPECT_THAT(out_.str(), EndsWith("\x1b[?1049l"));
  EXPECT_THAT(err_.str(), HasSubstr("cannot reach netbufd"));
}

}  // namespace
}  // namespace netbuf::client
