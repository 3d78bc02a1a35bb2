#include "server/service/convert_oid.h"

#include <cstdint>
#include <string>
#include <vector>

#include "engine/ndis/oid_request.h"
#include "engine/ndis/stack_requirements.h"
#include "gtest/gtest.h"
#include "server/service/field_matcher.h"

namespace netbuf {
namespace {

std::optional<v1::OidValue> Decode(Oid oid, std::vector<uint8_t> buffer) {
  return DecodeOidValue(static_cast<uint32_t>(oid), buffer);
}

// The bytes that the engine answers with, so that both ends agree.
template <typename Answer>
std::vector<uint8_t> Answered(Answer answer) {
  std::vector<uint8_t> buffer(256);
  OidRequest request;
  request.information_buffer = absl::MakeSpan(buffer);
  EXPECT_EQ(answer(request), NdisStatus::kSuccess);
  buffer.resize(request.bytes_written);
  return buffer;
}

TEST(ConvertOidTest, NumbersAreLittleEndian) {
  EXPECT_EQ(Decode(Oid::kGenMaximumFrameSize, {0xDC, 0x05, 0, 0})->number(),
            1500);
  EXPECT_EQ(Decode(Oid::kGenDriverVersion, {0x50, 0x06})->number(), 0x0650);
}

TEST(ConvertOidTest, CountersComeInTwoWidths) {
  EXPECT_EQ(Decode(Oid::kGenXmitOk, {1, 0, 0, 0, 0, 0, 0, 0x80})->counter(),
            0x8000000000000001);
  EXPECT_EQ(Decode(Oid::kGenXmitOk, {1, 0, 0, 0x80})->counter(), 0x80000001);
}

TEST(ConvertOidTest, ListsMayBeEmpty) {
  const auto list = Decode(Oid::kGenSupportedList, {1, 1, 1, 0, 7, 2, 1, 0});
  ASSERT_TRUE(list.has_value());
  ASSERT_EQ(list->numbers().values_size(), 2);
  EXPECT_EQ(list->numbers().values(1), 0x00010207);
  EXPECT_TRUE(Decode(Oid::kGenSupportedList, {})->has_numbers());
  EXPECT_TRUE(Decode(Oid::k8023MulticastList, {})->has_mac_addresses());
}

TEST(ConvertOidTest, AddressesAreText) {
  EXPECT_EQ(
      Decode(Oid::k8023CurrentAddress, {2, 0, 0, 0, 0, 0xFE})->mac_address(),
      "02:00:00:00:00:fe");
  const auto list = Decode(Oid::k8023MulticastList,
                           {1, 0, 0x5E, 0, 0, 1, 0x33, 0x33, 0, 0, 0, 2});
  ASSERT_EQ(list->mac_addresses().addresses_size(), 2);
  EXPECT_EQ(list->mac_addresses().addresses(0), "01:00:5e:00:00:01");
  EXPECT_EQ(list->mac_addresses().addresses(1), "33:33:00:00:00:02");
}

TEST(ConvertOidTest, StringsEndAtTheirNul) {
  EXPECT_EQ(Decode(Oid::kGenVendorDescription, {'a', 'b', 0, 'c'})->text(),
            "ab");
  EXPECT_EQ(Decode(Oid::kGenVendorDescription, {'a', 0xE4})->text(), "a?");
  EXPECT_TRUE(Decode(Oid::kGenVendorDescription, {})->text().empty());
}

TEST(ConvertOidTest, StructuresAreReadAsTheEngineWritesThem) {
  LinkState state;
  state.connect_state = MediaConnectState::kDisconnected;
  state.duplex_state = MediaDuplexState::kHalf;
  state.xmit_link_speed = 10'000'000'000;
  state.rcv_link_speed = 20'000'000'000;
  const auto link = DecodeOidValue(
      static_cast<uint32_t>(Oid::kGenLinkState),
      Answered([&](OidRequest& r) { return AnswerLinkState(r, state); }));
  ASSERT_TRUE(link.has_value());
  EXPECT_EQ(link->link_state().connect_state(),
            v1::LinkState::CONNECT_STATE_DISCONNECTED);
  EXPECT_EQ(link->link_state().duplex_state(),
            v1::LinkState::DUPLEX_STATE_HALF);
  EXPECT_EQ(link->link_state().xmit_link_speed_bps(), 10'000'000'000);
  EXPECT_EQ(link->link_state().rcv_link_speed_bps(), 20'000'000'000);

  const auto needs = DecodeOidValue(
      static_cast<uint32_t>(Oid::kNetbufStackRequirements),
      Answered([](OidRequest& r) {
        return AnswerStackRequirements(
            r, {.data_back_fill_size = 54, .context_back_fill_size = 48});
      }));
  ASSERT_TRUE(needs.has_value());
  EXPECT_EQ(needs->stack_requirements().data_back_fill_size(), 54);
  EXPECT_EQ(needs->stack_requirements().context_back_fill_size(), 48);

  std::vector<uint8_t> speed(16);
  speed[0] = 5;
  speed[8] = 6;
  EXPECT_EQ(Decode(Oid::kGenMaxLinkSpeed, speed)->link_speed().xmit_bps(), 5);
  EXPECT_EQ(Decode(Oid::kGenMaxLinkSpeed, speed)->link_speed().rcv_bps(), 6);
}

TEST(ConvertOidTest, ABufferOfTheWrongLengthHasNoReading) {
  // Whatever the OID and the length: no reading, or one, but never a crash.
  for (const OidInfo& info : AllOids()) {
    for (size_t size = 0; size <= 200; ++size) {
      DecodeOidValue(static_cast<uint32_t>(info.oid),
                     std::vector<uint8_t>(size, 0xFF));
    }
  }
  EXPECT_FALSE(Decode(Oid::kGenMaximumFrameSize, {1, 2, 3}).has_value());
  EXPECT_FALSE(Decode(Oid::kGenMaximumFrameSize, {}).has_value());
  EXPECT_FALSE(Decode(Oid::k8023CurrentAddress, {1, 2, 3, 4, 5}).has_value());
  EXPECT_FALSE(Decode(Oid::k8023MulticastList, {1, 2, 3, 4, 5}).has_value());
  EXPECT_FALSE(Decode(Oid::kGenSupportedList, {1, 2, 3}).has_value());
  EXPECT_FALSE(Decode(Oid::kGenXmitOk, {1, 2, 3, 4, 5}).has_value());
  EXPECT_FALSE(
      Decode(Oid::kGenLinkState, std::vector<uint8_t>(39)).has_value());
}

TEST(ConvertOidTest, UnknownLayoutsHaveNoReading) {
  EXPECT_FALSE(DecodeOidValue(0x12345678, std::vector<uint8_t>(4)).has_value());
  EXPECT_FALSE(
      Decode(Oid::kGenStatistics, std::vector<uint8_t>(152)).has_value());
  EXPECT_FALSE(Decode(Oid::kGenInterruptModeration, std::vector<uint8_t>(8))
                   .has_value());
}

TEST(ConvertOidTest, OidsGoByNumberOrName) {
  v1::QueryOidRequest request;
  EXPECT_EQ(FieldOf(ReadOid(request)), "oid");
  request.set_oid_value(0x00010106);
  EXPECT_EQ(*ReadOid(request), 0x00010106);
  request.set_oid_name("OID_GEN_MAXIMUM_FRAME_SIZE");
  EXPECT_EQ(*ReadOid(request), 0x00010106);
  request.set_oid_value(0xDEADBEEF);  // The engine says that there is none.
  EXPECT_EQ(*ReadOid(request), 0xDEADBEEF);
}

TEST(ConvertOidTest, AnUnknownNameIsAnInvalidOid) {
  v1::SetOidRequest request;
  request.set_oid_name("OID_GEN_NONSENSE");
  const absl::Status status = ReadOid(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  const auto info = GetErrorInfo(status);
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->reason, "INVALID_OID");
  EXPECT_EQ(info->ndis_status, NdisStatus::kInvalidOid);
  EXPECT_EQ(info->resource_name, "OID_GEN_NONSENSE");
}

TEST(ConvertOidTest, EveryOidIsDescribed) {
  for (const OidInfo& info : AllOids()) {
    const v1::OidInfo told = ToProto(info);
    EXPECT_EQ(told.oid(), static_cast<uint32_t>(info.oid));
    EXPECT_EQ(told.name(), info.name);
    EXPECT_NE(told.data_type(), "");
  }
}

}  // namespace
}  // namespace netbuf
