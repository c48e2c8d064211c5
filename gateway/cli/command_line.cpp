#include "gateway/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "gateway/cli/command.h"
#include "gateway/supervisor/product_version.h"

namespace sojourn::cli {
namespace {

constexpr std::string_view kAbout =
    "Sojourn runs functions that live in shared objects: upload a .so, get a URL.\n"
    "Commands that talk to a server find it by --server and --token, by SOJOURN_SERVER and SOJOURN_TOKEN,\n"
    "or, on the machine that serves, in its data directory.";

void add_commands(CLI::App& app, Chosen& chosen) {
  for (const auto add : {add_serve, add_run, add_deploy, add_apply, add_validate, add_list, add_describe, add_history,
                         add_invoke, add_logs, add_remove, add_events, add_runs, add_dead_letters, add_pipelines,
                         add_tokens, add_secrets, add_status}) {
    add(app, chosen);
  }
}

int parse_and_run(int argc, const char* const* argv) {
  CLI::App app{std::string(kAbout), "sojourn"};
  app.set_version_flag("--version", "sojourn " + std::string(product_version()));
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  Chosen chosen;
  add_commands(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked_for_help = error.get_exit_code() == 0;
    app.exit(error);
    return asked_for_help ? kDone : kUsage;
  }
  return chosen.run ? chosen.run() : kUsage;
}

}  // namespace

std::string example(std::string_view line) {
  return "\nExample:\n  " + std::string(line) + "\n";
}

int fail(std::string_view command, const Error& error) {
  const std::string line = "sojourn " + std::string(command) + ": " + error.text() + "\n";
  std::fputs(line.c_str(), stderr);
  return error.code() == ErrorCode::kBadRequest ? kUsage : kFailed;
}

int run_command_line(int argc, const char* const* argv) {
  try {
    return parse_and_run(argc, argv);
  } catch (const std::exception& error) {
    // The parser's own set-up, or memory that ran out: nothing of ours throws.
    std::fprintf(stderr, "sojourn: %s\n", error.what());
    return kFailed;
  }
}

}  // namespace sojourn::cli
