// A scrape of a large server is whole; how long it takes is printed, for the
// machine that runs this may be busy with anything else.

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/monitoring/many_resources.h"

namespace netbuf {
namespace {

constexpr int kResources = 1000;

TEST(ScrapeTest, AThousandPoolsAndBindingsAreAllThere) {
  ManyResources resources(kResources);
  resources.Send();
  const absl::Time start = absl::Now();
  const std::string answer(resources.Scrape(/*gzip=*/false));
  const absl::Duration time = absl::Now() - start;
  const absl::Time gzip_start = absl::Now();
  const size_t gzip_size = resources.Scrape(/*gzip=*/true).size();
  std::cout << "a scrape of " << kResources
            << " pools and as many bindings: " << answer.size() << " bytes in "
            << time << ", with gzip " << gzip_size << " in "
            << absl::Now() - gzip_start << "\n";

  EXPECT_LT(gzip_size, answer.size() / 5);
  EXPECT_TRUE(absl::StartsWith(answer, "HTTP/1.1 200 OK\r\n"));
  int pools = 0;
  int running = 0;
  for (absl::string_view line : absl::StrSplit(answer, '\n')) {
    pools += absl::StartsWith(line, "netbufd_pool_blocks{");
    running += absl::StartsWith(line, "netbufd_binding_state{") &&
               absl::EndsWith(line, "state=\"running\"} 1");
  }
  EXPECT_EQ(pools, kResources);
  EXPECT_EQ(running, kResources);
  EXPECT_TRUE(absl::StrContains(answer,
                                "netbufd_binding_sent_frames_total{binding="
                                "\"protocols/protocol-0/bindings/main\"} 1\n"));
}

}  // namespace
}  // namespace netbuf
