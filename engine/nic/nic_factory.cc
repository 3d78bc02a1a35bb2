#include "engine/nic/nic_factory.h"

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "engine/base/status_macros.h"
#include "engine/nic/nic.h"
#include "engine/nic/nic_attributes.h"
#include "engine/nic/nic_options.h"
#include "engine/nic/pcap_nic.h"
#include "engine/nic/simulated_nic.h"

namespace netbuf {

NicOptions& CommonOptions(NicSpec& spec) {
  return std::visit([](auto& options) -> NicOptions& { return options.common; },
                    spec);
}

const NicOptions& CommonOptions(const NicSpec& spec) {
  return std::visit(
      [](const auto& options) -> const NicOptions& { return options.common; },
      spec);
}

absl::StatusOr<std::unique_ptr<Nic>> CreateNic(
    const std::string& adapter_id, const NicEnvironment& environment,
    NicSpec* spec) {
  MacAddress& address = CommonOptions(*spec).mac_address;
  if (address == MacAddress{}) address = DeriveMacAddress(adapter_id);
  if (const auto* simulated = std::get_if<SimulatedNicOptions>(spec)) {
    ASSIGN_OR_RETURN(std::unique_ptr<Nic> nic,
                     SimulatedNic::Create(*simulated, environment.clock));
    return nic;
  }
  PcapNic::Environment pcap;
  pcap.clock = environment.clock;
  pcap.captures = environment.captures;
  pcap.quota = environment.quota;
  ASSIGN_OR_RETURN(
      std::unique_ptr<Nic> nic,
      PcapNic::Create(std::get<PcapNicOptions>(*spec), std::move(pcap)));
  return nic;
}

}  // namespace netbuf
