#include "server/config.h"

#include <fstream>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "engine/base/status_macros.h"
#include "engine/ndis/error.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/tokenizer.h"
#include "server/service/adapter_service.h"
#include "server/service/binding_service.h"
#include "server/service/pool_service.h"
#include "server/service/protocol_service.h"
#include "server/service/reply.h"
#include "server/service/status.h"

namespace netbuf {
namespace {

using ConfigMessage = netbufd::config::v1::Config;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::TextFormat;
using Location = TextFormat::ParseLocation;

// "netbufd.txtpb:12:5: what is wrong". Protobuf counts from 0.
std::string At(absl::string_view name, int line, int column,
               absl::string_view text) {
  return line < 0
             ? absl::StrCat(name, ": ", text)
             : absl::StrCat(name, ":", line + 1, ":", column + 1, ": ", text);
}

class ErrorLines : public google::protobuf::io::ErrorCollector {
 public:
  explicit ErrorLines(absl::string_view name) : name_(name) {}

  void AddError(int line, int column, const std::string& message) override {
    lines_.push_back(At(name_, line, column, message));
  }
  std::string ToString() const { return absl::StrJoin(lines_, "\n"); }

 private:
  const std::string name_;
  std::vector<std::string> lines_;
};

// Where the field of this path ("adapters[1].adapter.mtu") stands, or the
// nearest message around it that does.
Location Find(const TextFormat::ParseInfoTree* tree, absl::string_view path) {
  Location nearest;
  const Descriptor* message = ConfigMessage::descriptor();
  for (const absl::string_view step : absl::StrSplit(path, '.')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(step, absl::MaxSplits('[', 1));
    const FieldDescriptor* field =
        message->FindFieldByName(std::string(parts.first));
    if (tree == nullptr || field == nullptr) break;
    int index = -1;
    if (field->is_repeated()) {
      index = 0;
      (void)absl::SimpleAtoi(parts.second.substr(0, parts.second.find(']')),
                             &index);
    }
    const Location here = tree->GetLocation(field, index);
    if (here.line < 0) break;
    nearest = here;
    if (field->message_type() == nullptr) break;
    tree = tree->GetTreeForNested(field, index);
    message = field->message_type();
  }
  return nearest;
}

// Nobody renews the lease of a declared protocol.
absl::Status Register(Engine& engine,
                      const v1::RegisterProtocolRequest& request) {
  return RegisterProtocol(engine, request, absl::InfiniteDuration()).status();
}

absl::Status Attach(Engine& engine, const v1::AttachFilterRequest& request) {
  ASSIGN_OR_RETURN(const absl::Duration timeout, ReadTimeout(request));
  return AttachFilter(engine, request, timeout).status();
}

absl::Status Open(Engine& engine, const v1::OpenBindingRequest& request) {
  const v1::Binding::State state = request.binding().state();
  if (state != v1::Binding::STATE_UNSPECIFIED &&
      state != v1::Binding::STATE_RUNNING &&
      state != v1::Binding::STATE_PAUSED) {
    return InvalidField(
        "binding.state",
        absl::StrCat("is ", v1::Binding::State_Name(state),
                     "; declare STATE_RUNNING, as when it is unset, or "
                     "STATE_PAUSED"));
  }
  return OpenBinding(engine, request).status();
}

absl::Status Run(Engine& engine, const v1::OpenBindingRequest& request) {
  if (request.binding().state() == v1::Binding::STATE_PAUSED) {
    return absl::OkStatus();
  }
  return engine
      .RestartBinding(
          absl::StrCat(request.parent(), "/bindings/", request.binding_id()),
          /*hold=*/false)
      .status();
}

std::string Count(int count, absl::string_view thing) {
  return absl::StrCat(count, " ", thing, count == 1 ? "" : "s");
}

}  // namespace

absl::StatusOr<Config> Config::ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  // An empty file is a configuration, of nothing; inserting nothing fails.
  if (file && file.peek() != std::ifstream::traits_type::eof()) {
    text << file.rdbuf();
  }
  if (!file.eof() && !file.good()) {
    return absl::NotFoundError(absl::StrCat(
        path,
        ": cannot be read; --config wants a file in protobuf's text "
        "format"));
  }
  return Parse(path, text.str());
}

absl::StatusOr<Config> Config::Parse(absl::string_view name,
                                     const std::string& text) {
  Config config;
  config.name_ = std::string(name);
  ErrorLines errors(name);
  auto locations = std::make_unique<Locations>();
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  parser.WriteLocationsTo(locations.get());
  if (!parser.ParseFromString(text, &config.message_)) {
    return absl::InvalidArgumentError(errors.ToString());
  }
  config.locations_ = std::move(locations);
  return config;
}

