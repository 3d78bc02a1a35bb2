#include "engine/stack/filter_factory.h"

#include <memory>
#include <string>
#include <variant>

#include "engine/stack/observer_filter.h"
#include "engine/stack/vlan_filter.h"
#include "engine/stack/vxlan_filter.h"

namespace netbuf {

std::shared_ptr<FilterModule> MakeFilterModule(const std::string& name,
                                               const FilterSpec& spec,
                                               MdlAllocator& allocator) {
  if (const auto* vlan = std::get_if<VlanFilterOptions>(&spec)) {
    return std::make_shared<VlanFilter>(name, *vlan, allocator);
  }
  if (const auto* vxlan = std::get_if<VxlanFilterOptions>(&spec)) {
    return std::make_shared<VxlanFilter>(name, *vxlan, allocator);
  }
  return std::make_shared<ObserverFilter>(name);
}

}  // namespace netbuf
