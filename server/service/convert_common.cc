#include "server/service/convert_common.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "engine/pool/pool_types.h"
#include "server/service/status.h"

namespace netbuf {
namespace {

absl::Status TooLarge(uint32_t value, uint32_t most, absl::string_view field) {
  return InvalidField(field,
                      absl::StrCat("is ", value, "; the most is ", most));
}

// The value of a hexadecimal digit; -1 for another character.
int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = absl::ascii_tolower(static_cast<unsigned char>(c));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

absl::Status MissingField(absl::string_view field) {
  return InvalidField(field, "is required");
}

absl::StatusOr<uint16_t> ToU16(uint32_t value, absl::string_view field) {
  constexpr uint32_t kMost = std::numeric_limits<uint16_t>::max();
  if (value > kMost) return TooLarge(value, kMost, field);
  return static_cast<uint16_t>(value);
}

absl::StatusOr<uint8_t> ToU8(uint32_t value, absl::string_view field) {
  constexpr uint32_t kMost = std::numeric_limits<uint8_t>::max();
  if (value > kMost) return TooLarge(value, kMost, field);
  return static_cast<uint8_t>(value);
}

absl::StatusOr<MacAddress> ParseMacAddress(absl::string_view text,
                                           absl::string_view field) {
  constexpr size_t kTextSize = 3 * kMacAddressSize - 1;
  MacAddress address{};
  bool valid = text.size() == kTextSize && (text[2] == ':' || text[2] == '-');
  for (size_t i = 0; valid && i < kMacAddressSize; ++i) {
    const int high = HexDigit(text[3 * i]);
    const int low = HexDigit(text[3 * i + 1]);
    const bool separated =
        i + 1 == kMacAddressSize || text[3 * i + 2] == text[2];
    valid = high >= 0 && low >= 0 && separated;
    if (valid) address[i] = static_cast<uint8_t>(high << 4 | low);
  }
  if (!valid) {
    return InvalidField(
        field,
        absl::StrCat("is ", Quoted(text), "; write it like 02:00:00:00:00:01"));
  }
  return address;
}

absl::StatusOr<std::array<uint8_t, 4>> ParseIpv4Address(
    absl::string_view text, absl::string_view field) {
  std::array<uint8_t, 4> address{};
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '.');
  bool valid = parts.size() == address.size();
  for (size_t i = 0; valid && i < parts.size(); ++i) {
    uint32_t number = 0;
    valid =
        !parts[i].empty() && parts[i].size() <= 3 &&
        std::all_of(parts[i].begin(), parts[i].end(), absl::ascii_isdigit) &&
        (parts[i].size() == 1 || parts[i][0] != '0') &&
        absl::SimpleAtoi(parts[i], &number) && number <= 255;
    if (valid) address[i] = static_cast<uint8_t>(number);
  }
  if (!valid) {
    return InvalidField(
        field, absl::StrCat("is ", Quoted(text), "; write it like 192.0.2.1"));
  }
  return address;
}

absl::StatusOr<absl::Duration> ParseDuration(
    const google::protobuf::Duration& duration, absl::Duration most,
    absl::string_view field) {
  // The limits of google.protobuf.Duration; within them nothing overflows.
  constexpr int64_t kMaxSeconds = 315'576'000'000;
  const bool valid = duration.seconds() >= 0 &&
                     duration.seconds() <= kMaxSeconds &&
                     duration.nanos() >= 0 && duration.nanos() <= 999'999'999;
  const absl::Duration value = valid ? absl::Seconds(duration.seconds()) +
                                           absl::Nanoseconds(duration.nanos())
                                     : absl::InfiniteDuration();
  if (!valid || value > most) {
    return InvalidField(
        field, absl::StrCat("is ",
                            valid ? absl::FormatDuration(value)
                                  : absl::StrCat(duration.seconds(), " s and ",
                                                 duration.nanos(), " ns"),
                            "; use 0s to ", absl::FormatDuration(most)));
  }
  return value;
}

absl::StatusOr<uint32_t> ParsePoolTag(absl::string_view text,
                                      absl::string_view field) {
  constexpr size_t kMaxCharacters = 4;
  if (text.size() > kMaxCharacters ||
      !std::all_of(text.begin(), text.end(), absl::ascii_isprint)) {
    return InvalidField(field, absl::StrCat("is ", Quoted(text),
                                            "; use up to 4 printable ASCII "
                                            "characters, such as Tcp4"));
  }
  return PoolTagFromString(text);
}

absl::StatusOr<NdisStatus> FromProto(v1::NdisStatus status,
                                     absl::string_view field) {
  if (!v1::NdisStatus_IsValid(status)) {
    return InvalidField(field, absl::StrCat("is ", static_cast<int>(status),
                                            "; use a value of NdisStatus"));
  }
  return static_cast<NdisStatus>(static_cast<uint32_t>(status));
}

absl::StatusOr<LinkState> FromProto(const v1::LinkState& state,
                                    absl::string_view field) {
  if (!v1::LinkState::ConnectState_IsValid(state.connect_state())) {
    return InvalidField(
        absl::StrCat(field, ".connect_state"),
        absl::StrCat("is ", static_cast<int>(state.connect_state()),
                     "; use a value of LinkState.ConnectState"));
  }
  if (!v1::LinkState::DuplexState_IsValid(state.duplex_state())) {
    return InvalidField(
        absl::StrCat(field, ".duplex_state"),
        absl::StrCat("is ", static_cast<int>(state.duplex_state()),
                     "; use a value of LinkState.DuplexState"));
  }
  // The API's numbers are NDIS's.
  LinkState out;
  out.connect_state = static_cast<MediaConnectState>(state.connect_state());
  out.duplex_state = static_cast<MediaDuplexState>(state.duplex_state());
  out.xmit_link_speed = state.xmit_link_speed_bps();
  out.rcv_link_speed = state.rcv_link_speed_bps();
  return out;
}

std::string FormatMacAddress(const MacAddress& address) {
  return absl::StrFormat("%02x:%02x:%02x:%02x:%02x:%02x", address[0],
                         address[1], address[2], address[3], address[4],
                         address[5]);
}

std::string FormatIpv4Address(const std::array<uint8_t, 4>& address) {
  return absl::StrCat(address[0], ".", address[1], ".", address[2], ".",
                      address[3]);
}

v1::NdisStatus ToProto(NdisStatus status) {
  return static_cast<v1::NdisStatus>(
      static_cast<int32_t>(static_cast<uint32_t>(status)));
}

v1::LinkState ToProto(const LinkState& state) {
  v1::LinkState out;
  out.set_connect_state(
      static_cast<v1::LinkState::ConnectState>(state.connect_state));
  out.set_duplex_state(
      static_cast<v1::LinkState::DuplexState>(state.duplex_state));
  out.set_xmit_link_speed_bps(state.xmit_link_speed);
  out.set_rcv_link_speed_bps(state.rcv_link_speed);
  return out;
}

v1::StackRequirements ToProto(const StackRequirements& requirements) {
  v1::StackRequirements out;
  out.set_data_back_fill_size(requirements.data_back_fill_size);
  out.set_context_back_fill_size(requirements.context_back_fill_size);
  return out;
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration out;
  const int64_t seconds =
      absl::IDivDuration(duration, absl::Seconds(1), &duration);
  out.set_seconds(seconds);
  out.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
  return out;
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  const google::protobuf::Duration since = ToProto(time - absl::UnixEpoch());
  google::protobuf::Timestamp out;
  out.set_seconds(since.seconds());
  out.set_nanos(since.nanos());
  return out;
}

}  // namespace netbuf
