#include "gateway/api.h"

#include <array>
#include <optional>

#include "gateway/secrets/secret_store.h"

namespace sojourn {
namespace {

// What a route asks of the token.
enum class Need {
  kSeeSome,       // read or deploy, however narrowed: a list that shows what the token may see
  kSeeOne,        // read or deploy for the function named
  kChangeOne,     // deploy for the function named
  kSeeDeployed,   // read or deploy, not narrowed
  kSeeServer,     // read, not narrowed: also what passed through it, which changing it does not need
  kChangeServer,  // deploy, not narrowed
  kDeploy,        // deploy, however narrowed: the handler looks closer
  kAdminister,    // admin
};

using MakeResponder = std::unique_ptr<Responder> (*)(Worker&, Exchange&, ApiRequest);

struct Route {
  std::string_view method;
  std::string_view resource;
  bool named;             // whether a name follows
  std::string_view part;  // what follows the name, or empty
  Need need;
  ApiCall::Handler handler;
  MakeResponder responder = nullptr;
  std::string_view only = {};  // the one name that it takes, where that is a word of the API
};

constexpr std::size_t kSmallBodyMax = 64u << 10;    // bytes of a JSON body
constexpr std::size_t kManifestBodyMax = 4u << 20;  // bytes

constexpr std::array kRoutes = {
    Route{"GET", "functions", false, "", Need::kSeeSome, list_functions},
    Route{"GET", "functions", true, "", Need::kSeeOne, show_function},
    Route{"PUT", "functions", true, "", Need::kChangeOne, nullptr, upload_function},
    Route{"DELETE", "functions", true, "", Need::kChangeOne, remove_function},
    Route{"GET", "functions", true, "versions", Need::kSeeOne, list_versions},
    Route{"GET", "functions", true, "history", Need::kSeeOne, function_history},
    Route{"GET", "functions", true, "logs", Need::kSeeOne, nullptr, stream_logs},
    Route{"PUT", "artifacts", true, "", Need::kDeploy, nullptr, upload_artifact},
    Route{"HEAD", "artifacts", true, "", Need::kDeploy, probe_artifact},
    Route{"PUT", "manifests", false, "", Need::kDeploy, apply_manifest},  // of a manifest without a name
    Route{"PUT", "manifests", true, "", Need::kDeploy, apply_manifest},
    Route{"GET", "manifests", true, "", Need::kSeeDeployed, show_manifest},
    Route{"GET", "pipelines", false, "", Need::kSeeSome, list_pipelines},
    Route{"GET", "pipelines", true, "", Need::kSeeOne, show_pipeline},
    Route{"GET", "tokens", false, "", Need::kAdminister, list_tokens},
    Route{"POST", "tokens", false, "", Need::kAdminister, create_token},
    Route{"DELETE", "tokens", true, "", Need::kAdminister, revoke_token},
    Route{"GET", "secrets", false, "", Need::kAdminister, list_secrets},
    Route{"PUT", "secrets", true, "", Need::kAdminister, set_secret},
    Route{"DELETE", "secrets", true, "", Need::kAdminister, remove_secret},
    Route{"GET", "events", false, "", Need::kSeeServer, list_events},
    Route{"GET", "events", true, "", Need::kSeeServer, show_event},
    Route{"POST", "events", true, "", Need::kChangeServer, replay_events, nullptr, "replay"},
    Route{"POST", "events", true, "replay", Need::kChangeServer, replay_event},
    Route{"GET", "runs", false, "", Need::kSeeServer, list_runs},
    Route{"GET", "runs", true, "", Need::kSeeServer, show_run},
    Route{"POST", "runs", true, "cancel", Need::kChangeServer, cancel_run},
    Route{"POST", "runs", true, "retry", Need::kChangeServer, retry_run},
    Route{"GET", "dead-letters", false, "", Need::kSeeServer, list_letters},
    Route{"GET", "dead-letters", true, "", Need::kSeeServer, show_letter},
    Route{"POST", "dead-letters", true, "", Need::kChangeServer, redrive_letters, nullptr, "redrive"},
    Route{"POST", "dead-letters", true, "redrive", Need::kChangeServer, redrive_letter},
    Route{"DELETE", "dead-letters", true, "", Need::kChangeServer, drop_letter},
    Route{"GET", "status", false, "", Need::kSeeServer, show_status},
    Route{"GET", "history", false, "", Need::kSeeServer, server_history},
};

constexpr std::array<std::string_view, 1> kNotInThisVersion = {"calls"};

std::size_t body_limit_of(std::string_view resource) {
  if (resource == "manifests") return kManifestBodyMax;
  return resource == "secrets" ? kSecretSizeMax : kSmallBodyMax;
}

struct Path {
  std::string_view resource;
  std::string_view name;
  std::string_view part;
  bool named = false;
  bool too_long = false;
};

Path parse_path(std::string_view text) {
  Path path;
  std::size_t slash = text.find('/');
  path.resource = text.substr(0, slash);
  if (slash == std::string_view::npos) return path;
  text.remove_prefix(slash + 1);
  slash = text.find('/');
  path.name = text.substr(0, slash);
  path.named = !path.name.empty();
  if (slash == std::string_view::npos) return path;
  path.part = text.substr(slash + 1);
  path.too_long = path.part.empty() || path.part.find('/') != std::string_view::npos;
  return path;
}

bool is_at(const Route& route, const Path& path) {
  return route.resource == path.resource && route.named == path.named && route.part == path.part && !path.too_long &&
         (route.only.empty() || route.only == path.name);
}

// HEAD is GET without the body, which the connection leaves out.
bool takes(const Route& route, std::string_view method) {
  return route.method == method || (method == "HEAD" && route.method == "GET");
}

bool has_anywhere(const Credentials& credentials, Verb verb) {
  for (const Scope& scope : credentials.token->scopes) {
    if (scope.verb == verb || scope.verb == Verb::kAdmin) return true;
  }
  return false;
}

Status check(Need need, const Credentials& credentials, std::string_view name) {
  if (credentials.token == nullptr) return credentials.may(Verb::kRead, "");
  switch (need) {
    case Need::kSeeSome:
      if (has_anywhere(credentials, Verb::kRead) || has_anywhere(credentials, Verb::kDeploy)) return {};
      return credentials.may(Verb::kRead, "");
    case Need::kSeeOne:
      return credentials.may(Verb::kDeploy, name).ok() ? Status() : credentials.may(Verb::kRead, name);
    case Need::kSeeDeployed:
      return credentials.may(Verb::kDeploy, "").ok() ? Status() : credentials.may(Verb::kRead, "");
    case Need::kSeeServer:
      return credentials.may(Verb::kRead, "");
    case Need::kChangeServer:
      return credentials.may(Verb::kDeploy, "");
    case Need::kChangeOne:
      return credentials.may(Verb::kDeploy, name);
    case Need::kDeploy:
      return has_anywhere(credentials, Verb::kDeploy) ? Status() : credentials.may(Verb::kDeploy, "");
    case Need::kAdminister:
      return credentials.may(Verb::kAdmin, "");
  }
  return credentials.may(Verb::kAdmin, "");
}

std::unique_ptr<Responder> refuse(Worker& worker, Exchange& exchange, const Error& error,
                                  std::span<const HeaderField> more = {}) {
  constexpr HeaderField kAskForToken = {"www-authenticate", "Bearer realm=\"sojourn\""};
  if (error.code() == ErrorCode::kUnauthorized) more = {&kAskForToken, 1};
  Answer(worker, exchange).fail(error, more);
  return nullptr;
}

std::unique_ptr<Responder> refuse_path(Worker& worker, Exchange& exchange, const Path& path) {
  for (const std::string_view later : kNotInThisVersion) {
    if (path.resource != later) continue;
    return refuse(worker, exchange,
                  Error(ErrorCode::kNotAvailable, "this version of Sojourn has no " + std::string(later)));
  }
  if (path.resource == "functions" && path.part == "aliases") {
    return refuse(worker, exchange,
                  Error(ErrorCode::kNotAvailable, "this version of Sojourn has no aliases but `live`"));
  }
  std::string allowed;
  for (const Route& route : kRoutes) {
    if (is_at(route, path)) allowed.append(allowed.empty() ? "" : ", ").append(route.method);
  }
  if (allowed.empty()) {
    return refuse(worker, exchange,
                  Error(ErrorCode::kRouteNotFound, "the API has no such route; GET /openapi.yaml lists all"));
  }
  const HeaderField allow = {"allow", allowed};
  return refuse(worker, exchange, Error(ErrorCode::kMethodNotAllowed, "this route takes " + allowed), {&allow, 1});
}

}  // namespace

std::unique_ptr<Responder> route_api(Worker& worker, Exchange& exchange, std::string_view resource) {
  const RequestHead& head = exchange.head();
  const Path path = parse_path(resource);
  const Route* route = nullptr;
  for (const Route& known : kRoutes) {
    if (is_at(known, path) && takes(known, head.method)) route = &known;
  }
  if (route == nullptr) return refuse_path(worker, exchange, path);
  ApiRequest request{path.resource, path.name, {}, worker.tokens(), {}};
  request.credentials = Credentials::of(head.header("authorization"), *request.tokens, worker.recent_tokens());
  if (Status may = check(route->need, request.credentials, path.name); !may.ok()) {
    return refuse(worker, exchange, may.error());
  }
  auto query = Query::parse(head.query);
  if (!query.ok()) return refuse(worker, exchange, query.error());
  request.query = std::move(*query);
  if (route->responder != nullptr) return route->responder(worker, exchange, std::move(request));
  exchange.set_body_limit(body_limit_of(path.resource));
  return std::make_unique<ApiCall>(worker, exchange, std::move(request), route->handler);
}

}  // namespace sojourn
