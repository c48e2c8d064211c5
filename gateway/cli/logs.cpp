// sojourn logs: what a function said, oldest first.
#include <CLI/CLI.hpp>

#include "gateway/cli/json_fields.h"
#include "gateway/cli/output.h"
#include "gateway/cli/server_command.h"

namespace sojourn::cli {
namespace {

struct LogOptions {
  std::string name;
  std::string call;
  int version = 0;
  int limit = 100;
  bool follow = false;
};

constexpr std::size_t kShortCallId = 8;  // characters shown of a call's id

// 2026-01-31T09:00:00.000Z info v3 5e0c81d2 greeting name=Ada
std::string layout_line(const nlohmann::json& line) {
  if (const std::string dropped = text(line, "dropped"); !dropped.empty()) {
    return "(" + dropped + " lines were dropped: this reader was too slow)\n";
  }
  std::string out = text(line, "time") + " " + text(line, "level") + " v" + text(line, "version");
  if (const std::string call = text(line, "callId"); !call.empty()) out += " " + call.substr(0, kShortCallId);
  if (const std::string stream = text(line, "stream"); stream != "log") out += " " + stream + ":";
  out += " " + text(line, "text");
  const nlohmann::json& fields = member(line, "fields");
  if (fields.is_object()) {
    for (const auto& [key, value] : fields.items()) out += " " + key + "=" + text(value);
  }
  return printable(out) + "\n";
}

// Cuts a stream of newline-delimited JSON into lines, however the bytes arrive.
class LinePrinter {
 public:
  explicit LinePrinter(Format format) : format_(format) {}

  void add(std::string_view piece) {
    pending_ += piece;
    std::size_t begin = 0;
    for (std::size_t end = pending_.find('\n'); end != std::string::npos; end = pending_.find('\n', begin)) {
      show(std::string_view(pending_).substr(begin, end - begin));
      begin = end + 1;
    }
    pending_.erase(0, begin);
  }

 private:
  void show(std::string_view line) const {
    if (line.empty()) return;  // only keeps the connection awake
    if (format_ == Format::kJson) return print(std::string(line) + "\n");
    const nlohmann::json json = nlohmann::json::parse(line, nullptr, false);
    if (json.contains("time") || json.contains("dropped")) print(layout_line(json));
  }

  Format format_;
  std::string pending_;
};

std::string route(const LogOptions& options) {
  std::string query = "/logs?limit=" + std::to_string(options.limit);
  if (!options.call.empty()) query += "&call=" + encode(options.call);
  if (options.version > 0) query += "&version=" + std::to_string(options.version);
  if (options.follow) query += "&follow=true";
  return function_route(options.name, query);
}

Status logs(const ApiClient& client, const LogOptions& options, Format format) {
  LinePrinter printer(format);
  ApiRequest request;
  request.path = route(options);
  std::string gathered;  // a refusal is no log
  request.on_body = [&](std::string_view piece) {
    if (gathered.size() < (64u << 10)) gathered += piece;
    printer.add(piece);
  };
  Result<ApiReply> reply = client.send(request);
  if (!reply) return reply.error();
  reply->body = std::move(gathered);
  if (reply->status >= 400) return reply_error(*reply);
  return {};
}

}  // namespace

void add_logs(CLI::App& app, Chosen& chosen) {
  CLI::App* const command = app.add_subcommand("logs", "Show what a function logged and printed");
  const auto log = std::make_shared<LogOptions>();
  command->add_option("NAME", log->name, "The function")->required();
  command->add_flag("-f,--follow", log->follow, "Go on with new lines as they come");
  command->add_option("--call", log->call, "Only the lines of this call (its X-Call-Id)");
  command->add_option("--version-number", log->version, "Only the lines of this version")->check(CLI::PositiveNumber);
  command->add_option("--limit", log->limit, "The last so many lines")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  const auto options = add_connection_options(*command);
  const auto format = add_format_option(*command);
  command->footer(example("sojourn logs hello -f"));
  command->callback([=, &chosen] {
    chosen.run = [=] {
      return with_server("logs", *options, [&](const ApiClient& client) { return logs(client, *log, *format); });
    };
  });
}

}  // namespace sojourn::cli
