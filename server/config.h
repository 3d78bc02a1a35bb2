// What --config declares: adapters, filters, protocols, bindings and pools that
// are there when the server begins to serve. The schema, with an example, is
// proto/netbufd/config/v1/config.proto.
//
// Errors say where: "netbufd.txtpb:12:5: adapters[1].adapter.mtu is 70000;
// ...". The line and column are those of the field, or of the entry when the
// field is not there; both count from 1.
//
// Thread safety: const methods from any thread.

#ifndef NETBUFD_SERVER_CONFIG_H_
#define NETBUFD_SERVER_CONFIG_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/engine.h"
#include "google/protobuf/text_format.h"
#include "netbufd/config/v1/config.pb.h"

namespace netbuf {

class Config {
 public:
  // NOT_FOUND for a file that cannot be read. INVALID_ARGUMENT for text that is
  // no Config: a line an error, and what is not known is one.
  static absl::StatusOr<Config> ReadFile(const std::string& path);
  // `name` stands for the file in errors.
  static absl::StatusOr<Config> Parse(absl::string_view name,
                                      const std::string& text);

  // Makes everything, as the calls of the API would. Stops at the first error;
  // what was made until then is the caller's to shut down. Blocks.
  absl::Status ApplyTo(Engine& engine) const;

  // Whether ApplyTo would succeed on an engine with `options`: tries it on one
  // of its own. No file is written, so that a transmit file that cannot be is
  // found by ApplyTo alone. Blocks.
  absl::Status Check(const EngineOptions& options) const;

  // "1 adapter, 0 filters, 2 protocols, ..."
  std::string Summary() const;

  const netbufd::config::v1::Config& message() const { return message_; }

 private:
  using Locations = google::protobuf::TextFormat::ParseInfoTree;

  Config() = default;
  absl::Status Apply(const netbufd::config::v1::Config& message,
                     Engine& engine) const;
  // Calls `make` for each entry, and tells its error with the place.
  template <typename Entries, typename Make>
  absl::Status ForEach(absl::string_view field, const Entries& entries,
                       Make make) const;
  absl::Status CheckTransmitFiles() const;
  absl::Status InEntry(absl::string_view field, int index,
                       const absl::Status& status) const;

  std::string name_;
  netbufd::config::v1::Config message_;
  std::unique_ptr<const Locations> locations_;
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_CONFIG_H_
