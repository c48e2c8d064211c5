// /api/v1/functions: what is deployed, and taking a function away.
#include <algorithm>

#include "gateway/api.h"
#include "gateway/deployer.h"
#include "gateway/if_match.h"
#include "gateway/json_views.h"

namespace sojourn {
namespace {

const RouteEntryPtr* find_function(ApiCall& call) {
  const RouteEntryPtr* entry = call.worker().routes()->find(call.request().name);
  if (entry == nullptr) {
    call.fail(Error(ErrorCode::kFunctionNotFound, "there is no function `" + call.name().substr(0, 80) + "`"));
  }
  return entry;
}

Json describe(ApiCall& call, const RouteEntry& entry) {
  const VersionStats stats = entry.live ? call.site().runtime.stats(entry.live) : VersionStats{};
  Json json = function_json(*entry.function, stats, call.site().options.public_url);
  json["chain"] = chain_json(entry);
  return json;
}

}  // namespace

void list_functions(ApiCall& call) {
  const auto page = page_of(call);
  if (!page.ok()) return call.fail(page.error());
  std::vector<std::string_view> names;
  const RouteTablePtr routes = call.worker().routes();
  routes->for_each([&](const std::string& name, const RouteEntry&) {
    if (name > page->after && call.may_see(name)) names.push_back(name);
  });
  std::ranges::sort(names);
  const bool more = names.size() > page->limit;
  if (more) names.resize(page->limit);
  Json items = Json::array();
  for (const std::string_view name : names) items.push_back(describe(call, **routes->find(name)));
  call.reply_list(std::move(items), more ? std::string(names.back()) : "");
}

void show_function(ApiCall& call) {
  const RouteEntryPtr* entry = find_function(call);
  if (entry == nullptr) return;
  const std::string tag = "\"" + std::to_string((*entry)->function->live) + "\"";
  const HeaderField field = {"etag", tag};
  call.reply(200, describe(call, **entry), {&field, 1});
}

void list_versions(ApiCall& call) {
  const auto page = page_of(call);
  if (!page.ok()) return call.fail(page.error());
  const RouteEntryPtr* entry = find_function(call);
  if (entry == nullptr) return;
  const Function& function = *(*entry)->function;
  const auto before = parse_version_number(page->after);
  if (!page->after.empty() && !before) {
    return call.fail(Error(ErrorCode::kBadRequest, "query parameter `after`: has to be a version's number"));
  }
  Json items = Json::array();
  int last = 0;
  bool more = false;
  for (auto at = function.versions.rbegin(); at != function.versions.rend() && !more; ++at) {
    if (before && at->first >= *before) continue;
    more = items.size() == page->limit;
    if (more) break;
    last = at->first;
    Json item = {{"version", at->first}, {"live", at->first == function.live}};
    item.update(version_json(*at->second));
    items.push_back(std::move(item));
  }
  call.reply_list(std::move(items), more ? std::to_string(last) : "");
}

void remove_function(ApiCall& call) {
  const auto expected = parse_if_match(call.header("if-match"));
  if (!expected.ok()) return call.fail(expected.error());
  Publication publication;
  publication.plan = [name = call.name(), author = call.author(),
                      expected = *expected](const Deployments& now) -> Result<Change> {
    if (Status matches = check_if_match(expected, now, name); !matches.ok()) return matches.error();
    Change change;
    change.author = author;
    change.removals.push_back(name);
    return change;
  };
  publication.done = [later = call.later(), name = call.name()](const Result<Published>& published) {
    later([name, published](ApiCall& waiting) {
      if (!published.ok()) return waiting.fail(published.error());
      waiting.reply(200, {{"name", name}, {"commit", published->commit}});
    });
  };
  const Status accepted = call.site().deployer->submit(std::move(publication));
  if (!accepted.ok()) call.fail(accepted.error());
}

}  // namespace sojourn
