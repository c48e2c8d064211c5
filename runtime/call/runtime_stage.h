// A Runtime on a loop with a scripted other side, and callers that note what they get. For tests.
#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <fcntl.h>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/call/runtime.h"
#include "runtime/call/scripted_warden.h"

namespace sojourn {

class NotedCaller final : public Caller {
 public:
  void on_reply(const ReplyView& reply, const CallTimes& call_times) override {
    status = reply.status;
    body = reply.body;
    passed = reply.failure;
    permanent = reply.permanent;
    for (const HeaderField& field : reply.headers) headers.emplace_back(field.name, field.value);
    times = call_times;
    times.links = {};
    ++ends;
  }
  void on_failure(const CallFailure& failed, const CallTimes& call_times) override {
    failure = failed;
    times = call_times;
    ++ends;
  }
  void on_stream_begin(const ReplyView& head, const CallTimes&) override {
    status = head.status;
    for (const HeaderField& field : head.headers) headers.emplace_back(field.name, field.value);
    streaming = true;
  }
  void on_stream_chunk(std::string_view chunk) override {
    body += chunk;
    if (consume) handle.consumed(chunk.size());
  }
  void on_stream_end(const std::optional<Error>& error) override {
    broken = error;
    streaming = false;
    ++ends;
  }

  bool done() const { return ends > 0; }
  std::string outcome() const {
    if (failure) return std::string(facts(failure->code).name);
    return done() ? std::to_string(status) + " " + body : "waits";
  }

  int status = 0;
  int ends = 0;
  bool streaming = false;
  bool consume = true;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<CallFailure> failure;
  std::optional<ErrorCode> passed;  // ReplyView::failure
  bool permanent = false;           // ReplyView::permanent
  std::optional<Error> broken;
  CallTimes times;
  CallHandle handle;
};

class RuntimeStage {
 public:
  explicit RuntimeStage(SandboxScript script) : RuntimeStage() {
    warden = std::make_unique<ScriptedWarden>(std::move(script));
    runtime->attach_warden(warden->take_link());
  }
  RuntimeStage() {
    RuntimeOptions options;
    options.artifact = [](const Digest&) -> Result<FileIdentity> { return FileIdentity{}; };
    options.on_log = [this](const FunctionLogLine& line) {
      lines.push_back(std::string(line.call_id) + "|" + std::string(line.stream) + "|" + std::string(line.text));
    };
    runtime = std::make_unique<Runtime>(std::vector<Loop*>{&loop}, log, std::move(options));
  }

  static std::shared_ptr<Version> version(std::string name = "hello") {
    auto made = std::make_shared<Version>();
    made->function = std::move(name);
    made->number = 1;
    made->entry.symbol = "sojourn_entry_hello";
    return made;
  }

  NotedCaller& call(const VersionPtr& target, std::string path = "/", std::string body = {}) {
    NotedCaller& caller = callers.emplace_back();
    RequestView request;
    const std::string id = "call-" + std::to_string(callers.size());
    const HeaderField host{"host", "test"};
    request.call_id = id;
    request.method = "GET";
    request.path = path;
    request.headers = {&host, 1};
    request.body = body;
    caller.handle = runtime->call(target, request, target->config.timeout, caller);
    return caller;
  }

  // Runs the loop until `reached`, at most `patience`; says whether it was.
  // `reached` only looks: a loop does not run inside itself.
  bool run_until(const std::function<bool()>& reached,
                 std::chrono::milliseconds patience = std::chrono::milliseconds(5000)) {
    if (reached()) return true;
    Timer look(loop);
    const auto end = std::chrono::steady_clock::now() + patience;
    look.repeat(std::chrono::milliseconds(1), [&] {
      if (reached() || std::chrono::steady_clock::now() > end) loop.stop();
    });
    loop.run();
    return reached();
  }
  bool run_for(std::chrono::milliseconds time) {
    run_until([] { return false; }, time);
    return true;
  }
  std::optional<Status> prepare(const VersionPtr& target,
                                std::chrono::milliseconds patience = std::chrono::seconds(8)) {
    std::optional<Status> answer;
    runtime->prepare(target, [&](const Status& status) { answer = status; });
    run_until([&] { return answer.has_value(); }, patience);
    return answer;
  }
  bool all_done() const {
    return std::all_of(callers.begin(), callers.end(), [](const NotedCaller& caller) { return caller.done(); });
  }
  int count(std::string_view outcome) const {
    return static_cast<int>(std::count_if(callers.begin(), callers.end(),
                                          [&](const NotedCaller& caller) { return caller.outcome() == outcome; }));
  }

  Loop loop;
  Log log{2, LogLevel::kError};
  std::vector<std::string> lines;
  std::unique_ptr<ScriptedWarden> warden;
  std::unique_ptr<Runtime> runtime;
  std::deque<NotedCaller> callers;
};

}  // namespace sojourn
