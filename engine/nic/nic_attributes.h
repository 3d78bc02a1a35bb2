// From the options that the NICs share to the attributes the stack sees.

#ifndef NETBUFD_ENGINE_NIC_NIC_ATTRIBUTES_H_
#define NETBUFD_ENGINE_NIC_NIC_ATTRIBUTES_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/ndis/flags.h"
#include "engine/nic/nic.h"
#include "engine/nic/nic_options.h"

namespace netbuf {

// 68 is the least MTU IPv4 works with; 65,521 makes a frame of 65,535 bytes,
// which captures and 16-bit lengths still hold.
inline constexpr uint32_t kMinMtu = 68;
inline constexpr uint32_t kMaxMtu = 65521;
// As many as a real NIC's largest rings, times sixteen; a ring is bookkeeping
// here, but each receive descriptor in use is a buffer.
inline constexpr uint32_t kMaxDescriptors = 65536;
// What a NIC without a link speed announces.
inline constexpr uint64_t kUnpacedLinkSpeed = 10'000'000'000;  // bit/s

// INVALID_ARGUMENT (INVALID_MTU, INVALID_MAC_ADDRESS) names the field. A zero
// address becomes DeriveMacAddress("").
absl::StatusOr<NicAttributes> MakeNicAttributes(const NicOptions& options,
                                                absl::string_view description);

// INVALID_ARGUMENT (INVALID_DESCRIPTORS) unless 1 <= count <= kMaxDescriptors.
absl::Status CheckDescriptors(uint32_t count, absl::string_view field);

// A unicast, locally administered address that depends on the id alone, so that
// it is the same after a restart. Ids that differ get different ones but for
// one chance in 2^40.
MacAddress DeriveMacAddress(absl::string_view adapter_id);

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NIC_NIC_ATTRIBUTES_H_
