// Protocols and their bindings, between the API and the engine. Errors as in
// convert_common.h.

#ifndef NETBUFD_SERVER_SERVICE_CONVERT_BINDING_H_
#define NETBUFD_SERVER_SERVICE_CONVERT_BINDING_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/engine.h"
#include "engine/snapshots.h"
#include "netbuf/v1/binding_service.pb.h"
#include "netbuf/v1/protocol_service.pb.h"

namespace netbuf {

absl::StatusOr<RestartPolicy> FromProto(v1::Binding::RestartPolicy policy,
                                        absl::string_view field);

v1::Binding::State ToProto(BindingState state);
v1::Binding ToProto(const BindingSnapshot& snapshot);
v1::BindingEvent ToProto(const BindingEvent& event);

v1::Protocol ToProto(const ProtocolSnapshot& snapshot);
v1::DeregisterProtocolResponse ToProto(const DeregisterReport& report);

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_CONVERT_BINDING_H_
