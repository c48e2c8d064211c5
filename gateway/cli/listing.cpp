#include "gateway/cli/listing.h"

#include <CLI/CLI.hpp>

#include "gateway/cli/server_command.h"

namespace sojourn::cli {
namespace {

void lists(CLI::App& command, Chosen& chosen, const std::string& noun, const ListWork& work) {
  const auto options = add_connection_options(command);
  const auto format = add_format_option(command);
  command.callback([=, &command, &chosen] {
    if (!command.get_subcommands().empty()) return;
    chosen.run = [=] {
      return with_server(noun, *options, [&](const ApiClient& client) { return work(client, *format); });
    };
  });
}

}  // namespace

void add_listing(CLI::App& noun, Chosen& chosen, const std::function<ListWork(CLI::App& command)>& offer) {
  const std::string name = noun.get_name();
  noun.require_subcommand(0, 1);
  lists(noun, chosen, name, offer(noun));
  CLI::App& verb = *noun.add_subcommand("list", "The same as `" + name + "` alone");
  lists(verb, chosen, name, offer(verb));
}

}  // namespace sojourn::cli
