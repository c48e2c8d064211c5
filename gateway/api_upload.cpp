// PUT /api/v1/functions/NAME and /api/v1/artifacts/sha256:HEX: objects on their way in. The body goes to the store
// piece by piece, hashed as it comes; when it is whole, the store makes it durable and the ELF gate reads it, both on a
// thread that may block, and only then is anything deployed.
#include <utility>

#include "gateway/api.h"
#include "gateway/deployer.h"
#include "gateway/if_match.h"
#include "gateway/intake.h"
#include "gateway/json_views.h"
#include "gateway/secret_desk.h"
#include "loader/function_json.h"
#include "loader/manifest_fit.h"
#include "loader/names.h"

namespace sojourn {
namespace {

constexpr std::size_t kObjectMax = 256u << 20;  // bytes, also the store's limit
constexpr std::string_view kDigestPrefix = "sha256:";

// An ApiCall whose body is an object. What to do with the object is said by the derived class.
class ObjectUpload : public ApiCall {
 public:
  ObjectUpload(Worker& worker, Exchange& exchange, ApiRequest request)
      : ApiCall(worker, exchange, std::move(request), nullptr), upload_(worker.site().artifacts.begin()) {
    exchange.set_body_limit(kObjectMax);
    exchange.stream_body();
  }

  void on_body_piece(Exchange& exchange, std::string_view bytes) override {
    if (!answer().done()) add(bytes);
    exchange.body_consumed(bytes.size());
  }

  void on_request(Exchange&) override {
    if (answer().done()) return;
    if (!upload_.ok()) return fail(upload_.error());
    if (upload_->size() == 0) return on_no_object();
    take_in_elsewhere();
  }

 protected:
  virtual void on_object(InspectedArtifact object) = 0;
  virtual void on_no_object() {
    fail(Error(ErrorCode::kBadRequest, "the body is empty; it has to be the shared object"));
  }

 private:
  void add(std::string_view bytes) {
    if (!upload_.ok()) return;  // told when the request is whole
    const Status added = upload_->add(bytes);
    if (!added.ok()) fail(added.error());
  }

  // The work owns the upload: a client that goes away meanwhile takes nothing from under it.
  void take_in_elsewhere() {
    struct Work {
      ArtifactStore::Upload upload;
      std::optional<Result<InspectedArtifact>> taken;
    };
    auto work = std::make_shared<Work>(Work{std::move(*upload_), std::nullopt});
    Site& shared = site();
    worker().loop().run_blocking(
        [work, &shared] { work->taken = take_in(shared.artifacts, shared.libraries, std::move(work->upload)); },
        [work, after = later()] {
          after([work](ApiCall& call) {
            if (!work->taken->ok()) return call.fail(work->taken->error());
            static_cast<ObjectUpload&>(call).on_object(std::move(**work->taken));
          });
        });
  }

