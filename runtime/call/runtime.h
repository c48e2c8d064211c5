// The Runtime runs function versions: it has a warden make their templates, keeps pools of instances, and takes calls
// through them. It is all that the gateway sees of the runtime.
//
// Thread:  made, attached and told of versions on the home loop (the first); call() and CallHandle on any of its loops,
//          each call wholly on the loop that started it.
// Owner:   main. It outlives the loops' last turn.
// Errors:  a call that cannot run ends in Caller::on_failure; nothing is thrown, nothing is silently dropped.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "loader/deployment.h"
#include "runtime/base/log.h"
#include "runtime/base/result.h"
#include "runtime/base/secret_text.h"
#include "runtime/base/unique_fd.h"
#include "runtime/call/caller.h"
#include "runtime/call/chain.h"
#include "runtime/call/event_keeper.h"
#include "runtime/call/running_call.h"
#include "runtime/call/state_keeper.h"
#include "runtime/loop/loop.h"

namespace sojourn {

// One line of a function's log: what it said through the context, or wrote to stdout or stderr.
struct FunctionLogLine {
  const Version* version;    // lives until the callback returns
  std::string_view call_id;  // empty: outside a call
  LogLevel level;
  std::string_view stream;  // "log", "stdout", "stderr", "load"
  std::string_view text;
  std::span<const HeaderField> fields;
};

struct VersionStats {
  std::uint64_t started = 0;      // calls handed to an instance
  std::uint64_t failed = 0;       // calls that ended in on_failure
  std::uint64_t cold_starts = 0;  // calls that waited for an instance to be made
  std::uint64_t crashes = 0;      // instances that died of themselves
  int instances = 0;
  int idle = 0;
  int queued = 0;
  std::uint64_t recalled = 0;   // calls taken back from an instance before it began them
  std::uint64_t refused = 0;    // calls that no instance had: no room, waited too long, nobody to run them
  std::uint64_t templates = 0;  // made so far
  int connections = 0;          // outgoing ones, with those being made
  std::uint64_t connections_made = 0;
  std::uint64_t connections_failed = 0;
  std::uint64_t connection_bytes_sent = 0;  // of connections that have ended
  std::uint64_t connection_bytes_received = 0;
};

struct RuntimeOptions {
  // Where an artifact lies, verified against its digest. Called on the home loop; may block for the hashing once.
  std::function<Result<FileIdentity>(const Digest&)> artifact;
  // The same content in a file of its own, from copy 1 on: for an object that stands several times in one chain.
  std::function<Result<FileIdentity>(const Digest&, std::uint32_t copy)> artifact_copy;
  // The values of the secrets that the version's configuration names; on any loop. Empty: there are none.
  std::function<Result<SecretTexts>(const Version&)> secrets;
  std::function<void(const FunctionLogLine&)> on_log;  // on any loop
  // The chain that `NAME`, `NAME@7` or `NAME@ALIAS` means, for functions that call others. On any loop.
  std::function<Result<ChainPtr>(std::string_view reference)> resolve;
  StateKeeper* state = nullptr;   // none: functions have no state
  EventKeeper* events = nullptr;  // none: functions cannot emit
  int templates_max = 1000;       // alive at once; the least recently called one goes first
};

class Runtime {
 public:
  Runtime(std::vector<Loop*> loops, const Log& log, RuntimeOptions options);
  ~Runtime();

  // Talks to the warden at the other end of `link` from here on; after a warden died, once more with the next one's.
  void attach_warden(UniqueFd link);
  // The same of the broker, which connects out for functions.
  void attach_broker(UniqueFd link);

  // Makes the version ready: template, load, INIT, one instance with START, its probe. `ready` gets kRefused with a
  // one-line reason when the version is not fit to serve. This is deploy's check; nothing else of the version changes.
  void prepare(VersionPtr version, std::function<void(Status)> ready);

  // Starts a call on this loop. A version that was never prepared is prepared on the way.
  CallHandle call(const VersionPtr& version, const RequestView& request, std::chrono::nanoseconds timeout,
                  Caller& caller);
  // The same through a whole chain, which has until `timeout` from now.
  CallHandle call(const ChainPtr& chain, const RequestView& request, std::chrono::nanoseconds timeout, Caller& caller);

  // The version no longer gets new calls: its instances and template go when its last call ends, at latest at its
  // timeout. Calls that name it again bring it back.
  void retire(const VersionPtr& version);

  // The secret's value is another one now: instances that were given the old one get no new call and go after the one
  // they have. `done` once every loop has seen to that. Home loop.
  void renew(const std::string& secret, std::function<void()> done);

  // Stops: no new calls (kDraining); `done` once the last one ended or `patience` passed. Home loop.
  void drain(std::chrono::milliseconds patience, std::function<void()> done);

  VersionStats stats(const VersionPtr& version) const;  // any thread; over all configurations that it is used with
  std::uint64_t walls() const;                          // WallBits of the warden, 0 before its hello

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sojourn
