#include "server/metrics/exposition.h"

#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "prometheus/text_serializer.h"

namespace netbuf {
namespace {

struct Output {
  int exit_status;
  std::string text;
};

Output Run(const std::string& command) {
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return {-1, "cannot run " + command};
  std::string text;
  char buffer[4096];
  size_t count;
  while ((count = fread(buffer, 1, sizeof(buffer), pipe)) > 0) {
    text.append(buffer, count);
  }
  return {pclose(pipe), text};
}

}  // namespace

std::string ToText(const std::vector<prometheus::MetricFamily>& families) {
  return prometheus::TextSerializer().Serialize(families);
}

std::string TextOf(const prometheus::Collectable& collectable) {
  return ToText(collectable.Collect());
}

std::string Gunzip(absl::string_view compressed) {
  // The last four bytes are the size, the least significant first.
  uint32_t size = 0;
  if (compressed.size() < sizeof(size)) return "";
  std::memcpy(&size, compressed.end() - sizeof(size), sizeof(size));
  std::string text(size, '\0');
  libdeflate_decompressor* const decompressor = libdeflate_alloc_decompressor();
  const libdeflate_result result = libdeflate_gzip_decompress(
      decompressor, compressed.data(), compressed.size(), text.data(),
      text.size(), /*actual_out_nbytes_ret=*/nullptr);
  libdeflate_free_decompressor(decompressor);
  return result == LIBDEFLATE_SUCCESS ? text : "";
}

std::map<std::string, double> Samples(absl::string_view text) {
  std::map<std::string, double> samples;
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    if (absl::StartsWith(line, "#")) continue;
    // A label's value may hold blanks; the sample's does not.
    const size_t blank = line.rfind(' ');
    double value = 0;
    EXPECT_TRUE(blank != absl::string_view::npos &&
                absl::SimpleAtod(line.substr(blank + 1), &value))
        << line;
    const bool is_new =
        samples.emplace(std::string(line.substr(0, blank)), value).second;
    EXPECT_TRUE(is_new) << "twice: " << line;
  }
  return samples;
}

std::vector<std::string> FamilyNames(absl::string_view text) {
  std::vector<std::string> names;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::StartsWith(line, "# TYPE ")) continue;
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
    names.emplace_back(words[2]);
  }
  return names;
}

std::optional<std::string> PromtoolComplaints(absl::string_view text) {
  if (Run("command -v promtool").exit_status != 0) return std::nullopt;
  const char* const tmp = getenv("TEST_TMPDIR");
  const std::string path = absl::StrCat(tmp == nullptr ? "/tmp" : tmp,
                                        "/exposition-", getpid(), ".txt");
  std::ofstream(path) << text;
  const Output output =
      Run(absl::StrCat("promtool check metrics < '", path, "' 2>&1"));
  unlink(path.c_str());
  if (output.exit_status == 0 && output.text.empty()) return "";
  return absl::StrCat("status ", output.exit_status, ": ", output.text);
}

}  // namespace netbuf
