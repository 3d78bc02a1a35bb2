// The metrics of adapters and of the filters on them.

#ifndef NETBUFD_SERVER_METRICS_ADAPTER_FAMILIES_H_
#define NETBUFD_SERVER_METRICS_ADAPTER_FAMILIES_H_

#include <string>
#include <vector>

#include "engine/snapshots.h"

namespace netbuf {

void WriteAdapterFamilies(const std::vector<AdapterSnapshot>& adapters,
                          std::string& text);
void WriteFilterFamilies(const std::vector<AdapterSnapshot>& adapters,
                         std::string& text);

}  // namespace netbuf

#endif  // NETBUFD_SERVER_METRICS_ADAPTER_FAMILIES_H_
