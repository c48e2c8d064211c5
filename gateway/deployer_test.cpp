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
  explicit DeployStage(SandboxScript script, std::vector<std::string> files = {})
      : stage_(std::move(script)), options_(one_worker(std::move(files))) {
    site_.workers.push_back(&worker_);
    site_.deployer = &deployer_;
  }

  // `file`: where everything in it stands, as of a manifest; empty: there is none.
  Result<Published> publish(Change change, Trial trial = Trial::kPublish, const std::string& file = "") {
    std::optional<Result<Published>> outcome;
    Publication publication;
    publication.trial = trial;
    publication.plan = [change](const Deployments&) -> Result<Change> { return change; };
    publication.done = [&outcome](Result<Published> published) { outcome = std::move(published); };
    if (!file.empty()) publication.place_of = [file](const std::string&) { return file + ":4:2: "; };
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
  const RouteTablePtr& routes() const { return worker_.routes(); }
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

  static GatewayOptions one_worker(std::vector<std::string> files) {
    GatewayOptions options;
    options.files = std::move(files);
    options.listening = {0};  // counted only
    options.access_log_fd = -1;
    return options;
  }

  TemporaryDirectory directory_;
  RuntimeStage stage_;
  const GatewayOptions options_;
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

// --- pipelines and triggers
// --------------------------------------------------------------------------------------------

PipelineChange pipeline(const std::string& name, const std::string& function, Trigger trigger) {
  PipelineChange change;
  change.pipeline.name = name;
  change.pipeline.triggers.push_back(std::move(trigger));
  Step step;
  step.id = "only";
  step.act = CallStep{function};
  change.pipeline.steps.push_back(std::move(step));
  return change;
}

Trigger hook(const std::string& path) {
  WebhookTrigger webhook;
  webhook.path = path;
  return {webhook, std::nullopt};
}

Change with_pipeline(Change change, PipelineChange pipeline) {
  change.pipelines.push_back(std::move(pipeline));
  return change;
}

TEST_CASE("deployer: a pipeline comes with the function that it calls, and loops see both") {
  DeployStage stage(serving());
  const auto both = with_pipeline(DeployStage::deploy("hello", "x"), pipeline("orders", "hello", hook("/orders")));
  const auto published = stage.publish(both);
  REQUIRE_MESSAGE(published.ok(), published.error().text());
  const RouteTablePtr routes = stage.routes();
  CHECK(routes->pipelines().size() == 1);
  REQUIRE(routes->triggers()->hook("/orders") != nullptr);
  CHECK(routes->triggers()->hook("/orders")->source->definition.to_text() == "pipeline orders@1 hello@1");

  // The same pipeline begins runs of the function's next version, and a run that began before keeps its own.
  REQUIRE(stage.publish(DeployStage::deploy("hello", "y")).ok());
  CHECK(stage.routes()->triggers()->hook("/orders")->source->definition.to_text() == "pipeline orders@1 hello@2");
  CHECK(routes->triggers()->hook("/orders")->source->definition.functions.at("hello") == 1);
  CHECK(stage.routes()->chain_of("hello@1").ok());
}

TEST_CASE("deployer: a function that nothing begins and nobody follows leaves the triggers as they are") {
  DeployStage stage(serving());
  REQUIRE(stage.publish(with_pipeline(DeployStage::deploy("a", "x"), pipeline("p", "a", hook("/p")))).ok());
  const TriggerTablePtr before = stage.routes()->triggers();
  REQUIRE(stage.publish(DeployStage::deploy("b", "x")).ok());
  CHECK(stage.routes()->triggers() == before);
  CHECK(stage.routes()->pipelines().size() == 1);
}

TEST_CASE("deployer: a step that calls nobody is refused with its place, and changes nothing") {
  DeployStage stage(serving());
  REQUIRE(stage.publish(DeployStage::deploy("hello", "x")).ok());
  const auto refusal = [&](const std::string& function) {
    const auto refused = stage.publish(with_pipeline({}, pipeline("p", function, hook("/p"))));
    return refused.ok() ? std::string("published") : refused.error().text();
  };
  CHECK(refusal("helo") == "pipelines.p.steps[0].call: there is no function `helo`, did you mean `hello`?");
  CHECK(refusal("hello@7") == "pipelines.p.steps[0].call: function `hello` has no version 7; its live one is 1");
  CHECK(stage.routes()->pipelines().empty());
  CHECK(stage.routes()->triggers()->size() == 0);
}

TEST_CASE("deployer: a function that a pipeline calls cannot be taken away from it") {
  DeployStage stage(serving());
  REQUIRE(stage.publish(with_pipeline(DeployStage::deploy("hello", "x"), pipeline("p", "hello", hook("/p")))).ok());
  const auto refused = stage.publish(DeployStage::removal("hello"));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().text() == "`p` would break: pipelines.p.steps[0].call: there is no function `hello`");
  CHECK(stage.live("hello") == 1);
  Change both = DeployStage::removal("hello");
  both.pipeline_removals = {"p"};
  REQUIRE(stage.publish(both).ok());
  CHECK(stage.live("hello") == 0);
  CHECK(stage.routes()->triggers()->hook("/p") == nullptr);
}

TEST_CASE("deployer: what two pipelines both want is refused with both names") {
  DeployStage stage(serving());
  REQUIRE(stage.publish(with_pipeline(DeployStage::deploy("hello", "x"), pipeline("first", "hello", hook("/p")))).ok());
  const auto refused = stage.publish(with_pipeline({}, pipeline("second", "hello", hook("/p"))));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code() == ErrorCode::kRefused);
  CHECK(refused.error().text().find("first") != std::string::npos);
  CHECK(refused.error().text().find("second") != std::string::npos);
}

