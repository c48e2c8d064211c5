// GET /api/v1/status: the server's health in one object.
#include <sys/statvfs.h>
#include <unistd.h>

#include "gateway/api.h"
#include "gateway/deployer.h"
#include "gateway/events/event_desk.h"
#include "gateway/server_routes.h"
#include "gateway/walls.h"
#include "runtime/base/rfc3339.h"

namespace sojourn {
namespace {

std::uint64_t free_bytes(const std::string& directory) {
  struct statvfs facts {};
  if (::statvfs(directory.c_str(), &facts) != 0) return 0;
  return std::uint64_t{facts.f_bavail} * facts.f_frsize;
}

Json names_json(const std::vector<std::string_view>& names) {
  Json list = Json::array();
  for (const std::string_view name : names) list.push_back(name);
  return list;
}

Json journal_json(const EventFigures& figures) {
  if (!figures.journal) return {{"open", false}, {"reason", figures.fault ? figures.fault->reason : ""}};
  Json json = {{"open", true},
               {"openJobs", figures.journal->open_jobs},
               {"underWay", figures.dispatch.under_way},
               {"deadLetters", figures.journal->letters},
               {"oldestOpen", nullptr},
               {"bytes", figures.journal->bytes},
               {"damagedRows", figures.journal->damaged_rows},
               {"lastFault", nullptr}};
  if (figures.journal->oldest_open != 0) json["oldestOpen"] = rfc3339_of_ms(figures.journal->oldest_open);
  if (const auto& fault = figures.fault) {
    json["lastFault"] = {{"at", rfc3339_of_ms(fault->at)}, {"reason", fault->reason}};
  }
  return json;
}

void show(ApiCall& call, const EventFigures& figures) {
  Site& site = call.site();
  std::size_t functions = 0;
  std::size_t versions = 0;
  std::int64_t instances = 0;
  call.worker().routes()->for_each([&](const std::string&, const RouteEntry& entry) {
    ++functions;
    versions += entry.function->versions.size();
    if (entry.live) instances += site.runtime.stats(entry.live).instances;
  });
  const std::uint64_t walls = site.runtime.walls();
  const std::chrono::duration<double> uptime = std::chrono::steady_clock::now() - site.started;
  call.reply(200, {{"version", site.options.version},
                   {"pid", ::getpid()},
                   {"url", site.options.public_url},
                   {"uptimeSeconds", uptime.count()},
                   {"ready", unready_reason(site).ok()},
                   {"mode", mode_of(walls)},
                   {"walls", names_json(wall_names(walls))},
                   {"missingWalls", walls == 0 ? Json::array() : names_json(missing_walls(walls))},
                   {"functions", functions},
                   {"versions", versions},
                   {"instances", instances},
                   {"workers", site.workers.size()},
                   {"dev", site.options.dev},
                   {"head", call.worker().routes()->head()},
                   {"dataFreeBytes", free_bytes(site.options.data_directory)},
                   {"journal", journal_json(figures)}});
}

}  // namespace

void show_status(ApiCall& call) {
  call.site().events->figures(call.worker().loop(), [later = call.later()](const EventFigures& figures) {
    later([figures](ApiCall& waiting) { show(waiting, figures); });
  });
}

}  // namespace sojourn
