// A pipeline as the manifest says it: what begins its runs, and the steps that each run goes through. Plain data, with
// every default filled in. A function's own triggers make a pipeline of the function's name with the one step `call`.
//
// Thread: values; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "loader/match.h"
#include "loader/retry_policy.h"
#include "loader/signature_scheme.h"

namespace sojourn {

// --- what begins runs -----------------------------------------------------------------------------------------------

enum class WebhookScheme { kGithub, kGitlab, kStripe, kSlack, kStandardWebhooks, kHmac, kBearer, kNone };

struct WebhookSecret {
  std::string name;
  std::int64_t not_after = 0;  // seconds since 1970; 0: for ever
  bool operator==(const WebhookSecret&) const = default;
};

enum class HookReply {
  kAccepted,  // 202 once the event is durable
  kOk,        // 200 with `reply_body`, once it is durable
  kSync,      // the function's own reply; the event is not kept, and the sender's to send again
};

struct WebhookTrigger {
  std::string path;  // "/accounts", reached at /hooks/accounts
  WebhookScheme scheme = WebhookScheme::kNone;
  std::vector<WebhookSecret> secrets;
  SignatureScheme signature;            // how it is signed, of those schemes that sign
  std::string id_header;                // lower-case; empty: the scheme's own, else the body's hash
  std::uint64_t body_limit = 6u << 20;  // bytes
  HookReply reply = HookReply::kAccepted;
  std::string reply_body;
  bool operator==(const WebhookTrigger&) const = default;
};

struct EventTrigger {
  bool operator==(const EventTrigger&) const = default;
};

enum class CatchUp { kNone, kLatest, kAll };  // of the times that passed while the server was down

struct CronTrigger {
  std::string schedule;          // five fields, or @hourly and the like
  std::string timezone = "UTC";  // an IANA name
  CatchUp catch_up = CatchUp::kLatest;
  bool operator==(const CronTrigger&) const = default;
};

struct QueueTrigger {
  std::string name;
  int batch = 1;  // items that one run takes at most; from 2 on its event holds an array
  bool operator==(const QueueTrigger&) const = default;
};

struct FilesTrigger {
  std::string directory;  // on the server
  std::string glob = "*";
  std::chrono::milliseconds settle{1'000};  // a file is taken when it did not change for so long
  bool operator==(const FilesTrigger&) const = default;
};

enum class CallOutcome { kSuccess, kFailure, kAny };

struct FunctionTrigger {
  std::string function;
  CallOutcome outcome = CallOutcome::kSuccess;
  bool operator==(const FunctionTrigger&) const = default;
};

struct Trigger {
  std::variant<WebhookTrigger, EventTrigger, CronTrigger, QueueTrigger, FilesTrigger, FunctionTrigger> on;
  std::optional<Match> match;  // beside the pipeline's
  bool operator==(const Trigger&) const = default;
};

// --- what a run does ------------------------------------------------------------------------------------------------

struct CallStep {
  std::string function;  // NAME or NAME@N
  bool operator==(const CallStep&) const = default;
};

struct EmitStep {
  std::string type;  // of the event that goes to the bus
  bool operator==(const EmitStep&) const = default;
};

struct EnqueueStep {
  std::string queue;
  bool operator==(const EnqueueStep&) const = default;
};

enum class PostBody { kEvent, kData };  // a CloudEvent in binary form, or the data alone

struct PostStep {
  std::string url;
  std::string sign;  // the name of a secret: signed as Standard Webhooks; empty: not signed
  PostBody body = PostBody::kEvent;
  std::map<std::string, std::string> headers;
  bool is_private = false;  // may go to a loopback or private address, where the server permits that
  bool operator==(const PostStep&) const = default;
};

struct Step {
  std::string id;
  std::variant<CallStep, EmitStep, EnqueueStep, PostStep> act;
  std::chrono::milliseconds timeout{30'000};  // of one attempt
  RetryPolicy retry;
  bool dead_letter = true;  // false: a run that fails here ends failed, and nothing is kept to send again
  int concurrency = 8;      // attempts under way at once, over all runs
  bool operator==(const Step&) const = default;
};

enum class KeyOrder {
  kContinue,  // after a dead letter the next run of the key begins
  kHold,      // it waits until the letter was redriven or dropped
};

struct Pipeline {
  std::string name;
  std::vector<Trigger> triggers;
  std::optional<Match> match;    // of every trigger
  std::vector<std::string> key;  // references; runs whose values are equal go one after the other
  KeyOrder order = KeyOrder::kContinue;
  std::chrono::milliseconds dedupe{72 * 3'600'000};  // how long a (source, id) is remembered; 0: not at all
  std::vector<Step> steps;                           // at least one, each follows the one above
  bool operator==(const Pipeline&) const = default;

  const Step* step(std::string_view id) const {
    for (const Step& one : steps) {
      if (one.id == id) return &one;
    }
    return nullptr;
  }
};

inline constexpr int kQueueBatchMax = 256;  // as many jobs as are under way at once
inline constexpr std::size_t kStepsMax = 64;
inline constexpr std::size_t kTriggersMax = 32;

// Version N of a pipeline: never changes, never renumbered.
struct PipelineVersion {
  Pipeline pipeline;
  int number = 0;            // from 1
  std::string commit;        // hex id of the commit that made it
  std::string author;        // the token's name
  std::int64_t made_at = 0;  // seconds since 1970
};
using PipelineVersionPtr = std::shared_ptr<const PipelineVersion>;

struct DeployedPipeline {
  std::string name;
  std::string owner;  // `name:` of the manifest that applied it
  int live = 0;       // the version that new runs follow
  std::map<int, PipelineVersionPtr> versions;

  PipelineVersionPtr live_version() const { return version(live); }
  PipelineVersionPtr version(int number) const {
    const auto found = versions.find(number);
    return found == versions.end() ? nullptr : found->second;
  }
};

}  // namespace sojourn
