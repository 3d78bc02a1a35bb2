// netbufctl nbl ...

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/arguments.h"
#include "client/cli/buffer_text.h"
#include "client/cli/command.h"
#include "client/lib/status_macros.h"
#include "client/text/format.h"
#include "client/text/table.h"

namespace netbuf::client {
namespace {

constexpr char kPoolHelp[] =
    "protocols/PROTOCOL/netBufferListPools/POOL, or PROTOCOL/POOL";

// What the commands about one list begin with.
void AddListArguments(CLI::App* command, std::string* protocol,
                      std::function<void(uint64_t)> set_handle) {
  AddName(command, "protocol", kProtocols, protocol, "Who holds it")
      ->required();
  AddNumber<uint64_t>(
      command, "handle",
      [set_handle](const uint64_t& handle) { set_handle(handle); },
      "The list's handle")
      ->required()
      ->type_name("HANDLE");
}

absl::Status PrintHandles(CommandContext& context,
                          const std::vector<uint64_t>& handles) {
  v1::AllocateNetBufferListsResponse response;
  response.mutable_net_buffer_lists()->Add(handles.begin(), handles.end());
  return context.Print(response, HandleLines(handles));
}

template <typename Request>
void AddContextOptions(CLI::App* command, Request* request) {
  AddNumber<uint32_t>(
      command, "--count",
      [request](uint32_t count) { request->set_count(count); },
      "How many; 1 unless given");
  AddNumber<uint32_t>(
      command, "--context-size",
      [request](uint32_t size) { request->set_context_size(size); },
      "Bytes of used context: a multiple of 16");
  AddNumber<uint32_t>(
      command, "--context-back-fill",
      [request](uint32_t size) { request->set_context_back_fill(size); },
      "Bytes of unused context: a multiple of 16");
}

void AddAllocate(CommandTree& tree, CLI::App* noun) {
  auto request = std::make_shared<v1::AllocateNetBufferListsRequest>();
  CLI::App* command = tree.AddCommand(
      noun, "allocate", "Allocate lists (NdisAllocateNetBufferList).",
      [request](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(const std::vector<uint64_t> handles,
                         context.client().AllocateNetBufferLists(*request));
        return PrintHandles(context, handles);
      });
  AddName(command, "pool", kListPools, request->mutable_pool(), kPoolHelp)
      ->required();
  AddContextOptions(command, request.get());
}

void AddAllocateWithNb(CommandTree& tree, CLI::App* noun) {
  struct Arguments {
    v1::AllocateNetBufferAndNetBufferListsRequest request;
    std::vector<uint32_t> mdl_sizes;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = tree.AddCommand(
      noun, "allocate-with-nb",
      "Allocate lists with a NET_BUFFER each "
      "(NdisAllocateNetBufferAndNetBufferList).",
      [arguments](CommandContext& context) -> absl::Status {
        auto& request = arguments->request;
        request.mutable_mdl_sizes()->Add(arguments->mdl_sizes.begin(),
                                         arguments->mdl_sizes.end());
        ASSIGN_OR_RETURN(
            const std::vector<uint64_t> handles,
            context.client().AllocateNetBufferAndNetBufferLists(request));
        return PrintHandles(context, handles);
      });
  auto* request = &arguments->request;
  AddName(command, "pool", kListPools, request->mutable_pool(), kPoolHelp)
      ->required();
  AddContextOptions(command, request);
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
}

void AddFree(CommandTree& tree, CLI::App* noun) {
  struct Arguments {
    std::string protocol;
    std::vector<uint64_t> handles;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = tree.AddCommand(
      noun, "free", "Free lists, all or none (NdisFreeNetBufferList).",
      [arguments](CommandContext& context) -> absl::Status {
        RETURN_IF_ERROR(context.client().FreeNetBufferLists(
            arguments->protocol, arguments->handles));
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

void AddGet(CommandTree& tree, CLI::App* noun) {
  struct Arguments {
    std::string protocol;
    uint64_t handle = 0;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = tree.AddCommand(
      noun, "get", "Show a list: its buffers, context, holder and history.",
      [arguments](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(const v1::NetBufferList list,
                         context.client().GetNetBufferList(arguments->protocol,
                                                           arguments->handle));
        return context.Print(list, NetBufferListFacts(list));
      });
  AddListArguments(command, &arguments->protocol, [arguments](uint64_t handle) {
    arguments->handle = handle;
  });
}

void AddSend(CommandTree& tree, CLI::App* noun) {
  struct Arguments {
    v1::SendNetBufferListsRequest request;
    std::vector<uint64_t> handles;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = tree.AddCommand(
      noun, "send", "Send lists in order and wait until each has completed.",
      [arguments](CommandContext& context) -> absl::Status {
        v1::SendNetBufferListsRequest& request = arguments->request;
        request.mutable_net_buffer_lists()->Add(arguments->handles.begin(),
                                                arguments->handles.end());
        ASSIGN_OR_RETURN(const std::vector<v1::NdisStatus> statuses,
                         context.client().SendNetBufferLists(request));
        Table table({{"HANDLE"}, {"STATUS"}});
        v1::SendNetBufferListsResponse response;
        for (size_t i = 0; i < statuses.size(); ++i) {
          response.add_ndis_statuses(statuses[i]);
          table.AddRow(
              {HandleText(arguments->handles[i]), StatusName(statuses[i])});
        }
        return context.Print(response, table.ToString());
      });
  v1::SendNetBufferListsRequest* request = &arguments->request;
  AddName(command, "binding", kBindings, request->mutable_binding(),
          "protocols/PROTOCOL/bindings/BINDING, or PROTOCOL/BINDING")
      ->required();
  command->add_option("handles", arguments->handles, "What to send")
      ->required()
      ->type_name("HANDLE");
  AddNumber<uint32_t>(
      command, "--port",
      [request](uint32_t port) { request->set_port_number(port); },
      "The NDIS port; 0 unless given");
  AddNumber<uint32_t>(
      command, "--flags",
      [request](uint32_t flags) { request->set_send_flags(flags); },
      "NDIS_SEND_FLAGS_...");
}

void AddContext(CommandTree& tree, CLI::App* noun) {
  auto request = std::make_shared<v1::AllocateContextRequest>();
  CLI::App* allocate = tree.AddCommand(
      noun, "context-allocate",
      "Allocate context space (NdisAllocateNetBufferListContext).",
      [request](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(const bool allocated,
                         context.client().AllocateContext(*request));
        v1::AllocateContextResponse response;
        response.set_allocated(allocated);
        return context.Print(response, allocated ? "memory was allocated\n"
                                                 : "the list had the room\n");
      });
  AddListArguments(
      allocate, request->mutable_protocol(),
      [request](uint64_t handle) { request->set_net_buffer_list(handle); });
  AddNumber<uint32_t>(
      allocate, "--size",
      [request](uint32_t size) { request->set_context_size(size); },
      "Bytes: a multiple of 8")
      ->required();
  AddNumber<uint32_t>(
      allocate, "--back-fill",
      [request](uint32_t size) { request->set_context_back_fill(size); },
      "Unused bytes to leave when memory has to be allocated");
  allocate->add_option("--tag", *request->mutable_pool_tag(),
                       "Up to four characters");

  auto free_request = std::make_shared<v1::FreeContextRequest>();
  CLI::App* free = tree.AddCommand(
      noun, "context-free",
      "Free context space (NdisFreeNetBufferListContext).",
      [free_request](CommandContext& context) -> absl::Status {
        RETURN_IF_ERROR(context.client().FreeContext(
            free_request->protocol(), free_request->net_buffer_list(),
            free_request->context_size()));
        return context.PrintNothing();
      });
  AddListArguments(free, free_request->mutable_protocol(),
                   [free_request](uint64_t handle) {
                     free_request->set_net_buffer_list(handle);
                   });
  AddNumber<uint32_t>(
      free, "--size",
      [free_request](uint32_t size) { free_request->set_context_size(size); },
      "Bytes, as they were allocated")
      ->required();
}

void AddDataStart(CommandTree& tree, CLI::App* noun) {
  auto request = std::make_shared<v1::RetreatDataStartRequest>();
  CLI::App* retreat = tree.AddCommand(
      noun, "retreat",
      "Move the data start of every NET_BUFFER back: room for headers.",
      [request](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(const uint32_t misses,
                         context.client().RetreatDataStart(*request));
        v1::RetreatDataStartResponse response;
        response.set_back_fill_misses(misses);
        return context.Print(response,
                             absl::StrCat("back-fill misses: ", misses, "\n"));
      });
  AddListArguments(
      retreat, request->mutable_protocol(),
      [request](uint64_t handle) { request->set_net_buffer_list(handle); });
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
      noun, "advance", "Move the data start of every NET_BUFFER forward.",
      [back](CommandContext& context) -> absl::Status {
        RETURN_IF_ERROR(context.client().AdvanceDataStart(*back));
        return context.PrintNothing();
      });
  AddListArguments(advance, back->mutable_protocol(), [back](uint64_t handle) {
    back->set_net_buffer_list(handle);
  });
  AddNumber<uint32_t>(
      advance, "--by",
      [back](uint32_t delta) { back->set_data_offset_delta(delta); }, "Bytes")
      ->required();
  advance->add_flag_callback(
      "--free-mdl", [back] { back->set_free_mdl(true); },
      "Free the MDLs that retreats added and that are unused now");
}

}  // namespace

void AddNblCommands(CommandTree& tree) {
  CLI::App* noun = tree.AddNoun("nbl", "NET_BUFFER_LISTs by handle.");
  AddAllocate(tree, noun);
  AddAllocateWithNb(tree, noun);
  AddFree(tree, noun);
  AddGet(tree, noun);
  AddSend(tree, noun);
  AddContext(tree, noun);
  AddDataStart(tree, noun);
}

}  // namespace netbuf::client
