// An AsyncLook answers who asks what became of an asynchronous call, or wants it cancelled.
//
// Thread: the exchange's loop.
// Owner:  the exchange.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/events/event_answer.h"
#include "runtime/base/result.h"
#include "runtime/event/journal/journal_engine.h"
#include "runtime/event/triggers/stored_call.h"

namespace sojourn {

// What the journal knows of one asynchronous call.
struct KeptCall {
  RunView run;
  int version = 0;
  std::string token;  // that began it, or empty
  std::vector<JobView> jobs;
  std::optional<RunResult> result;
};

// kCallNotFound when no asynchronous call has this id.
Result<KeptCall> find_call(JournalEngine& engine, const std::string& id);

// waiting, running, retrying, succeeded, failed, cancelled.
std::string_view state_of(const KeptCall& call);

class AsyncLook final : public EventAnswer {
 public:
  enum class Act { kShow, kCancel };

  AsyncLook(Worker& worker, Exchange& exchange, std::string_view id, Act act);

  void on_request(Exchange& exchange) override;

 private:
  void on_found(Result<KeptCall> found);
  Status may(const KeptCall& call);
  void show(const KeptCall& call);
  void cancel(const KeptCall& call);
  void send(std::shared_ptr<nlohmann::ordered_json> json);
  void on_cancelled(Result<bool> cancelled);

  const std::string id_;
  const Act act_;
};

}  // namespace sojourn
