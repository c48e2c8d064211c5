#include "gateway/secret_desk.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "gateway/worker.h"
#include "loader/pipeline_schema.h"

namespace sojourn {
namespace {

bool names(const FunctionConfig& config, std::string_view secret) {
  const auto has = [&](const std::vector<std::string>& list) { return std::ranges::find(list, secret) != list.end(); };
  return has(config.secrets) || has(config.access.secrets) || has(secrets_of(config.triggers));
}

}  // namespace

std::vector<std::string> users_of(std::string_view secret, const RouteTable& routes) {
  std::vector<std::string> users;
  routes.for_each([&](const std::string& name, const RouteEntry& entry) {
    if (entry.live && names(entry.live->config, secret)) users.push_back(name);
  });
  for (const auto& [name, pipeline] : routes.pipelines()) {
    const auto named = secrets_of(pipeline->live_version()->pipeline);
    if (std::ranges::find(named, secret) != named.end()) users.push_back("pipeline " + name);
  }
  std::ranges::sort(users);
  return users;
}

Status check_secrets(const FunctionConfig& config, const SecretTable& table) {
  for (const std::string& name : config.secrets) {
    if (Status set = table.has(name); !set.ok()) return set.error().at("secrets");
  }
  for (const std::string& name : config.access.secrets) {
    if (Status set = table.has(name); !set.ok()) return set.error().at("access");
  }
  for (const std::string& name : secrets_of(config.triggers)) {
    if (Status set = table.has(name); !set.ok()) return set.error().at("triggers");
  }
  return {};
}

void SecretDesk::set(std::string name, SecretText value, std::function<void(Result<StoredSecret>)> done) {
  auto shared = std::make_shared<const SecretText>(std::move(value));  // one copy, however often the work is moved
  const Status accepted = store_.run([this, name, shared, done] {
    auto stored = std::make_shared<Result<StoredSecret>>(secrets_.set(name, shared->view()));
    hand_out(name, [stored, done] { done(std::move(*stored)); });
  });
  if (!accepted.ok()) home_.post([error = accepted.error(), done] { done(error); });
}

void SecretDesk::remove(std::string name, Removal removal, std::function<void(Status)> done) {
  if (removal == Removal::kForced) return remove_now(std::move(name), std::move(done));
  home_.post([this, name = std::move(name), done = std::move(done)]() mutable {
    const std::vector<std::string> users = users_of(name, *site_.workers.front()->routes());
    if (users.empty()) return remove_now(std::move(name), std::move(done));
    std::string list;
    for (const std::string& user : users) list.append(list.empty() ? "" : ", ").append(user);
    done(Error(ErrorCode::kConflict, "the secret `" + name + "` is named by " + list +
                                         ": deploy without it first, or remove it all the same by `--force`, and what "
                                         "needs it is refused until it is set again"));
  });
}

void SecretDesk::remove_now(std::string name, std::function<void(Status)> done) {
  const Status accepted = store_.run([this, name = std::move(name), done] {
    const Status removed = secrets_.remove(name);
    hand_out(name, [removed, done] { done(removed); });
  });
  if (!accepted.ok()) home_.post([error = accepted.error(), done] { done(error); });
}

void SecretDesk::hand_out(std::string name, std::function<void()> done) {
  const auto left = std::make_shared<std::size_t>(site_.workers.size() + 1);  // counted on the home loop
  const auto tell = [left, done = std::move(done)] {
    if (--*left == 0) done();
  };
  for (Worker* worker : site_.workers) {
    worker->loop().post([this, worker, table = secrets_.table(), tell] {
      worker->set_secrets(table);
      home_.post(tell);
    });
  }
  home_.post([this, name = std::move(name), tell] { site_.runtime.renew(name, tell); });
}

}  // namespace sojourn
