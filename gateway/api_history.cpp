// The commits of the deployment repository, of one function or of all.
#include <algorithm>

#include "gateway/api.h"
#include "gateway/deployer.h"
#include "gateway/json_views.h"

namespace sojourn {
namespace {

constexpr std::size_t kSearchedMax = 10'000;  // commits looked through for where a page begins

void reply_page(ApiCall& call, const std::vector<HistoryEntry>& entries, const Page& page) {
  auto at = entries.begin();
  if (!page.after.empty()) {
    at = std::ranges::find(entries, page.after, &HistoryEntry::commit);
    if (at == entries.end()) {
      return call.fail(Error(ErrorCode::kBadRequest, "query parameter `after`: is none of the newest " +
                                                         std::to_string(kSearchedMax) + " commits here"));
    }
    ++at;
  }
  Json items = Json::array();
  std::string last;
  for (; at != entries.end() && items.size() < page.limit; ++at) {
    items.push_back(history_json(*at));
    last = at->commit;
  }
  call.reply_list(std::move(items), at == entries.end() ? "" : last);
}

void read_history(ApiCall& call, std::string function) {
  const auto page = page_of(call);
  if (!page.ok()) return call.fail(page.error());
  const std::size_t wanted = page->after.empty() ? page->limit + 1 : kSearchedMax;
  const auto done = [later = call.later(), page = *page](const Result<std::vector<HistoryEntry>>& entries) {
    later([entries, page](ApiCall& waiting) {
      if (!entries.ok()) return waiting.fail(entries.error());
      reply_page(waiting, *entries, page);
    });
  };
  const Status accepted = call.site().deployer->read_history(std::move(function), wanted, done);
  if (!accepted.ok()) call.fail(accepted.error());
}

}  // namespace

void function_history(ApiCall& call) {
  if (call.worker().routes()->find(call.request().name) == nullptr) {
    return call.fail(Error(ErrorCode::kFunctionNotFound, "there is no function `" + call.name().substr(0, 80) + "`"));
  }
  read_history(call, call.name());
}

void server_history(ApiCall& call) {
  read_history(call, "");
}

}  // namespace sojourn
