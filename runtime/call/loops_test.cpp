// One runtime on several loops: bounds hold over all of them, and instances go where calls wait.
#include <atomic>
#include <doctest/doctest.h>
#include <thread>
#include <unistd.h>

#include "runtime/call/runtime_stage.h"

namespace sojourn {
namespace {

using namespace std::chrono_literals;

// Further loops on threads of their own.
class LoopThreads {
 public:
  explicit LoopThreads(int count) {
    for (int i = 0; i < count; ++i) loops_.push_back(std::make_unique<Loop>());
  }
  void start() {
    for (const auto& loop : loops_) threads_.emplace_back([&loop = *loop] { loop.run(); });
  }
  void stop() {
    for (const auto& loop : loops_) loop->post([&loop = *loop] { loop.stop(); });
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  Loop& at(std::size_t index) { return *loops_[index]; }

 private:
  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<std::thread> threads_;
};

SandboxScript serving() {
  SandboxScript script;
  script.instance = [](ScriptedInstance& instance) {
    instance.start();
    while (true) {
      const ScriptedCall call = instance.next_call();
      if (call.path == "/nap") ::usleep(2'000);
      instance.reply(call, std::to_string(::getpid()));
    }
  };
  return script;
}

// Keeps `width` calls going on one loop until `total` have ended.
class Load {
 public:
  Load(Runtime& runtime, VersionPtr version, std::string path, int width, int total)
      : runtime_(runtime), version_(std::move(version)), path_(std::move(path)), left_(total), running_(width) {
    for (int i = 0; i < width; ++i) lanes_.push_back(std::make_unique<Lane>(*this));
  }
  void start() {
    for (auto& lane : lanes_) lane->next();
  }
  bool done() const { return running_ == 0; }
  int failed() const { return failed_; }

 private:
  class Lane final : public Caller {
   public:
    explicit Lane(Load& load) : load_(load) {}
    void next() {
      if (--load_.left_ < 0) {
        --load_.running_;
        return;
      }
      RequestView request;
      request.call_id = "x";
      request.method = "GET";
      request.path = load_.path_;
      handle_ = load_.runtime_.call(load_.version_, request, 5s, *this);
    }
    void on_reply(const ReplyView&, const CallTimes&) override { next(); }
    void on_failure(const CallFailure&, const CallTimes&) override {
      ++load_.failed_;
      next();
    }
    void on_stream_begin(const ReplyView&, const CallTimes&) override {}
    void on_stream_chunk(std::string_view) override {}
    void on_stream_end(const std::optional<Error>&) override {}

   private:
    Load& load_;
    CallHandle handle_;
  };

  Runtime& runtime_;
  VersionPtr version_;
  std::string path_;
  int left_;
  std::atomic<int> running_;
  std::atomic<int> failed_{0};
  std::vector<std::unique_ptr<Lane>> lanes_;
};

struct Outcome {
  bool done = false;
  int failed = 0;
  VersionStats stats;
};

Outcome run(int loops, int instances_max, const std::string& path, int width, int total) {
  LoopThreads others(loops - 1);
  Outcome outcome;
  {
    RuntimeStage stage;
    std::vector<Loop*> all = {&stage.loop};
    for (int i = 1; i < loops; ++i) all.push_back(&others.at(static_cast<std::size_t>(i - 1)));
    RuntimeOptions options;
    options.artifact = [](const Digest&) -> Result<FileIdentity> { return FileIdentity{}; };
    stage.warden = std::make_unique<ScriptedWarden>(serving());
    stage.runtime = std::make_unique<Runtime>(all, stage.log, std::move(options));
    stage.runtime->attach_warden(stage.warden->take_link());
    others.start();
    const auto version = stage.version();
    version->config.instances.max = instances_max;
    std::vector<std::unique_ptr<Load>> loads;
    for (Loop* const loop : all) {
      loads.push_back(std::make_unique<Load>(*stage.runtime, version, path, width, total));
      loop->post([load = loads.back().get()] { load->start(); });
    }
    outcome.done = stage.run_until(
        [&] { return std::all_of(loads.begin(), loads.end(), [](const auto& load) { return load->done(); }); }, 20s);
    outcome.stats = stage.runtime->stats(version);
    others.stop();
    for (const auto& load : loads) outcome.failed += load->failed();
    loads.clear();
    stage.runtime.reset();
  }
  return outcome;
}

}  // namespace

TEST_CASE("loops: three loops share one instance, which goes where calls wait") {
  const Outcome outcome = run(3, 1, "/nap", 2, 60);
  CHECK(outcome.done);
  CHECK(outcome.failed == 0);
  CHECK(outcome.stats.started == 180);
  CHECK(outcome.stats.instances == 1);
}

TEST_CASE("loops: short calls on three loops all end, within the bound on instances") {
  const Outcome outcome = run(3, 4, "/", 16, 3000);
  CHECK(outcome.done);
  CHECK(outcome.failed == 0);
  CHECK(outcome.stats.instances <= 4);
}

}  // namespace sojourn
