// What the macros leave in an object, seen from outside: its file and its symbols.
#include <algorithm>
#include <doctest/doctest.h>
#include <string>

#include <sojourn/testing.h>

#include "sdk/testdata/loaded_object.h"

using namespace sojourn;
using sdk_test::Export;
using sdk_test::LoadedObject;

namespace {

std::string note(const std::string& kind, const std::string& name, const std::string& ident) {
  return "abi=1\nkind=" + kind + "\nname=" + name + "\nsymbol=sojourn_entry_" + ident + "\n" + '\0';
}

}  // namespace

TEST_CASE("entry: every macro writes one note that is read without loading the object") {
  CHECK(sdk_test::notes_of(SDK_ALL_MACROS) ==
        std::vector{note("decorator", "timed", "timed"), note("function", "other-name", "with_other_name"),
                    note("function", "plain", "plain"), note("handler", "on_user", "on_user"),
                    std::string("abi=1\nsymbol=sojourn_entry_timed\nwith={\"type\": \"object\",\n"
                                "  \"properties\": {\"unit\": {\"enum\": [\"ms\", \"s\"]}}}\n") +
                        '\0'});
}

TEST_CASE("entry: an object exports its entries and one module and nothing else") {
  std::vector<Export> exports = sdk_test::exports_of(SDK_ALL_MACROS);
  std::sort(exports.begin(), exports.end(), [](const Export& a, const Export& b) { return a.name < b.name; });
  const std::vector<Export> expected{{"sojourn_entry_on_user", STB_GLOBAL},
                                     {"sojourn_entry_plain", STB_GLOBAL},
                                     {"sojourn_entry_timed", STB_GLOBAL},
                                     {"sojourn_entry_with_other_name", STB_GLOBAL},
                                     {"sojourn_module", STB_WEAK}};
  REQUIRE(exports.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(exports[i].name == expected[i].name);
    CHECK(exports[i].binding == expected[i].binding);
  }
}

TEST_CASE("entry: each kind is called through the ABI") {
  const LoadedObject object(SDK_ALL_MACROS);
  CHECK(object.entry("plain").kind == SJ_FUNCTION);
  CHECK(object.entry("timed").kind == SJ_DECORATOR);
  CHECK(object.entry("on_user").kind == SJ_HANDLER);

  test::Context context;
  CHECK(test::call(object.entry("plain"), Request::get("/p"), context).body() == "plain /p");
  context.inner = [](const Request&) { return Response::text("inner"); };
  const Response timed = test::call(object.entry("timed"), Request(), context);
  CHECK(timed.body() == "inner");
  CHECK(timed.header("x-timed") == "yes");
  const Request event = Request::post("/", "x").header("ce-type", "t").header("ce-subject", "nobody");
  CHECK(test::call(object.entry("on_user"), event, context).header(SJ_FILTERED_HEADER) == "1");
}

TEST_CASE("module: hooks from several files meet in one table") {
  const LoadedObject object(SDK_ALL_MACROS);
  const sj_module* module = object.module();
  REQUIRE(module != nullptr);
  CHECK(module->size == sizeof(sj_module));
  CHECK(module->major == SJ_ABI_MAJOR);

  test::Context context;
  CHECK(module->init(&test::Context::table(), context.handle()) == SJ_OK);
  CHECK(module->start(&test::Context::table(), context.handle()) == SJ_OK);
  module->stop(&test::Context::table(), context.handle());
  CHECK(context.logs.size() == 1);
  CHECK(test::call(object.entry("with_other_name"), Request(), context).body() == "start stop ");
}

TEST_CASE("module: an INIT that throws refuses with its text") {
  const LoadedObject object(SDK_ALL_MACROS);
  test::Context context;
  context.env_values["REFUSE"] = "yes";
  CHECK(object.module()->init(&test::Context::table(), context.handle()) != SJ_OK);
  REQUIRE(context.failure);
  CHECK(context.failure->message == "this deploy is refused");
}

TEST_CASE("module: a hook that nobody wrote is null") {
  const LoadedObject object(SDK_ONLY_STOP);
  REQUIRE(object.module() != nullptr);
  CHECK((object.module()->init == nullptr));
  CHECK((object.module()->start == nullptr));
  CHECK((object.module()->stop != nullptr));
}
