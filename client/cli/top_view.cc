#include "client/cli/top_view.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "client/lib/status_macros.h"
#include "client/text/format.h"
#include "client/text/table.h"

namespace netbuf::client {
namespace {

// A line of a table, and how busy what it tells of is.
struct Row {
  double activity = 0;
  std::vector<std::string> cells;
};

// A second's share of what was counted. A count that fell is that of something
// new with the name of something gone.
double Rate(uint64_t before, uint64_t after, absl::Duration time) {
  const uint64_t counted = after < before ? after : after - before;
  return static_cast<double>(counted) / absl::ToDoubleSeconds(time);
}

std::string RateText(double a_second) {
  return WithCommas(static_cast<uint64_t>(std::llround(a_second)));
}

std::string Count(size_t count, absl::string_view thing) {
  return absl::StrCat(count, " ", thing, count == 1 ? "" : "s");
}

// "protocols/p1/bindings/b1" -> "p1/b1"
std::string ShortName(absl::string_view name) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  std::string ids;
  for (size_t i = 1; i < parts.size(); i += 2) {
    absl::StrAppend(&ids, i == 1 ? "" : "/", parts[i]);
  }
  return ids;
}

uint64_t Failed(const v1::BindingStatistics& counts) {
  uint64_t failed = 0;
  for (const auto& count : counts.completions()) {
    if (count.ndis_status() != v1::NDIS_STATUS_SUCCESS) {
      failed += count.net_buffer_lists();
    }
  }
  return failed;
}

struct Totals {
  double sent_frames = 0;
  double sent_bytes = 0;
  double received_frames = 0;
  double received_bytes = 0;
};

std::vector<Row> BindingRows(const TopSnapshot& before,
                             const TopSnapshot& after, absl::Duration time,
                             Totals* totals) {
  std::map<absl::string_view, const v1::BindingStatistics*> earlier;
  for (const v1::Binding& binding : before.bindings) {
    earlier[binding.name()] = &binding.statistics();
  }
  const v1::BindingStatistics none;
  std::vector<Row> rows;
  for (const v1::Binding& binding : after.bindings) {
    const auto found = earlier.find(binding.name());
    const v1::BindingStatistics& old =
        found == earlier.end() ? none : *found->second;
    const v1::BindingStatistics& now = binding.statistics();
    const double sent = Rate(old.sent_frames(), now.sent_frames(), time);
    const double sent_bytes = Rate(old.sent_bytes(), now.sent_bytes(), time);
    const double received =
        Rate(old.received_frames(), now.received_frames(), time);
    totals->sent_frames += sent;
    totals->sent_bytes += sent_bytes;
    totals->received_frames += received;
    totals->received_bytes +=
        Rate(old.received_bytes(), now.received_bytes(), time);
    rows.push_back(
        {sent + received,
         {ShortName(binding.name()),
          WithoutPrefix(v1::Binding::State_Name(binding.state()), "STATE_"),
          ShortName(binding.adapter()), RateText(sent), BitRate(8 * sent_bytes),
          RateText(Rate(Failed(old), Failed(now), time)),
          WithCommas(binding.outstanding_sends()), RateText(received),
          RateText(Rate(old.dropped_receive_frames(),
                        now.dropped_receive_frames(), time))}});
  }
  return rows;
}

template <typename Pools>
void AddPoolRows(absl::string_view kind, const Pools& before,
                 const Pools& after, absl::Duration time,
                 std::vector<Row>* rows) {
  std::map<absl::string_view, const v1::PoolStatistics*> earlier;
  for (const auto& pool : before) earlier[pool.name()] = &pool.statistics();
  const v1::PoolStatistics none;
  for (const auto& pool : after) {
    const auto found = earlier.find(pool.name());
    const v1::PoolStatistics& old =
        found == earlier.end() ? none : *found->second;
    const v1::PoolStatistics& now = pool.statistics();
    const double allocations = Rate(old.allocations(), now.allocations(), time);
    rows->push_back(
        {allocations,
         {ShortName(pool.name()), std::string(kind), RateText(allocations),
          RateText(
              Rate(old.allocation_failures(), now.allocation_failures(), time)),
          WithCommas(now.outstanding()),
          pool.max_outstanding() == 0 ? "none"
                                      : WithCommas(pool.max_outstanding()),
          WithCommas(now.high_water()), WithCommas(now.memory_bytes())}});
  }
}

// At most `most` lines, titles included, and one that counts the rest.
std::string TableText(Table table, std::vector<Row> rows, size_t most,
                      absl::string_view thing) {
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return a.activity > b.activity;
  });
  size_t shown = rows.size();
  if (shown + 1 > most) shown = most > 2 ? most - 2 : 0;
  for (size_t i = 0; i < shown; ++i) table.AddRow(rows[i].cells);
  std::string text = table.ToString();
  if (shown < rows.size()) {
    const size_t rest = rows.size() - shown;
    absl::StrAppend(&text, rest, " more ", thing, rest == 1 ? "" : "s", "\n");
  }
  return text;
}

}  // namespace

