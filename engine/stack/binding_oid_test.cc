// OID requests through a binding (ndis-semantics 12, 13).

#include <cstdint>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "engine/ndis/oid.h"
#include "engine/stack/test_stack.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr MacAddress kGroup1 = {0x01, 0, 0x5E, 0, 0, 1};
constexpr MacAddress kGroup2 = {0x01, 0, 0x5E, 0, 0, 2};
constexpr MacAddress kGroup3 = {0x01, 0, 0x5E, 0, 0, 3};

struct Answer {
  NdisStatus status;
  std::string data;
  uint32_t needed = 0;
};

Answer Query(Binding& binding, Oid oid, size_t length = 512) {
  std::vector<uint8_t> buffer(length);
  OidRequest request;
  request.oid = static_cast<uint32_t>(oid);
  request.information_buffer = absl::MakeSpan(buffer);
  request.bytes_written = 99;  // Whatever a caller leaves there.
  const NdisStatus status = binding.OidRequest(request);
  return {status,
          std::string(reinterpret_cast<const char*>(buffer.data()),
                      request.bytes_written),
          request.bytes_needed};
}

Answer Set(Binding& binding, Oid oid, std::string data) {
  OidRequest request;
  request.type = OidRequestType::kSetInformation;
  request.oid = static_cast<uint32_t>(oid);
  request.information_buffer =
      absl::MakeSpan(reinterpret_cast<uint8_t*>(data.data()), data.size());
  const NdisStatus status = binding.OidRequest(request);
  if (status == NdisStatus::kSuccess) {
    EXPECT_EQ(request.bytes_read, data.size());
  } else {
    EXPECT_EQ(request.bytes_read, 0);
  }
  return {status, "", request.bytes_needed};
}

std::string U32(uint32_t value) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) {
    bytes.push_back(static_cast<char>(value >> (8 * i)));
  }
  return bytes;
}
std::string U64(uint64_t value) {
  return U32(static_cast<uint32_t>(value)) +
         U32(static_cast<uint32_t>(value >> 32));
}
std::string Bytes(const MacAddress& address) {
  return std::string(address.begin(), address.end());
}

class BindingOidTest : public testing::Test {
 protected:
  void ExpectAnswer(Oid oid, const std::string& data) {
    const Answer answer = Query(*binding_, oid);
    EXPECT_EQ(answer.status, NdisStatus::kSuccess);
    EXPECT_EQ(Hex(answer.data), Hex(data));
  }

  TestStack stack_{{.mtu = 4000,
                    .link_speed_bps = 100'000'000,
                    .data_back_fill_size = 2,
                    .max_multicast_list_size = 3}};
  TestBinding binding_{stack_, true, "one"};
};

// --- One test an OID ---------------------------------------------------------

TEST_F(BindingOidTest, SupportedListIsWhatIsListedWithoutStatistics) {
  const Answer answer = Query(*binding_, Oid::kGenSupportedList);
  ASSERT_EQ(answer.status, NdisStatus::kSuccess);
  std::set<std::string> listed;
  for (size_t i = 0; i < answer.data.size(); i += 4) {
    listed.insert(answer.data.substr(i, 4));
  }
  for (const OidInfo& info : AllOids()) {
    const std::string oid = U32(static_cast<uint32_t>(info.oid));
    EXPECT_EQ(listed.count(oid), info.listed ? 1 : 0) << info.name;
  }
  EXPECT_THAT(listed, Not(Contains(U32(0x00020106)))) << "statistics (X17)";
}

