// sojourn serve: run the server.
#include <cstdio>
#include <memory>

#include "gateway/cli/command.h"
#include "gateway/supervisor/data_directory.h"
#include "gateway/supervisor/supervisor.h"

namespace sojourn::cli {
namespace {

const std::map<std::string, LogLevel> kLevels = {
    {"debug", LogLevel::kDebug}, {"info", LogLevel::kInfo}, {"warn", LogLevel::kWarn}, {"error", LogLevel::kError}};

}  // namespace

void add_serve(CLI::App& app, Chosen& chosen) {
  CLI::App* const command = app.add_subcommand("serve", "Run the server");
  const auto options = std::make_shared<ServeOptions>();
  options->data = default_data_directory();
  command->add_option("--listen", options->listen, "Address to serve on, HOST:PORT; port 0 picks a free one")
      ->capture_default_str();
  command->add_option("--data", options->data, "Directory of everything the server keeps")->capture_default_str();
  command->add_option("--workers", options->workers, "Event loops; default: 1 up to 4 CPUs, else a quarter of them")
      ->check(CLI::Range(1, 64));
  command->add_option("--apply", options->apply, "Apply this manifest before saying that the server is ready")
      ->check(CLI::ExistingFile);
  command->add_flag("--dev", options->dev, "On a loopback address: calling a function needs no token");
  command->add_flag("--behind-proxy", options->behind_proxy,
                    "A proxy in front does TLS: listen on any address, believe its X-Forwarded-For");
  command->add_flag("--allow-reduced", options->allow_reduced, "Serve although this host lacks walls of the sandbox");
  command->add_option("--log-level", options->log_level, "Least level of the log on standard error")
      ->transform(CLI::CheckedTransformer(kLevels))
      ->default_str("info");
  command->footer(example("sojourn serve --dev --listen 127.0.0.1:8080 --apply sojourn.yaml"));
  command->callback([options, &chosen] { chosen.run = [options] { return serve(*options); }; });
}

}  // namespace sojourn::cli
