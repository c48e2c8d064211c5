// sojourn tokens: who may do what. A token is shown once, when it is made; the server keeps only its hash.
#include <CLI/CLI.hpp>

#include "gateway/cli/json_fields.h"
#include "gateway/cli/listing.h"
#include "gateway/cli/output.h"
#include "gateway/cli/server_command.h"

namespace sojourn::cli {
namespace {

struct TokenOptions {
  std::string name;
  std::vector<std::string> scopes;
};

Status list_tokens(const ApiClient& client, Format format) {
  const Result<nlohmann::json> tokens = client.list("/api/v1/tokens");
  if (!tokens) return tokens.error();
  if (format == Format::kJson) return print_json(*tokens), Status();
  std::vector<Row> rows;
  for (const nlohmann::json& token : items(*tokens)) {
    rows.push_back({text(token, "name"), joined(member(token, "scopes")), text(token, "createdAt")});
  }
  print(layout_table({"NAME", "SCOPES", "CREATED"}, rows));
  return {};
}

// Only the token goes to standard output, so that `TOKEN=$(sojourn tokens create ci …)` does what it says.
Status create_token(const ApiClient& client, const TokenOptions& options, Format format) {
  const std::string body = nlohmann::json{{"name", options.name}, {"scopes", options.scopes}}.dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
  ApiRequest request;
  request.method = "POST";
  request.path = "/api/v1/tokens";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = body;
  const Result<nlohmann::json> token = client.call(request);
  if (!token) return token.error();
  if (format == Format::kJson) return print_json(*token), Status();
  print(text(*token, "token") + "\n");
  std::fputs("keep it: it is not shown again\n", stderr);
  return {};
}

Status revoke_token(const ApiClient& client, const std::string& name) {
  ApiRequest request;
  request.method = "DELETE";
  request.path = "/api/v1/tokens/" + encode(name);
  const Result<nlohmann::json> revoked = client.call(request);
  if (!revoked) return revoked.error();
  print("revoked " + name + "\n");
  return {};
}

void add_create(CLI::App& tokens, Chosen& chosen) {
  CLI::App* const command = tokens.add_subcommand("create", "Make a token and print it");
  const auto token = std::make_shared<TokenOptions>();
  command->add_option("NAME", token->name, "Its name: the author of what it deploys")->required();
  command->add_option("--scope", token->scopes, "invoke, publish, deploy, read or admin, each also SCOPE:NAME-GLOB")
      ->required()
      ->delimiter(',')
      ->allow_extra_args(false);
  const auto options = add_connection_options(*command);
  const auto format = add_format_option(*command);
  command->footer(example("sojourn tokens create ci --scope deploy:shop-* --scope read"));
  command->callback([=, &chosen] {
    chosen.run = [=] {
      return with_server("tokens create", *options,
                         [&](const ApiClient& client) { return create_token(client, *token, *format); });
    };
  });
}

void add_revoke(CLI::App& tokens, Chosen& chosen) {
  CLI::App* const command = tokens.add_subcommand("revoke", "Make a token worthless");
  const auto name = std::make_shared<std::string>();
  command->add_option("NAME", *name, "The token's name")->required();
  const auto options = add_connection_options(*command);
  command->footer(example("sojourn tokens revoke ci"));
  command->callback([=, &chosen] {
    chosen.run = [=] {
      return with_server("tokens revoke", *options,
                         [&](const ApiClient& client) { return revoke_token(client, *name); });
    };
  });
}

}  // namespace

void add_tokens(CLI::App& app, Chosen& chosen) {
  CLI::App* const command = app.add_subcommand("tokens", "List, create and revoke tokens")->alias("token");
  add_listing(*command, chosen, [](CLI::App& listing) -> ListWork {
    listing.footer(example("sojourn tokens create ci --scope deploy --scope read"));
    return list_tokens;
  });
  add_create(*command, chosen);
  add_revoke(*command, chosen);
}

}  // namespace sojourn::cli
