// A SingleCall runs a loop for just one call of one version: makes the version ready, calls it, hands on what comes,
// and stops. SIGINT and SIGTERM end it early.
//
// Thread: one; make() blocks on it.
// Owner:  the command. The sandbox outlives the call.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/cli/private_sandbox.h"
#include "gateway/cli/request_options.h"
#include "loader/deployment.h"
#include "runtime/base/result.h"
#include "runtime/call/runtime.h"

namespace sojourn::cli {

// The head of what the function answered.
struct SingleReply {
  int status = 0;
  Fields headers;
};

class SingleCall {
 public:
  SingleCall(PrivateSandbox& sandbox, VersionPtr version) : sandbox_(sandbox), version_(std::move(version)) {}

  void on_head(std::function<void(const SingleReply&)> tell) { on_head_ = std::move(tell); }
  void on_body(std::function<void(std::string_view)> tell) { on_body_ = std::move(tell); }
  void on_log(std::function<void(const FunctionLogLine&)> tell) { on_log_ = std::move(tell); }

  // The status the function answered with; or why it could not be made ready, or its call failed.
  // REQUIRES: called once.
  Result<int> make(const FunctionRequest& request);

 private:
  class Conversation;

  PrivateSandbox& sandbox_;
  VersionPtr version_;
  std::function<void(const SingleReply&)> on_head_;
  std::function<void(std::string_view)> on_body_;
  std::function<void(const FunctionLogLine&)> on_log_;
};

}  // namespace sojourn::cli
