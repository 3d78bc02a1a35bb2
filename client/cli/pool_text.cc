#include "client/cli/pool_text.h"

#include "absl/strings/str_cat.h"
#include "client/text/format.h"

namespace netbuf::client {
namespace {

void AddStatistics(const v1::PoolStatistics& counts, FactList* facts) {
  facts->Add("block", absl::StrCat(WithCommas(counts.block_bytes()), " bytes"));
  facts->Add("memory",
             absl::StrCat(WithCommas(counts.memory_bytes()), " bytes, ",
                          WithCommas(counts.blocks()), " blocks"));
  facts->Add("outstanding",
             absl::StrCat(WithCommas(counts.outstanding()), ", high water ",
                          WithCommas(counts.high_water())));
  facts->Add("cached by threads", WithCommas(counts.cached()));
  facts->Add("allocations",
             absl::StrCat(WithCommas(counts.allocations()), ", failed ",
                          WithCommas(counts.allocation_failures())));
  facts->Add("frees", WithCommas(counts.frees()));
  facts->Add("depot",
             absl::StrCat(WithCommas(counts.depot_refills()), " refills, ",
                          WithCommas(counts.depot_drains()), " drains, ",
                          WithCommas(counts.steals()), " taken back"));
  facts->Add("violations", WithCommas(counts.violations()));
}

std::string LimitText(uint64_t max_outstanding) {
  return max_outstanding == 0 ? "none" : WithCommas(max_outstanding);
}

std::vector<Column> Columns(std::vector<Column> own) {
  for (Column column :
       {Numbers("DATA"), Numbers("OUTSTANDING"), Numbers("LIMIT"),
        Numbers("HIGH WATER"), Numbers("FAILURES"), Numbers("MEMORY")}) {
    own.push_back(std::move(column));
  }
  return own;
}

template <typename Pool>
void AddCommonCells(const Pool& pool, std::vector<std::string>* row) {
  const v1::PoolStatistics& counts = pool.statistics();
  row->push_back(WithCommas(pool.data_size()));
  row->push_back(WithCommas(counts.outstanding()));
  row->push_back(LimitText(pool.max_outstanding()));
  row->push_back(WithCommas(counts.high_water()));
  row->push_back(WithCommas(counts.allocation_failures()));
  row->push_back(WithCommas(counts.memory_bytes()));
}

}  // namespace

std::string PoolTable(const std::vector<v1::NetBufferListPool>& pools) {
  Table table(Columns({{"NAME"}, {"TAG"}, {"WITH NB"}, Numbers("CONTEXT")}));
  for (const v1::NetBufferListPool& pool : pools) {
    std::vector<std::string> row = {pool.name(), pool.pool_tag(),
                                    pool.allocate_net_buffer() ? "yes" : "no",
                                    WithCommas(pool.context_size())};
    AddCommonCells(pool, &row);
    table.AddRow(row);
  }
  return table.ToString();
}

std::string PoolTable(const std::vector<v1::NetBufferPool>& pools) {
  Table table(Columns({{"NAME"}, {"TAG"}}));
  for (const v1::NetBufferPool& pool : pools) {
    std::vector<std::string> row = {pool.name(), pool.pool_tag()};
    AddCommonCells(pool, &row);
    table.AddRow(row);
  }
  return table.ToString();
}

std::string PoolFacts(const v1::NetBufferListPool& pool) {
  FactList facts;
  facts.Add("name", pool.name());
  facts.Add("tag", pool.pool_tag());
  facts.Add("protocol id", absl::StrCat(pool.protocol_id()));
  facts.Add("with net buffer", pool.allocate_net_buffer() ? "yes" : "no");
  facts.Add("context", absl::StrCat(pool.context_size(), " bytes"));
  facts.Add("data", absl::StrCat(WithCommas(pool.data_size()), " bytes"));
  facts.Add("verify", pool.verify() ? "yes" : "no");
  facts.Add("limit", LimitText(pool.max_outstanding()));
  AddStatistics(pool.statistics(), &facts);
  return facts.ToString();
}

std::string PoolFacts(const v1::NetBufferPool& pool) {
  FactList facts;
  facts.Add("name", pool.name());
  facts.Add("tag", pool.pool_tag());
  facts.Add("data", absl::StrCat(WithCommas(pool.data_size()), " bytes"));
  facts.Add("verify", pool.verify() ? "yes" : "no");
  facts.Add("limit", LimitText(pool.max_outstanding()));
  AddStatistics(pool.statistics(), &facts);
  return facts.ToString();
}

}  // namespace netbuf::client
