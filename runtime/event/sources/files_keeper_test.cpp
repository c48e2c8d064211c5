#include "runtime/event/sources/files_keeper.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "runtime/event/journal/long_data.h"
#include "runtime/event/sources/sources_stage.h"
#include "runtime/event/triggers/intake.h"

using namespace sojourn;
using namespace sojourn::test;
using namespace std::chrono_literals;

namespace {

struct FilesStage : SourcesStage {
  FilesStage() { std::filesystem::create_directory(inbox()); }

  std::filesystem::path inbox() const { return directory.path() / "inbox"; }
  void write(const std::string& name, const std::string& content) const { write_file(inbox() / name, content); }

  Trigger files(std::string glob = "*", std::chrono::milliseconds settle = 50ms) const {
    return on(FilesTrigger{inbox().string(), std::move(glob), settle});
  }
  void start(std::vector<std::string> closed = {}) {
    keeper = std::make_unique<FilesKeeper>(
        loop, *journal, [this] { return table; }, clock, log, WatchRoots(roots), std::move(closed));
    keeper->deployed();
  }
  void deploy(std::vector<TriggerSource> sources) {
    table = table_of(std::move(sources));
    if (keeper) keeper->deployed();
  }
  bool takes(std::uint64_t count) {
    return run_until([&] { return keeper->stats().taken >= count; });
  }
  std::string data_at(std::size_t index) { return data_of(journal->payloads(), events().at(index).event).value(); }
  std::vector<std::string> subjects() {
    std::vector<std::string> names;
    for (const EventView& view : events()) names.push_back(to_event(view.event)->attributes.at("subject"));
    std::sort(names.begin(), names.end());
    return names;
  }

  int logged(std::string_view text) {
    const std::string all = log_text();
    int count = 0;
    for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) ++count;
    return count;
  }

