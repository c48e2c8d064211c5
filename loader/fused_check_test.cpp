#include "loader/fused_check.h"

#include <doctest/doctest.h>
#include <fstream>
#include <iterator>

#include "loader/elf_gate.h"

namespace sojourn {
namespace {

Version function() {
  Version made;
  made.entry = {1, EntryKind::kFunction, "hello", "sojourn_entry_hello", ""};
  return made;
}

Version decorator() {
  Version made;
  made.entry = {1, EntryKind::kDecorator, "tag", "sojourn_entry_tag", ""};
  return made;
}

std::string unique_symbol_of(const std::string& name) {
  std::ifstream file(std::string(SOJOURN_LOADER_TESTDATA) + "/" + name, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto facts = inspect_object(bytes, HostLibraries());
  REQUIRE_MESSAGE(facts.ok(), facts.error().text());
  return facts->unique_symbol;
}

}  // namespace

TEST_CASE("fuse: a plain decorator may stand in the function's process, whatever its limits are") {
  Version link = decorator();
  CHECK(why_not_fused(link, function()) == "");
  link.config.memory = 1u << 20;
  link.config.timeout = std::chrono::milliseconds(5);
  CHECK(why_not_fused(link, function()) == "");
}

TEST_CASE("fuse: what is no decorator or of another ABI is refused") {
  CHECK(why_not_fused(function(), function()) ==
        "cannot be fused: it is a function, and only a decorator can stand around a function");
  Version later = decorator();
  later.entry.abi_major = 2;
  CHECK(why_not_fused(later, function()).find("Sojourn ABI 2, the function for ABI 1") != std::string::npos);
}

TEST_CASE("fuse: what the decorator would lose is named") {
  Version link = decorator();
  link.config.secrets.emplace_back("key");
  CHECK(why_not_fused(link, function()) ==
        "cannot be fused: it has `secrets` of its own, and a fused link has the function's; leave out `fuse` to keep "
        "it a link of its own");
  link.config.env.emplace("A", "b");
  link.config.calls.emplace_back("other");
  CHECK(why_not_fused(link, function()).find("`secrets`, `calls`, `env`") != std::string::npos);
}

TEST_CASE("fuse: a symbol that all objects share is refused by name, in the decorator and in the function") {
  CHECK(unique_symbol_of("unique.so") == "shared_counter");
  CHECK(unique_symbol_of("good.so") == "");
  CHECK(unique_symbol_of("sysv_hash.so") == "");
  Version shared = decorator();
  shared.artifact.unique_symbol = "shared_counter";
  const std::string refusal = why_not_fused(shared, function());
  CHECK(refusal.starts_with("cannot be fused: its symbol `shared_counter` is STB_GNU_UNIQUE"));
  CHECK(refusal.find("-fno-gnu-unique") != std::string::npos);
  Version around = function();
  around.artifact.unique_symbol = "shared_counter";
  CHECK(why_not_fused(decorator(), around).starts_with("cannot be fused: the function's symbol `shared_counter`"));
}

}  // namespace sojourn