absl::StatusOr<TopSnapshot> TakeTopSnapshot(const Client& client,
                                            absl::Time now) {
  TopSnapshot snapshot;
  snapshot.time = now;
  ASSIGN_OR_RETURN(snapshot.bindings, client.ListBindings());
  ASSIGN_OR_RETURN(snapshot.list_pools, client.ListNetBufferListPools());
  ASSIGN_OR_RETURN(snapshot.buffer_pools, client.ListNetBufferPools());
  return snapshot;
}

std::string TopPage(const std::string& address, const TopSnapshot& before,
                    const TopSnapshot& after, size_t rows) {
  const absl::Duration time =
      std::max(after.time - before.time, absl::Milliseconds(1));
  Totals totals;
  std::vector<Row> bindings = BindingRows(before, after, time, &totals);
  std::vector<Row> pools;
  AddPoolRows("NBL", before.list_pools, after.list_pools, time, &pools);
  AddPoolRows("NB", before.buffer_pools, after.buffer_pools, time, &pools);
  const std::string head = absl::StrCat(
      "netbufd at ", address, ": ", Count(bindings.size(), "binding"), ", ",
      Count(pools.size(), "pool"), "\nsent ", RateText(totals.sent_frames),
      " frames/s, ", BitRate(8 * totals.sent_bytes), "; received ",
      RateText(totals.received_frames), " frames/s, ",
      BitRate(8 * totals.received_bytes), "\n\n");

  // The head and the line between the tables take four; the tables share the
  // rest, and what one does not need the other has.
  constexpr size_t kFixed = 4;
  const size_t room = rows == 0       ? bindings.size() + pools.size() + 2
                      : rows > kFixed ? rows - kFixed
                                      : 0;
  const size_t for_pools = std::min(pools.size() + 1, room / 2);
  const size_t for_bindings = std::min(bindings.size() + 1, room - for_pools);
  // Short titles: with short ids this fits into 80 columns.
  Table binding_table({{"BINDING"},
                       {"STATE"},
                       {"ADAPTER"},
                       Numbers("SENT/S"),
                       Numbers("BITS SENT"),
                       Numbers("FAIL/S"),
                       Numbers("FLIGHT"),
                       Numbers("RECV/S"),
                       Numbers("DROP/S")});
  Table pool_table({{"POOL"},
                    {"KIND"},
                    Numbers("ALLOCATED/S"),
                    Numbers("FAILED/S"),
                    Numbers("OUTSTANDING"),
                    Numbers("LIMIT"),
                    Numbers("HIGH WATER"),
                    Numbers("MEMORY")});
  return absl::StrCat(head,
                      TableText(std::move(binding_table), std::move(bindings),
                                for_bindings, "binding"),
                      "\n",
                      TableText(std::move(pool_table), std::move(pools),
                                room - for_bindings, "pool"));
}

std::string FitToScreen(absl::string_view page, size_t rows, size_t columns) {
  std::string text;
  size_t row = 0;
  size_t column = 0;
  for (const char byte : page) {
    if (byte == '\n') {
      if (++row == rows) break;
      column = 0;
      text.push_back(byte);
      continue;
    }
    // The bytes of a UTF-8 character after its first take no column.
    const bool continues = (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
    if (!continues) ++column;
    if (column <= columns) text.push_back(byte);
  }
  return text;
}

}  // namespace netbuf::client