TEST_F(BindingOidTest, HardwareStatusIsReady) {
  ExpectAnswer(Oid::kGenHardwareStatus, U32(0));
}
TEST_F(BindingOidTest, MediaIsEthernet) {
  ExpectAnswer(Oid::kGenMediaSupported, U32(0));
  ExpectAnswer(Oid::kGenMediaInUse, U32(0));
  ExpectAnswer(Oid::kGenPhysicalMedium, U32(14));
  ExpectAnswer(Oid::kGenPhysicalMediumEx, U32(14));
}
TEST_F(BindingOidTest, MaximumLookaheadIsTheMtuUnlessTheNicSaysOtherwise) {
  ExpectAnswer(Oid::kGenMaximumLookahead, U32(4000));
}
TEST_F(BindingOidTest, FrameSizesWithAndWithoutHeader) {
  ExpectAnswer(Oid::kGenMaximumFrameSize, U32(4000));
  ExpectAnswer(Oid::kGenMaximumTotalSize, U32(4014));
}
TEST_F(BindingOidTest, FiltersLowerTheFrameSizes) {
  for (const char* name : {"a", "b"}) {
    ASSERT_TRUE(
        stack_.adapter->AttachFilter(name, VlanFilterOptions{}, 0, Soon())
            .ok());
  }
  ASSERT_TRUE(
      stack_.adapter->AttachFilter("x", VxlanFilterOptions{}, 1, Soon()).ok());
  ExpectAnswer(Oid::kGenMaximumFrameSize, U32(4000 - 58));
  ExpectAnswer(Oid::kGenMaximumTotalSize, U32(4014 - 58));
  EXPECT_EQ(stack_.adapter->GetInfo().mtu, 4000 - 58);
}
TEST_F(BindingOidTest, StackRequirementsAreTheSumBelow) {
  ASSERT_TRUE(
      stack_.adapter->AttachFilter("x", VxlanFilterOptions{}, 0, Soon()).ok());
  ExpectAnswer(Oid::kNetbufStackRequirements, U32(52) + U32(16));
}
TEST_F(BindingOidTest, DriverVersionHasTheMajorInTheHighByte) {
  ExpectAnswer(Oid::kGenDriverVersion, std::string("\x50\x06", 2));
}
TEST_F(BindingOidTest, MacOptionsComeFromTheAttributes) {
  ExpectAnswer(Oid::kGenMacOptions,
               U32(kMacOptionNoLoopback | kMacOptionFullDuplex));
}
TEST_F(BindingOidTest, ConnectStatusUsesTheOldNumbers) {
  ExpectAnswer(Oid::kGenMediaConnectStatus, U32(0));
  stack_.adapter->SetLinkState(
      {.connect_state = MediaConnectState::kDisconnected});
  ExpectAnswer(Oid::kGenMediaConnectStatus, U32(1));
}
TEST_F(BindingOidTest, LinkStateUsesTheNewNumbers) {
  stack_.adapter->SetLinkState(
      {.connect_state = MediaConnectState::kDisconnected});
  const Answer answer = Query(*binding_, Oid::kGenLinkState);
  ASSERT_EQ(answer.data.size(), kSizeofLinkState);
  EXPECT_EQ(answer.data.substr(4, 4), U32(2));
}
TEST_F(BindingOidTest, MaxLinkSpeedIsBothDirections) {
  ExpectAnswer(Oid::kGenMaxLinkSpeed, U64(100'000'000) + U64(100'000'000));
}
TEST_F(BindingOidTest, AddressesComeFromTheAttributes) {
  ExpectAnswer(Oid::k8023PermanentAddress, Bytes(kOwnAddress));
  ExpectAnswer(Oid::k8023CurrentAddress, Bytes(kOwnAddress));
}
TEST_F(BindingOidTest, MaximumListSizeComesFromTheAttributes) {
  ExpectAnswer(Oid::k8023MaximumListSize, U32(3));
}
TEST_F(BindingOidTest, RestartAttributesAreNeverAsked) {
  EXPECT_EQ(Query(*binding_, Oid::kGenMiniportRestartAttributes).status,
            NdisStatus::kNotSupported);
  EXPECT_EQ(Set(*binding_, Oid::kGenMiniportRestartAttributes, "1234").status,
            NdisStatus::kNotSupported);
}

