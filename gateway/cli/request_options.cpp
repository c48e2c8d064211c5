#include "gateway/cli/request_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "gateway/cli/file.h"

namespace sojourn::cli {
namespace {

constexpr const char* kGroup = "Request";

Result<std::pair<std::string, std::string>> read_header(const std::string& line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos || colon == 0) {
    return Error(ErrorCode::kBadRequest, "header `" + line + "`: write it as `Name: value`");
  }
  std::string value = line.substr(colon + 1);
  value.erase(0, std::min(value.find_first_not_of(" \t"), value.size()));
  return std::pair(line.substr(0, colon), value);
}

}  // namespace

std::shared_ptr<RequestOptions> add_request_options(CLI::App& command) {
  auto options = std::make_shared<RequestOptions>();
  command.add_option("-X,--method", options->method, "Method; default: GET, or POST with a body")->group(kGroup);
  command.add_option("-d,--body", options->data, "Body: the text itself, @FILE, or @- for standard input")
      ->group(kGroup);
  command.add_option("-H,--header", options->headers, "A header, `Name: value`; may be repeated")
      ->allow_extra_args(false)
      ->group(kGroup);
  command.add_option("--path", options->path, "Path after the function's name, with or without a query")
      ->capture_default_str()
      ->group(kGroup);
  command.add_option("--query", options->query, "Query, such as name=Ada")->group(kGroup);
  return options;
}

Result<FunctionRequest> read_request(const RequestOptions& options) {
  FunctionRequest request;
  request.body = options.data;
  if (options.data.starts_with('@')) {
    Result<std::string> content = read_file(options.data.substr(1));
    if (!content) return content.error();
    request.body = std::move(*content);
  }
  request.method = !options.method.empty() ? options.method : request.body.empty() ? "GET" : "POST";
  for (const std::string& line : options.headers) {
    Result<std::pair<std::string, std::string>> header = read_header(line);
    if (!header) return header.error();
    request.headers.push_back(std::move(*header));
  }
  const std::size_t question = options.path.find('?');
  request.path = options.path.substr(0, question);
  if (!request.path.starts_with('/')) request.path.insert(0, "/");
  if (question != std::string::npos) request.query = options.path.substr(question + 1);
  if (!options.query.empty()) request.query += (request.query.empty() ? "" : "&") + options.query;
  return request;
}

}  // namespace sojourn::cli
