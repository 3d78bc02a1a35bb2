#include "server/version.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

bool IsNumber(absl::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

TEST(VersionTest, IsThreeNumbers) {
  const std::vector<std::string> parts = absl::StrSplit(kVersion, '.');
  ASSERT_EQ(parts.size(), 3u);
  for (const std::string& part : parts) EXPECT_TRUE(IsNumber(part)) << part;
}

TEST(VersionTest, CompilerIsNamedWithItsVersion) {
  const std::vector<std::string> words = absl::StrSplit(BuildCompiler(), ' ');
  ASSERT_GE(words.size(), 2u);
  EXPECT_TRUE(words[0] == "gcc" || words[0] == "clang") << words[0];
  EXPECT_TRUE(absl::ascii_isdigit(words[1][0])) << words[1];
}

// Either unstamped, or a commit as git abbreviates it.
TEST(VersionTest, RevisionIsACommitOrUnknown) {
  absl::string_view revision = BuildRevision();
  if (revision == "unknown") return;
  absl::ConsumeSuffix(&revision, "-dirty");
  EXPECT_GE(revision.size(), 7u) << revision;
  EXPECT_TRUE(
      std::all_of(revision.begin(), revision.end(), absl::ascii_isxdigit))
      << revision;
}

}  // namespace
}  // namespace netbuf
