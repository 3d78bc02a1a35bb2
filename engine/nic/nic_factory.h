// Makes the NIC that a specification asks for.

#ifndef NETBUFD_ENGINE_NIC_NIC_FACTORY_H_
#define NETBUFD_ENGINE_NIC_NIC_FACTORY_H_

#include <memory>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "engine/base/clock.h"
#include "engine/nic/capture_directory.h"
#include "engine/nic/nic.h"
#include "engine/nic/nic_options.h"
#include "engine/pool/pool_types.h"

namespace netbuf {

using NicSpec = std::variant<SimulatedNicOptions, PcapNicOptions>;

// The options that every kind has.
NicOptions& CommonOptions(NicSpec& spec);
const NicOptions& CommonOptions(const NicSpec& spec);

// What NICs stand on. Nothing is owned; all of it outlives them.
struct NicEnvironment {
  Clock* clock = nullptr;
  CaptureDirectory* captures = nullptr;
  MemoryQuota* quota = nullptr;  // For receive descriptors; may be null.
};

// A NIC before Initialize(). Fills the MAC address in `*spec` from the
// adapter's id where it is zero. INVALID_ARGUMENT names the option at fault;
// files are looked at by Initialize() only.
absl::StatusOr<std::unique_ptr<Nic>> CreateNic(
    const std::string& adapter_id, const NicEnvironment& environment,
    NicSpec* spec);

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_NIC_NIC_FACTORY_H_
