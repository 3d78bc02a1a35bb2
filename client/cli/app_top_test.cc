// netbufctl top, on a terminal and without one.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
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
  screen_ = {.rows = 24, .columns = 80};
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

TEST_F(AppTopTest, TopDrawsNoMoreThanThereIsRoomFor) {
  screen_ = {.rows = 4, .columns = 20};
  int looks = 0;
  EXPECT_CALL(*connection_, ListBindings).WillRepeatedly([&] {
    if (++looks == 3) interrupt_.Trigger();
    v1::ListBindingsResponse response;
    for (int i = 0; i < 9; ++i) {
      response.add_bindings()->set_name("protocols/p/bindings/long-name");
    }
    return response;
  });
  EXPECT_EQ(Run({"top", "--interval", "1ms"}), 0);
  // A page begins at home, and each of its lines ends with an erasure.
  for (absl::string_view page : absl::StrSplit(out_.str(), "\x1b[H")) {
    const std::vector<absl::string_view> lines =
        absl::StrSplit(page, "\x1b[K\n");
    EXPECT_LE(lines.size(), 4) << page;
    for (absl::string_view line : lines) {
      EXPECT_LE(line.substr(0, line.find('\x1b')).size(), 20) << line;
    }
  }
}

// Who presses Ctrl-C again has the process end at once.
TEST_F(AppTopTest, TopLeavesTheScreenAtTheInterruptWhateverItWaitsFor) {
  screen_ = {.rows = 24, .columns = 80};
  int looks = 0;
  std::string drawn;
  EXPECT_CALL(*connection_, ListBindings)
      .WillRepeatedly([&]() -> absl::StatusOr<v1::ListBindingsResponse> {
        if (++looks == 2) {
          interrupt_.Trigger();
          drawn = out_.str();
          return ToAbslStatus(grpc::Status(grpc::DEADLINE_EXCEEDED, "late"));
        }
        return v1::ListBindingsResponse();
      });
  EXPECT_EQ(Run({"top", "--interval", "1ms"}), 0);
  EXPECT_THAT(drawn, EndsWith("\x1b[?1049l"));
  EXPECT_EQ(out_.str(), drawn);
}

TEST_F(AppTopTest, TopLeavesTheScreenWhenTheServerGoes) {
  screen_ = {.rows = 24, .columns = 80};
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
