// The Site is what all loops of one gateway share: every part that is made once, by reference.
//
// Thread: the struct is filled before the loops run and does not change; each part says its own rule.
// Owner:  the Gateway, which outlives every loop's last turn.
#pragma once

#include <atomic>
#include <vector>

#include "gateway/call_id_window.h"
#include "gateway/gateway.h"
#include "gateway/hooks/refusal_log.h"
#include "gateway/log_store.h"
#include "loader/artifact_store.h"
#include "loader/host_libraries.h"
#include "runtime/base/clock.h"
#include "runtime/base/log.h"
#include "runtime/call/runtime.h"

namespace sojourn {

class BuiltInGuards;
class Deployer;
class EventDesk;
class HttpServer;
class SecretDesk;
class TokenDesk;
class Worker;

struct Site {
  const GatewayOptions& options;
  const Log& log;
  Runtime& runtime;
  ArtifactStore& artifacts;
  const HostLibraries& libraries;
  LogStore& logs;
  CallIdWindow& call_ids;
  Deployer* deployer = nullptr;     // made after the site; never null while a loop runs
  TokenDesk* token_desk = nullptr;  // likewise
  SecretDesk* secret_desk = nullptr;
  const BuiltInGuards* guards = nullptr;  // likewise
  EventDesk* events = nullptr;            // likewise, also when the journal cannot be opened
  std::vector<Worker*> workers{};         // one per loop, the home loop's first
  std::vector<const HttpServer*> servers{};
  RefusalLog hook_refusals{};  // over all loops
  MonotonicTime started{};
  std::atomic<bool> draining{false};  // the server is stopping; /readyz says so
};

}  // namespace sojourn
