// The commands of `sojourn`, one file each. Every add_* below gives the parser one subcommand with its options, help
// and example, and says what to run when it was chosen. Parsing (CLI11, which throws) ends before a command runs.
//
// Exit codes: 0 done, 1 the operation failed, 2 wrong usage.
// Thread: one.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace CLI {
class App;
}

namespace sojourn::cli {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;

// What the chosen subcommand leaves for after the parsing.
struct Chosen {
  std::function<int()> run;
};

void add_serve(CLI::App& app, Chosen& chosen);
void add_run(CLI::App& app, Chosen& chosen);
void add_deploy(CLI::App& app, Chosen& chosen);
void add_apply(CLI::App& app, Chosen& chosen);
void add_validate(CLI::App& app, Chosen& chosen);
void add_list(CLI::App& app, Chosen& chosen);
void add_describe(CLI::App& app, Chosen& chosen);
void add_history(CLI::App& app, Chosen& chosen);
void add_invoke(CLI::App& app, Chosen& chosen);
void add_logs(CLI::App& app, Chosen& chosen);
void add_remove(CLI::App& app, Chosen& chosen);
void add_pipelines(CLI::App& app, Chosen& chosen);
void add_tokens(CLI::App& app, Chosen& chosen);
void add_secrets(CLI::App& app, Chosen& chosen);
void add_events(CLI::App& app, Chosen& chosen);
void add_runs(CLI::App& app, Chosen& chosen);
void add_dead_letters(CLI::App& app, Chosen& chosen);
void add_status(CLI::App& app, Chosen& chosen);

// Lays out the foot of a help text: "Example:" and the line, indented.
std::string example(std::string_view line);

// Prints `sojourn COMMAND: text` on standard error and gives kFailed, or kUsage for an error of code kBadRequest that
// was made on this side.
int fail(std::string_view command, const Error& error);

}  // namespace sojourn::cli
