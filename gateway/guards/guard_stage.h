// A guard in a chain of its own, with a script in the place of the links inside it: it notes what it was asked, and
// answers at once, later, or never. For tests.
//
// Thread: the test's.
#pragma once

#include <deque>
#include <doctest/doctest.h>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/guards/built_in_guards.h"
#include "gateway/guards/kept_request.h"
#include "runtime/call/runtime_stage.h"

namespace sojourn {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct ScriptedAnswer {
  int status = 200;
  Fields headers{};
  std::string body{};
  std::optional<CallFailure> failure{};
  bool held = false;    // the test answers it itself
  bool stream = false;  // the body comes as one chunk of a stream
};

// The links inside the guard.
class InnerScript final : public Guard {
 public:
  struct Asked final : RunningCall {
    Asked(const RequestView& view, Caller& who) : request(view), caller(&who) {}
    void drop() override { dropped = true; }
    void consumed(std::size_t) override {}
    std::string header(std::string_view name) const {
      for (const HeaderField& field : request.view().headers) {
        if (field.name == name) return std::string(field.value);
      }
      return "none";
    }
    // REQUIRES: it was not answered yet.
    void answer(const ScriptedAnswer& answer) {
      if (dropped) return;
      std::vector<HeaderField> fields;
      for (const auto& [name, value] : answer.headers) fields.push_back({name, value});
      if (answer.failure) return caller->on_failure(*answer.failure, {});
      if (!answer.stream) return caller->on_reply({answer.status, fields, answer.body, {}}, {});
      caller->on_stream_begin({answer.status, fields, {}, {}}, {});
      if (!dropped) caller->on_stream_chunk(answer.body);
      if (!dropped) caller->on_stream_end({});
    }

    KeptRequest request;
    Caller* caller;
    bool dropped = false;
  };

  CallHandle enter(const RequestView& request, const Inner& inner, Caller& caller) override {
    Asked& one = asked.emplace_back(request, caller);
    ScriptedAnswer answer = answers(request);
    if (!answer.held) inner.loop().at_turn_end([&one, answer = std::move(answer)] { one.answer(answer); });
    return CallHandle(&one);
  }

  std::deque<Asked> asked;
  std::function<ScriptedAnswer(const RequestView&)> answers = [](const RequestView&) { return ScriptedAnswer{}; };
};

class GuardStage : public RuntimeStage {
 public:
  GuardStage(std::string_view name, std::string_view with) {
    auto made = guards.make({.function = "api", .position = 0, .name = name, .with = with});
    REQUIRE(made.ok());
    guard = *made;
    RuntimeOptions options;
    options.artifact = [](const Digest&) -> Result<FileIdentity> { return FileIdentity{}; };
    options.resolve = [this](std::string_view reference) -> Result<ChainPtr> { return other(reference); };
    runtime = std::make_unique<Runtime>(std::vector<Loop*>{&loop}, log, std::move(options));
    use_version(1);
  }

  ~GuardStage() { callers.clear(); }  // before the scripts that their calls are with
  GuardStage(const GuardStage&) = delete;
  GuardStage& operator=(const GuardStage&) = delete;

  void use_version(int number) {
    auto function = version("api");
    function->number = number;
    auto made = std::make_shared<Chain>();
    made->links.push_back({"guard", "guard", nullptr, guard});
    made->links.push_back({"script", "script", nullptr, inner});
    made->links.push_back({"api", "api@" + std::to_string(number), function, nullptr});
    chain = made;
  }

  NotedCaller& ask(std::string_view method = "GET", std::string_view target = "/", const Fields& headers = {},
                   std::string_view body = {}, std::chrono::milliseconds timeout = std::chrono::seconds(10)) {
    NotedCaller& caller = callers.emplace_back();
    std::vector<HeaderField> fields;
    for (const auto& [name, value] : headers) fields.push_back({name, value});
    RequestView request;
    request.call_id = "call";
    request.method = method;
    request.path = target.substr(0, target.find('?'));
    request.query = target.substr(std::min(target.size(), request.path.size() + 1));
    request.remote = "192.0.2.1";
    request.headers = fields;
    request.body = body;
    caller.handle = runtime->call(chain, request, timeout, caller);
    return caller;
  }
  // The same, and waits for the answer.
  NotedCaller& get(std::string_view target = "/", const Fields& headers = {}, std::string_view method = "GET") {
    NotedCaller& caller = ask(method, target, headers);
    REQUIRE(run_until([&] { return caller.done(); }));
    return caller;
  }

  std::uint64_t decided(std::string_view decision) const {
    std::uint64_t count = 0;
    guards.for_each([&](const BuiltInGuards::Held& held) {
      for (std::size_t i = 0; i < held.guard.decisions().size(); ++i) {
        if (held.guard.decisions()[i] == decision) count += held.guard.decided(i);
      }
    });
    return count;
  }

  BuiltInGuards guards;
  std::shared_ptr<Guard> guard;
  std::shared_ptr<InnerScript> inner = std::make_shared<InnerScript>();
  std::map<std::string, std::shared_ptr<InnerScript>, std::less<>> others;  // functions that call_other finds
  ChainPtr chain;

 private:
  Result<ChainPtr> other(std::string_view reference) {
    const auto found = others.find(reference);
    if (found == others.end()) return Error(ErrorCode::kFunctionNotFound, "no `" + std::string(reference) + "`");
    auto made = std::make_shared<Chain>();
    made->links.push_back({"script", "script", nullptr, found->second});
    made->links.push_back({std::string(reference), std::string(reference), version(std::string(reference)), nullptr});
    return ChainPtr(made);
  }
};

inline std::string header_of(const NotedCaller& caller, std::string_view name) {
  for (const auto& [key, value] : caller.headers) {
    if (key == name) return value;
  }
  return "none";
}

}  // namespace sojourn