TEST_F(BindingOidTest, StatisticsCountWhatPassed) {
  stack_.nic.auto_complete = true;
  TestList list({Frame(100), Frame(60)});
  binding_.Send({&list});
  stack_.nic.Receive({Frame(70, 0, kOwnAddress)});
  ExpectAnswer(Oid::kGenXmitOk, U64(2));
  ExpectAnswer(Oid::kGenRcvOk, U64(1));
  ExpectAnswer(Oid::kGenBytesXmit, U64(160));
  ExpectAnswer(Oid::kGenBytesRcv, U64(70));
  ExpectAnswer(Oid::kGenXmitError, U64(0));
  ExpectAnswer(Oid::kGenRcvError, U64(0));
  ExpectAnswer(Oid::kGenRcvNoBuffer, U64(0));
  ExpectAnswer(Oid::kGenXmitDiscards, U64(0));
  ExpectAnswer(Oid::kGenRcvDiscards, U64(0));
  const Answer block = Query(*binding_, Oid::kGenStatistics);
  EXPECT_EQ(block.data.size(), kSizeofStatisticsInfo);
  // ifHCOutOctets is the seventh counter behind header and flags.
  EXPECT_EQ(block.data.substr(8 + 6 * 8, 8), U64(160));
}
TEST_F(BindingOidTest, DiscardsShowUpWhenTheLinkIsDown) {
  stack_.adapter->SetLinkState(
      {.connect_state = MediaConnectState::kDisconnected});
  TestList list({Frame(60)});
  binding_.Send({&list});
  ExpectAnswer(Oid::kGenXmitDiscards, U64(1));
}
TEST_F(BindingOidTest, CountersObeyTheShortBufferRule) {
  Answer answer = Query(*binding_, Oid::kGenBytesRcv, 4);
  EXPECT_EQ(answer.status, NdisStatus::kSuccess);
  EXPECT_EQ(answer.data.size(), 4);
  EXPECT_EQ(answer.needed, 8);
  answer = Query(*binding_, Oid::kGenBytesRcv, 3);
  EXPECT_EQ(answer.status, NdisStatus::kInvalidLength);
  EXPECT_EQ(answer.needed, 8);
}

TEST_F(BindingOidTest, MiniportsOwnGoToTheMiniport) {
  for (const Oid oid :
       {Oid::kGenTransmitBufferSpace, Oid::kGenReceiveBufferSpace,
        Oid::kGenTransmitBlockSize, Oid::kGenReceiveBlockSize,
        Oid::kGenVendorId, Oid::kGenVendorDescription,
        Oid::kGenVendorDriverVersion}) {
    stack_.nic.AnswerOid(static_cast<uint32_t>(oid), NdisStatus::kSuccess,
                         U32(4711));
    ExpectAnswer(oid, U32(4711));
  }
  stack_.nic.AnswerOid(static_cast<uint32_t>(Oid::kGenInterruptModeration),
                       NdisStatus::kInvalidData);
  EXPECT_EQ(Set(*binding_, Oid::kGenInterruptModeration, "xxxx").status,
            NdisStatus::kInvalidData);
  stack_.nic.AnswerOid(static_cast<uint32_t>(Oid::kGenLinkParameters),
                       NdisStatus::kSuccess);
  EXPECT_EQ(Set(*binding_, Oid::kGenLinkParameters, "xxxx").status,
            NdisStatus::kSuccess);
}

TEST_F(BindingOidTest, ReceivesWithoutBufferAreTheMiniportsIfItCountsThem) {
  const auto oid = static_cast<uint32_t>(Oid::kGenRcvNoBuffer);
  stack_.nic.AnswerOid(oid, NdisStatus::kSuccess, U64(9));
  ExpectAnswer(Oid::kGenRcvNoBuffer, U64(9));
  stack_.nic.AnswerOid(oid, NdisStatus::kInvalidOid);
  ExpectAnswer(Oid::kGenRcvNoBuffer, U64(0));
}

TEST_F(BindingOidTest, LinkChangeThatAnOidCausesIsToldWhenTheOidIsDone) {
  std::string told;
  binding_.client.on_link_state = [&](Binding& binding) {
    told = Query(binding, Oid::kGenLinkState).data;  // Must not deadlock.
  };
  // NDIS_LINK_PARAMETERS: header, duplex, speeds, pause functions, negotiation.
  const std::string parameters = FromHex("80 01 20 00") + U32(2) +
                                 U64(50'000'000) + U64(50'000'000) + U32(0) +
                                 U32(0);
  EXPECT_EQ(Set(*binding_, Oid::kGenLinkParameters, parameters).status,
            NdisStatus::kSuccess);
  ASSERT_EQ(told.size(), kSizeofLinkState);
  EXPECT_EQ(told.substr(16, 8), told.substr(24, 8)) << "both speeds";
  ASSERT_EQ(binding_.client.link_states().size(), 1);
  EXPECT_EQ(binding_.client.link_states()[0].xmit_link_speed, 50'000'000);
}

