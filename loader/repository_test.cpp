#include "loader/repository.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <set>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader/pack_files.h"
#include "loader/temporary_directory.h"

namespace sojourn {
namespace {

std::string directory_in(const TemporaryDirectory& directory) {
  return directory.path() + "/deployments.git";
}

std::unique_ptr<Repository> open_in(const TemporaryDirectory& directory) {
  auto repository = Repository::open(directory_in(directory), Clock::system());
  REQUIRE_MESSAGE(repository.ok(), repository.error().text());
  return std::move(*repository);
}

Artifact artifact(std::uint8_t seed) {
  Artifact made;
  made.digest.bytes.fill(seed);
  made.size = 1000u + seed;
  made.build_id = "ab12";
  return made;
}

FunctionChange function(const std::string& name, std::uint8_t seed) {
  FunctionChange change;
  change.name = name;
  change.artifact = artifact(seed);
  change.entry = {1, EntryKind::kFunction, name, "sojourn_entry_x", ""};
  change.config.env = {{"GREETING", "h\xC3\xA9llo"}};
  return change;
}

Change deploy(const std::string& name, std::uint8_t seed) {
  Change change;
  change.author = "ada";
  change.functions.push_back(function(name, seed));
  return change;
}

Committed commit(Repository& repository, const Change& change) {
  auto committed = repository.commit(change);
  REQUIRE_MESSAGE(committed.ok(), committed.error().text());
  return std::move(*committed);
}

// What a command of stock git prints, and that it succeeds.
std::string git(const std::string& arguments) {
  const std::string command = "git -c safe.directory='*' " + arguments + " 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string output;
  std::array<char, 4096> buffer{};
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), got);
  const int status = ::pclose(pipe);
  CHECK_MESSAGE(status == 0, command << ": " << output);
  return output;
}

// Runs `work` in a child that ends with what it returns, without any orderly closing.
template <class Work>
int exit_status_of(Work work) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(work());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("repository: a new one is empty, and opens again") {
  const TemporaryDirectory directory;
  const std::string head = open_in(directory)->deployments()->head;
  CHECK(head.size() == 40);
  const auto again = open_in(directory);
  CHECK(again->deployments()->head == head);
  CHECK(again->deployments()->functions.empty());
}

