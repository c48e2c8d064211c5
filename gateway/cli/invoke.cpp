// sojourn invoke: calls a function and prints what it answers.
#include <CLI/CLI.hpp>

#include "gateway/cli/output.h"
#include "gateway/cli/request_options.h"
#include "gateway/cli/server_command.h"

namespace sojourn::cli {
namespace {

struct InvokeOptions {
  std::string name;
  bool with_head = false;
  std::shared_ptr<RequestOptions> request;
};

// NAME, NAME@7 or NAME@live: the parts of a reference need no encoding, anything else gets it.
std::string route(const std::string& name, const FunctionRequest& request) {
  const std::size_t at = name.find('@');
  std::string path = "/function/" + encode(name.substr(0, at));
  if (at != std::string::npos) path += "@" + encode(name.substr(at + 1));
  path += request.path == "/" ? "" : request.path;
  return request.query.empty() ? path : path + "?" + request.query;
}

void print_head(const ApiReply& reply) {
  print("HTTP/1.1 " + std::to_string(reply.status) + "\n");
  for (const auto& [name, value] : reply.headers) print(printable(name + ": " + value) + "\n");
  print("\n");
}

Status invoke(const ApiClient& client, const InvokeOptions& options) {
  const Result<FunctionRequest> wanted = read_request(*options.request);
  if (!wanted) return wanted.error();
  ApiRequest request;
  request.method = wanted->method;
  request.path = route(options.name, *wanted);
  request.headers = wanted->headers;
  request.body = wanted->body;
  const Result<ApiReply> reply = client.send(request);
  if (!reply) return reply.error();
  if (options.with_head) print_head(*reply);
  const bool from_platform = !reply->header("X-Sojourn-Error").empty();
  if (!from_platform || options.with_head) print(reply->body);
  if (reply->status < 400) return {};
  if (from_platform) return reply_error(*reply).at(reply->header("X-Sojourn-Error")).at(options.name);
  return Error(ErrorCode::kInternal, options.name + " answered " + std::to_string(reply->status));
}

}  // namespace

void add_invoke(CLI::App& app, Chosen& chosen) {
  CLI::App* const command = app.add_subcommand("invoke", "Call a function and print its reply's body");
  const auto invoked = std::make_shared<InvokeOptions>();
  command->add_option("NAME", invoked->name, "The function, also NAME@VERSION")->required();
  command->add_flag("-i,--include", invoked->with_head, "Print the status and the headers too");
  invoked->request = add_request_options(*command);
  const auto options = add_connection_options(*command);
  command->footer(example("sojourn invoke hello --query name=Ada"));
  command->callback([=, &chosen] {
    chosen.run = [=] {
      return with_server("invoke", *options, [&](const ApiClient& client) { return invoke(client, *invoked); });
    };
  });
}

}  // namespace sojourn::cli
