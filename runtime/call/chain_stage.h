// A RealStage with chains: links of testdata/links.cpp around its function, as many as a test wants. For tests.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/call/guard.h"
#include "runtime/call/real_stage.h"

namespace sojourn {

class ChainStage : public RealStage {
 public:
  ChainStage() : RealStage([this](RuntimeOptions& options) { adjust(options); }) {}

  // A separate link that answers to `name` in the query, as version 1 of the decorator `link`.
  ChainLink link(const std::string& name, int instances_max = 8) {
    auto version = version_of("call-test-links", "sojourn_entry_relay");
    version->function = "link";
    version->entry.kind = EntryKind::kDecorator;
    version->config.with = R"({"name":")" + name + "\"}";
    version->config.instances.max = instances_max;
    return {name, name + "@1", version, nullptr};
  }
  std::shared_ptr<Version> mirror(const std::string& name = "mirror") {
    auto version = version_of("call-test-links", "sojourn_entry_mirror");
    version->function = name;
    version->config.timeout = std::chrono::seconds(20);
    return version;
  }
  // The same with so many links fused around it.
  std::shared_ptr<Version> fused_mirror(std::size_t links) {
    auto version = mirror();
    for (std::size_t i = 0; i < links; ++i) {
      FusedObject object;
      object.use = "link@1";
      object.artifact = version->artifact;
      object.entry.kind = EntryKind::kDecorator;
      object.entry.symbol = "sojourn_entry_relay";
      object.with = R"({"name":"fused)" + std::to_string(i) + "\"}";
      version->fused.push_back(std::move(object));
    }
    return version;
  }
  static ChainPtr chain_of(std::vector<ChainLink> links, const VersionPtr& function) {
    links.push_back({function->function, function->function + "@1", function, nullptr});
    return std::make_shared<const Chain>(Chain{std::move(links)});
  }

  struct Wish {
    std::string path = "/";
    std::string query{};
    std::string method = "GET";
    std::string body{};
    std::vector<HeaderField> headers{};
  };
  NotedCaller& ask(const ChainPtr& chain, const Wish& wish) {
    NotedCaller& caller = callers.emplace_back();
    RequestView request;
    request.call_id = "call-7";
    request.traceparent = "trace-7";
    request.remote = "192.0.2.7";
    request.method = wish.method;
    request.path = wish.path;
    request.query = wish.query;
    request.headers = wish.headers;
    request.body = wish.body;
    caller.handle = runtime->call(chain, request, chain->function().version->config.timeout, caller);
    return caller;
  }
  NotedCaller& answer(const ChainPtr& chain, const Wish& wish) {
    NotedCaller& caller = ask(chain, wish);
    run_until([&] { return caller.done(); }, std::chrono::seconds(30));
    return caller;
  }

  std::map<std::string, ChainPtr> others;  // by name, for functions that call others

 private:
  void adjust(RuntimeOptions& options) {
    options.resolve = [this](std::string_view reference) -> Result<ChainPtr> {
      const auto found = others.find(std::string(reference));
      if (found != others.end()) return found->second;
      return Error(ErrorCode::kFunctionNotFound, "there is no such function");
    };
  }
};

}  // namespace sojourn
