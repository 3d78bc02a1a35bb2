// netbufctl nbl-pool ... and netbufctl nb-pool ...

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/arguments.h"
#include "client/cli/command.h"
#include "client/cli/pool_text.h"
#include "client/lib/status_macros.h"
#include "client/text/format.h"

namespace netbuf::client {
namespace {

// The two kinds of pool have the same verbs.
struct ListPoolKind {
  using Pool = v1::NetBufferListPool;
  static constexpr const char* kCollections = kListPools;
  static constexpr char kNameHelp[] =
      "protocols/PROTOCOL/netBufferListPools/POOL, or PROTOCOL/POOL";
  static constexpr char kJsonKey[] = "netBufferListPools";

  static auto Create(const Client& client, const std::string& protocol,
                     const std::string& id, const Pool& pool) {
    return client.CreateNetBufferListPool(protocol, id, pool);
  }
  static auto Get(const Client& client, const std::string& name) {
    return client.GetNetBufferListPool(name);
  }
  static auto List(const Client& client, const std::string& protocol) {
    return client.ListNetBufferListPools(protocol);
  }
  static auto Delete(const Client& client, const std::string& name) {
    return client.DeleteNetBufferListPool(name);
  }
};

struct BufferPoolKind {
  using Pool = v1::NetBufferPool;
  static constexpr const char* kCollections = kBufferPools;
  static constexpr char kNameHelp[] =
      "protocols/PROTOCOL/netBufferPools/POOL, or PROTOCOL/POOL";
  static constexpr char kJsonKey[] = "netBufferPools";

