#include "server/service/convert_oid.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "engine/ndis/error.h"
#include "engine/ndis/flags.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/stack_requirements.h"
#include "engine/ndis/status.h"
#include "server/service/convert_common.h"
#include "server/service/status.h"

namespace netbuf {
namespace {

using Buffer = absl::Span<const uint8_t>;

uint64_t LittleEndian(Buffer buffer, size_t offset, size_t size) {
  uint64_t value = 0;
  for (size_t i = size; i-- > 0;) value = value << 8 | buffer[offset + i];
  return value;
}

uint32_t U32At(Buffer buffer, size_t offset) {
  return static_cast<uint32_t>(LittleEndian(buffer, offset, 4));
}

uint64_t U64At(Buffer buffer, size_t offset) {
  return LittleEndian(buffer, offset, 8);
}

std::string MacAt(Buffer buffer, size_t offset) {
  MacAddress address;
  std::copy_n(buffer.begin() + static_cast<ptrdiff_t>(offset), address.size(),
              address.begin());
  return FormatMacAddress(address);
}

// Each reads one layout; false when `buffer` has not the size of it.

bool ReadNumber(Buffer buffer, size_t size, v1::OidValue& value) {
  if (buffer.size() != size) return false;
  value.set_number(static_cast<uint32_t>(LittleEndian(buffer, 0, size)));
  return true;
}

bool ReadNumbers(Buffer buffer, v1::OidValue& value) {
  if (buffer.size() % 4 != 0) return false;
  v1::OidValue::U32List& numbers = *value.mutable_numbers();
  for (size_t i = 0; i < buffer.size(); i += 4) {
    numbers.add_values(U32At(buffer, i));
  }
  return true;
}

bool ReadCounter(Buffer buffer, v1::OidValue& value) {
  if (buffer.size() != 4 && buffer.size() != 8) return false;
  value.set_counter(LittleEndian(buffer, 0, buffer.size()));
  return true;
}

bool ReadMacAddress(Buffer buffer, v1::OidValue& value) {
  if (buffer.size() != kMacAddressSize) return false;
  value.set_mac_address(MacAt(buffer, 0));
  return true;
}

bool ReadMacAddresses(Buffer buffer, v1::OidValue& value) {
  if (buffer.size() % kMacAddressSize != 0) return false;
  v1::OidValue::AddressList& addresses = *value.mutable_mac_addresses();
  for (size_t i = 0; i < buffer.size(); i += kMacAddressSize) {
    addresses.add_addresses(MacAt(buffer, i));
  }
  return true;
}

// Up to the NUL. Bytes beyond ASCII could not travel in a proto string.
bool ReadText(Buffer buffer, v1::OidValue& value) {
  std::string& text = *value.mutable_text();
  for (const uint8_t byte : buffer) {
    if (byte == 0) break;
    text.push_back(byte < 0x80 ? static_cast<char>(byte) : '?');
  }
  return true;
}

// NDIS_LINK_STATE: header 0, MediaConnectState 4, MediaDuplexState 8,
// XmitLinkSpeed 16, RcvLinkSpeed 24, PauseFunctions 32, flags 36.
bool ReadLinkState(Buffer buffer, v1::OidValue& value) {
  if (buffer.size() != kSizeofLinkState) return false;
  v1::LinkState& state = *value.mutable_link_state();
  state.set_connect_state(
      static_cast<v1::LinkState::ConnectState>(U32At(buffer, 4)));
  state.set_duplex_state(
      static_cast<v1::LinkState::DuplexState>(U32At(buffer, 8)));
  state.set_xmit_link_speed_bps(U64At(buffer, 16));
  state.set_rcv_link_speed_bps(U64At(buffer, 24));
  return true;
}

bool ReadLinkSpeed(Buffer buffer, v1::OidValue& value) {
  if (buffer.size() != 16) return false;
  value.mutable_link_speed()->set_xmit_bps(U64At(buffer, 0));
  value.mutable_link_speed()->set_rcv_bps(U64At(buffer, 8));
  return true;
}

bool ReadStackRequirements(Buffer buffer, v1::OidValue& value) {
  if (buffer.size() != kSizeofStackRequirements) return false;
  v1::StackRequirements& needs = *value.mutable_stack_requirements();
  needs.set_data_back_fill_size(U32At(buffer, 0));
  needs.set_context_back_fill_size(U32At(buffer, 4));
  return true;
}

bool Read(const OidInfo& info, Buffer buffer, v1::OidValue& value) {
  switch (info.type) {
    case OidDataType::kU16:
      return ReadNumber(buffer, 2, value);
    case OidDataType::kU32:
      return ReadNumber(buffer, 4, value);
    case OidDataType::kU32Array:
      return ReadNumbers(buffer, value);
    case OidDataType::kU64Counter:
      return ReadCounter(buffer, value);
    case OidDataType::kMacAddress:
      return ReadMacAddress(buffer, value);
    case OidDataType::kMacAddressArray:
      return ReadMacAddresses(buffer, value);
    case OidDataType::kString:
      return ReadText(buffer, value);
    case OidDataType::kLinkState:
      return ReadLinkState(buffer, value);
    case OidDataType::kLinkSpeed:
      return ReadLinkSpeed(buffer, value);
    case OidDataType::kStructure:
      return info.oid == Oid::kNetbufStackRequirements &&
             ReadStackRequirements(buffer, value);
    case OidDataType::kStatistics:
      return false;  // Has no reading; Adapter.statistics tells the same.
  }
  return false;
}

absl::string_view DataTypeName(OidDataType type) {
  switch (type) {
    case OidDataType::kU16:
      return "u16";
    case OidDataType::kU32:
      return "u32";
    case OidDataType::kU32Array:
      return "u32_array";
    case OidDataType::kU64Counter:
      return "counter";
    case OidDataType::kMacAddress:
      return "mac_address";
    case OidDataType::kMacAddressArray:
      return "mac_address_array";
    case OidDataType::kString:
      return "string";
    case OidDataType::kLinkState:
      return "link_state";
    case OidDataType::kLinkSpeed:
      return "link_speed";
    case OidDataType::kStatistics:
      return "statistics";
    case OidDataType::kStructure:
      return "structure";
  }
  return "structure";
}

}  // namespace

absl::StatusOr<uint32_t> OidByName(absl::string_view name) {
  const OidInfo* info = FindOidByName(name);
  if (info != nullptr) return static_cast<uint32_t>(info->oid);
  return ErrorBuilder(absl::StatusCode::kNotFound, "INVALID_OID",
                      NdisStatus::kInvalidOid)
             .Resource("netbufd/Oid", name)
             .Metadata("oidName", name)
         << "no OID is called " << Quoted(name)
         << "; ListOids tells those that netbufd knows";
}

absl::Status MissingOid() {
  return InvalidField("oid", "is required: set oid_value or oid_name");
}

std::optional<v1::OidValue> DecodeOidValue(uint32_t oid, Buffer buffer) {
  const OidInfo* info = FindOid(oid);
  v1::OidValue value;
  if (info == nullptr || !Read(*info, buffer, value)) return std::nullopt;
  return value;
}

v1::OidInfo ToProto(const OidInfo& info) {
  v1::OidInfo out;
  out.set_oid(static_cast<uint32_t>(info.oid));
  out.set_name(std::string(info.name));
  out.set_query(info.query);
  out.set_set(info.set);
  out.set_mandatory(info.mandatory);
  out.set_data_type(std::string(DataTypeName(info.type)));
  return out;
}

}  // namespace netbuf
