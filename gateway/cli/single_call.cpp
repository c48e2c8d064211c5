#include "gateway/cli/single_call.h"

#include <algorithm>
#include <cctype>
#include <signal.h>
#include <unistd.h>
#include <vector>

namespace sojourn::cli {
namespace {

constexpr std::string_view kCallId = "00000000-0000-4000-8000-000000000001";  // the only call there is

// The header names that a gateway would hand on: in lower case.
struct LowerCaseHeaders {
  Fields texts;
  std::vector<HeaderField> views;

  explicit LowerCaseHeaders(const Fields& headers) : texts(headers) {
    for (auto& [name, value] : texts) {
      std::transform(name.begin(), name.end(), name.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      views.push_back({name, value});
    }
  }
};

}  // namespace

// Waits for the call's answer on the loop's behalf.
class SingleCall::Conversation final : public Caller {
 public:
  Conversation(SingleCall& call, const FunctionRequest& request)
      : call_(call),
        request_(request),
        headers_(request.headers),
        log_(STDERR_FILENO, LogLevel::kWarn),
        interrupt_(loop_, SIGINT, [this] { end(Error(ErrorCode::kInternal, "interrupted")); }),
        terminate_(loop_, SIGTERM, [this] { end(Error(ErrorCode::kInternal, "terminated")); }),
        runtime_({&loop_}, log_, options()) {}

  Result<int> run() {
    runtime_.attach_warden(call_.sandbox_.take_link());
    runtime_.prepare(call_.version_, [this](Status ready) {
      if (!ready) return end(ready.error());
      start();
    });
    loop_.run();
    return result_;
  }

  void on_reply(const ReplyView& reply, const CallTimes&) override {
    tell_head(reply);
    if (call_.on_body_) call_.on_body_(reply.body);
    end(reply.status);
  }
  void on_failure(const CallFailure& failure, const CallTimes&) override {
    end(Error(failure.code, failure.text).at(facts(failure.code).name));
  }
  void on_stream_begin(const ReplyView& head, const CallTimes&) override {
    tell_head(head);
    stream_status_ = head.status;
  }
  void on_stream_chunk(std::string_view chunk) override {
    if (call_.on_body_) call_.on_body_(chunk);
    handle_.consumed(chunk.size());
  }
  void on_stream_end(const std::optional<Error>& broken) override {
    if (broken) return end(*broken);
    end(stream_status_);
  }

 private:
  RuntimeOptions options() {
    RuntimeOptions options;
    options.artifact = [this](const Digest& digest) -> Result<FileIdentity> {
      const Result<ArtifactStore::Opened> opened = call_.sandbox_.store().open(digest);
      if (!opened) return opened.error();
      return opened->identity;
    };
    options.on_log = [this](const FunctionLogLine& line) {
      if (call_.on_log_) call_.on_log_(line);
    };
    return options;
  }

  void start() {
    RequestView view{};
    view.call_id = kCallId;
    view.method = request_.method;
    view.path = request_.path;
    view.query = request_.query;
    view.remote = "127.0.0.1";
    view.headers = headers_.views;
    view.body = request_.body;
    handle_ = runtime_.call(call_.version_, view, call_.version_->config.timeout, *this);
  }

  void tell_head(const ReplyView& reply) const {
    if (!call_.on_head_) return;
    SingleReply head{reply.status, {}};
    for (const HeaderField& field : reply.headers) head.headers.emplace_back(field.name, field.value);
    call_.on_head_(head);
  }

  void end(Result<int> result) {
    result_ = std::move(result);
    loop_.stop();
  }

  SingleCall& call_;
  const FunctionRequest& request_;
  LowerCaseHeaders headers_;
  Log log_;
  Loop loop_;
  SignalWatcher interrupt_;
  SignalWatcher terminate_;
  Runtime runtime_;
  CallHandle handle_;
  int stream_status_ = 0;
  Result<int> result_ = Error(ErrorCode::kInternal, "the loop ended before the call did");
};

Result<int> SingleCall::make(const FunctionRequest& request) {
  return Conversation(*this, request).run();
}

}  // namespace sojourn::cli
