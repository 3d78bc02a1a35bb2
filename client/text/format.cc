#include "client/text/format.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

namespace netbuf::client {
namespace {

constexpr size_t kDumpWidth = 16;

std::string OidValueText(const v1::OidValue& value) {
  switch (value.kind_case()) {
    case v1::OidValue::kNumber:
      return absl::StrFormat("%d (0x%X)", value.number(), value.number());
    case v1::OidValue::kCounter:
      return WithCommas(value.counter());
    case v1::OidValue::kText:
      return absl::StrCat("\"", absl::CHexEscape(value.text()), "\"");
    case v1::OidValue::kMacAddress:
      return value.mac_address();
    case v1::OidValue::kMacAddresses:
      return value.mac_addresses().addresses().empty()
                 ? "none"
                 : absl::StrJoin(value.mac_addresses().addresses(), " ");
    case v1::OidValue::kNumbers:
      return absl::StrJoin(value.numbers().values(), " ",
                           [](std::string* out, uint32_t number) {
                             absl::StrAppendFormat(out, "0x%X", number);
                           });
    case v1::OidValue::kLinkState:
      return LinkText(value.link_state());
    case v1::OidValue::kLinkSpeed:
      return absl::StrCat(
          "transmit ",
          BitRate(static_cast<double>(value.link_speed().xmit_bps())),
          ", receive ",
          BitRate(static_cast<double>(value.link_speed().rcv_bps())));
    case v1::OidValue::kStackRequirements:
      return RequirementsText(value.stack_requirements());
    case v1::OidValue::KIND_NOT_SET:
      return "";
  }
  return "";
}

}  // namespace

std::string WithCommas(uint64_t number) {
  std::string text = absl::StrCat(number);
  for (ptrdiff_t i = static_cast<ptrdiff_t>(text.size()) - 3; i > 0; i -= 3) {
    text.insert(i, ",");
  }
  return text;
}

std::string BitRate(double bits_per_second) {
  static constexpr absl::string_view kUnits[] = {"bit/s", "kbit/s", "Mbit/s",
                                                 "Gbit/s", "Tbit/s"};
  size_t unit = 0;
  while (bits_per_second >= 1000 && unit + 1 < std::size(kUnits)) {
    bits_per_second /= 1000;
    ++unit;
  }
  return absl::StrFormat("%.3g %s", bits_per_second, kUnits[unit]);
}

std::string DurationText(const google::protobuf::Duration& duration) {
  const absl::Duration value =
      absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
  return value == absl::ZeroDuration() ? "" : absl::FormatDuration(value);
}

std::string HandleText(uint64_t handle) {
  return absl::StrFormat("0x%016x", handle);
}

std::string StatusName(v1::NdisStatus status) {
  const std::string& name = v1::NdisStatus_Name(status);
  if (name.empty()) {
    return absl::StrFormat("0x%08X", static_cast<uint32_t>(status));
  }
  return WithoutPrefix(name, "NDIS_STATUS_");
}

std::string StatusCounts(const std::map<v1::NdisStatus, uint64_t>& counts) {
  if (counts.empty()) return "none";
  // Most frequent first.
  std::vector<std::pair<v1::NdisStatus, uint64_t>> sorted(counts.begin(),
                                                          counts.end());
  std::stable_sort(
      sorted.begin(), sorted.end(),
      [](const auto& a, const auto& b) { return a.second > b.second; });
  return absl::StrJoin(sorted, ", ", [](std::string* out, const auto& entry) {
    absl::StrAppend(out, WithCommas(entry.second), " ",
                    StatusName(entry.first));
  });
}

std::string WithoutPrefix(absl::string_view name, absl::string_view prefix) {
  return std::string(absl::StripPrefix(name, prefix));
}

std::string LinkText(const v1::LinkState& link) {
  std::vector<std::string> parts = {absl::AsciiStrToLower(
      WithoutPrefix(v1::LinkState::ConnectState_Name(link.connect_state()),
                    "CONNECT_STATE_"))};
  if (link.xmit_link_speed_bps() > 0) {
    parts.push_back(BitRate(static_cast<double>(link.xmit_link_speed_bps())));
  }
  if (link.duplex_state() != v1::LinkState::DUPLEX_STATE_UNKNOWN) {
    parts.push_back(
        absl::StrCat(absl::AsciiStrToLower(WithoutPrefix(
                         v1::LinkState::DuplexState_Name(link.duplex_state()),
                         "DUPLEX_STATE_")),
                     " duplex"));
  }
  return absl::StrJoin(parts, ", ");
}

std::string RequirementsText(const v1::StackRequirements& requirements) {
  return absl::StrCat("data ", requirements.data_back_fill_size(), ", context ",
                      requirements.context_back_fill_size(), " bytes");
}

std::string OidAnswerText(const v1::QueryOidResponse& response) {
  std::string text = OidValueText(response.value());
  if (!text.empty()) return text;
  if (response.information_buffer().empty()) return "empty";
  return absl::BytesToHexString(response.information_buffer());
}

std::string HexDump(absl::string_view bytes) {
  std::string text;
  for (size_t offset = 0; offset < bytes.size(); offset += kDumpWidth) {
    const absl::string_view line = bytes.substr(offset, kDumpWidth);
    std::string hex;
    std::string characters;
    for (size_t i = 0; i < line.size(); ++i) {
      const auto byte = static_cast<unsigned char>(line[i]);
      if (i % 2 == 0) hex.push_back(' ');
      absl::StrAppendFormat(&hex, "%02x", byte);
      characters.push_back(absl::ascii_isprint(byte) ? line[i] : '.');
    }
    absl::StrAppendFormat(&text, "0x%04x: %-40s  %s\n", offset, hex,
                          characters);
  }
  return text;
}

}  // namespace netbuf::client
