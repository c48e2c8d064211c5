// sojourn serve: run the server.
#include <CLI/CLI.hpp>
#include <memory>
#include <set>

#include "gateway/cli/argument_checks.h"
#include "gateway/cli/command.h"
#include "gateway/cli/serve_config.h"
#include "gateway/supervisor/data_directory.h"
#include "gateway/supervisor/supervisor.h"

namespace sojourn::cli {
namespace {

const std::map<std::string, LogLevel> kLevels = {
    {"debug", LogLevel::kDebug}, {"info", LogLevel::kInfo}, {"warn", LogLevel::kWarn}, {"error", LogLevel::kError}};

// The command's options and the keys of its configuration file are the same things under two spellings.
const std::pair<const char*, const char*> kSpellings[] = {{"--listen", "listen"},
                                                          {"--data", "data"},
                                                          {"--workers", "workers"},
                                                          {"--apply", "apply"},
                                                          {"--dev", "dev"},
                                                          {"--allow-private", "allowPrivate"},
                                                          {"--files", "files"},
                                                          {"--behind-proxy", "behindProxy"},
                                                          {"--allow-reduced", "allowReduced"},
                                                          {"--log-level", "logLevel"}};

std::set<std::string, std::less<>> given_keys(const CLI::App& command) {
  std::set<std::string, std::less<>> given;
  for (const auto& [option, key] : kSpellings) {
    if (command.count(option) > 0) given.insert(key);
  }
  return given;
}

int serve_as_told(const CLI::App& command, const std::string& config, ServeOptions& options) {
  if (!config.empty()) {
    const Status read = read_serve_config(config, given_keys(command), options);
    if (!read) return fail("serve", read.error());
  }
  return serve(options);
}

}  // namespace

void add_serve(CLI::App& app, Chosen& chosen) {
  CLI::App* const command = app.add_subcommand("serve", "Run the server");
  const auto options = std::make_shared<ServeOptions>();
  options->data = default_data_directory();
  command->add_option("--listen", options->listen, "Address to serve on, HOST:PORT; port 0 picks a free one")
      ->capture_default_str();
  command->add_option("--data", options->data, "Directory of everything the server keeps")->capture_default_str();
  const auto config = std::make_shared<std::string>();
  command->add_option("--config", *config, "YAML or JSON file with these options; the command line goes first");
  command->add_option("--workers", options->workers, "Event loops; default: 1 up to 4 CPUs, else a quarter of them")
      ->check(CLI::Range(1, 64));
  command->add_option("--apply", options->apply, "Apply this manifest before saying that the server is ready")
      ->check(CLI::ExistingFile);
  command->add_flag("--dev", options->dev,
                    "On a loopback address: calling functions and handing in events needs no token");
  command->add_flag(
      "--allow-private", options->allow_private,
      "Functions and posts may reach loopback and private addresses where their manifest says so; --dev implies it");
  command
      ->add_option("--files", options->files,
                   "Directory below which files triggers may watch; repeatable. Without it none may, or with --dev any")
      ->allow_extra_args(false)
      ->type_name("DIR");
  command->add_flag("--behind-proxy", options->behind_proxy,
                    "A proxy in front does TLS: listen on any address, believe its X-Forwarded-For");
  command->add_flag("--allow-reduced", options->allow_reduced, "Serve although this host lacks walls of the sandbox");
  CLI::Option* const level =
      command->add_option("--log-level", options->log_level, "Least level of the log on standard error");
  level->type_name("debug|info|warn|error")->default_str("info");
  take_words(*level, kLevels);
  command->footer(example("sojourn serve --dev --listen 127.0.0.1:8080 --apply sojourn.yaml"));
  command->callback([=, &chosen] { chosen.run = [=] { return serve_as_told(*command, *config, *options); }; });
}

}  // namespace sojourn::cli