// --- All OIDs ----------------------------------------------------------------

TEST_F(BindingOidTest, EveryOidIsAnsweredWhichCanBeQueried) {
  for (const OidInfo& info : AllOids()) {
    SCOPED_TRACE(info.name);
    const NdisStatus query = Query(*binding_, info.oid).status;
    EXPECT_EQ(query,
              info.query ? NdisStatus::kSuccess : NdisStatus::kNotSupported);
    if (!info.set) {
      EXPECT_EQ(Set(*binding_, info.oid, U32(0)).status,
                NdisStatus::kNotSupported);
    }
    if (info.query && info.oid != Oid::k8023MulticastList) {
      const Answer shorter = Query(*binding_, info.oid, 0);
      EXPECT_NE(shorter.status, NdisStatus::kSuccess);
      EXPECT_GT(shorter.needed, 0);
    }
  }
}

TEST_F(BindingOidTest, UnknownOidIsInvalid) {
  EXPECT_EQ(Query(*binding_, static_cast<Oid>(0x01020304)).status,
            NdisStatus::kInvalidOid);
  EXPECT_EQ(Set(*binding_, static_cast<Oid>(0x01020304), "").status,
            NdisStatus::kInvalidOid);
}

TEST_F(BindingOidTest, RequestsAreCountedByKindAndStatus) {
  Query(*binding_, Oid::kGenLinkState);
  Query(*binding_, Oid::kGenLinkState);
  Set(*binding_, Oid::kGenLinkState, "");
  const auto counts = stack_.adapter->GetInfo().oid_requests;
  ASSERT_EQ(counts.size(), 2);
  EXPECT_FALSE(counts[0].set);
  EXPECT_EQ(counts[0].status, NdisStatus::kSuccess);
  EXPECT_EQ(counts[0].requests, 2);
  EXPECT_TRUE(counts[1].set);
  EXPECT_EQ(counts[1].status, NdisStatus::kNotSupported);
}

// --- Packet filter and lookahead ---------------------------------------------

TEST_F(BindingOidTest, PacketFiltersReplaceTheOwnAndAddUpOverBindings) {
  TestBinding other(stack_, true, "two");
  binding_.Listen(kPacketTypeDirected | kPacketTypeBroadcast);
  other.Listen(kPacketTypeMulticast);
  EXPECT_EQ(stack_.nic.packet_filter(),
            kPacketTypeDirected | kPacketTypeBroadcast | kPacketTypeMulticast);
  binding_.Listen(kPacketTypeDirected);
  EXPECT_EQ(stack_.nic.packet_filter(),
            kPacketTypeDirected | kPacketTypeMulticast);
  ExpectAnswer(Oid::kGenCurrentPacketFilter,
               U32(kPacketTypeDirected | kPacketTypeMulticast));
  EXPECT_EQ(binding_->GetInfo().packet_filter, kPacketTypeDirected);
  EXPECT_EQ(stack_.adapter->GetInfo().packet_filter,
            kPacketTypeDirected | kPacketTypeMulticast);
  other.Listen(0);
  EXPECT_EQ(stack_.nic.packet_filter(), kPacketTypeDirected);
}

TEST_F(BindingOidTest, UnsupportedFilterBitsChangeNothing) {
  binding_.Listen(kPacketTypeDirected);
  EXPECT_EQ(Set(*binding_, Oid::kGenCurrentPacketFilter,
                U32(kPacketTypeBroadcast | 0x10))
                .status,
            NdisStatus::kNotSupported);
  EXPECT_EQ(binding_->GetInfo().packet_filter, kPacketTypeDirected);
  EXPECT_EQ(stack_.nic.packet_filter(), kPacketTypeDirected);
}

