// Adapters and filter modules, between the API and the engine. Errors as in
// convert_common.h.

#ifndef NETBUFD_SERVER_SERVICE_CONVERT_ADAPTER_H_
#define NETBUFD_SERVER_SERVICE_CONVERT_ADAPTER_H_

#include "absl/status/statusor.h"
#include "engine/snapshots.h"
#include "netbuf/v1/adapter_service.pb.h"

namespace netbuf {

// Reads `adapter` of a CreateAdapterRequest; zeros become the defaults that the
// API documents. An empty MAC address stays zero: the engine derives one.
absl::StatusOr<NicSpec> NicSpecFromProto(const v1::Adapter& adapter);

// Reads `filter` of an AttachFilterRequest. What it leaves empty stays zero,
// for which the engine puts the defaults.
absl::StatusOr<FilterSpec> FilterSpecFromProto(const v1::FilterModule& filter);

v1::Adapter ToProto(const AdapterSnapshot& snapshot);
v1::FilterModule ToProto(const FilterSnapshot& snapshot);

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_CONVERT_ADAPTER_H_
