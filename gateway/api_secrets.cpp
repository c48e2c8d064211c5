// /api/v1/secrets: which there are, never what they are. A value comes in as the body of a PUT, and no reply has it.
#include <array>

#include "gateway/api.h"
#include "gateway/json_views.h"
#include "gateway/secret_desk.h"

namespace sojourn {
namespace {

Json describe(const Secret& secret) {
  return {{"name", secret.name}, {"createdAt", rfc3339(secret.created_at)}, {"changedAt", rfc3339(secret.changed_at)}};
}

}  // namespace

void list_secrets(ApiCall& call) {
  const auto page = page_of(call);
  if (!page.ok()) return call.fail(page.error());
  Json items = Json::array();
  std::string last;
  bool more = false;
  for (const SecretPtr& secret : call.worker().secrets()->all()) {
    if (secret->name <= page->after) continue;
    more = items.size() == page->limit;
    if (more) break;
    Json item = describe(*secret);
    item["usedBy"] = users_of(secret->name, *call.worker().routes());
    items.push_back(std::move(item));
    last = secret->name;
  }
  call.reply_list(std::move(items), more ? last : "");
}

void set_secret(ApiCall& call) {
  const auto done = [later = call.later()](const Result<StoredSecret>& stored) {
    later([stored](ApiCall& waiting) {
      if (!stored.ok()) return waiting.fail(stored.error());
      waiting.reply(stored->is_new ? 201 : 200, describe(*stored->secret));
    });
  };
  call.site().secret_desk->set(call.name(), SecretText(call.answer().exchange().body()), done);
}

void remove_secret(ApiCall& call) {
  const auto force = call.request().query.flag("force");
  if (!force.ok()) return call.fail(force.error());
  const auto removal = *force ? SecretDesk::Removal::kForced : SecretDesk::Removal::kUnlessUsed;
  const auto done = [later = call.later(), name = call.name()](const Status& removed) {
    later([name, removed](ApiCall& waiting) {
      if (!removed.ok()) return waiting.fail(removed.error());
      waiting.reply(200, {{"name", name}});
    });
  };
  call.site().secret_desk->remove(call.name(), removal, done);
}

}  // namespace sojourn