TEST_F(BindingOidTest, FilterThatTheMiniportRefusesIsNotKept) {
  stack_.nic.AnswerOid(static_cast<uint32_t>(Oid::kGenCurrentPacketFilter),
                       NdisStatus::kResources);
  EXPECT_EQ(
      Set(*binding_, Oid::kGenCurrentPacketFilter, U32(kPacketTypeDirected))
          .status,
      NdisStatus::kResources);
  EXPECT_EQ(binding_->GetInfo().packet_filter, 0);
}

TEST_F(BindingOidTest, SetsOfAWrongLengthSayWhatTheyNeed) {
  const Answer answer = Set(*binding_, Oid::kGenCurrentPacketFilter, "123");
  EXPECT_EQ(answer.status, NdisStatus::kInvalidLength);
  EXPECT_EQ(answer.needed, 4);
}

TEST_F(BindingOidTest, LookaheadIsTheLargestThatABindingAskedFor) {
  TestBinding other(stack_, true, "two");
  ExpectAnswer(Oid::kGenCurrentLookahead, U32(4000));
  EXPECT_EQ(Set(*binding_, Oid::kGenCurrentLookahead, U32(128)).status,
            NdisStatus::kSuccess);
  EXPECT_EQ(Set(*other, Oid::kGenCurrentLookahead, U32(256)).status,
            NdisStatus::kSuccess);
  ExpectAnswer(Oid::kGenCurrentLookahead, U32(256));
  EXPECT_EQ(Set(*other, Oid::kGenCurrentLookahead, U32(4001)).status,
            NdisStatus::kInvalidData);
  ExpectAnswer(Oid::kGenCurrentLookahead, U32(256));
  EXPECT_EQ(binding_->GetInfo().lookahead, 128);
}

// --- Multicast ---------------------------------------------------------------

TEST_F(BindingOidTest, MulticastListsReplaceTheOwnAndUniteOverBindings) {
  TestBinding other(stack_, true, "two");
  EXPECT_EQ(Set(*binding_, Oid::k8023MulticastList,
                Bytes(kGroup1) + Bytes(kGroup2) + Bytes(kGroup1))
                .status,
            NdisStatus::kSuccess);
  EXPECT_EQ(
      Set(*other, Oid::k8023MulticastList, Bytes(kGroup2) + Bytes(kGroup3))
          .status,
      NdisStatus::kSuccess);
  EXPECT_THAT(stack_.nic.multicast_list(),
              ElementsAre(kGroup1, kGroup2, kGroup3));
  EXPECT_THAT(binding_->GetInfo().multicast_list,
              ElementsAre(kGroup1, kGroup2));
  EXPECT_EQ(Query(*other, Oid::k8023MulticastList).data.size(), 18);
  EXPECT_EQ(Set(*binding_, Oid::k8023MulticastList, "").status,
            NdisStatus::kSuccess);
  EXPECT_THAT(stack_.nic.multicast_list(), ElementsAre(kGroup2, kGroup3));
  ASSERT_TRUE(other->Close(Soon()).ok());
  EXPECT_THAT(stack_.nic.multicast_list(), IsEmpty());
  EXPECT_THAT(stack_.adapter->GetInfo().multicast_list, IsEmpty());
}

TEST_F(BindingOidTest, MulticastLimitIsSharedByAllBindings) {
  TestBinding other(stack_, true, "two");
  ASSERT_EQ(
      Set(*binding_, Oid::k8023MulticastList, Bytes(kGroup1) + Bytes(kGroup2))
          .status,
      NdisStatus::kSuccess);
  ASSERT_EQ(Set(*other, Oid::k8023AddMulticastAddress, Bytes(kGroup3)).status,
            NdisStatus::kSuccess);
  constexpr MacAddress kGroup4 = {0x01, 0, 0x5E, 0, 0, 4};
  EXPECT_EQ(Set(*other, Oid::k8023AddMulticastAddress, Bytes(kGroup4)).status,
            NdisStatus::kMulticastFull);
  EXPECT_EQ(Set(*other, Oid::k8023AddMulticastAddress, Bytes(kGroup1)).status,
            NdisStatus::kSuccess)
      << "one that is there already always fits";
  const Answer four =
      Set(*binding_, Oid::k8023MulticastList, std::string(24, '\x01'));
  EXPECT_EQ(four.status, NdisStatus::kMulticastFull);
  EXPECT_EQ(four.needed, 18);
  EXPECT_THAT(stack_.nic.multicast_list(),
              ElementsAre(kGroup1, kGroup2, kGroup3));
}