absl::Status Config::InEntry(absl::string_view field, int index,
                             const absl::Status& status) const {
  if (status.ok()) return status;
  const std::string entry = absl::StrCat(field, "[", index, "]");
  const std::optional<ErrorInfo> info = GetErrorInfo(status);
  const std::string wrong =
      info.has_value() && !info->fields.empty() ? info->fields[0].field : "";
  const std::string path =
      wrong.empty() ? entry : absl::StrCat(entry, ".", wrong);
  const Location place = Find(locations_.get(), path);
  // Most messages begin with the field.
  const bool named =
      !wrong.empty() && absl::StartsWith(status.message(), wrong);
  return absl::Status(status.code(),
                      At(name_, place.line, place.column,
                         absl::StrCat(named ? entry : path, named ? "." : ": ",
                                      status.message())));
}

template <typename Entries, typename Make>
absl::Status Config::ForEach(absl::string_view field, const Entries& entries,
                             Make make) const {
  for (int i = 0; i < entries.size(); ++i) {
    RETURN_IF_ERROR(InEntry(field, i, make(entries[i])));
  }
  return absl::OkStatus();
}

absl::Status Config::Apply(const ConfigMessage& message, Engine& engine) const {
  RETURN_IF_ERROR(
      ForEach("adapters", message.adapters(), [&](const auto& request) {
        return CreateAdapter(engine, request).status();
      }));
  RETURN_IF_ERROR(
      ForEach("filters", message.filters(),
              [&](const auto& request) { return Attach(engine, request); }));
  RETURN_IF_ERROR(
      ForEach("protocols", message.protocols(),
              [&](const auto& request) { return Register(engine, request); }));
  RETURN_IF_ERROR(
      ForEach("bindings", message.bindings(),
              [&](const auto& request) { return Open(engine, request); }));
  RETURN_IF_ERROR(
      ForEach("net_buffer_list_pools", message.net_buffer_list_pools(),
              [&](const auto& request) {
                return CreateNetBufferListPool(engine, request).status();
              }));
  RETURN_IF_ERROR(ForEach(
      "net_buffer_pools", message.net_buffer_pools(), [&](const auto& request) {
        return CreateNetBufferPool(engine, request).status();
      }));
  return ForEach("bindings", message.bindings(),
                 [&](const auto& request) { return Run(engine, request); });
}

absl::Status Config::ApplyTo(Engine& engine) const {
  return Apply(message_, engine);
}

// What Check() cannot find by doing it: opening a file to write empties it.
absl::Status Config::CheckTransmitFiles() const {
  absl::flat_hash_map<absl::string_view, int> uses;
  for (const v1::CreateAdapterRequest& request : message_.adapters()) {
    const v1::PcapNic& pcap = request.adapter().pcap();
    for (const std::string* name :
         {&pcap.transmit_file(), &pcap.receive_file()}) {
      if (!name->empty()) ++uses[*name];
    }
  }
  return ForEach("adapters", message_.adapters(), [&](const auto& request) {
    const std::string& name = request.adapter().pcap().transmit_file();
    if (name.empty() || uses[name] == 1) return absl::OkStatus();
    return InvalidField(
        "adapter.pcap.transmit_file",
        absl::StrCat("is ", name,
                     ", which is named elsewhere too; a "
                     "transmit file is written by one adapter and read "
                     "by none"));
  });
}

absl::Status Config::Check(const EngineOptions& options) const {
  RETURN_IF_ERROR(CheckTransmitFiles());
  ConfigMessage message = message_;
  if (!options.capture_dir.empty()) {
    for (v1::CreateAdapterRequest& request : *message.mutable_adapters()) {
      if (request.adapter().has_pcap()) {
        request.mutable_adapter()->mutable_pcap()->clear_transmit_file();
      }
    }
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Engine> engine,
                   Engine::Create(options));
  absl::Status status = Apply(message, *engine);
  // It wrote nothing, so there is nothing that could not be written.
  engine->Shutdown(kDefaultTimeout).status().IgnoreError();
  return status;
}

std::string Config::Summary() const {
  return absl::StrJoin(
      {Count(message_.adapters_size(), "adapter"),
       Count(message_.filters_size(), "filter"),
       Count(message_.protocols_size(), "protocol"),
       Count(message_.bindings_size(), "binding"),
       Count(message_.net_buffer_list_pools_size(), "net buffer list pool"),
       Count(message_.net_buffer_pools_size(), "net buffer pool")},
      ", ");
}

}  // namespace netbuf
