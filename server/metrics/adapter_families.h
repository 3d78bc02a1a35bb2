// The metrics of adapters and of the filters on them.

#ifndef NETBUFD_SERVER_METRICS_ADAPTER_FAMILIES_H_
#define NETBUFD_SERVER_METRICS_ADAPTER_FAMILIES_H_

#include <vector>

#include "engine/snapshots.h"
#include "prometheus/metric_family.h"

namespace netbuf {

void AppendAdapterFamilies(const std::vector<AdapterSnapshot>& adapters,
                           std::vector<prometheus::MetricFamily>& out);
void AppendFilterFamilies(const std::vector<AdapterSnapshot>& adapters,
                          std::vector<prometheus::MetricFamily>& out);

}  // namespace netbuf

#endif  // NETBUFD_SERVER_METRICS_ADAPTER_FAMILIES_H_