TEST_F(BindingOidTest, AddedNTimesAnAddressNeedsNDeletes) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(
        Set(*binding_, Oid::k8023AddMulticastAddress, Bytes(kGroup1)).status,
        NdisStatus::kSuccess);
  }
  EXPECT_EQ(
      Set(*binding_, Oid::k8023DeleteMulticastAddress, Bytes(kGroup1)).status,
      NdisStatus::kSuccess);
  EXPECT_THAT(stack_.nic.multicast_list(), ElementsAre(kGroup1));
  EXPECT_EQ(
      Set(*binding_, Oid::k8023DeleteMulticastAddress, Bytes(kGroup1)).status,
      NdisStatus::kSuccess);
  EXPECT_THAT(stack_.nic.multicast_list(), IsEmpty());
  EXPECT_EQ(
      Set(*binding_, Oid::k8023DeleteMulticastAddress, Bytes(kGroup1)).status,
      NdisStatus::kNotAccepted);
}

TEST_F(BindingOidTest, MulticastSetsAreChecked) {
  const Answer odd = Set(*binding_, Oid::k8023MulticastList, "1234567");
  EXPECT_EQ(odd.status, NdisStatus::kInvalidLength);
  EXPECT_EQ(odd.needed, 6);
  EXPECT_EQ(Set(*binding_, Oid::k8023MulticastList, Bytes(kOwnAddress)).status,
            NdisStatus::kMulticastFull);
  EXPECT_EQ(
      Set(*binding_, Oid::k8023AddMulticastAddress, Bytes(kOwnAddress)).status,
      NdisStatus::kMulticastFull);
  for (const Oid oid :
       {Oid::k8023AddMulticastAddress, Oid::k8023DeleteMulticastAddress}) {
    const Answer shorter = Set(*binding_, oid, "12345");
    EXPECT_EQ(shorter.status, NdisStatus::kInvalidLength);
    EXPECT_EQ(shorter.needed, 6);
  }
}

TEST_F(BindingOidTest, MulticastListDecidesWhatIsReceived) {
  binding_.Listen(kPacketTypeMulticast);
  ASSERT_EQ(Set(*binding_, Oid::k8023MulticastList, Bytes(kGroup1)).status,
            NdisStatus::kSuccess);
  stack_.nic.Receive({Frame(60, 1, kGroup1), Frame(60, 2, kGroup2)});
  EXPECT_THAT(binding_.client.received(), ElementsAre(Frame(60, 1, kGroup1)));
}

// --- States ------------------------------------------------------------------

TEST(BindingOidStateTest, TakenFromTheOpenToTheClose) {
  TestStack stack;
  FakeBindingClient client;
  std::vector<NdisStatus> statuses;
  const auto ask = [&](Binding& binding) {
    statuses.push_back(Query(binding, Oid::kGenLinkState).status);
  };
  client.on_bind = ask;
  client.on_state_changed = [&](Binding& binding, BindingState) {
    ask(binding);
  };
  auto opened = stack.adapter->OpenBinding({.name = "b"}, &client, Soon());
  ASSERT_TRUE(opened.ok());
  ASSERT_TRUE((*opened)->Restart(false, Soon()).ok());
  ASSERT_TRUE((*opened)->Close(Soon()).ok());
  // Opening (told of, then bound), Paused, Restarting, Running, Pausing,
  // Paused, Closing; then Unbound, which has no OIDs.
  using enum NdisStatus;
  EXPECT_THAT(statuses,
              ElementsAre(kSuccess, kSuccess, kSuccess, kSuccess, kSuccess,
                          kSuccess, kSuccess, kSuccess, kInvalidState));
  EXPECT_EQ(Query(**opened, Oid::kGenLinkState).status,
            NdisStatus::kInvalidState);
}

