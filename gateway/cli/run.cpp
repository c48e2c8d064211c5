// sojourn run: one invocation of a shared object in a real sandbox, with no server.
#include <CLI/CLI.hpp>
#include <unistd.h>

#include "gateway/cli/command.h"
#include "gateway/cli/config_options.h"
#include "gateway/cli/file.h"
#include "gateway/cli/output.h"
#include "gateway/cli/private_sandbox.h"
#include "gateway/cli/request_options.h"
#include "gateway/cli/single_call.h"
#include "gateway/query.h"
#include "loader/elf_gate.h"

namespace sojourn::cli {
namespace {

struct RunOptions {
  std::string file;
  bool with_head = false;
  bool quiet = false;
  bool allow_reduced = false;
  std::shared_ptr<ConfigOptions> config;
  std::shared_ptr<RequestOptions> request;
};

// The object as a deployed version would describe it.
Result<Version> describe(const RunOptions& options, std::string_view object, ArtifactStore& store) {
  Version version;
  Result<FunctionConfig> config = with_options(FunctionConfig{}, *options.config);
  if (!config) return config.error().as(ErrorCode::kBadRequest);
  version.config = std::move(*config);
  const Result<ObjectFacts> facts = inspect_object(object, HostLibraries());
  if (!facts) return facts.error().at(options.file);
  Result<EntryNote> entry = select_entry(*facts, version.config.entry);
  if (!entry) return entry.error().at(options.file);
  version.entry = std::move(*entry);
  version.function = version.entry.name;
  version.number = 1;
  Result<Artifact> artifact = store.store(object);
  if (!artifact) return artifact.error();
  version.artifact = std::move(*artifact);
  return version;
}

void print_head(const SingleReply& reply) {
  print("HTTP/1.1 " + std::to_string(reply.status) + "\n");
  for (const auto& [name, value] : reply.headers) print(printable(name + ": " + value) + "\n");
  print("\n");
}

void print_log(const FunctionLogLine& line) {
  std::string text = std::string(name(line.level)) + " ";
  if (line.stream != "log") text += std::string(line.stream) + ": ";
  text += line.text;
  for (const HeaderField& field : line.fields) text += " " + std::string(field.name) + "=" + std::string(field.value);
  text = printable(text) + "\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

// A gateway decodes the path once before a function sees it.
Result<FunctionRequest> decoded_request(const RunOptions& options) {
  Result<FunctionRequest> request = read_request(*options.request);
  if (!request) return request.error();
  std::optional<std::string> path = percent_decoded(request->path);
  if (!path) return Error(ErrorCode::kBadRequest, "path `" + request->path + "`: a bad percent escape");
  request->path = std::move(*path);
  return request;
}

Status run(const RunOptions& options) {
  const Result<FunctionRequest> request = decoded_request(options);
  if (!request) return request.error();
  const Result<std::string> object = read_file(options.file);
  if (!object) return object.error();
  const Result<std::unique_ptr<PrivateSandbox>> sandbox = PrivateSandbox::make(LogLevel::kWarn, options.allow_reduced);
  if (!sandbox) return sandbox.error();
  Result<Version> version = describe(options, *object, (*sandbox)->store());
  if (!version) return version.error();

  SingleCall call(**sandbox, std::make_shared<const Version>(std::move(*version)));
  call.on_head([&](const SingleReply& reply) {
    if (options.with_head) print_head(reply);
  });
  call.on_body([](std::string_view piece) { print(piece); });
  if (!options.quiet) call.on_log(print_log);
  const Result<int> status = call.make(*request);
  if (!status) return status.error();
  if (*status >= 400) return Error(ErrorCode::kInternal, "the function answered " + std::to_string(*status));
  return {};
}

}  // namespace

void add_run(CLI::App& app, Chosen& chosen) {
  CLI::App* const command = app.add_subcommand("run", "Call a shared object once in a real sandbox, without a server");
  const auto options = std::make_shared<RunOptions>();
  command->add_option("FILE", options->file, "The shared object")->required();
  command->add_flag("-i,--include", options->with_head, "Print the status and the headers too");
  command->add_flag("-q,--quiet", options->quiet, "Do not show what the function logs");
  command->add_flag("--allow-reduced", options->allow_reduced, "Run although this host lacks walls of the sandbox");
  options->request = add_request_options(*command);
  options->config = add_config_options(*command);
  command->footer(example("sojourn run build/hello.so --query name=Ada --env GREETING=hello"));
  command->callback([=, &chosen] {
    chosen.run = [=] {
      const Status done = run(*options);
      return done ? kDone : fail("run", done.error());
    };
  });
}

}  // namespace sojourn::cli
