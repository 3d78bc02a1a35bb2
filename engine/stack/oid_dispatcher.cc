#include "engine/stack/oid_dispatcher.h"

#include <algorithm>
#include <cstring>
#include <thread>
#include <utility>

#include "engine/ndis/oid.h"
#include "engine/ndis/stack_requirements.h"
#include "engine/stack/attribute_oids.h"
#include "engine/stack/ethernet.h"

namespace netbuf {
namespace {

// Bits that NDIS itself acts on, when it loops frames back (ndis-semantics 17):
// a miniport need not know them.
constexpr uint32_t kNdisPacketTypes = kPacketTypeAllLocal | kPacketTypeNoLocal;

NdisStatus AnswerAddresses(OidRequest& request,
                           const std::vector<MacAddress>& addresses) {
  std::vector<uint8_t> bytes;
  bytes.reserve(addresses.size() * kMacAddressSize);
  for (const MacAddress& address : addresses) {
    bytes.insert(bytes.end(), address.begin(), address.end());
  }
  return AnswerBytes(request, bytes);
}

bool ReadAddress(OidRequest& request, MacAddress* address) {
  if (request.information_buffer.size() != kMacAddressSize) {
    request.bytes_needed = kMacAddressSize;
    return false;
  }
  std::memcpy(address->data(), request.information_buffer.data(),
              kMacAddressSize);
  return true;
}

}  // namespace

// The stack from one filter down, as the filter above sees it.
class OidDispatcher::Layer : public OidHandler {
 public:
  Layer(OidDispatcher& dispatcher, size_t index)
      : dispatcher_(dispatcher), index_(index) {}

  NdisStatus Handle(OidRequest& request) override {
    // Only SendDown() makes layers, and it holds the lock.
    dispatcher_.mu_.AssertHeld();
    if (index_ < dispatcher_.filters_.size()) {
      Layer below(dispatcher_, index_ + 1);
      return dispatcher_.filters_[index_]->HandleOid(request, below);
    }
    NdisStatus status;
    // A miniport may count these apart; its statistics block does not.
    if (static_cast<Oid>(request.oid) == Oid::kGenRcvNoBuffer) {
      status = dispatcher_.nic_.OidRequest(request);
      if (status != NdisStatus::kInvalidOid) return status;
    }
    if (AnswerFromAttributes(dispatcher_.nic_, dispatcher_.attributes_, request,
                             &status)) {
      return status;
    }
    return dispatcher_.nic_.OidRequest(request);
  }

 private:
  OidDispatcher& dispatcher_;
  const size_t index_;
};

class OidDispatcher::BusyMark {
 public:
  explicit BusyMark(OidDispatcher& dispatcher) : dispatcher_(dispatcher) {
    dispatcher_.busy_.store(std::this_thread::get_id(),
                            std::memory_order_relaxed);
  }
  ~BusyMark() {
    dispatcher_.busy_.store(std::thread::id(), std::memory_order_relaxed);
  }

