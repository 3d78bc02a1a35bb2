#include "server/metrics/gzip.h"

#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/metrics/exposition.h"

namespace netbuf {
namespace {

TEST(GzipTest, WhatIsCompressedComesBack) {
  std::string page;
  for (int i = 0; i < 1000; ++i) {
    absl::StrAppend(&page, "netbufd_pool_blocks{pool=\"p", i, "\"} ", i, "\n");
  }
  std::string noise;
  std::mt19937 random(1);
  for (int i = 0; i < 100000; ++i) noise += static_cast<char>(random());
  GzipCompressor gzip;
  // From small to large and back.
  for (const std::string& text : {std::string(), std::string("a"), page, noise,
                                  page, std::string(3 << 20, 'x'), noise}) {
    EXPECT_EQ(Gunzip(gzip.Compress(text)), text);
  }
  EXPECT_LT(gzip.Compress(page).size(), page.size() / 5);
}

TEST(GzipTest, AcceptEncodingIsReadAsRfc9110Says) {
  struct Row {
    const char* header;
    bool accepts;
  };
  for (const Row& row : {
           Row{"gzip", true},  // Prometheus and curl --compressed.
           Row{"deflate, gzip, br", true},
           Row{"GZip", true},
           Row{"x-gzip", true},
           Row{" gzip ; q=0.5 ", true},
           Row{"gzip;q=1", true},
           Row{"gzip;Q=0.001", true},
           Row{"*", true},
           Row{"br, *;q=0.1", true},
           Row{"", false},
           Row{"identity", false},
           Row{"br", false},
           Row{"gzipped", false},
           Row{"not-gzip", false},
           Row{"gzip;q=0", false},
           Row{"gzip; q=0.000", false},
           Row{"gzip;q=0, *", false},
           Row{"*, gzip;q=0", false},
           Row{"*;q=0", false},
           Row{"gzip;q=", false},
           Row{"gzip;q=-1", false},
           Row{"gzip;q=nan", false},
           Row{"gzip;level=9", false},
           Row{",;,=", false},
       }) {
    EXPECT_EQ(AcceptsGzip(row.header), row.accepts) << row.header;
  }
}

}  // namespace
}  // namespace netbuf