  static auto Create(const Client& client, const std::string& protocol,
                     const std::string& id, const Pool& pool) {
    return client.CreateNetBufferPool(protocol, id, pool);
  }
  static auto Get(const Client& client, const std::string& name) {
    return client.GetNetBufferPool(name);
  }
  static auto List(const Client& client, const std::string& protocol) {
    return client.ListNetBufferPools(protocol);
  }
  static auto Delete(const Client& client, const std::string& name) {
    return client.DeleteNetBufferPool(name);
  }
};

template <typename Pool>
void AddCommonOptions(CLI::App* command, Pool* pool) {
  command->add_option("--tag", *pool->mutable_pool_tag(),
                      "Up to four characters that name the owner");
  AddNumber<uint64_t>(
      command, "--max-outstanding",
      [pool](uint64_t most) { pool->set_max_outstanding(most); },
      "Most out at a time; no limit unless given");
  command->add_flag_callback(
      "--verify", [pool] { pool->set_verify(true); },
      "Keep freed blocks aside and check them for writes");
}

void AddKindOptions(CLI::App* command, v1::NetBufferListPool* pool) {
  pool->set_allocate_net_buffer(true);
  command->add_flag_callback(
      "--no-net-buffer", [pool] { pool->set_allocate_net_buffer(false); },
      "Lists come without a NET_BUFFER; then no data either");
  AddNumber<uint32_t>(
      command, "--context-size",
      [pool](uint32_t size) { pool->set_context_size(size); },
      "Bytes of context in every list: a multiple of 16");
  AddNumber<uint32_t>(
      command, "--data-size",
      [pool](uint32_t size) { pool->set_data_size(size); },
      "Bytes of data in every list; 0: the allocation brings its own");
  AddNumber<uint32_t>(
      command, "--protocol-id",
      [pool](uint32_t id) { pool->set_protocol_id(id); },
      "0 DEFAULT, 2 TCP_IP, 3 IP6, 6 IPX, 7 NBF");
}

void AddKindOptions(CLI::App* command, v1::NetBufferPool* pool) {
  AddNumber<uint32_t>(
      command, "--data-size",
      [pool](uint32_t size) { pool->set_data_size(size); },
      "Bytes of data in every NET_BUFFER; 0: the allocation brings its own");
}

template <typename Kind>
void AddCreate(CommandTree& tree, CLI::App* noun) {
  struct Arguments {
    std::string protocol;
    std::string id;
    typename Kind::Pool pool;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = tree.AddCommand(
      noun, "create", "Make a pool.",
      [arguments](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(const typename Kind::Pool pool,
                         Kind::Create(context.client(), arguments->protocol,
                                      arguments->id, arguments->pool));
        RETURN_IF_ERROR(context.Print(pool, PoolFacts(pool)));
        context.Note(absl::StrCat("created ", pool.name()));
        return absl::OkStatus();
      });
  AddName(command, "protocol", kProtocols, &arguments->protocol,
          "protocols/ID or ID")
      ->required();
  command->add_option("id", arguments->id, "The new pool's id")->required();
  AddKindOptions(command, &arguments->pool);
  AddCommonOptions(command, &arguments->pool);
}

template <typename Kind>
void AddReading(CommandTree& tree, CLI::App* noun) {
  auto name = std::make_shared<std::string>();
  CLI::App* get =
      tree.AddCommand(noun, "get", "Show a pool.",
                      [name](CommandContext& context) -> absl::Status {
                        ASSIGN_OR_RETURN(const typename Kind::Pool pool,
                                         Kind::Get(context.client(), *name));
                        return context.Print(pool, PoolFacts(pool));
                      });
  AddName(get, "name", Kind::kCollections, name.get(), Kind::kNameHelp)
      ->required();

  auto protocol = std::make_shared<std::string>("protocols/-");
  CLI::App* list = tree.AddCommand(
      noun, "list", "List the pools of a protocol, or of all.",
      [protocol](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(const std::vector<typename Kind::Pool> pools,
                         Kind::List(context.client(), *protocol));
        return context.PrintList(Kind::kJsonKey, pools, PoolTable(pools));
      });
  AddName(list, "protocol", kProtocols, protocol.get(),
          "protocols/ID or ID; all unless given");
}

template <typename Kind>
void AddDelete(CommandTree& tree, CLI::App* noun) {
  auto name = std::make_shared<std::string>();
  CLI::App* command = tree.AddCommand(
      noun, "delete", "Free a pool; refused while something of it is out.",
      [name](CommandContext& context) -> absl::Status {
        RETURN_IF_ERROR(Kind::Delete(context.client(), *name));
        context.Note(absl::StrCat("deleted ", *name));
        return context.PrintNothing();
      });
  AddName(command, "name", Kind::kCollections, name.get(), Kind::kNameHelp)
      ->required();
}

template <typename Kind>
void AddTrim(CommandTree& tree, CLI::App* noun) {
  auto name = std::make_shared<std::string>();
  CLI::App* command = tree.AddCommand(
      noun, "trim", "Give a pool's unused memory back to the system.",
      [name](CommandContext& context) -> absl::Status {
        ASSIGN_OR_RETURN(const uint64_t released,
                         context.client().TrimPool(*name));
        v1::TrimPoolResponse response;
        response.set_released_bytes(released);
        return context.Print(
            response,
            absl::StrCat("released ", WithCommas(released), " bytes\n"));
      });
  AddName(command, "name", Kind::kCollections, name.get(), Kind::kNameHelp)
      ->required();
}

template <typename Kind>
void AddVerbs(CommandTree& tree, CLI::App* noun) {
  AddCreate<Kind>(tree, noun);
  AddReading<Kind>(tree, noun);
  AddDelete<Kind>(tree, noun);
  AddTrim<Kind>(tree, noun);
}

}  // namespace

void AddNblPoolCommands(CommandTree& tree) {
  AddVerbs<ListPoolKind>(
      tree, tree.AddNoun("nbl-pool", "Pools of NET_BUFFER_LISTs."));
}

void AddNbPoolCommands(CommandTree& tree) {
  AddVerbs<BufferPoolKind>(tree,
                           tree.AddNoun("nb-pool", "Pools of NET_BUFFERs."));
}

}  // namespace netbuf::client
