#include "gateway/deployer.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <optional>

#include "gateway/guards/built_in_guards.h"
#include "gateway/worker.h"
#include "runtime/call/runtime_stage.h"

// The real repository, runtime and loop; the other side of the wall is played by a script.
namespace sojourn {
namespace {

SandboxScript serving() {
  SandboxScript script;
  script.instance = [](ScriptedInstance& instance) {
    instance.start();
    for (;;) {
      const ScriptedCall call = instance.next_call();
      instance.reply(call, "hello");
    }
  };
  return script;
}

SandboxScript refusing() {
  SandboxScript script = serving();
  script.outcome = LoadOutcome::kInitFailed;
  script.reason = "the model file is missing";
  return script;
}

struct TemporaryDirectory {
  TemporaryDirectory() {
    char name[] = "/tmp/sojourn-deployer-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path = name;
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path); }
  std::string path;
};

class DeployStage {
 public:
  explicit DeployStage(SandboxScript script) : stage_(std::move(script)) {
    site_.workers.push_back(&worker_);
    site_.deployer = &deployer_;
  }

  Result<Published> publish(Change change, Trial trial = Trial::kPublish) {
    std::optional<Result<Published>> outcome;
    Publication publication;
    publication.trial = trial;
    publication.plan = [change](const Deployments&) -> Result<Change> { return change; };
    publication.done = [&outcome](Result<Published> published) { outcome = std::move(published); };
    REQUIRE(deployer_.submit(std::move(publication)).ok());
    REQUIRE(stage_.run_until([&] { return outcome.has_value(); }));
    return std::move(*outcome);
  }

  static Change deploy(const std::string& name, const std::string& greeting) {
    FunctionChange function{name, std::nullopt, {}, {}, {}};
    function.entry.symbol = "sojourn_entry_hello";
    function.config.env["GREETING"] = greeting;
    Change change;
    change.author = "ci";
    change.functions.push_back(std::move(function));
    return change;
  }
  static Change removal(const std::string& name) {
    Change change;
    change.author = "ci";
    change.removals.push_back(name);
    return change;
  }

  // What a request that comes now would meet, 0 for no such function.
  int live(std::string_view name) {
    const RouteEntryPtr* entry = worker_.routes()->find(name);
    return entry == nullptr ? 0 : (*entry)->function->live;
  }
  // What a restart would find.
  std::string head() const { return repository_->deployments()->head; }

  Deployer& deployer() { return deployer_; }
  RuntimeStage& stage() { return stage_; }

 private:
  template <class T>
  static T opened(Result<T> result) {
    REQUIRE(result.ok());
    return std::move(*result);
  }

  static GatewayOptions one_worker() {
    GatewayOptions options;
    options.listening = {0};  // counted only
    options.access_log_fd = -1;
    return options;
  }

  TemporaryDirectory directory_;
  RuntimeStage stage_;
  const GatewayOptions options_ = one_worker();
  std::unique_ptr<ArtifactStore> artifacts_ = opened(ArtifactStore::open(directory_.path + "/artifacts", {}));
  std::unique_ptr<Repository> repository_ = opened(Repository::open(directory_.path + "/git", Clock::system()));
  HostLibraries libraries_;
  LogStore logs_;
  CallIdWindow call_ids_;
  Site site_{options_, stage_.log, *stage_.runtime, *artifacts_, libraries_, logs_, call_ids_};
  SerialThread store_;
  BuiltInGuards guards_;
  const BuiltIns built_ins_;
  ChainMaker chains_{guards_, built_ins_};
  Deployer deployer_{site_, stage_.loop, *repository_, store_, chains_};
  Worker worker_{site_,
                 stage_.loop,
                 0,
                 deployer_.routes(),
                 std::make_shared<const TokenTable>(std::vector<Token>{}),
                 std::make_shared<const SecretTable>(std::vector<SecretPtr>{})};
};

TEST_CASE("deployer: a version that works is committed, then live") {
  DeployStage stage(serving());
  const std::string before = stage.head();
  const auto published = stage.publish(DeployStage::deploy("hello", "moin"));
  REQUIRE(published.ok());
  CHECK(published->made.size() == 1);
  CHECK(published->commit == stage.head());
  CHECK(stage.head() != before);
  CHECK(stage.live("hello") == 1);
  CHECK(published->made.front()->commit == published->commit);
}

TEST_CASE("deployer: a version that does not start changes nothing, and says why") {
  DeployStage stage(refusing());
  const std::string before = stage.head();
  const auto refused = stage.publish(DeployStage::deploy("hello", "moin"));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code() == ErrorCode::kRefused);
  CHECK(refused.error().text().find("the model file is missing") != std::string::npos);
  CHECK(stage.head() == before);
  CHECK(stage.live("hello") == 0);
}

