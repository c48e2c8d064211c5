#include "loader/fused_check.h"

#include <doctest/doctest.h>
#include <fstream>
#include <iterator>

#include "loader/elf_gate.h"

namespace sojourn {
namespace {

const EntryNote kFunctionNote{1, EntryKind::kFunction, "hello", "sojourn_entry_hello", ""};
const EntryNote kDecoratorNote{1, EntryKind::kDecorator, "tag", "sojourn_entry_tag", ""};

// What is said about one decorator around a function.
std::string verdict(const EntryNote& entry, const FunctionConfig& config, const ObjectFacts& facts = {},
                    const ObjectFacts& function = {}) {
  const FuseRequest link{"tag@3", &facts, &entry, &config, ""};
  const Status status = check_fused(function, kFunctionNote, {&link, 1});
  if (status) return "ok";
  CHECK(status.error().code() == ErrorCode::kRefused);
  return status.error().text();
}

ObjectFacts facts_of(const std::string& name) {
  std::ifstream file(std::string(SOJOURN_LOADER_TESTDATA) + "/" + name, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  auto facts = inspect_object(bytes, HostLibraries());
  REQUIRE_MESSAGE(facts.ok(), facts.error().text());
  return std::move(*facts);
}

}  // namespace

TEST_CASE("fuse: a plain decorator may stand in the function's process") {
  CHECK(verdict(kDecoratorNote, {}) == "ok");
  CHECK(check_fused({}, kFunctionNote, {}).ok());
}

TEST_CASE("fuse: what is no decorator or of another ABI is refused") {
  CHECK(verdict(kFunctionNote, {}).find("`hello` is a function; only a decorator") != std::string::npos);
  EntryNote later = kDecoratorNote;
  later.abi_major = 2;
  CHECK(verdict(later, {}).find("Sojourn ABI 2, the function for ABI 1") != std::string::npos);
}

TEST_CASE("fuse: what the decorator would lose is named") {
  FunctionConfig config;
  config.secrets = {"key"};
  CHECK(verdict(kDecoratorNote, config) ==
        "decorators: tag@3: cannot be fused: it has `secrets` of its own, and a fused link has the function's; leave "
        "out `fuse` to keep it a link of its own");
  config.env.emplace("A", "b");
  config.calls = {"other"};
  CHECK(verdict(kDecoratorNote, config).find("`secrets`, `calls`, `env`") != std::string::npos);
  FunctionConfig limits;
  limits.memory = 1u << 20;
  limits.timeout = std::chrono::milliseconds(5);
  CHECK(verdict(kDecoratorNote, limits) == "ok");
}

TEST_CASE("fuse: a symbol that all objects share is refused by name, in the decorator and in the function") {
  const ObjectFacts shared = facts_of("unique.so");
  CHECK(shared.unique_symbol == "shared_counter");
  CHECK(facts_of("good.so").unique_symbol == "");
  const std::string decorator = verdict(kDecoratorNote, {}, shared);
  CHECK(decorator.starts_with("decorators: tag@3: cannot be fused: its symbol `shared_counter`"));
  CHECK(decorator.find("-fno-gnu-unique") != std::string::npos);
  CHECK(verdict(kDecoratorNote, {}, {}, shared).starts_with("cannot be fused: its symbol"));
}

TEST_CASE("fuse: the number of links and their configuration are bounded") {
  const ObjectFacts facts;
  std::vector<FuseRequest> links(8, {"tag@3", &facts, &kDecoratorNote, nullptr, ""});
  CHECK(check_fused({}, kFunctionNote, links).ok());
  links[0].with.assign(60'000, 'x');
  CHECK(check_fused({}, kFunctionNote, links).ok());
  links[7].with.assign(6'000, 'x');
  CHECK(check_fused({}, kFunctionNote, links).error().text().find("66000 bytes, the limit is 65536") !=
        std::string::npos);
  links.push_back(links[1]);
  CHECK(check_fused({}, kFunctionNote, links).error().text().find("9 fused decorators, the limit is 8") !=
        std::string::npos);
}

}  // namespace sojourn
