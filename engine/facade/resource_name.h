// Resource names: how callers name what the engine has.
//
//   adapters/{adapter}
//   adapters/{adapter}/filters/{filter}
//   protocols/{protocol}
//   protocols/{protocol}/bindings/{binding}
//   protocols/{protocol}/netBufferListPools/{pool}
//   protocols/{protocol}/netBufferPools/{pool}

#ifndef NETBUFD_ENGINE_FACADE_RESOURCE_NAME_H_
#define NETBUFD_ENGINE_FACADE_RESOURCE_NAME_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace netbuf {

// Collections below a protocol or an adapter.
inline constexpr absl::string_view kFilters = "filters";
inline constexpr absl::string_view kBindings = "bindings";
inline constexpr absl::string_view kNetBufferListPools = "netBufferListPools";
inline constexpr absl::string_view kNetBufferPools = "netBufferPools";

// An id is 1 to 63 characters of a-z, 0-9 and '-', begins with a letter and
// does not end with '-'. INVALID_ARGUMENT (INVALID_ID) names `field`.
absl::Status CheckId(absl::string_view id, absl::string_view field);

// The {adapter} of "adapters/{adapter}", the {protocol} of
// "protocols/{protocol}". INVALID_ARGUMENT (INVALID_RESOURCE_NAME) names
// `field`, the name and the form.
absl::StatusOr<std::string> ParseAdapterName(absl::string_view name,
                                             absl::string_view field);
absl::StatusOr<std::string> ParseProtocolName(absl::string_view name,
                                              absl::string_view field);

struct ChildName {
  std::string parent_id;  // {protocol} or {adapter}
  std::string id;
};
// `collection` is one of the constants above.
absl::StatusOr<ChildName> ParseChildName(absl::string_view name,
                                         absl::string_view collection,
                                         absl::string_view field);

std::string AdapterName(absl::string_view adapter_id);
std::string ProtocolName(absl::string_view protocol_id);
// Of `collection` under a protocol, or of a filter under an adapter.
std::string ChildResourceName(absl::string_view parent_id,
                              absl::string_view collection,
                              absl::string_view id);

// The errors that all kinds share; `type` is "Adapter" for "netbufd/Adapter".
absl::Status NotFound(absl::string_view type, absl::string_view name);
absl::Status AlreadyExists(absl::string_view type, absl::string_view name);

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_FACADE_RESOURCE_NAME_H_