  std::vector<std::string> roots = {directory.path().string()};
  std::unique_ptr<FilesKeeper> keeper;
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("files keeper: a file becomes an event with its name, its content and its facts") {
  FilesStage stage;
  stage.deploy({source_of("import", {stage.files("*.json")})});
  stage.write("before.json", R"({"n":1})");
  stage.start();
  REQUIRE(stage.takes(1));
  stage.write("after.json", std::string(200'000, 'x'));
  stage.write("other.txt", "not wanted");
  REQUIRE(stage.takes(2));
  const auto events = stage.events();
  REQUIRE(events.size() == 2);
  const CloudEvent first = *to_event(events[0].event);
  CHECK(first.type == "io.sojourn.file");
  CHECK(first.source == "/pipelines/import/triggers/0");
  CHECK(first.attributes.at("subject") == "before.json");
  CHECK(first.attributes.at("size") == "7");
  CHECK(first.attributes.at("datacontenttype") == "application/json");
  CHECK(first.attributes.at("mtime").ends_with("Z"));
  CHECK(first.data == R"({"n":1})");
  CHECK(stage.data_at(1) == std::string(200'000, 'x'));
  CHECK(std::filesystem::exists(stage.inbox() / "before.json"));
}

TEST_CASE("files keeper: what is not changed is taken once, through a restart too, and what is changed again") {
  FilesStage stage;
  stage.deploy({changed(source_of("p", {stage.files()}), [](Pipeline& pipeline) { pipeline.dedupe = 0ms; })});
  stage.write("a", "one");
  stage.start();
  REQUIRE(stage.takes(1));
  stage.keeper.reset();
  stage.open_journal();
  stage.start();
  REQUIRE(stage.run_until([&] { return stage.keeper->stats().known == 1; }));
  CHECK(stage.keeper->stats().taken == 0);
  stage.write("a", "another");
  REQUIRE(stage.takes(1));
  CHECK(stage.events().size() == 2);
  CHECK(stage.data_at(1) == "another");
}

TEST_CASE("files keeper: a file that is still being written is left until it rests, and comes whole") {
  FilesStage stage;
  stage.deploy({source_of("p", {stage.files("*", 300ms)})});
  stage.start();
  std::string content;
  Timer writing(stage.loop);
  bool is_written = false;
  writing.repeat(30ms, [&] {
    content += "a line\n";
    stage.write("growing", content);
    is_written = content.size() >= 7 * 30;
    if (is_written) writing.stop();
  });
  CHECK(stage.run_until([&] { return is_written; }));
  // Where the machine stood still for so long the file did rest, and comes once more.
  std::string taken;
  for (std::uint64_t count = 1; count < 7 && taken != content; ++count) {
    REQUIRE(stage.takes(count));
    taken = stage.data_at(stage.events().size() - 1);
  }
  CHECK(taken == content);
}

TEST_CASE("files keeper: a file that is gone before it was taken makes no event") {
  FilesStage stage;
  stage.deploy({source_of("p", {stage.files("*", 2s)})});
  stage.start();
  stage.write("short", "x");
  REQUIRE(stage.run_until([&] { return stage.keeper->stats().files == 1; }));
  std::filesystem::remove(stage.inbox() / "short");
  stage.run_for(2500ms);
  CHECK(stage.events().empty());
  CHECK(stage.keeper->stats().files == 0);
}

TEST_CASE("files keeper: of a file beyond the bound the event comes without the content") {
  FilesStage stage;
  stage.deploy({source_of("p", {stage.files()})});
  stage.write("large", "");
  std::filesystem::resize_file(stage.inbox() / "large", FilesKeeper::kContentMax + 1);
  stage.write("fits", std::string(FilesKeeper::kContentMax, 'x'));
  stage.start();
  REQUIRE(stage.takes(2));
  for (const EventView& view : stage.events()) {
    const CloudEvent event = *to_event(view.event);
    const bool is_large = event.attributes.at("subject") == "large";
    CHECK(event.attributes.contains("datacontenttype") == !is_large);
    CHECK(view.event.blob.has_value() == !is_large);
    CHECK(event.attributes.at("size") == std::to_string(FilesKeeper::kContentMax + (is_large ? 1 : 0)));
  }
  CHECK(stage.log_text().find("longer than 6291456 bytes") != std::string::npos);
}

TEST_CASE("files keeper: a directory that is missing is logged once, and taken up when it is there") {
  FilesStage stage;
  std::filesystem::remove(stage.inbox());
  stage.deploy({source_of("p", {stage.files()})});
  stage.start();
  stage.run_for(100ms);
  std::filesystem::create_directory(stage.inbox());
  stage.write("a", "x");
  REQUIRE(stage.takes(1));
  CHECK(stage.logged("no files are taken from a directory") == 1);
  CHECK(stage.logged("again") == 1);
}

TEST_CASE("files keeper: many files are taken, each once, and the loop goes on meanwhile") {
  constexpr int kFiles = 4'000;
  FilesStage stage;
  for (int i = 0; i < kFiles; ++i) stage.write("file-" + std::to_string(i), std::to_string(i));
  stage.deploy({source_of("many", {stage.files("file-*")}), source_of("few", {stage.files("*.late")})});
  stage.write("one.late", "x");
  stage.start();
  int turns = 0;
  Timer ticking(stage.loop);
  ticking.repeat(1ms, [&] { ++turns; });
  REQUIRE(stage.run_until([&] { return stage.keeper->stats().taken == kFiles + 1; }, 100s));
  CHECK(stage.keeper->stats().known == 0);
  CHECK(turns > 100);
  const auto ids = stage.event_ids();
  CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == kFiles + 1);
}

TEST_CASE("files keeper: a deploy keeps what is known and drops what is gone") {
  FilesStage stage;
  stage.write("a", "x");
  stage.deploy({source_of("p", {stage.files()}), source_of("q", {stage.files()})});
  stage.start();
  REQUIRE(stage.takes(2));
  stage.deploy({source_of("p", {stage.files()}), source_of("r", {stage.files()})});
  REQUIRE(stage.takes(3));
  CHECK(stage.keeper->stats().known == 0);  // what p knew was not read again
  stage.deploy({});
  stage.write("b", "x");
  stage.run_for(300ms);
  CHECK(stage.events().size() == 3);
  CHECK(stage.keeper->stats().directories == 0);
}

TEST_CASE("files keeper: the match of the trigger decides by the content") {
  FilesStage stage;
  stage.deploy({source_of("p", {on(stage.files().on, exact("/wanted", "true"))})});
  stage.write("no.json", R"({"wanted":false})");
  stage.write("yes.json", R"({"wanted":true})");
  stage.start();
  REQUIRE(stage.takes(1));
  stage.run_for(200ms);
  CHECK(stage.subjects() == Names{"yes.json"});
}

TEST_CASE("files keeper: the server's own directories give nothing") {
  FilesStage stage;
  stage.write("token", "secret");
  stage.deploy({source_of("p", {stage.files()})});
  const std::filesystem::path link = stage.directory.path() / "link";
  std::filesystem::create_directory_symlink(".", link);
  stage.start({(link / ".." / link.parent_path().filename()).string()});  // however it was spelt
  stage.run_for(400ms);
  CHECK(stage.events().empty());
  CHECK(stage.log_text().find("no files are taken from below") != std::string::npos);
}

TEST_CASE("files keeper: a trigger outside the roots is not watched and logged once, and the others are served") {
  FilesStage stage;
  std::filesystem::create_directory(stage.directory.path() / "other");
  write_file(stage.directory.path() / "other" / "private", "x");
  stage.write("a", "x");
  stage.roots = {stage.inbox().string()};
  const Trigger outside = on(FilesTrigger{(stage.directory.path() / "other").string(), "*", 50ms});
  stage.deploy({source_of("p", {outside, stage.files()})});
  stage.start();
  REQUIRE(stage.takes(1));
  stage.deploy({source_of("p", {outside, stage.files()}), source_of("q", {stage.files()})});
  REQUIRE(stage.takes(2));
  stage.run_for(300ms);
  CHECK(stage.subjects() == Names{"a", "a"});
  CHECK(stage.keeper->stats().directories == 2);
  CHECK(stage.logged("a directory is not watched") == 1);
  CHECK(stage.logged("sojourn serve --files DIR") == 1);
}

TEST_CASE("files keeper: a directory that becomes a link out of the roots gives nothing more, and says why once") {
  FilesStage stage;
  const std::filesystem::path out = stage.directory.path() / "out", in = stage.inbox() / "in";
  std::filesystem::create_directory(out);
  write_file(out / "private", "x");
  stage.roots = {stage.inbox().string()};
  stage.deploy({source_of("p", {on(FilesTrigger{in.string(), "*", 50ms})})});
  stage.start();
  REQUIRE(stage.run_until([&] { return stage.logged("No such file") == 1; }));
  std::filesystem::create_directory_symlink("../out", in);
  REQUIRE(stage.run_until([&] { return stage.logged("is really ") == 1; }));
  stage.run_for(2 * WatchedDirectory::kMissingEvery);
  CHECK(stage.logged("is really ") == 1);
  CHECK(stage.events().empty());
  std::filesystem::remove(in);
  std::filesystem::create_directory(in);
  write_file(in / "a", "x");
  REQUIRE(stage.takes(1));
  CHECK(stage.subjects() == Names{"a"});
}