TEST_CASE("deployer: the same again is no commit, another configuration is the next version") {
  DeployStage stage(serving());
  REQUIRE(stage.publish(DeployStage::deploy("hello", "moin")).ok());
  const std::string head = stage.head();
  const auto same = stage.publish(DeployStage::deploy("hello", "moin"));
  REQUIRE(same.ok());
  CHECK(same->commit.empty());
  CHECK(same->unchanged == std::vector<std::string>{"hello"});
  CHECK(stage.head() == head);
  REQUIRE(stage.publish(DeployStage::deploy("hello", "servus")).ok());
  CHECK(stage.live("hello") == 2);
}

TEST_CASE("deployer: a dry run says what would be and touches nothing") {
  DeployStage stage(refusing());  // a sandbox that is asked would refuse
  const auto dry = stage.publish(DeployStage::deploy("hello", "moin"), Trial::kDryRun);
  REQUIRE(dry.ok());
  CHECK(dry->made.size() == 1);
  CHECK(dry->commit.empty());
  CHECK(stage.live("hello") == 0);
}

TEST_CASE("deployer: a change of several functions is all of them or none") {
  DeployStage stage(serving());
  Change both = DeployStage::deploy("a", "x");
  both.functions.push_back(DeployStage::deploy("b", "x").functions.front());
  both.removals.push_back("absent");
  CHECK(stage.publish(both).error().code() == ErrorCode::kFunctionNotFound);
  CHECK(stage.live("a") == 0);
  both.removals.clear();
  REQUIRE(stage.publish(both).ok());
  CHECK(stage.live("a") == 1);
  CHECK(stage.live("b") == 1);
}

TEST_CASE("deployer: a removed function is gone, and one that comes back counts on") {
  DeployStage stage(serving());
  REQUIRE(stage.publish(DeployStage::deploy("hello", "moin")).ok());
  const auto removed = stage.publish(DeployStage::removal("hello"));
  REQUIRE(removed.ok());
  CHECK(removed->removed == std::vector<std::string>{"hello"});
  CHECK(stage.live("hello") == 0);
  REQUIRE(stage.publish(DeployStage::deploy("hello", "moin")).ok());
  CHECK(stage.live("hello") == 2);
}

TEST_CASE("deployer: more waiting changes than the bound are refused, the others are made in order") {
  DeployStage stage(serving());
  std::size_t done = 0;
  Status last;
  for (std::size_t i = 0; i < kPublicationsMax + 1; ++i) {
    Publication publication;
    publication.plan = [i](const Deployments&) -> Result<Change> {
      return DeployStage::deploy("hello", std::to_string(i));
    };
    publication.done = [&done, i](const Result<Published>& published) {
      CHECK(published.ok());
      CHECK(done == i);
      ++done;
    };
    last = stage.deployer().submit(std::move(publication));
  }
  CHECK(last.error().code() == ErrorCode::kNoCapacity);
  CHECK(last.error().text().find("64") != std::string::npos);
  CHECK(stage.stage().run_until([&] { return done == kPublicationsMax; }, std::chrono::seconds(30)));
}

}  // namespace
}  // namespace sojourn