  Result<ArtifactStore::Upload> upload_;
};

// What a deploy asks for, beside the object.
struct DeployWish {
  std::string name;
  std::string author;
  Options options;
  std::optional<int> expected;
  std::optional<InspectedArtifact> object;  // nothing: the live version's stays
};

// Options of the route itself; all others are configuration.
bool is_configuration(std::string_view key) {
  return key != "live";
}

Result<Change> plan_deploy(const DeployWish& wish, const Deployments& now, const SecretTable& secrets) {
  if (Status matches = check_if_match(wish.expected, now, wish.name); !matches.ok()) return matches.error();
  const auto found = now.functions.find(wish.name);
  const VersionPtr live = found == now.functions.end() ? nullptr : found->second->live_version();
  if (!live && !wish.object) {
    return Error(ErrorCode::kBadRequest, "the body is empty, and there is no version whose object could stay");
  }
  FunctionConfig base = live ? live->config : FunctionConfig{};
  auto config = with_options(base, wish.options);
  if (!config.ok()) return config.error();
  if (Status set = check_secrets(*config, secrets); !set.ok()) return set.error();
  FunctionChange function{wish.name, std::nullopt, {}, {}, std::move(*config), {}};
  if (wish.object) {
    auto entry = select_entry(wish.object->facts, function.config.entry);
    if (!entry.ok()) return entry.error();
    function.artifact = wish.object->artifact;
    function.entry = std::move(*entry);
  } else {
    function.artifact = live->artifact;
    function.entry = live->entry;
    if (function.config.entry != live->config.entry) {
      return Error(ErrorCode::kBadRequest, "another `entry` needs the object to be sent again");
    }
  }
  if (Status fits = fit_configuration(function.entry, function.config); !fits.ok()) return fits.error();
  Change change;
  change.author = wish.author;
  change.functions.push_back(std::move(function));
  return change;
}

void reply_deployed(ApiCall& call, const DeployWish& wish, const Published& published) {
  const Deployments& now = *published.after;
  const auto found = now.functions.find(wish.name);
  const VersionPtr version = found == now.functions.end() ? nullptr : found->second->live_version();
  if (!version) return call.fail(Error(ErrorCode::kConflict, "the function was removed while it was deployed"));
  const bool unchanged = published.made.empty();
  Json body = {{"name", wish.name},
               {"version", version->number},
               {"url", function_url(call.site().options.public_url, wish.name)},
               {"commit", version->commit},
               {"unchanged", unchanged}};
  if (wish.object) body["found"] = found_json(wish.object->facts, version->entry, version->artifact);
  const std::string tag = "\"" + std::to_string(version->number) + "\"";
  const HeaderField field = {"etag", tag};
  call.reply(unchanged ? 200 : 201, body, {&field, 1});
}

void deploy(ApiCall& call, std::optional<InspectedArtifact> object) {
  const auto expected = parse_if_match(call.header("if-match"));
  if (!expected.ok()) return call.fail(expected.error());
  const auto live = call.request().query.flag("live");
  if (!live.ok()) return call.fail(live.error());
  auto wish = std::make_shared<DeployWish>();
  wish->name = call.name();
  wish->author = call.author();
  wish->expected = *expected;
  wish->object = std::move(object);
  for (const auto& option : call.request().query.all()) {
    if (is_configuration(option.first)) wish->options.push_back(option);
  }
  Publication publication;
  publication.plan = [wish, desk = call.site().secret_desk](const Deployments& now) {
    return plan_deploy(*wish, now, *desk->table());
  };
  publication.done = [wish, later = call.later()](const Result<Published>& published) {
    later([wish, published](ApiCall& waiting) {
      if (!published.ok()) return waiting.fail(published.error());
      reply_deployed(waiting, *wish, *published);
    });
  };
  const Status accepted = call.site().deployer->submit(std::move(publication));
  if (!accepted.ok()) call.fail(accepted.error());
}

class FunctionUpload final : public ObjectUpload {
 public:
  using ObjectUpload::ObjectUpload;

 private:
  void on_object(InspectedArtifact object) override { deploy(*this, std::move(object)); }
  void on_no_object() override { deploy(*this, std::nullopt); }
};

class ArtifactUpload final : public ObjectUpload {
 public:
  using ObjectUpload::ObjectUpload;

 private:
  void on_object(InspectedArtifact object) override {
    const std::string stored = object.artifact.digest.hex();
    if (kDigestPrefix.size() + stored.size() != name().size() || !name().ends_with(stored)) {
      return fail(Error(ErrorCode::kRefused, "the body's hash is sha256:" + stored + ", not the one in the path"));
    }
    reply(201, {{"artifact", std::string(kDigestPrefix) + stored},
                {"size", object.artifact.size},
                {"buildId", object.artifact.build_id}});
  }
};

std::optional<Digest> digest_of(std::string_view name) {
  if (!name.starts_with(kDigestPrefix)) return std::nullopt;
  return Digest::from_hex(name.substr(kDigestPrefix.size()));
}

std::unique_ptr<Responder> refuse(Worker& worker, Exchange& exchange, std::string text) {
  Answer(worker, exchange).fail(Error(ErrorCode::kBadRequest, std::move(text)));
  return nullptr;
}

}  // namespace

std::unique_ptr<Responder> upload_function(Worker& worker, Exchange& exchange, ApiRequest request) {
  if (Status fits = check_name("function", request.name); !fits.ok()) {
    return refuse(worker, exchange, fits.error().text());
  }
  return std::make_unique<FunctionUpload>(worker, exchange, std::move(request));
}

std::unique_ptr<Responder> upload_artifact(Worker& worker, Exchange& exchange, ApiRequest request) {
  if (!digest_of(request.name)) {
    return refuse(worker, exchange, "an artifact is named sha256: and 64 lower-case hex digits");
  }
  return std::make_unique<ArtifactUpload>(worker, exchange, std::move(request));
}

void probe_artifact(ApiCall& call) {
  const auto digest = digest_of(call.request().name);
  if (!digest)
    return call.fail(Error(ErrorCode::kBadRequest, "an artifact is named sha256: and 64 lower-case hex digits"));
  auto there = std::make_shared<bool>(false);
  Site& site = call.site();
  call.worker().loop().run_blocking(
      [there, &site, digest = *digest] { *there = site.artifacts.open(digest).ok(); },
      [there, later = call.later()] {
        later([there](ApiCall& waiting) {
          if (!*there) return waiting.fail(Error(ErrorCode::kRouteNotFound, "this artifact is not stored here"));
          waiting.reply_as(200, "application/octet-stream", "");
        });
      });
}

}  // namespace sojourn
