#include "gateway/built_ins/built_ins.h"

#include <doctest/doctest.h>

#include "loader/temporary_directory.h"

using namespace sojourn;

TEST_CASE("built-ins: every object that the program carries is a decorator that this host can load") {
  const HostLibraries libraries;
  const auto built_ins = BuiltIns::inspect(libraries);
  REQUIRE_MESSAGE(built_ins.ok(), (built_ins.ok() ? "" : built_ins.error().text()));
  for (const char* const name : {"defaults", "validate", "redact", "compress", "envelope", "lambda-event"}) {
    CAPTURE(name);
    const BuiltIn* const found = built_ins->find(name);
    REQUIRE(found != nullptr);
    CHECK(found->entry.kind == EntryKind::kDecorator);
    CHECK(found->entry.name == name);
  }
  CHECK(built_ins->find("nobody") == nullptr);
}

TEST_CASE("built-ins: they are in the store after installing, once or twice") {
  const HostLibraries libraries;
  const TemporaryDirectory directory;
  auto store = ArtifactStore::open(directory.path() + "/artifacts", {});
  REQUIRE(store.ok());
  const auto built_ins = BuiltIns::inspect(libraries);
  REQUIRE(built_ins.ok());
  for (int i = 0; i < 2; ++i) REQUIRE(built_ins->install(**store).ok());
  for (const BuiltIn& one : built_ins->all()) CHECK((*store)->open(one.artifact.digest).ok());
}