TEST(BindingOidStateTest, ClosingForGoodRefusesThem) {
  TestStack stack;
  TestBinding binding(stack);
  // A callback that runs keeps the close from ending.
  Mutex mu;
  CondVar cv;
  bool inside = false;
  bool leave = false;
  binding.client.on_link_state = [&](Binding&) {
    MutexLock lock(mu);
    inside = true;
    cv.SignalAll();
    while (!leave) cv.Wait(mu);
  };
  ASSERT_TRUE(binding->Pause(Soon()).ok());
  std::thread caller([&] {
    stack.adapter->SetLinkState(
        {.connect_state = MediaConnectState::kDisconnected});
  });
  {
    MutexLock lock(mu);
    while (!inside) cv.Wait(mu);
  }
  const absl::Status status = binding->Close(TooShort());
  EXPECT_EQ(Reason(status), "CLOSE_TIMEOUT");
  EXPECT_EQ(binding->state(), BindingState::kClosing);
  EXPECT_EQ(Query(*binding, Oid::kGenLinkState).status, NdisStatus::kClosing);
  {
    MutexLock lock(mu);
    leave = true;
    cv.SignalAll();
  }
  EXPECT_TRUE(binding->Close(Soon()).ok());
  caller.join();
}

// A NIC that has frames the moment that it may indicate them, as a replay has.
class EagerNic : public FakeNic {
 public:
  using FakeNic::FakeNic;
  NdisStatus OidRequest(netbuf::OidRequest& request) override {
    const NdisStatus status = FakeNic::OidRequest(request);
    if (request.is_set()) {
      std::thread indicator([this] {
        Receive({Frame(60, 1, kOwnAddress), Frame(60, 2, kGroup1)});
      });
      indicator.join();
    }
    return status;
  }
};

TEST(BindingOidStateTest, FramesThatComeWithTheFilterAreWanted) {
  TestStack stack(
      std::make_unique<EagerNic>(TestStack::WithAddress(NicOptions())));
  TestBinding binding(stack);
  binding.Listen(kPacketTypeDirected | kPacketTypeMulticast);
  EXPECT_THAT(binding.client.received(),
              ElementsAre(Frame(60, 1, kOwnAddress)));
  ASSERT_EQ(Set(*binding, Oid::k8023MulticastList, Bytes(kGroup1)).status,
            NdisStatus::kSuccess);
  EXPECT_THAT(binding.client.received(),
              ElementsAre(Frame(60, 1, kOwnAddress), Frame(60, 1, kOwnAddress),
                          Frame(60, 2, kGroup1)));
}

TEST(BindingOidStateTest, FilterThatIsRefusedIsNotWantedAfterwards) {
  TestStack stack;
  TestBinding binding(stack);
  stack.nic.AnswerOid(static_cast<uint32_t>(Oid::k8023MulticastList),
                      NdisStatus::kResources);
  binding.Listen(kPacketTypeMulticast);
  EXPECT_EQ(Set(*binding, Oid::k8023MulticastList, Bytes(kGroup1)).status,
            NdisStatus::kResources);
  EXPECT_THAT(binding->GetInfo().multicast_list, IsEmpty());
  stack.nic.Receive({Frame(60, 2, kGroup1)});
  EXPECT_THAT(binding.client.received(), IsEmpty());
}

// A NIC that tells whether two requests were inside it at once.
class SerialNic : public FakeNic {
 public:
  using FakeNic::FakeNic;
  NdisStatus OidRequest(netbuf::OidRequest& request) override {
    EXPECT_EQ(inside_.fetch_add(1), 0);
    std::this_thread::yield();
    const NdisStatus status = FakeNic::OidRequest(request);
    inside_.fetch_sub(1);
    return status;
  }

 private:
  std::atomic<int> inside_{0};
};

TEST(BindingOidStateTest, OneAtATimeAnAdapter) {
  TestStack stack(
      std::make_unique<SerialNic>(TestStack::WithAddress(NicOptions())));
  TestBinding one(stack, true, "one");
  TestBinding two(stack, true, "two");
  std::vector<std::thread> threads;
  for (TestBinding* binding : {&one, &two}) {
    threads.emplace_back([binding] {
      for (int i = 0; i < 200; ++i) {
        EXPECT_EQ(Query(**binding, Oid::kGenVendorId).status,
                  NdisStatus::kSuccess);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace netbuf