 private:
  OidDispatcher& dispatcher_;
};

void OidDispatcher::SetStack(std::vector<std::shared_ptr<FilterModule>> filters,
                             const RestartAttributes& attributes) {
  MutexLock lock(mu_);
  filters_ = std::move(filters);
  attributes_ = attributes;
}

void OidDispatcher::Add(OidClient* client) {
  MutexLock lock(mu_);
  clients_.emplace(client, Client{.self = client});
}

bool OidDispatcher::Remove(OidClient* client) {
  MutexLock lock(mu_);
  const BusyMark busy(*this);
  auto it = clients_.find(client);
  if (it == clients_.end()) return false;
  it->second.lookahead = 0;
  // What a miniport refuses here it need not carry out: nobody listens any
  // more.
  ApplyPacketFilter(it->second, 0);
  ApplyMulticast(it->second, MulticastList());
  clients_.erase(it);
  return true;
}

std::optional<NdisStatus> OidDispatcher::Handle(OidClient* client,
                                                OidRequest& request) {
  request.bytes_written = request.bytes_read = request.bytes_needed = 0;
  NdisStatus status;
  {
    MutexLock lock(mu_);
    const BusyMark busy(*this);
    auto it = clients_.find(client);
    if (it == clients_.end()) return std::nullopt;
    status = Dispatch(it->second, request);
    if (status != NdisStatus::kSuccess) {
      request.bytes_written = request.bytes_read = 0;
    }
  }
  Count(request, status);
  return status;
}

NdisStatus OidDispatcher::Dispatch(Client& client, OidRequest& request) {
  const OidInfo* const info = FindOid(request.oid);
  if (info == nullptr) return NdisStatus::kInvalidOid;
  if (request.is_set() ? !info->set : !info->query) {
    return NdisStatus::kNotSupported;
  }
  NdisStatus status;
  if (HandleOwn(client, request, &status)) return status;
  return SendDown(request);
}

bool OidDispatcher::HandleOwn(Client& client, OidRequest& request,
                              NdisStatus* status) {
  const bool set = request.is_set();
  switch (static_cast<Oid>(request.oid)) {
    case Oid::kGenCurrentPacketFilter:
      *status = set ? SetPacketFilter(client, request)
                    : AnswerU32(request, CombinePacketFilters(nullptr, 0));
      return true;
    case Oid::kGenCurrentLookahead:
      *status = set ? SetLookahead(client, request)
                    : AnswerU32(request, LargestLookahead());
      return true;
    case Oid::k8023MulticastList:
      *status = set ? SetMulticastList(client, request)
                    : AnswerAddresses(request, UniteMulticast(nullptr, {}));
      return true;
    case Oid::k8023AddMulticastAddress:
      *status = AddMulticastAddress(client, request);
      return true;
    case Oid::k8023DeleteMulticastAddress:
      *status = DeleteMulticastAddress(client, request);
      return true;
    case Oid::kNetbufStackRequirements:
      *status = AnswerStackRequirements(request, attributes_.requirements);
      return true;
    default:
      return false;
  }
}

// --- Packet filter and lookahead ---------------------------------------------

uint32_t OidDispatcher::CombinePacketFilters(const Client* changed,
                                             uint32_t value) const {
  uint32_t combined = 0;
  for (const auto& [key, client] : clients_) {
    combined |= &client == changed ? value : client.packet_filter;
  }
  return combined;
}

NdisStatus OidDispatcher::SetPacketFilter(Client& client, OidRequest& request) {
  uint32_t value = 0;
  const NdisStatus status = ReadU32(request, &value);
  if (status != NdisStatus::kSuccess) return status;
  const uint32_t known =
      attributes_.supported_packet_filters | kNdisPacketTypes;
  if ((value & ~known) != 0) {
    return NdisStatus::kNotSupported;  // U15: the filter is unchanged.
  }
  return ApplyPacketFilter(client, value);
}

void OidDispatcher::Publish(const Client& client, uint32_t packet_filter,
                            std::vector<MacAddress> multicast) {
  client.self->SetReceiveFilter(
      {packet_filter,
       std::make_shared<const std::vector<MacAddress>>(std::move(multicast))},
      client.lookahead);
}

void OidDispatcher::Publish(const Client& client) {
  Publish(client, client.packet_filter, client.multicast.addresses());
}

NdisStatus OidDispatcher::ApplyPacketFilter(Client& client,
                                            uint32_t packet_filter) {
  const uint32_t before = CombinePacketFilters(nullptr, 0);
  const uint32_t after = CombinePacketFilters(&client, packet_filter);
  const uint32_t ours =
      kNdisPacketTypes & ~attributes_.supported_packet_filters;
  NdisStatus status = NdisStatus::kSuccess;
  if ((before & ~ours) != (after & ~ours)) {
    // The miniport may indicate frames from the moment that it has the filter;
    // the binding must want them by then, and want the old ones until then.
    Publish(client, client.packet_filter | packet_filter,
            client.multicast.addresses());
    status = SetDownU32(Oid::kGenCurrentPacketFilter, after & ~ours);
    if (packet_filter == 0) status = NdisStatus::kSuccess;
  }
  if (status == NdisStatus::kSuccess) {
    client.packet_filter = packet_filter;
    MutexLock lock(info_mu_);
    packet_filter_ = after;
  }
  Publish(client);
  return status;
}

uint32_t OidDispatcher::LargestLookahead() const {
  uint32_t largest = 0;
  for (const auto& [key, client] : clients_) {
    largest = std::max(largest, client.lookahead);
  }
  // As long as nobody asks for less, frames are indicated whole.
  return largest == 0 ? attributes_.lookahead_size : largest;
}

NdisStatus OidDispatcher::SetLookahead(Client& client, OidRequest& request) {
  uint32_t value = 0;
  NdisStatus status = ReadU32(request, &value);
  if (status != NdisStatus::kSuccess) return status;
  if (value > attributes_.lookahead_size) {
    return NdisStatus::kInvalidData;  // NDIS rejects it itself.
  }
  const uint32_t before = LargestLookahead();
  const uint32_t old = std::exchange(client.lookahead, value);
  if (LargestLookahead() != before) {
    status = SetDownU32(Oid::kGenCurrentLookahead, LargestLookahead());
    if (status != NdisStatus::kSuccess) client.lookahead = old;
  }
  Publish(client);
  return status;
}

// --- Multicast ---------------------------------------------------------------

std::vector<MacAddress> OidDispatcher::UniteMulticast(
    const Client* changed, const MulticastList& list) const {
  std::vector<MacAddress> united;
  for (const auto& [key, client] : clients_) {
    const MulticastList& own = &client == changed ? list : client.multicast;
    for (const MacAddress& address : own.addresses()) {
      if (std::find(united.begin(), united.end(), address) == united.end()) {
        united.push_back(address);
      }
    }
  }
  return united;
}

NdisStatus OidDispatcher::SetMulticastList(Client& client,
                                           OidRequest& request) {
  const absl::Span<const uint8_t> bytes = request.information_buffer;
  if (bytes.size() % kMacAddressSize != 0) {
    request.bytes_needed = kMacAddressSize;
    return NdisStatus::kInvalidLength;
  }
  const size_t count = bytes.size() / kMacAddressSize;
  if (count > attributes_.max_multicast_list_size) {
    request.bytes_needed = static_cast<uint32_t>(
        attributes_.max_multicast_list_size * kMacAddressSize);
    return NdisStatus::kMulticastFull;
  }
  std::vector<MacAddress> addresses(count);
  for (size_t i = 0; i < count; ++i) {
    std::memcpy(addresses[i].data(), bytes.data() + i * kMacAddressSize,
                kMacAddressSize);
    if (!IsMulticastAddress(addresses[i])) return NdisStatus::kMulticastFull;
  }
  MulticastList candidate;
  candidate.Replace(addresses);
  const NdisStatus status = ApplyMulticast(client, std::move(candidate));
  if (status == NdisStatus::kSuccess) {
    request.bytes_read = static_cast<uint32_t>(bytes.size());
  }
  return status;
}

NdisStatus OidDispatcher::AddMulticastAddress(Client& client,
                                              OidRequest& request) {
  MacAddress address;
  if (!ReadAddress(request, &address)) return NdisStatus::kInvalidLength;
  if (!IsMulticastAddress(address)) return NdisStatus::kMulticastFull;
  MulticastList candidate = client.multicast;
  candidate.Add(address);
  const NdisStatus status = ApplyMulticast(client, std::move(candidate));
  if (status == NdisStatus::kSuccess) request.bytes_read = kMacAddressSize;
  return status;
}

NdisStatus OidDispatcher::DeleteMulticastAddress(Client& client,
                                                 OidRequest& request) {
  MacAddress address;
  if (!ReadAddress(request, &address)) return NdisStatus::kInvalidLength;
  MulticastList candidate = client.multicast;
  // The only failure that such an OID may end with (ndis-semantics 20.1).
  if (!candidate.Remove(address)) return NdisStatus::kNotAccepted;
  const NdisStatus status = ApplyMulticast(client, std::move(candidate));
  if (status == NdisStatus::kSuccess) request.bytes_read = kMacAddressSize;
  return status;
}

NdisStatus OidDispatcher::ApplyMulticast(Client& client,
                                         MulticastList candidate) {
  const std::vector<MacAddress> before = UniteMulticast(nullptr, {});
  const std::vector<MacAddress> after = UniteMulticast(&client, candidate);
  if (after.size() > attributes_.max_multicast_list_size &&
      after.size() > before.size()) {
    return NdisStatus::kMulticastFull;
  }
  NdisStatus status = NdisStatus::kSuccess;
  // The order says nothing: a list that a remaining client shares may only
  // move.
  if (!std::is_permutation(after.begin(), after.end(), before.begin(),
                           before.end())) {
    // As with the packet filter: wanted before the miniport has it.
    std::vector<MacAddress> wider = client.multicast.addresses();
    for (const MacAddress& address : candidate.addresses()) {
      wider.push_back(address);
    }
    Publish(client, client.packet_filter, std::move(wider));
    status = SetDownMulticast(after);
    // A list that only shrinks is cut here, whatever the miniport says: nobody
    // wants those frames any more.
    if (after.size() < before.size()) status = NdisStatus::kSuccess;
  }
  if (status == NdisStatus::kSuccess) {
    client.multicast = std::move(candidate);
    MutexLock lock(info_mu_);
    multicast_list_ = after;
  }
  Publish(client);
  return status;
}

// --- Down the stack ----------------------------------------------------------

NdisStatus OidDispatcher::SendDown(OidRequest& request) {
  return Layer(*this, 0).Handle(request);
}

NdisStatus OidDispatcher::SetDown(Oid oid, absl::Span<uint8_t> data) {
  OidRequest request;
  request.type = OidRequestType::kSetInformation;
  request.oid = static_cast<uint32_t>(oid);
  request.information_buffer = data;
  return SendDown(request);
}

// The miniport only ever sees whole lists.
NdisStatus OidDispatcher::SetDownMulticast(
    const std::vector<MacAddress>& addresses) {
  std::vector<uint8_t> bytes;
  for (const MacAddress& address : addresses) {
    bytes.insert(bytes.end(), address.begin(), address.end());
  }
  return SetDown(Oid::k8023MulticastList, absl::MakeSpan(bytes));
}

NdisStatus OidDispatcher::SetDownU32(Oid oid, uint32_t value) {
  uint8_t bytes[sizeof(value)];
  for (size_t i = 0; i < sizeof(value); ++i) {
    bytes[i] = static_cast<uint8_t>(value >> (8 * i));
  }
  return SetDown(oid, absl::MakeSpan(bytes));
}

// --- For those who only look -------------------------------------------------

void OidDispatcher::Count(const OidRequest& request, NdisStatus status) {
  MutexLock lock(info_mu_);
  ++counts_[{request.is_set(), status}];
}

uint32_t OidDispatcher::packet_filter() const {
  MutexLock lock(info_mu_);
  return packet_filter_;
}

std::vector<MacAddress> OidDispatcher::multicast_list() const {
  MutexLock lock(info_mu_);
  return multicast_list_;
}

std::vector<OidRequestCount> OidDispatcher::RequestCounts() const {
  std::vector<OidRequestCount> counts;
  MutexLock lock(info_mu_);
  for (const auto& [key, requests] : counts_) {
    counts.push_back({key.first, key.second, requests});
  }
  return counts;
}

}  // namespace netbuf
