// netbufctl nb ...

#include <cerrno>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/arguments.h"
#include "client/cli/buffer_text.h"
#include "client/cli/command.h"
#include "client/lib/status_macros.h"
#include "client/text/format.h"

namespace netbuf::client {
namespace {

constexpr char kPoolHelp[] =
    "protocols/PROTOCOL/netBufferPools/POOL, or PROTOCOL/POOL";

absl::Status PrintHandles(CommandContext& context,
                          const std::vector<uint64_t>& handles) {
  v1::AllocateNetBuffersResponse response;
  response.mutable_net_buffers()->Add(handles.begin(), handles.end());
  return context.Print(response, HandleLines(handles));
}

// The options of both allocations.
template <typename Request>
void AddAllocationOptions(CLI::App* command, Request* request) {
  AddName(command, "pool", kBufferPools, request->mutable_pool(), kPoolHelp)
      ->required();
  AddNumber<uint32_t>(
      command, "--count",
      [request](uint32_t count) { request->set_count(count); },
      "How many; 1 unless given");
  AddNumber<uint64_t>(
      command, "--nbl",
      [request](uint64_t handle) { request->set_net_buffer_list(handle); },
      "Attach them to the end of this list")
      ->type_name("HANDLE");
}

void AddAllocate(CommandTree& tree, CLI::App* noun) {
  struct Arguments {
    v1::AllocateNetBuffersRequest request;
    std::vector<uint32_t> mdl_sizes;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = tree.AddCommand(
      noun, "allocate", "Allocate NET_BUFFERs (NdisAllocateNetBuffer).",
      [arguments](CommandContext& context) -> absl::Status {
        v1::AllocateNetBuffersRequest& request = arguments->request;
        request.mutable_mdl_sizes()->Add(arguments->mdl_sizes.begin(),
                                         arguments->mdl_sizes.end());
        ASSIGN_OR_RETURN(const std::vector<uint64_t> handles,
                         context.client().AllocateNetBuffers(request));
        return PrintHandles(context, handles);
      });
  v1::AllocateNetBuffersRequest* request = &arguments->request;
  AddAllocationOptions(command, request);
  command->add_option("--mdl-size", arguments->mdl_sizes,
                      "Bytes of each MDL of the chain; repeat for more");
  AddNumber<uint32_t>(
      command, "--data-offset",
      [request](uint32_t offset) { request->set_data_offset(offset); },
      "Unused bytes in front of the data");
  AddNumber<uint32_t>(
      command, "--data-length",
      [request](uint32_t length) { request->set_data_length(length); },
      "Used bytes");

  auto whole = std::make_shared<v1::AllocateNetBufferMdlAndDataRequest>();
  CLI::App* with_data = tree.AddCommand(
      noun, "allocate-with-data",
      "Allocate NET_BUFFERs with MDL and data "
      "(NdisAllocateNetBufferMdlAndData).",
      [whole](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(const std::vector<uint64_t> handles,
                         context.client().AllocateNetBufferMdlAndData(*whole));
        return PrintHandles(context, handles);
      });
  AddAllocationOptions(with_data, whole.get());
}

void AddFree(CommandTree& tree, CLI::App* noun) {
  struct Arguments {
    std::string protocol;
    std::vector<uint64_t> handles;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = tree.AddCommand(
      noun, "free", "Free NET_BUFFERs, all or none (NdisFreeNetBuffer).",
      [arguments](CommandContext& context) -> absl::Status {
        RETURN_IF_ERROR(context.client().FreeNetBuffers(arguments->protocol,
                                                        arguments->handles));
        context.Note(absl::StrCat("freed ", arguments->handles.size()));
        return context.PrintNothing();
      });
  AddName(command, "protocol", kProtocols, &arguments->protocol,
          "Who holds them")
      ->required();
  command->add_option("handles", arguments->handles, "Their handles")
      ->required()
      ->type_name("HANDLE");
}

// What the commands about one NET_BUFFER begin with.
template <typename Request>
void AddBufferArguments(CLI::App* command, Request* request) {
  AddName(command, "protocol", kProtocols, request->mutable_protocol(),
          "Who holds it")
      ->required();
  AddBufferReference(command, request->mutable_net_buffer());
}

void AddGet(CommandTree& tree, CLI::App* noun) {
  auto request = std::make_shared<v1::GetNetBufferRequest>();
  CLI::App* command = tree.AddCommand(
      noun, "get", "Show a NET_BUFFER: its data space and MDL chain.",
      [request](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(const v1::NetBuffer buffer,
                         context.client().GetNetBuffer(request->protocol(),
                                                       request->net_buffer()));
        return context.Print(buffer, NetBufferFacts(buffer));
      });
  AddBufferArguments(command, request.get());
}

// A whole file; "-" is standard input.
absl::StatusOr<std::string> ReadFile(const std::string& path) {
  if (path == "-") {
    return std::string(std::istreambuf_iterator<char>(std::cin), {});
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::NotFoundError(absl::StrCat(
        "cannot read ", path, ": ", std::generic_category().message(errno)));
  }
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void AddWrite(CommandTree& tree, CLI::App* noun) {
  struct Arguments {
    v1::WriteDataRequest request;
    std::string file;
  };
  auto arguments = std::make_shared<Arguments>();
  v1::WriteDataRequest* request = &arguments->request;
  CLI::App* command = tree.AddCommand(
      noun, "write", "Write into a NET_BUFFER's used data.",
      [arguments, request](CommandContext& context) -> absl::Status {
        if (!arguments->file.empty()) {
          ASSIGN_OR_RETURN(*request->mutable_data(), ReadFile(arguments->file));
        }
        ASSIGN_OR_RETURN(const v1::NetBuffer buffer,
                         context.client().WriteData(*request));
        return context.Print(buffer, NetBufferFacts(buffer));
      });
  AddBufferArguments(command, request);
  CLI::Option* hex =
      AddHexBytes(command, "--hex", request->mutable_data(), "The bytes");
  command
      ->add_option("--file", arguments->file,
                   "Or a file with the bytes; - is standard input")
      ->excludes(hex);
  AddNumber<uint32_t>(
      command, "--offset",
      [request](uint32_t offset) { request->set_offset(offset); },
      "Bytes behind the data start; 0 unless given");
  command->add_flag_callback(
      "--resize", [request] { request->set_resize(true); },
      "First make the used data exactly as long as what is written");
}

void AddRead(CommandTree& tree, CLI::App* noun) {
  struct Arguments {
    v1::ReadDataRequest request;
    bool raw = false;
  };
  auto arguments = std::make_shared<Arguments>();
  v1::ReadDataRequest* request = &arguments->request;
  CLI::App* command = tree.AddCommand(
      noun, "read", "Read a NET_BUFFER's used data.",
      [arguments](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(const std::string data,
                         context.client().ReadData(arguments->request));
        v1::ReadDataResponse response;
        response.set_data(data);
        return context.Print(response, arguments->raw ? data : HexDump(data));
      });
  AddBufferArguments(command, request);
  AddNumber<uint32_t>(
      command, "--offset",
      [request](uint32_t offset) { request->set_offset(offset); },
      "Bytes behind the data start; 0 unless given");
  AddNumber<uint32_t>(
      command, "--length",
      [request](uint32_t length) { request->set_length(length); },
      "Bytes; to the end unless given");
  command->add_flag("--raw", arguments->raw,
                    "The bytes themselves instead of a dump");
}

void AddSetSpace(CommandTree& tree, CLI::App* noun) {
  auto request = std::make_shared<v1::SetDataSpaceRequest>();
  CLI::App* command = tree.AddCommand(
      noun, "set-space", "Place the used data in the MDL chain.",
      [request](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(const v1::NetBuffer buffer,
                         context.client().SetDataSpace(*request));
        return context.Print(buffer, NetBufferFacts(buffer));
      });
  AddBufferArguments(command, request.get());
  AddNumber<uint32_t>(
      command, "--offset",
      [request](uint32_t offset) { request->set_data_offset(offset); },
      "Unused bytes in front")
      ->required();
  AddNumber<uint32_t>(
      command, "--length",
      [request](uint32_t length) { request->set_data_length(length); },
      "Used bytes")
      ->required();
}

void AddDataStart(CommandTree& tree, CLI::App* noun) {
  auto request = std::make_shared<v1::RetreatDataStartRequest>();
  CLI::App* retreat = tree.AddCommand(
      noun, "retreat", "Move the data start back: room for headers.",
      [request](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(const uint32_t misses,
                         context.client().RetreatDataStart(*request));
        v1::RetreatDataStartResponse response;
        response.set_back_fill_misses(misses);
        return context.Print(response,
                             absl::StrCat("back-fill misses: ", misses, "\n"));
      });
  AddBufferArguments(retreat, request.get());
  AddNumber<uint32_t>(
      retreat, "--by",
      [request](uint32_t delta) { request->set_data_offset_delta(delta); },
      "Bytes")
      ->required();
  AddNumber<uint32_t>(
      retreat, "--back-fill",
      [request](uint32_t size) { request->set_data_back_fill(size); },
      "Unused bytes to leave when memory has to be allocated");

  auto back = std::make_shared<v1::AdvanceDataStartRequest>();
  CLI::App* advance = tree.AddCommand(
      noun, "advance", "Move the data start forward.",
      [back](CommandContext& context) -> absl::Status {
        RETURN_IF_ERROR(context.client().AdvanceDataStart(*back));
        return context.PrintNothing();
      });
  AddBufferArguments(advance, back.get());
  AddNumber<uint32_t>(
      advance, "--by",
      [back](uint32_t delta) { back->set_data_offset_delta(delta); }, "Bytes")
      ->required();
  advance->add_flag_callback(
      "--free-mdl", [back] { back->set_free_mdl(true); },
      "Free the MDLs that retreats added and that are unused now");
}

}  // namespace

void AddNbCommands(CommandTree& tree) {
  CLI::App* noun = tree.AddNoun("nb", "NET_BUFFERs by handle.");
  AddAllocate(tree, noun);
  AddFree(tree, noun);
  AddGet(tree, noun);
  AddWrite(tree, noun);
  AddRead(tree, noun);
  AddSetSpace(tree, noun);
  AddDataStart(tree, noun);
}

}  // namespace netbuf::client