TEST_CASE("deployer: a function's own triggers are listened to, and follow its live version") {
  DeployStage stage(serving());
  Change change = DeployStage::deploy("hello", "x");
  change.functions[0].config.triggers.push_back({QueueTrigger{"mails", 1}, std::nullopt});
  REQUIRE(stage.publish(change).ok());
  REQUIRE(stage.routes()->triggers()->consumer("mails") != nullptr);
  CHECK(stage.routes()->triggers()->consumer("mails")->source->definition.to_text() == "trigger hello@1");
  const auto same_name = stage.publish(with_pipeline({}, pipeline("hello", "hello", hook("/h"))));
  REQUIRE_FALSE(same_name.ok());
  CHECK(same_name.error().text().find("pipelines.hello: the function `hello` has triggers") == 0);
  REQUIRE(stage.publish(DeployStage::deploy("hello", "y")).ok());
  CHECK(stage.routes()->triggers()->consumer("mails") == nullptr);
}

TEST_CASE("deployer: triggers of an older version are listened to when it becomes live again") {
  DeployStage stage(serving());
  Change change = DeployStage::deploy("hello", "x");
  change.functions[0].config.triggers.push_back({QueueTrigger{"mails", 1}, std::nullopt});
  REQUIRE(stage.publish(change).ok());
  REQUIRE(stage.publish(DeployStage::deploy("hello", "y")).ok());
  REQUIRE(stage.routes()->triggers()->consumer("mails") == nullptr);
  Change back;
  back.moves = {{"hello", 1}};
  REQUIRE(stage.publish(back).ok());
  REQUIRE(stage.routes()->triggers()->consumer("mails") != nullptr);
  CHECK(stage.routes()->triggers()->consumer("mails")->source->definition.to_text() == "trigger hello@1");
}

TEST_CASE("deployer: a pipeline of which only the trigger changed listens there, and no longer where it did") {
  DeployStage stage(serving());
  REQUIRE(stage.publish(with_pipeline(DeployStage::deploy("a", "x"), pipeline("p", "a", hook("/old")))).ok());
  REQUIRE(stage.publish(with_pipeline({}, pipeline("p", "a", hook("/new")))).ok());
  CHECK(stage.routes()->triggers()->hook("/new") != nullptr);
  CHECK(stage.routes()->triggers()->hook("/old") == nullptr);
}

TEST_CASE("deployer: a schedule without times, and a zone that nobody knows, are refused") {
  DeployStage stage(serving());
  REQUIRE(stage.publish(DeployStage::deploy("hello", "x")).ok());
  for (const CronTrigger& cron :
       {CronTrigger{"0 0 99 * *", "UTC", CatchUp::kNone}, CronTrigger{"0 0 1 * *", "Mars/Olympus", CatchUp::kNone}}) {
    const auto refused = stage.publish(with_pipeline({}, pipeline("p", "hello", {cron, std::nullopt})));
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().text().starts_with("pipelines.p.triggers[0].cron: "));
  }
}

TEST_CASE("deployer: a post to a private address needs the server's permission") {
  DeployStage stage(serving());
  PipelineChange change = pipeline("p", "hello", hook("/p"));
  PostStep post;
  post.url = "http://127.0.0.1:9/";
  post.is_private = true;
  change.pipeline.steps[0].act = post;
  const auto refused = stage.publish(with_pipeline({}, change));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().text().starts_with("pipelines.p.steps[0].post: is private, and this server permits"));
  const auto in_file = stage.publish(with_pipeline({}, change), Trial::kDryRun, "sojourn.yaml");
  REQUIRE_FALSE(in_file.ok());
  CHECK(in_file.error().text().starts_with("sojourn.yaml:4:2: pipelines.p.steps[0].post: is private"));
}

TEST_CASE("deployer: a files trigger watches only below the directories that the server was given") {
  const Change inbox = with_pipeline({}, pipeline("p", "hello", {FilesTrigger{"/srv/inbox/in"}, std::nullopt}));
  for (const std::vector<std::string>& files : {std::vector<std::string>{}, {"/srv/inbox/inner", "/srv/inbox/i"}}) {
    DeployStage stage(serving(), files);
    REQUIRE(stage.publish(DeployStage::deploy("hello", "x")).ok());
    const auto refused = stage.publish(inbox);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code() == ErrorCode::kRefused);
    CHECK(refused.error().text().starts_with("pipelines.p.triggers[0].files.directory: /srv/inbox/in: "));
    CHECK(refused.error().text().find("sojourn serve --files DIR") != std::string::npos);
    Change function = DeployStage::deploy("hello", "y");
    function.functions[0].config.triggers.push_back({FilesTrigger{"/srv/inbox/in"}, std::nullopt});
    const auto own = stage.publish(function);
    REQUIRE_FALSE(own.ok());
    CHECK(own.error().text().starts_with("functions.hello.triggers[0].files.directory: /srv/inbox/in: "));
    CHECK(stage.live("hello") == 1);
  }
  DeployStage stage(serving(), {"/srv/other", "/srv/inbox"});
  REQUIRE(stage.publish(DeployStage::deploy("hello", "x")).ok());
  CHECK(stage.publish(inbox).ok());
}

}  // namespace
}  // namespace sojourn