TEST_CASE("repository: what was deployed is there after a restart, with numbers, authors and commits") {
  const TemporaryDirectory directory;
  std::string first_commit;
  {
    const auto repository = open_in(directory);
    const Committed first = commit(*repository, deploy("hello", 1));
    REQUIRE(first.made.size() == 1);
    CHECK(first.made[0]->number == 1);
    CHECK(first.made[0]->commit == first.deployments->head);
    first_commit = first.deployments->head;
    commit(*repository, deploy("hello", 2));
    commit(*repository, deploy("other", 1));
  }
  const auto repository = open_in(directory);
  const auto& functions = repository->deployments()->functions;
  REQUIRE(functions.size() == 2);
  const Function& hello = *functions.find("hello")->second;
  CHECK(hello.live == 2);
  REQUIRE(hello.versions.size() == 2);
  const Version& version = *hello.version(1);
  CHECK(version.artifact.digest == artifact(1).digest);
  CHECK(version.artifact.size == 1001);
  CHECK(version.artifact.build_id == "ab12");
  CHECK(version.entry.symbol == "sojourn_entry_x");
  CHECK(version.config == function("hello", 1).config);
  CHECK(version.author == "ada");
  CHECK(version.commit == first_commit);
  CHECK(version.made_at > 1'700'000'000);
}

TEST_CASE("repository: the same artifact and configuration is the same version and no commit") {
  const TemporaryDirectory directory;
  const auto repository = open_in(directory);
  commit(*repository, deploy("hello", 1));
  const std::string head = repository->deployments()->head;
  const Committed again = commit(*repository, deploy("hello", 1));
  CHECK_FALSE(again.changed);
  CHECK(again.unchanged == std::vector<std::string>{"hello"});
  CHECK(again.deployments->head == head);
  Change other = deploy("hello", 1);
  other.functions[0].config.memory *= 2;
  CHECK(commit(*repository, other).made.at(0)->number == 2);
}

TEST_CASE("repository: fused objects are part of the version, and another one makes the next") {
  const TemporaryDirectory directory;
  Change change = deploy("hello", 1);
  change.functions[0].fused = {
      {"outer@3", artifact(2), {1, EntryKind::kDecorator, "outer", "sojourn_entry_outer", ""}, R"({"a":1})"},
      {"redact@builtin", artifact(3), {1, EntryKind::kDecorator, "redact", "sojourn_entry_redact", "{}"}, ""}};
  change.functions[0].fused[0].artifact.unique_symbol = "shared";
  {
    const auto repository = open_in(directory);
    CHECK(commit(*repository, change).made.size() == 1);
  }
  const auto repository = open_in(directory);
  const VersionPtr version = repository->deployments()->functions.find("hello")->second->version(1);
  CHECK(version->fused == change.functions[0].fused);
  CHECK(version->fused.at(1).artifact.size == 1003);
  CHECK(version->fused.at(0).artifact.unique_symbol == "shared");
  CHECK(version->fused.at(1).entry.kind == EntryKind::kDecorator);
  CHECK_FALSE(commit(*repository, change).changed);
  change.functions[0].fused[0].artifact = artifact(4);
  CHECK(commit(*repository, change).made.at(0)->number == 2);
  change.functions[0].fused[0].with = R"({"a":2})";
  CHECK(commit(*repository, change).made.at(0)->number == 3);
  change.functions[0].fused.clear();
  CHECK(commit(*repository, change).made.at(0)->number == 4);
}

TEST_CASE("repository: several functions, removals and moves of live are one commit") {
  const TemporaryDirectory directory;
  const auto repository = open_in(directory);
  Change first = deploy("a", 1);
  first.functions.push_back(function("b", 1));
  first.functions.push_back(function("c", 1));
  first.functions[1].owner = "shop";
  first.manifest = ManifestText{"shop", "sojourn: 1\n"};
  commit(*repository, first);
  commit(*repository, deploy("a", 2));
  Change second = deploy("d", 1);
  second.removals = {"b"};
  second.moves = {{"a", 1}};
  const Committed committed = commit(*repository, second);
  for (const auto& state : {committed.deployments, open_in(directory)->deployments()}) {
    CHECK(state->functions.size() == 3);
    CHECK(state->functions.find("a")->second->live == 1);
    CHECK(state->functions.find("a")->second->versions.size() == 2);
    CHECK_FALSE(state->functions.contains("b"));
    CHECK(state->functions.contains("d"));
  }
  CHECK(git("-C " + directory_in(directory) + " show main:manifests/shop.yaml") == "sojourn: 1\n");
  CHECK(repository->history("", 100)->size() == 4);
}

TEST_CASE("repository: a function that comes back after its removal counts on") {
  const TemporaryDirectory directory;
  commit(*open_in(directory), deploy("hello", 1));
  Change removal;
  removal.removals = {"hello"};
  commit(*open_in(directory), removal);
  const auto repository = open_in(directory);
  CHECK(next_version(*repository->deployments(), "hello") == 2);
  CHECK(commit(*repository, deploy("hello", 1)).made.at(0)->number == 2);
  CHECK(open_in(directory)->deployments()->functions.find("hello")->second->live == 2);
  CHECK(open_in(directory)->deployments()->removed.empty());
}

TEST_CASE("repository: what cannot be done is refused and leaves everything as it was") {
  const TemporaryDirectory directory;
  const auto repository = open_in(directory);
  commit(*repository, deploy("hello", 1));
  const std::string head = repository->deployments()->head;
  Change change;
  change.removals = {"helo"};
  CHECK(repository->commit(change).error().text() == "deployments: there is no function `helo`, did you mean `hello`?");
  change.removals = {};
  change.moves = {{"hello", 7}};
  CHECK(repository->commit(change).error().code() == ErrorCode::kVersionNotFound);
  change = deploy("../etc", 1);
  CHECK(repository->commit(change).error().code() == ErrorCode::kRefused);
  change = deploy("hello", 2);
  change.expected_head = std::string(40, '0');
  CHECK(repository->commit(change).error().code() == ErrorCode::kConflict);
  change = deploy("hello", 2);
  change.removals = {"hello"};
  CHECK(repository->commit(change).error().code() == ErrorCode::kRefused);
  CHECK(repository->deployments()->head == head);
  CHECK(open_in(directory)->deployments()->head == head);
}

TEST_CASE("repository: the history of all and of one function, newest first") {
  const TemporaryDirectory directory;
  const auto repository = open_in(directory);
  commit(*repository, deploy("hello", 1));
  commit(*repository, deploy("other", 1));
  Change named = deploy("hello", 2);
  named.message = "by hand\nVersion: other@9";
  named.author = "eve <x>\n";
  commit(*repository, named);
  const auto all = repository->history("", 10);
  REQUIRE(all.ok());
  REQUIRE(all->size() == 4);
  CHECK((*all)[0].commit == repository->deployments()->head);
  CHECK((*all)[0].message == "by hand Version: other@9");
  CHECK((*all)[0].versions == std::vector<std::string>{"hello@2"});
  CHECK((*all)[1].message == "deploy other@1");
  CHECK((*all)[1].author == "ada");
  CHECK((*all)[3].message == "begin");
  const auto hello = repository->history("hello", 10);
  REQUIRE(hello->size() == 2);
  CHECK((*hello)[1].message == "deploy hello@1");
  CHECK(repository->history("hello", 1)->size() == 1);
  CHECK(repository->history("hell", 10)->empty());
}

TEST_CASE("repository: a wall clock that jumps changes what is written beside a commit and nothing else") {
  struct Jumping final : Clock {
    MonotonicTime now() const override { return std::chrono::steady_clock::now(); }
    WallTime wall() const override { return WallTime(std::chrono::hours(hours)); }
    long hours = 500'000;
  } clock;
  const TemporaryDirectory directory;
  const long jumps[] = {500'000, 1, 900'000, 499'999, 0};
  {
    auto repository = Repository::open(directory_in(directory), clock);
    REQUIRE(repository.ok());
    for (std::uint8_t i = 0; i < 5; ++i) {
      clock.hours = jumps[i];
      CHECK(commit(**repository, deploy("hello", i)).changed);
    }
  }
  const auto repository = open_in(directory);
  const auto history = repository->history("hello", 10);
  REQUIRE(history.ok());
  REQUIRE(history->size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK((*history)[i].versions == std::vector<std::string>{"hello@" + std::to_string(5 - i)});
  }
}

TEST_CASE("repository: stock git reads, checks and clones it") {
  const TemporaryDirectory directory;
  const auto repository = open_in(directory);
  for (std::uint8_t i = 1; i < 6; ++i) commit(*repository, deploy(i % 2 == 0 ? "hello" : "other", i));
  Change removal;
  removal.removals = {"hello"};
  commit(*repository, removal);
  const std::string at = "-C " + directory_in(directory);
  CHECK(git(at + " fsck --strict --full").find("error") == std::string::npos);
  const std::string log = git(at + " log --format=%s");
  CHECK(log.starts_with("remove hello\ndeploy other@3\n"));
  CHECK(log.ends_with("deploy other@1\nbegin\n"));
  git("clone -q " + directory_in(directory) + " " + directory.path() + "/clone");
  std::ifstream alias(directory.path() + "/clone/" + "format.json");
  CHECK(alias.good());
}

TEST_CASE("repository: a crash at any step leaves the old state or the new one, never anything else") {
  for (const std::string step : {"objects made", "journal written", "pack written", "branch moved"}) {
    const TemporaryDirectory directory;
    commit(*open_in(directory), deploy("hello", 1));
    CHECK(exit_status_of([&] {
            auto repository = Repository::open(directory_in(directory), Clock::system());
            if (!repository) return 1;
            (*repository)->set_step_hook([&](std::string_view done) {
              if (done == step) ::_exit(42);
            });
            return (*repository)->commit(deploy("hello", 2)).ok() ? 2 : 3;
          }) == 42);
    const auto repository = open_in(directory);
    const bool done = step != "objects made";
    CHECK(repository->deployments()->functions.find("hello")->second->live == (done ? 2 : 1));
    CHECK(git("-C " + directory_in(directory) + " fsck --strict").find("error") == std::string::npos);
    CHECK(commit(*repository, deploy("hello", 3)).made.at(0)->number == (done ? 3 : 2));
  }
}

TEST_CASE("repository: what a power cut took of git's files comes back from the journal") {
  const TemporaryDirectory directory;
  open_in(directory).reset();
  std::set<std::filesystem::path> synced;
  for (const auto& entry : std::filesystem::directory_iterator(directory_in(directory) + "/objects/pack")) {
    synced.insert(entry.path());
  }
  CHECK(exit_status_of([&] {
          auto repository = Repository::open(directory_in(directory), Clock::system());
          int made = 0;
          for (std::uint8_t i = 1; repository && i <= 3; ++i)
            made += (*repository)->commit(deploy("hello", i)).ok() ? 1 : 0;
          ::_exit(made);
          return 0;
        }) == 3);
  for (const auto& entry : std::filesystem::directory_iterator(directory_in(directory) + "/objects/pack")) {
    if (synced.contains(entry.path())) continue;
    std::filesystem::permissions(entry.path(), std::filesystem::perms::owner_all);
    std::filesystem::resize_file(entry.path(), 0);
  }
  std::filesystem::resize_file(directory_in(directory) + "/refs/heads/main", 0);
  std::ofstream(directory_in(directory) + "/refs/heads/main.lock") << "half";
  std::ofstream(directory_in(directory) + "/objects/pack/pack_git2_0123456789abcdef") << "half";
  std::filesystem::create_directory(directory_in(directory) + "/sojourn-merge");
  std::ofstream(directory_in(directory) + "/sojourn-merge/pack-1.idx") << "half";
  const auto repository = open_in(directory);
  CHECK(repository->deployments()->functions.find("hello")->second->live == 3);
  CHECK(git("-C " + directory_in(directory) + " fsck --strict --full").find("error") == std::string::npos);
}

TEST_CASE("repository: a commit that git or the disk refuses did not happen, and the next one does") {
  const TemporaryDirectory directory;
  const std::string lock = directory_in(directory) + "/refs/heads/main.lock";
  {
    const auto repository = open_in(directory);
    commit(*repository, deploy("hello", 1));
    std::ofstream(lock) << "held";
    CHECK_FALSE(repository->commit(deploy("hello", 2)).ok());
    std::filesystem::remove(lock);
    struct rlimit before {};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const auto signal_before = std::signal(SIGXFSZ, SIG_IGN);
    const struct rlimit full = {64, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &full) == 0);
    const auto refused = repository->commit(deploy("hello", 2));
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    std::signal(SIGXFSZ, signal_before);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code() == ErrorCode::kStoreUnavailable);
    CHECK(repository->deployments()->functions.find("hello")->second->live == 1);
    CHECK(commit(*repository, deploy("hello", 3)).made.at(0)->number == 2);
  }
  const auto repository = open_in(directory);
  CHECK(repository->deployments()->functions.find("hello")->second->version(2)->artifact.digest == artifact(3).digest);
  CHECK(repository->history("hello", 10)->size() == 2);
  CHECK(git("-C " + directory_in(directory) + " fsck --strict --full").find("error") == std::string::npos);
}

