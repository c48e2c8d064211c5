// sojourn status: the health of a server in one screen, and with --doctor what this host lacks.
#include <CLI/CLI.hpp>

#include "gateway/cli/doctor.h"
#include "gateway/cli/json_fields.h"
#include "gateway/cli/output.h"
#include "gateway/cli/server_command.h"
#include "loader/quantity.h"

namespace sojourn::cli {
namespace {

struct StatusOptions {
  bool doctor = false;
};

std::string yes_or_no(bool value) {
  return value ? "yes" : "no";
}

std::string size_text(std::int64_t bytes) {
  return bytes <= 0 ? "" : std::to_string(bytes >> 20) + " MiB";
}

// What waits in the journal of events, or why events are refused.
std::string journal_text(const nlohmann::json& journal) {
  if (!is_true(journal, "open")) return "not open, events are refused: " + text(journal, "reason");
  std::string told = text(journal, "openJobs") + " jobs open, " + text(journal, "deadLetters") + " dead letters";
  const nlohmann::json& fault = member(journal, "lastFault");
  if (fault.is_object()) told += "; at " + text(fault, "at") + " it refused: " + text(fault, "reason");
  return told;
}

void print_status(const nlohmann::json& status) {
  print(layout_pairs({
      {"url", text(status, "url")},
      {"ready", yes_or_no(is_true(status, "ready"))},
      {"version", text(status, "version")},
      {"pid", text(status, "pid")},
      {"uptime", std::to_string(number(status, "uptimeSeconds")) + " s"},
      {"sandbox", text(status, "mode")},
      {"walls", joined(member(status, "walls"))},
      {"missing walls", joined(member(status, "missingWalls"))},
      {"functions", text(status, "functions") + " (" + text(status, "versions") + " versions)"},
      {"instances", text(status, "instances")},
      {"events", journal_text(member(status, "journal"))},
      {"workers", text(status, "workers")},
      {"dev", yes_or_no(is_true(status, "dev"))},
      {"head", text(status, "head")},
      {"disk free", size_text(number(status, "dataFreeBytes"))},
  }));
}

// What a wall that is missing means stands in the doctor's words, beside it.
void print_findings(const std::vector<Finding>& findings) {
  std::vector<Row> rows;
  for (const Finding& finding : findings) {
    rows.push_back({std::string(name(finding.health)), finding.what, finding.found, finding.advice});
  }
  print(layout_table({"", "WALL", "FOUND", "WHAT TO DO"}, rows));
}

Status status(const ApiClient& client, Format format) {
  ApiRequest request;
  request.path = "/api/v1/status";
  const Result<nlohmann::json> reply = client.call(request);
  if (!reply) return reply.error();
  if (format == Format::kJson) {
    print_json(*reply);
  } else {
    print_status(*reply);
  }
  return {};
}

nlohmann::json to_json(const std::vector<Finding>& findings) {
  nlohmann::json list = nlohmann::json::array();
  for (const Finding& finding : findings) {
    list.push_back({{"what", finding.what},
                    {"health", name(finding.health)},
                    {"found", finding.found},
                    {"advice", finding.advice}});
  }
  return {{"items", std::move(list)}, {"next", nullptr}};
}

// The host is looked at from here: it works without a server too.
int doctor(const std::filesystem::path& data, Format format) {
  const std::vector<Finding> findings = examine_host(data);
  if (format == Format::kJson) {
    print_json(to_json(findings));
  } else {
    print_findings(findings);
  }
  for (const Finding& finding : findings) {
    if (finding.health == Health::kMissing) return kFailed;
  }
  return kDone;
}

}  // namespace

void add_status(CLI::App& app, Chosen& chosen) {
  CLI::App* const command = app.add_subcommand("status", "Show the health of the server");
  const auto asked = std::make_shared<StatusOptions>();
  command->add_flag("--doctor", asked->doctor, "Look at this host instead: every wall of the sandbox that it lacks");
  const auto options = add_connection_options(*command);
  const auto format = add_format_option(*command);
  command->footer(example("sojourn status --doctor"));
  command->callback([=, &chosen] {
    chosen.run = [=] {
      if (asked->doctor) return doctor(options->data, *format);
      return with_server("status", *options, [&](const ApiClient& client) { return status(client, *format); });
    };
  });
}

}  // namespace sojourn::cli
