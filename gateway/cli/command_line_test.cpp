#include "gateway/cli/command_line.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <sstream>
#include <unistd.h>
#include <vector>

#include "loader/temporary_directory.h"

namespace sojourn::cli {
namespace {

struct Outcome {
  int exit_code = -1;
  std::string output;  // standard output and error together
};

std::string content(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Runs a command line as main would, its output caught in a file.
Outcome run(std::vector<const char*> arguments) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/output";
  std::fflush(nullptr);
  const int saved_output = ::dup(1);
  const int saved_errors = ::dup(2);
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(file, 1);
  ::dup2(file, 2);
  arguments.insert(arguments.begin(), "sojourn");
  Outcome outcome;
  outcome.exit_code = run_command_line(static_cast<int>(arguments.size()), arguments.data());
  std::fflush(nullptr);
  std::cout.flush();
  ::dup2(saved_output, 1);
  ::dup2(saved_errors, 2);
  for (const int fd : {file, saved_output, saved_errors}) ::close(fd);
  outcome.output = content(path);
  return outcome;
}

bool holds(const Outcome& outcome, const char* text) {
  return outcome.output.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("command line: help of every command ends with an example and exits 0") {
  for (const char* command : {"serve", "run", "deploy", "apply", "validate", "list", "describe", "history", "invoke",
                              "logs", "remove", "tokens", "status"}) {
    INFO(command);
    const Outcome outcome = run({command, "--help"});
    CHECK(outcome.exit_code == 0);
    CHECK(holds(outcome, "Example:\n  sojourn "));
  }
}

TEST_CASE("command line: the version is printed") {
  const Outcome outcome = run({"--version"});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.output.starts_with("sojourn 0."));
}

TEST_CASE("command line: wrong usage exits 2 and names what is wrong") {
  CHECK(run({}).exit_code == 2);
  CHECK(run({"fly"}).exit_code == 2);
  CHECK(run({"deploy"}).exit_code == 2);
  const Outcome unknown = run({"list", "--colour"});
  CHECK(unknown.exit_code == 2);
  CHECK(holds(unknown, "--colour"));
  const Outcome format = run({"list", "-o", "jsn"});
  CHECK(format.exit_code == 2);
  CHECK(holds(format, "`jsn` is not known; expected is json or text, did you mean `json`?"));
  const Outcome state = run({"runs", "--state", "bogus"});
  CHECK(state.exit_code == 2);
  CHECK(holds(state, "expected is waiting, running, done, failed or cancelled"));
  CHECK(run({"dead-letters", "drop", "3", "abc"}).exit_code == 2);
  CHECK(run({"dead-letters", "redrive", "0"}).exit_code == 2);
  CHECK(run({"event", "show", "1.5"}).exit_code == 2);
  const Outcome replay = run({"events", "replay", "--dry-run"});
  CHECK(replay.exit_code == 2);
  CHECK(holds(replay, "--since 2h"));
}

TEST_CASE("command line: things are listed by their name alone and by its verb list") {
  for (const char* noun : {"functions", "function", "pipelines", "pipeline", "events", "event", "runs", "dead-letters",
                           "dead-letter", "tokens", "token", "secrets", "secret"}) {
    INFO(noun);
    CHECK(run({noun, "list", "--help"}).exit_code == 0);
    const TemporaryDirectory nowhere;
    const Outcome listed = run({noun, "list", "-o", "json", "--data", nowhere.path().c_str()});
    CHECK(listed.exit_code == 1);
    CHECK(holds(listed, "no server runs on"));
  }
}

TEST_CASE("command line: the singular and plural of a noun are one command") {
  CHECK(run({"token", "--help"}).exit_code == 0);
  CHECK(run({"tokens", "create", "--help"}).exit_code == 0);
}

TEST_CASE("command line: an operation that fails exits 1 and says what to do") {
  ::unsetenv("SOJOURN_SERVER");
  const TemporaryDirectory nowhere;
  const Outcome outcome = run({"list", "--data", nowhere.path().c_str()});
  CHECK(outcome.exit_code == 1);
  CHECK(holds(outcome, "sojourn list: no server runs on"));
  CHECK(holds(outcome, "sojourn serve"));
}

TEST_CASE("command line: serve refuses an address beyond this host without a proxy, and dev mode there at all") {
  const TemporaryDirectory data;
  const std::string path = data.path() + "/data";
  const Outcome bare = run({"serve", "--listen", "0.0.0.0:0", "--data", path.c_str()});
  CHECK(bare.exit_code == 2);
  CHECK(holds(bare, "--behind-proxy"));
  const Outcome dev = run({"serve", "--dev", "--behind-proxy", "--listen", "0.0.0.0:0", "--data", path.c_str()});
  CHECK(dev.exit_code == 2);
  CHECK(holds(dev, "--dev"));
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("command line: validate says of a text that it is no object, and of a manifest where it is wrong") {
  const TemporaryDirectory directory;
  const std::string object = directory.path() + "/x.so";
  std::ofstream(object) << "no ELF";
  const Outcome not_elf = run({"validate", object.c_str()});
  CHECK(not_elf.exit_code == 1);
  CHECK(holds(not_elf, "elf:"));
  const std::string manifest = directory.path() + "/sojourn.yaml";
  std::ofstream(manifest) << "sojourn: 1\nname: shop\nfunctions:\n  api:\n    artifact: api.so\n    memry: 1MiB\n";
  const Outcome mistyped = run({"validate", manifest.c_str()});
  CHECK(mistyped.exit_code == 1);
  CHECK(holds(mistyped, "sojourn.yaml:6:5"));
  CHECK(holds(mistyped, "memory"));
}

TEST_CASE("command line: validate names the functions that a file does not have, with their places") {
  const TemporaryDirectory directory;
  const std::string manifest = directory.path() + "/sojourn.yaml";
  const auto validate = [&](const std::string& more) {
    std::ofstream(manifest) << "sojourn: 1\npipelines:\n  p:\n    triggers: [{function: {name: mailer}}]\n" + more;
    return run({"validate", manifest.c_str()});
  };
  const Outcome elsewhere = validate("    steps: [{call: mailer@2}, {call: echo}]\n");
  CHECK(elsewhere.exit_code == 0);
  CHECK(holds(elsewhere, "sojourn.yaml:4:34: pipelines.p.triggers[0].function.name: `mailer` is not in this file"));
  CHECK(holds(elsewhere, "0 functions and 1 pipeline, fit to deploy to a server that has `mailer`, `echo`\n"));
}

TEST_CASE("command line: validate names an artifact that was not built") {
  const TemporaryDirectory directory;
  const std::string manifest = directory.path() + "/sojourn.yaml";
  std::ofstream(manifest) << "sojourn: 1\nname: shop\nfunctions:\n  api:\n    artifact: api.so\n";
  const Outcome outcome = run({"validate", manifest.c_str()});
  CHECK(outcome.exit_code == 1);
  CHECK(holds(outcome, "functions.api.artifact"));
  CHECK(holds(outcome, "api.so"));
}

}  // namespace sojourn::cli
