// /api/v1/manifests/NAME: many functions changed as one.
#include <algorithm>
#include <map>
#include <utility>

#include "gateway/api.h"
#include "gateway/deployer.h"
#include "gateway/intake.h"
#include "gateway/json_views.h"
#include "gateway/secret_desk.h"
#include "loader/manifest.h"
#include "loader/manifest_fit.h"

namespace sojourn {
namespace {

constexpr std::string_view kDigestPrefix = "sha256:";

// An apply under way: what was asked for, and what became known on the way.
struct Apply {
  Manifest manifest;
  std::string file;
  std::map<std::string, Digest> digests;  // by function
  Prune prune = Prune::kKeep;
  Trial trial = Trial::kPublish;
  Token author;
  std::map<std::string, InspectedArtifact> artifacts;  // by function
  std::optional<Error> refused;
  std::vector<std::string> lines;
  bool changes_anything = false;
};
using ApplyPtr = std::shared_ptr<Apply>;

Result<std::string> text_member(const nlohmann::json& body, const char* key, const char* otherwise) {
  const auto found = body.find(key);
  if (found == body.end() && otherwise != nullptr) return std::string(otherwise);
  if (found == body.end() || !found->is_string()) {
    return Error(ErrorCode::kBadRequest, "`" + std::string(key) + "` has to be there and a string");
  }
  return found->get<std::string>();
}

// Which stored object each function's artifact is.
Status find_digests(Apply& apply, const nlohmann::json& body, const std::string& file) {
  const auto given = body.find("artifacts");
  for (const ManifestFunction& function : apply.manifest.functions) {
    const std::string place = file + ":" + std::to_string(function.at.line) + ":" + std::to_string(function.at.column) +
                              ": functions." + function.name + ".artifact";
    const bool listed = given != body.end() && given->is_object() && given->contains(function.artifact);
    const nlohmann::json digest = listed ? (*given)[function.artifact] : nlohmann::json();
    if (!digest.is_string()) {
      return Error(ErrorCode::kBadRequest,
                   place + ": `artifacts` does not say which object `" + function.artifact + "` is");
    }
    const std::string text = digest.get<std::string>();
    const auto parsed =
        text.starts_with(kDigestPrefix) ? Digest::from_hex(text.substr(kDigestPrefix.size())) : std::nullopt;
    if (!parsed) return Error(ErrorCode::kBadRequest, place + ": an artifact is named sha256: and 64 hex digits");
    apply.digests.emplace(function.name, *parsed);
  }
  return {};
}

Result<ApplyPtr> read_apply(ApiCall& call) {
  auto apply = std::make_shared<Apply>();
  const auto dry_run = call.request().query.flag("dryRun");
  if (!dry_run.ok()) return dry_run.error();
  const auto prune = call.request().query.flag("prune");
  if (!prune.ok()) return prune.error();
  apply->trial = *dry_run ? Trial::kDryRun : Trial::kPublish;
  apply->prune = *prune ? Prune::kRemoveOwned : Prune::kKeep;
  apply->author = *call.request().credentials.token;
  const auto body = json_body(call);
  if (!body.ok()) return body.error();
  const auto text = text_member(*body, "manifest", nullptr);
  if (!text.ok()) return text.error();
  const auto file = text_member(*body, "file", "sojourn.yaml");
  if (!file.ok()) return file.error();
  auto manifest = parse_manifest(*text, *file);
  if (!manifest.ok()) return manifest.error();
  if (manifest->name != call.name()) {
    return Error(ErrorCode::kBadRequest, *file + ": its name is `" + manifest->name + "`, and the path says `" +
                                             call.name().substr(0, 80) + "`");
  }
  apply->manifest = std::move(*manifest);
  apply->file = *file;
  if (Status found = find_digests(*apply, *body, *file); !found.ok()) return found.error();
  return apply;
}

// On a thread that may block.
void inspect_all(Apply& apply, Site& site) {
  for (const auto& [function, digest] : apply.digests) {
    auto inspected = inspect_stored(site.artifacts, site.libraries, digest);
    if (!inspected.ok()) {
      apply.refused = inspected.error().at(function);
      return;
    }
    apply.artifacts.emplace(function, std::move(*inspected));
  }
}

Status may_change(const Token& author, const Change& change) {
  const Credentials credentials{&author, true};
  for (const FunctionChange& function : change.functions) {
    if (Status may = credentials.may(Verb::kDeploy, function.name); !may.ok()) return may;
  }
  for (const std::string& name : change.removals) {
    if (Status may = credentials.may(Verb::kDeploy, name); !may.ok()) return may;
  }
  for (const PipelineChange& pipeline : change.pipelines) {
    if (Status may = credentials.may(Verb::kDeploy, pipeline.pipeline.name); !may.ok()) return may;
  }
  for (const std::string& name : change.pipeline_removals) {
    if (Status may = credentials.may(Verb::kDeploy, name); !may.ok()) return may;
  }
  return {};
}

// Every secret that the file names and that is not set, where it names it.
Status check_named_secrets(const Apply& apply, const SecretTable& secrets) {
  Complaints complaints(apply.file);
  for (const SecretUse& use : apply.manifest.secret_uses) {
    const Status set = secrets.has(use.name);
    if (!set.ok()) complaints.add(use.at, use.path, set.error().text());
  }
  return complaints.empty() ? Status() : complaints.error();
}

Result<Change> plan(Apply& apply, const Deployments& now, const SecretTable& secrets, const Deployer& deployer) {
  if (Status set = check_named_secrets(apply, secrets); !set.ok()) return set.error();
  if (Status fits = fit_manifest(apply.manifest, apply.artifacts, apply.file); !fits.ok()) return fits.error();
  const auto link = [&](Change& change) {
    (void)deployer.link(change);
  };  // what is wrong with it comes with the change
  auto planned = plan_apply(now, apply.manifest, apply.artifacts, apply.prune, link);
  if (!planned.ok()) return planned.error();
  if (Status may = may_change(apply.author, planned->change); !may.ok()) return may.error();
  apply.lines = std::move(planned->lines);
  apply.changes_anything = planned->changes_anything;
  planned->change.author = apply.author.name;
  return std::move(planned->change);
}

void reply_applied(ApiCall& call, const Apply& apply, const Published& published) {
  Json functions = Json::array();
  for (const ManifestFunction& wanted : apply.manifest.functions) {
    const auto found = published.after->functions.find(wanted.name);
    if (found == published.after->functions.end()) continue;
    functions.push_back({{"name", wanted.name},
                         {"version", found->second->live},
                         {"url", function_url(call.site().options.public_url, wanted.name)}});
  }
  Json pipelines = Json::array();
  for (const ManifestPipeline& wanted : apply.manifest.pipelines) {
    const auto found = published.after->pipelines.find(wanted.pipeline.name);
    if (found == published.after->pipelines.end()) continue;
    pipelines.push_back({{"name", wanted.pipeline.name}, {"version", found->second->live}});
  }
  call.reply(200, {{"changes", apply.lines},
                   {"commit", published.commit},
                   {"unchanged", !apply.changes_anything},
                   {"functions", std::move(functions)},
                   {"pipelines", std::move(pipelines)}});
}

void submit(ApiCall& call, const ApplyPtr& apply) {
  if (apply->refused) return call.fail(*apply->refused);
  Publication publication;
  publication.trial = apply->trial;
  publication.plan = [apply, &site = call.site()](const Deployments& now) {
    return plan(*apply, now, *site.secret_desk->table(), *site.deployer);
  };
  publication.place_of = [apply](const std::string& path) {
    const Position at = position_of(apply->manifest.text, path);
    return apply->file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": ";
  };
  publication.done = [apply, later = call.later()](const Result<Published>& published) {
    later([apply, published](ApiCall& waiting) {
      if (!published.ok()) return waiting.fail(published.error());
      reply_applied(waiting, *apply, *published);
    });
  };
  const Status accepted = call.site().deployer->submit(std::move(publication));
  if (!accepted.ok()) call.fail(accepted.error());
}

}  // namespace

void apply_manifest(ApiCall& call) {
  auto read = read_apply(call);
  if (!read.ok()) return call.fail(read.error());
  const ApplyPtr apply = *read;
  Site& site = call.site();
  call.worker().loop().run_blocking(
      [apply, &site] { inspect_all(*apply, site); },
      [apply, later = call.later()] { later([apply](ApiCall& waiting) { submit(waiting, apply); }); });
}

void show_manifest(ApiCall& call) {
  const RouteTable& routes = *call.worker().routes();
  const auto is_owner = [&](const std::string& owner) { return !owner.empty() && owner == call.request().name; };
  std::vector<std::string> functions, pipelines;
  routes.for_each([&](const std::string& name, const RouteEntry& entry) {
    if (is_owner(entry.function->owner)) functions.push_back(name);
  });
  for (const auto& [name, pipeline] : routes.pipelines()) {
    if (is_owner(pipeline->owner)) pipelines.push_back(name);
  }
  if (functions.empty() && pipelines.empty()) {
    return call.fail(
        Error(ErrorCode::kRouteNotFound, "nothing here was applied by a manifest `" + call.name().substr(0, 80) + "`"));
  }
  std::ranges::sort(functions);
  call.reply(200, {{"name", call.name()}, {"functions", functions}, {"pipelines", pipelines}});
}

}  // namespace sojourn