TEST_CASE("repository: a refused commit does not come back after a crash") {
  const TemporaryDirectory directory;
  const std::string lock = directory_in(directory) + "/refs/heads/main.lock";
  commit(*open_in(directory), deploy("hello", 1));
  CHECK(exit_status_of([&] {
          auto repository = Repository::open(directory_in(directory), Clock::system());
          if (!repository) return 1;
          std::ofstream(lock) << "held";
          const bool refused = !(*repository)->commit(deploy("hello", 2)).ok();
          ::_exit(refused ? 42 : 2);
        }) == 42);
  CHECK(open_in(directory)->deployments()->functions.find("hello")->second->live == 1);
}

TEST_CASE("repository: many commits are tidied into few packs, and nothing is lost") {
  const TemporaryDirectory directory;
  const auto repository = open_in(directory);
  for (int i = 1; i <= 80; ++i) {
    commit(*repository, deploy("f" + std::to_string(i % 7), static_cast<std::uint8_t>(i)));
    const Status status = repository->tidy();
    REQUIRE_MESSAGE(status.ok(), status.error().text());
  }
  CHECK(*count_packs(directory_in(directory)) <= 40);
  CHECK(repository->history("", 1000)->size() == 81);
  CHECK(open_in(directory)->deployments()->functions.size() == 7);
  CHECK(git("-C " + directory_in(directory) + " fsck --strict --full").find("error") == std::string::npos);
}

