// Makes filter modules of every kind.

#ifndef NETBUFD_ENGINE_STACK_FILTER_FACTORY_H_
#define NETBUFD_ENGINE_STACK_FILTER_FACTORY_H_

#include <memory>
#include <string>

#include "engine/buffer/mdl.h"
#include "engine/stack/filter_module.h"
#include "engine/stack/filter_spec.h"

namespace netbuf {

// REQUIRES: the spec is valid and resolved. `allocator` serves back-fill misses;
// it is not owned and outlives the filter.
std::shared_ptr<FilterModule> MakeFilterModule(const std::string& name,
                                               const FilterSpec& spec,
                                               MdlAllocator& allocator);

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_FILTER_FACTORY_H_
