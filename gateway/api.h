// The admin API: which route of /api/v1 a request asks for, whether its token may, and who handles it. docs/api.md says
// what each route does; docs/openapi.yaml says it for programs.
//
// Thread: the worker's loop.
#pragma once

#include <memory>
#include <string_view>

#include "gateway/api_call.h"
#include "gateway/http/exchange.h"

namespace sojourn {

class Worker;

// What Router::route returns for a path below /api/v1/, whose rest is `resource`.
std::unique_ptr<Responder> route_api(Worker& worker, Exchange& exchange, std::string_view resource);

// The handlers, one file per resource.
void list_functions(ApiCall& call);  // api_functions.cpp
void show_function(ApiCall& call);
void remove_function(ApiCall& call);
void list_versions(ApiCall& call);
void function_history(ApiCall& call);  // api_history.cpp
void server_history(ApiCall& call);
void apply_manifest(ApiCall& call);  // api_manifests.cpp
void show_manifest(ApiCall& call);
void list_pipelines(ApiCall& call);  // api_pipelines.cpp
void show_pipeline(ApiCall& call);
void probe_artifact(ApiCall& call);  // api_upload.cpp
void list_tokens(ApiCall& call);     // api_tokens.cpp
void create_token(ApiCall& call);
void revoke_token(ApiCall& call);
void list_secrets(ApiCall& call);  // api_secrets.cpp
void set_secret(ApiCall& call);
void remove_secret(ApiCall& call);
void list_events(ApiCall& call);  // api_events.cpp
void show_event(ApiCall& call);
void replay_event(ApiCall& call);
void replay_events(ApiCall& call);
void list_runs(ApiCall& call);  // api_runs.cpp
void show_run(ApiCall& call);
void cancel_run(ApiCall& call);
void retry_run(ApiCall& call);
void list_letters(ApiCall& call);  // api_dead_letters.cpp
void show_letter(ApiCall& call);
void redrive_letter(ApiCall& call);
void redrive_letters(ApiCall& call);
void drop_letter(ApiCall& call);
void show_status(ApiCall& call);  // api_status.cpp

// Those whose body or reply is a stream are responders of their own.
std::unique_ptr<Responder> upload_function(Worker& worker, Exchange& exchange, ApiRequest request);  // api_upload.cpp
std::unique_ptr<Responder> upload_artifact(Worker& worker, Exchange& exchange, ApiRequest request);
std::unique_ptr<Responder> stream_logs(Worker& worker, Exchange& exchange, ApiRequest request);  // api_logs.cpp

}  // namespace sojourn