TEST_CASE("repository: a newer format is refused with a clear word") {
  const TemporaryDirectory directory;
  open_in(directory).reset();
  const std::string clone = directory.path() + "/clone";
  git("clone -q " + directory_in(directory) + " " + clone);
  std::ofstream(clone + "/format.json") << "{\"format\":2}";
  git("-C " + clone + " -c user.name=a -c user.email=a commit -qam newer");
  git("-C " + clone + " push -q");
  const auto opened = Repository::open(directory_in(directory), Clock::system());
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().text().find("was written by a newer Sojourn (format 2") != std::string::npos);
}

namespace {

PipelineChange pipeline(const std::string& name, const std::string& function) {
  PipelineChange change;
  change.owner = "shop";
  change.pipeline.name = name;
  change.pipeline.triggers.push_back({QueueTrigger{"mails", 1}, std::nullopt});
  Step step;
  step.id = "only";
  step.act = CallStep{function};
  change.pipeline.steps.push_back(std::move(step));
  return change;
}

}  // namespace

TEST_CASE("repository: pipelines are kept in versions, and count on after a removal") {
  const TemporaryDirectory directory;
  auto repository = open_in(directory);
  Change change = deploy("hello", 1);
  change.pipelines.push_back(pipeline("orders", "hello"));
  const Committed first = commit(*repository, change);
  CHECK(first.deployments->pipelines.at("orders")->live == 1);
  CHECK_FALSE(commit(*repository, change).changed);

  Change second;
  second.pipelines.push_back(pipeline("orders", "other"));
  commit(*repository, second);
  repository.reset();
  repository = open_in(directory);
  const auto& orders = repository->deployments()->pipelines.at("orders");
  CHECK(orders->owner == "shop");
  CHECK(orders->live == 2);
  REQUIRE(orders->versions.size() == 2);
  CHECK(orders->versions.at(1)->pipeline == change.pipelines[0].pipeline);
  CHECK(orders->versions.at(1)->commit == first.deployments->head);
  CHECK(orders->versions.at(1)->author == "ada");
  CHECK(orders->live_version()->pipeline == second.pipelines[0].pipeline);

  Change removal;
  removal.pipeline_removals = {"orders"};
  commit(*repository, removal);
  CHECK(repository->deployments()->pipelines.empty());
  commit(*repository, second);
  repository.reset();
  repository = open_in(directory);
  CHECK(repository->deployments()->pipelines.at("orders")->live == 3);

  const auto history = repository->history("orders", 10);
  REQUIRE(history.ok());
  REQUIRE(history->size() == 4);
  CHECK((*history)[0].pipelines == std::vector<std::string>{"orders@3"});
  CHECK((*history)[0].message == "deploy pipeline orders@3");
  CHECK((*history)[1].removed_pipelines == std::vector<std::string>{"orders"});
  CHECK((*history)[3].versions == std::vector<std::string>{"hello@1"});
}

TEST_CASE("repository: a pipeline that is not there cannot be removed, nor one that is changed too") {
  const TemporaryDirectory directory;
  auto repository = open_in(directory);
  Change change;
  change.pipelines.push_back(pipeline("orders", "hello"));
  commit(*repository, change);
  Change removal;
  removal.pipeline_removals = {"order"};
  const auto missing = repository->commit(removal);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().text().find("there is no pipeline `order`, did you mean `orders`?") != std::string::npos);
  change.pipeline_removals = {"orders"};
  const auto both = repository->commit(change);
  REQUIRE_FALSE(both.ok());
  CHECK(both.error().text().find("is both changed and removed") != std::string::npos);
}

}  // namespace sojourn
