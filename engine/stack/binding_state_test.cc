#include "engine/stack/binding_state.h"

#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using S = BindingState;
using E = BindingStateEvent;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// ndis-semantics 9.1, written down a second time and the other way round: what
// is not here is invalid.
const std::map<std::pair<S, E>, S>& Expected() {
  static const auto* const kExpected = new std::map<std::pair<S, E>, S>{
      {{S::kUnbound, E::kBind}, S::kOpening},
      {{S::kOpening, E::kBindFailed}, S::kUnbound},
      {{S::kOpening, E::kBindComplete}, S::kPaused},
      {{S::kOpening, E::kOidRequest}, S::kOpening},
      {{S::kPaused, E::kRestart}, S::kRestarting},
      {{S::kPaused, E::kUnbind}, S::kClosing},
      {{S::kPaused, E::kOidRequest}, S::kPaused},
      {{S::kRestarting, E::kRestartComplete}, S::kRunning},
      {{S::kRestarting, E::kRestartFailed}, S::kPaused},
      {{S::kRestarting, E::kOidRequest}, S::kRestarting},
      {{S::kRunning, E::kPause}, S::kPausing},
      {{S::kRunning, E::kSend}, S::kRunning},
      {{S::kRunning, E::kReceive}, S::kRunning},
      {{S::kRunning, E::kOidRequest}, S::kRunning},
      {{S::kPausing, E::kPauseComplete}, S::kPaused},
      {{S::kPausing, E::kSend}, S::kPausing},
      {{S::kPausing, E::kReceive}, S::kPausing},
      {{S::kPausing, E::kOidRequest}, S::kPausing},
      {{S::kClosing, E::kUnbindComplete}, S::kUnbound},
      {{S::kClosing, E::kOidRequest}, S::kClosing},
  };
  return *kExpected;
}

TEST(BindingStateTest, EveryStateAndEventFollowsTheTable) {
  for (int s = 0; s < kBindingStateCount; ++s) {
    for (int e = 0; e < kBindingStateEventCount; ++e) {
      const auto state = static_cast<S>(s);
      const auto event = static_cast<E>(e);
      SCOPED_TRACE(testing::Message() << BindingStateName(state) << ", "
                                      << BindingStateEventName(event));
      const auto it = Expected().find({state, event});
      const std::optional<S> next = NextBindingState(state, event);
      ASSERT_EQ(next.has_value(), it != Expected().end());
      if (next.has_value()) {
        EXPECT_EQ(*next, it->second);
      }
    }
  }
}

TEST(BindingStateTest, PermissionsAgreeWithTheEventsOfTheSameName) {
  for (int s = 0; s < kBindingStateCount; ++s) {
    const auto state = static_cast<S>(s);
    SCOPED_TRACE(BindingStateName(state));
    const BindingPermissions p = GetBindingPermissions(state);
    EXPECT_EQ(p.sends != Permission::kNo,
              NextBindingState(state, E::kSend).has_value());
    EXPECT_EQ(p.receives != Permission::kNo,
              NextBindingState(state, E::kReceive).has_value());
    EXPECT_EQ(p.oids != Permission::kNo,
              NextBindingState(state, E::kOidRequest).has_value());
  }
  EXPECT_EQ(GetBindingPermissions(S::kPausing).sends, Permission::kDiagnosed);
  EXPECT_EQ(GetBindingPermissions(S::kOpening).oids, Permission::kAfterOpen);
  EXPECT_EQ(GetBindingPermissions(S::kClosing).oids, Permission::kUntilClose);
}

TEST(BindingStateTest, TellsWhichStatesAllowAnEvent) {
  EXPECT_THAT(StatesAllowing(E::kUnbind), ElementsAre(S::kPaused));
  EXPECT_THAT(StatesAllowing(E::kSend), ElementsAre(S::kRunning, S::kPausing));
}

TEST(BindingStateTest, EveryStateCanBeReachedAndLeft) {
  for (int s = 0; s < kBindingStateCount; ++s) {
    const auto state = static_cast<S>(s);
    bool reached = false;
    bool left = false;
    for (const auto& [from, to] : Expected()) {
      reached |= to == state && from.first != state;
      left |= from.first == state && to != state;
    }
    EXPECT_TRUE(reached && left) << BindingStateName(state);
  }
}

TEST(BindingStateTest, MarkdownHasARowForEveryEventAndState) {
  const std::string table = BindingStateTableMarkdown();
  EXPECT_THAT(table, HasSubstr("| event | UNBOUND | OPENING | PAUSED | "
                               "RESTARTING | RUNNING | PAUSING | CLOSING |\n"));
  EXPECT_THAT(table, HasSubstr("| NetEventPause | | | | | PAUSING | | |\n"));
  EXPECT_THAT(table, HasSubstr("| send | | | | | stays | stays | |\n"));
  EXPECT_THAT(table, HasSubstr("| PAUSING | yes, counted | yes | yes |\n"));
  for (int e = 0; e < kBindingStateEventCount; ++e) {
    EXPECT_THAT(
        table,
        HasSubstr(std::string(BindingStateEventName(static_cast<E>(e)))));
  }
}

TEST(BindingStateTest, TheDocumentHasTheTable) {
  std::ifstream file("docs/ndis_contract.md");
  const std::string document{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(document, HasSubstr(BindingStateTableMarkdown()));
}

}  // namespace
}  // namespace netbuf
