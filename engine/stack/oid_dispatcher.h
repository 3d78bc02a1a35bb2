// OidDispatcher: NDIS's part in OID requests (ndis-semantics 12, 13). It keeps
// what belongs to one binding (packet filter, lookahead, multicast list) and
// combines it for the miniport; answers what NDIS answers from attributes;
// sends the rest down:
//
//   Handle() -> the binding's own? -> filters, top to bottom -> attributes?
//            -> Nic
//
// Thread safety: every method may be called from any thread. One request at a
// time is inside, as NDIS promises miniports; others wait their turn.

#ifndef NETBUFD_ENGINE_STACK_OID_DISPATCHER_H_
#define NETBUFD_ENGINE_STACK_OID_DISPATCHER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/types/span.h"
#include "engine/base/mutex.h"
#include "engine/ndis/oid.h"
#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/nic/nic.h"
#include "engine/stack/binding_receive_filter.h"
#include "engine/stack/filter_module.h"
#include "engine/stack/multicast_list.h"
#include "engine/stack/restart_attributes.h"
#include "engine/stack/stack_info.h"

namespace netbuf {

// A binding as its OIDs see it.
class OidClient {
 public:
  virtual ~OidClient() = default;
  // Its receive filter or lookahead has changed. Called with the dispatcher's
  // lock held; must only store them.
  virtual void SetReceiveFilter(const BindingReceiveFilter& filter,
                                uint32_t lookahead) = 0;
};

class OidDispatcher {
 public:
  // `nic` is not owned and outlives the dispatcher.
  explicit OidDispatcher(Nic& nic) : nic_(nic) {}

  // The stack as it is from now on. Filters from top to bottom.
  void SetStack(std::vector<std::shared_ptr<FilterModule>> filters,
                const RestartAttributes& attributes);

  // From here on `client` may make requests. Its packet filter is 0.
  void Add(OidClient* client);
  // Sets its packet filter to 0 and its multicast list to empty; after this its
  // requests are refused. False when it was not there.
  bool Remove(OidClient* client);

  // Handles a request to its final status. Nothing for a client that has not
  // been added, or has been removed.
  std::optional<NdisStatus> Handle(OidClient* client, OidRequest& request);

  // Whether the calling thread is inside Handle() or Remove(): what the
  // miniport calls back there must not ask for another request.
  bool BusyOnThisThread() const {
    return busy_.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }

  // Waits for no request.
  uint32_t packet_filter() const;
  std::vector<MacAddress> multicast_list() const;
  std::vector<OidRequestCount> RequestCounts() const;

 private:
  class Layer;
  class BusyMark;

  struct Client {
    OidClient* self = nullptr;
    uint32_t packet_filter = 0;
    uint32_t lookahead = 0;  // 0: never set.
    MulticastList multicast{};
  };
  using Clients = std::map<OidClient*, Client>;

  NdisStatus Dispatch(Client& client, OidRequest& request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // What binding-specific requests do; false for any other.
  bool HandleOwn(Client& client, OidRequest& request, NdisStatus* status)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  NdisStatus SetPacketFilter(Client& client, OidRequest& request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  NdisStatus SetLookahead(Client& client, OidRequest& request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  NdisStatus SetMulticastList(Client& client, OidRequest& request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  NdisStatus AddMulticastAddress(Client& client, OidRequest& request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  NdisStatus DeleteMulticastAddress(Client& client, OidRequest& request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Puts `candidate` in place of the client's list, here and at the miniport.
  NdisStatus ApplyMulticast(Client& client, MulticastList candidate)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  NdisStatus ApplyPacketFilter(Client& client, uint32_t packet_filter)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Tells the client its receive filter: what it has, or as given.
  void Publish(const Client& client) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Publish(const Client& client, uint32_t packet_filter,
               std::vector<MacAddress> multicast)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Over all clients, with `changed` as given instead of as stored.
  uint32_t CombinePacketFilters(const Client* changed, uint32_t value) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  uint32_t LargestLookahead() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::vector<MacAddress> UniteMulticast(const Client* changed,
                                         const MulticastList& list) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  NdisStatus SendDown(OidRequest& request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  NdisStatus SetDown(Oid oid, absl::Span<uint8_t> data)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  NdisStatus SetDownMulticast(const std::vector<MacAddress>& addresses)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  NdisStatus SetDownU32(Oid oid, uint32_t value)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Count(const OidRequest& request, NdisStatus status);

  Nic& nic_;
  // The thread that has mu_ for a request. Relaxed: a thread only looks for
  // itself, and sees its own writes.
  std::atomic<std::thread::id> busy_{};
  // Held for a whole request: this is what serialises them.
  Mutex mu_;
  std::vector<std::shared_ptr<FilterModule>> filters_ ABSL_GUARDED_BY(mu_);
  RestartAttributes attributes_ ABSL_GUARDED_BY(mu_);
  Clients clients_ ABSL_GUARDED_BY(mu_);

  // For those who only look; taken after mu_.
  mutable Mutex info_mu_;
  uint32_t packet_filter_ ABSL_GUARDED_BY(info_mu_) = 0;
  std::vector<MacAddress> multicast_list_ ABSL_GUARDED_BY(info_mu_);
  std::map<std::pair<bool, NdisStatus>, uint64_t> counts_
      ABSL_GUARDED_BY(info_mu_);
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_OID_DISPATCHER_H_
