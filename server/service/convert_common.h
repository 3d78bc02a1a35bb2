// The words that several messages share, between the API and the engine.
//
// Functions that read a request take the path of the field ("adapter.mtu") and
// answer INVALID_ARGUMENT naming it (reason INVALID_FIELD). They check what the
// engine's types cannot hold: a number too wide, a text that is no address, an
// enum value nobody knows. What a value means is the engine's to check.

#ifndef NETBUFD_SERVER_SERVICE_CONVERT_COMMON_H_
#define NETBUFD_SERVER_SERVICE_CONVERT_COMMON_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/ndis/flags.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/stack_requirements.h"
#include "engine/ndis/status.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "netbuf/v1/ndis.pb.h"

namespace netbuf {

// --- From requests --------------------------------------------------------

// "field is required".
absl::Status MissingField(absl::string_view field);

absl::StatusOr<uint16_t> ToU16(uint32_t value, absl::string_view field);
absl::StatusOr<uint8_t> ToU8(uint32_t value, absl::string_view field);

// Six pairs of hexadecimal digits between ':' or '-'. Empty is an error.
absl::StatusOr<MacAddress> ParseMacAddress(absl::string_view text,
                                           absl::string_view field);
// Four decimal numbers up to 255 between '.', without leading zeros.
absl::StatusOr<std::array<uint8_t, 4>> ParseIpv4Address(
    absl::string_view text, absl::string_view field);

// A time to wait, from 0 to `most`.
absl::StatusOr<absl::Duration> ParseDuration(
    const google::protobuf::Duration& duration, absl::Duration most,
    absl::string_view field);

// A pool tag of up to four printable ASCII characters.
absl::StatusOr<uint32_t> ParsePoolTag(absl::string_view text,
                                      absl::string_view field);

absl::StatusOr<NdisStatus> FromProto(v1::NdisStatus status,
                                     absl::string_view field);
absl::StatusOr<LinkState> FromProto(const v1::LinkState& state,
                                    absl::string_view field);

// --- To answers -----------------------------------------------------------

// "02:00:00:00:00:01"
std::string FormatMacAddress(const MacAddress& address);
std::string FormatIpv4Address(const std::array<uint8_t, 4>& address);

v1::NdisStatus ToProto(NdisStatus status);
v1::LinkState ToProto(const LinkState& state);
v1::StackRequirements ToProto(const StackRequirements& requirements);
google::protobuf::Duration ToProto(absl::Duration duration);
google::protobuf::Timestamp ToProto(absl::Time time);

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SERVICE_CONVERT_COMMON_H_
