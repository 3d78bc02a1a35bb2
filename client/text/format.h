// Values as people read them.

#ifndef NETBUFD_CLIENT_TEXT_FORMAT_H_
#define NETBUFD_CLIENT_TEXT_FORMAT_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/duration.pb.h"
#include "netbuf/v1/ndis.pb.h"
#include "netbuf/v1/oid_service.pb.h"

namespace netbuf::client {

// 1234567 -> "1,234,567"
std::string WithCommas(uint64_t number);

// 10000000000 -> "10 Gbit/s"; 1234567 -> "1.23 Mbit/s"
std::string BitRate(double bits_per_second);

// 1.5 s -> "1.5s"; empty for none.
std::string DurationText(const google::protobuf::Duration& duration);

// 0x0000000000000000, as handles are written.
std::string HandleText(uint64_t handle);

// "SUCCESS", "INVALID_LENGTH"; 0xC0000099 for a status without a name.
std::string StatusName(v1::NdisStatus status);

// "3 INVALID_LENGTH, 309 SUCCESS"; "none" for none.
std::string StatusCounts(const std::map<v1::NdisStatus, uint64_t>& counts);

// STATE_RUNNING without its prefix "STATE_".
std::string WithoutPrefix(absl::string_view name, absl::string_view prefix);

// "connected, 10 Gbit/s, full duplex"
std::string LinkText(const v1::LinkState& link);

// "data 50, context 16 bytes"
std::string RequirementsText(const v1::StackRequirements& requirements);

// The decoded answer of an OID; else its bytes in hexadecimal.
std::string OidAnswerText(const v1::QueryOidResponse& response);

// 16 bytes a line: offset, bytes, characters, as tcpdump -XX does.
std::string HexDump(absl::string_view bytes);

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_TEXT_FORMAT_H_
