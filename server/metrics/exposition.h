// What a scrape shows, for tests: the text, values by series, and promtool's
// opinion.

#ifndef NETBUFD_SERVER_METRICS_EXPOSITION_H_
#define NETBUFD_SERVER_METRICS_EXPOSITION_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"

namespace netbuf {

// The text format as prometheus-cpp writes it.
std::string ToText(const std::vector<prometheus::MetricFamily>& families);

// What it collects at one scrape, as that text.
std::string TextOf(const prometheus::Collectable& collectable);

// What gzip made smaller, as it was; empty when it is no gzip.
std::string Gunzip(absl::string_view compressed);

// The samples of a text, by series as it is written:
// `netbufd_pool_blocks{pool="p",kind="net_buffer"}`. A series that comes twice
// fails the running test.
std::map<std::string, double> Samples(absl::string_view text);

// The names in "# TYPE" lines, in order.
std::vector<std::string> FamilyNames(absl::string_view text);

// What `promtool check metrics` says about the text: nothing when all is well.
// Nullopt when there is no promtool.
std::optional<std::string> PromtoolComplaints(absl::string_view text);

}  // namespace netbuf

#endif  // NETBUFD_SERVER_METRICS_EXPOSITION_H_
