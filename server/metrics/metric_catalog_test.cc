#include "server/metrics/metric_catalog.h"

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::HasSubstr;

TEST(MetricCatalogTest, NamesAreUniqueAndFound) {
  std::set<absl::string_view> names;
  for (const MetricDefinition& metric : MetricCatalog()) {
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
    EXPECT_EQ(FindMetric(metric.name), &metric);
  }
  EXPECT_EQ(FindMetric("netbufd_nothing"), nullptr);
  EXPECT_EQ(FindMetric(""), nullptr);
}

TEST(MetricCatalogTest, NamesFollowPrometheusConventions) {
  const std::string prefixes[] = {"netbufd_", "grpc_server_", "process_"};
  for (const MetricDefinition& metric : MetricCatalog()) {
    bool known = false;
    for (const std::string& prefix : prefixes) {
      known |= absl::StartsWith(metric.name, prefix);
    }
    EXPECT_TRUE(known) << metric.name;
    EXPECT_EQ(absl::EndsWith(metric.name, "_total"),
              metric.type == MetricType::kCounter)
        << metric.name;
    if (metric.unit == "bytes") {
      EXPECT_THAT(metric.name, HasSubstr("_bytes"));
    }
    if (metric.unit == "seconds") {
      EXPECT_THAT(metric.name, HasSubstr("_seconds"));
    }
  }
}

// They go into one line of the exposition and into a cell of a table.
TEST(MetricCatalogTest, TextsAreOneLineWithoutMarkup) {
  for (const MetricDefinition& metric : MetricCatalog()) {
    for (absl::string_view text : {metric.help, metric.action}) {
      EXPECT_FALSE(text.empty()) << metric.name;
      EXPECT_EQ(text.find_first_of("\n\\|`"), absl::string_view::npos)
          << metric.name << ": " << text;
    }
  }
}

TEST(MetricCatalogTest, EveryLabelIsDefinedAndUsed) {
  std::set<absl::string_view> used;
  for (const MetricDefinition& metric : MetricCatalog()) {
    used.insert(metric.labels.begin(), metric.labels.end());
  }
  std::set<absl::string_view> defined;
  for (const LabelDefinition& label : LabelCatalog()) {
    EXPECT_TRUE(defined.insert(label.name).second) << label.name;
    EXPECT_FALSE(label.values.empty()) << label.name;
  }
  EXPECT_EQ(used, defined);
}

TEST(MetricCatalogTest, MarkdownHasARowForEveryMetric) {
  const std::string markdown = MetricCatalogMarkdown();
  for (const MetricDefinition& metric : MetricCatalog()) {
    EXPECT_THAT(markdown,
                HasSubstr(absl::StrCat("| `", metric.name, "` | ",
                                       MetricTypeName(metric.type), " | ")));
  }
}

// Both ways at once: what lies between the markers is the catalogue, and all of
// it.
TEST(MetricCatalogTest, TheDocumentAndTheCatalogueSayTheSame) {
  std::ifstream file("docs/metrics.md");
  std::ostringstream document;
  document << file.rdbuf();
  const std::string text = document.str();
  const std::string begin = "<!-- catalogue: begin -->\n";
  const std::string end = "<!-- catalogue: end -->";
  const size_t from = text.find(begin);
  const size_t to = text.find(end);
  ASSERT_NE(from, std::string::npos);
  ASSERT_NE(to, std::string::npos);
  EXPECT_EQ(text.substr(from + begin.size(), to - from - begin.size()),
            MetricCatalogMarkdown())
      << "put the output of `bazel run //server/metrics:print_metric_catalog` "
         "between the markers of docs/metrics.md";
}

// The prose around the tables speaks of no metric that is not there.
TEST(MetricCatalogTest, TheDocumentNamesNoOtherMetric) {
  std::ifstream file("docs/metrics.md");
  std::ostringstream document;
  document << file.rdbuf();
  int named = 0;
  for (absl::string_view word :
       absl::StrSplit(document.str(), absl::ByAnyChar(" \n`(){}[]=,;|/*"))) {
    if (!absl::StartsWith(word, "netbufd_") &&
        !absl::StartsWith(word, "grpc_server_") &&
        !absl::StartsWith(word, "process_")) {
      continue;
    }
    while (absl::EndsWith(word, ".") || absl::EndsWith(word, ":")) {
      word.remove_suffix(1);
    }
    for (absl::string_view suffix : {"_bucket", "_sum", "_count"}) {
      if (absl::EndsWith(word, suffix)) word.remove_suffix(suffix.size());
    }
    ++named;
    EXPECT_NE(FindMetric(word), nullptr) << word;
  }
  EXPECT_GT(named, static_cast<int>(MetricCatalog().size()) - 10);
}

}  // namespace
}  // namespace netbuf
