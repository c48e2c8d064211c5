// sojourn secrets: values that functions and access rules name. A value is read from standard input or a file, never
// from the command line, which other users of the machine can see, and no command shows it.
#include <CLI/CLI.hpp>
#include <unistd.h>

#include "gateway/cli/file.h"
#include "gateway/cli/json_fields.h"
#include "gateway/cli/listing.h"
#include "gateway/cli/output.h"
#include "gateway/cli/server_command.h"
#include "runtime/base/secret_text.h"

namespace sojourn::cli {
namespace {

struct NewSecret {
  std::string name;
  std::string file;  // empty: standard input
};

Status list_secrets(const ApiClient& client, Format format) {
  const Result<nlohmann::json> secrets = client.list("/api/v1/secrets");
  if (!secrets) return secrets.error();
  if (format == Format::kJson) return print_json(*secrets), Status();
  std::vector<Row> rows;
  for (const nlohmann::json& secret : items(*secrets)) {
    rows.push_back(
        {text(secret, "name"), text(secret, "createdAt"), text(secret, "changedAt"), joined(member(secret, "usedBy"))});
  }
  print(layout_table({"NAME", "CREATED", "CHANGED", "USED BY"}, rows));
  return {};
}

// `echo` and editors end a line, which is hardly ever part of the value. A file is taken as it is.
Result<std::string> read_value(const NewSecret& secret) {
  if (!secret.file.empty()) return read_file(secret.file);
  if (::isatty(STDIN_FILENO) != 0) std::fputs("type the value, then Enter and Ctrl-D\n", stderr);
  Result<std::string> value = read_file("-");
  if (!value) return value;
  if (value->ends_with('\n')) value->pop_back();
  if (value->ends_with('\r')) value->pop_back();
  return value;
}

Status set_secret(const ApiClient& client, const NewSecret& secret) {
  Result<std::string> value = read_value(secret);
  if (!value) return value.error();
  ApiRequest request;
  request.method = "PUT";
  request.path = "/api/v1/secrets/" + encode(secret.name);
  request.headers = {{"Content-Type", "application/octet-stream"}};
  request.body = *value;
  const Result<nlohmann::json> stored = client.call(request);
  wipe(*value);
  if (!stored) return stored.error();
  print("set " + secret.name + "\n");
  return {};
}

Status remove_secret(const ApiClient& client, const std::string& name, const std::string& query) {
  ApiRequest request;
  request.method = "DELETE";
  request.path = "/api/v1/secrets/" + encode(name) + query;
  const Result<nlohmann::json> removed = client.call(request);
  if (!removed) return removed.error();
  print("removed " + name + "\n");
  return {};
}

void add_set(CLI::App& secrets, Chosen& chosen) {
  CLI::App* const command = secrets.add_subcommand("set", "Set a secret to the value on standard input");
  const auto secret = std::make_shared<NewSecret>();
  command->add_option("NAME", secret->name, "Its name")->required();
  command->add_option("--from-file", secret->file, "Take the value from this file, byte for byte");
  const auto options = add_connection_options(*command);
  command->footer(example("printf %s \"$KEY\" | sojourn secrets set mailer-key"));
  command->callback([=, &chosen] {
    chosen.run = [=] {
      return with_server("secrets set", *options, [&](const ApiClient& client) { return set_secret(client, *secret); });
    };
  });
}

void add_remove_secret(CLI::App& secrets, Chosen& chosen) {
  CLI::App* const command = secrets.add_subcommand("remove", "Remove a secret that no function names")->alias("rm");
  const auto name = std::make_shared<std::string>();
  const auto force = std::make_shared<bool>(false);
  command->add_option("NAME", *name, "The secret's name")->required();
  command->add_flag("--force", *force, "Also when functions name it: they are refused until it is set again");
  const auto options = add_connection_options(*command);
  command->footer(example("sojourn secrets remove mailer-key"));
  command->callback([=, &chosen] {
    chosen.run = [=] {
      return with_server("secrets remove", *options, [&](const ApiClient& client) {
        return remove_secret(client, *name, *force ? "?force=true" : "");
      });
    };
  });
}

}  // namespace

void add_secrets(CLI::App& app, Chosen& chosen) {
  CLI::App* const command = app.add_subcommand("secrets", "List, set and remove secrets")->alias("secret");
  command->footer(example("sojourn secrets set mailer-key < key.txt"));
  add_listing(*command, chosen, [](CLI::App&) -> ListWork { return list_secrets; });
  add_set(*command, chosen);
  add_remove_secret(*command, chosen);
}

}  // namespace sojourn::cli
