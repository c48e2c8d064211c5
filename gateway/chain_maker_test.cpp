#include "gateway/chain_maker.h"

#include <doctest/doctest.h>

#include "gateway/guards/built_in_guards.h"

namespace sojourn {
namespace {

// What is deployed, as a test says it.
class Book {
 public:
  std::shared_ptr<Version> add(const std::string& name, EntryKind kind, std::vector<DecoratorUse> uses = {}) {
    auto version = std::make_shared<Version>();
    auto function = std::make_shared<Function>();
    const auto before = deployments.functions.find(name);
    if (before != deployments.functions.end()) *function = *before->second;
    version->function = name;
    version->number = function->live + 1;
    version->entry.kind = kind;
    version->entry.abi_major = 1;
    version->config.decorators = std::move(uses);
    function->name = name;
    function->live = version->number;
    function->versions[version->number] = version;
    deployments.functions[name] = function;
    return version;
  }
  std::string fault() const {
    std::string text;
    for (const ChainFault& fault : maker.check(deployments)) {
      text += fault.function + "." + fault.path + ": " + fault.text + "\n";
    }
    return text;
  }
  FunctionChains chains(const std::string& name) {
    return maker.chains_of(deployments, *deployments.functions.at(name));
  }

  Deployments deployments;
  BuiltInGuards guards;
  BuiltIns built_ins;
  ChainMaker maker{guards, built_ins};
};

std::string labels(const ChainPtr& chain) {
  std::string text;
  for (const ChainLink& link : chain->links) text += link.label + (link.guard ? "* " : " ");
  return text;
}

constexpr auto kTag = EntryKind::kDecorator;
constexpr auto kFunction = EntryKind::kFunction;

}  // namespace

TEST_CASE("chain maker: a name means the live decorator, a numbered one that version, then a guard") {
  Book book;
  book.add("tag", kTag);
  book.add("tag", kTag);
  book.add("retry", kFunction);  // of the name of a guard, and no decorator
  book.add("api", kFunction, {{"retry", "", false}, {"tag", "", false}, {"tag@1", R"({"a":1})", false}});
  CHECK(book.fault() == "");
  const auto chain = book.chains("api").made.at(1);
  CHECK(labels(chain) == "retry* tag@2 tag@1 api@1 ");
  CHECK(chain->links[1].version == book.deployments.functions.at("tag")->version(2));
  CHECK(chain->links[2].version->config.with == R"({"a":1})");
  // Again the same objects, so that pools and what guards have counted are shared.
  const auto again = book.chains("api").made.at(1);
  CHECK(again->links[0].guard == chain->links[0].guard);
  CHECK(again->links[2].version == chain->links[2].version);
}

TEST_CASE("chain maker: a function that is nothing but itself has no chain") {
  Book book;
  book.add("tag", kTag);
  book.add("bare", kFunction);
  book.add("fused", kFunction, {{"tag", "", true}});
  book.add("caller", kFunction)->config.calls = {"bare"};
  CHECK(book.chains("bare").made.empty());
  CHECK(book.chains("fused").made.empty());
  CHECK(labels(book.chains("caller").made.at(1)) == "caller@1 ");
  const auto objects =
      book.maker.fused(book.deployments, book.deployments.functions.at("fused")->live_version()->config);
  REQUIRE(objects.size() == 1);
  CHECK(objects[0].use == "tag@1");
}

TEST_CASE("chain maker: names that mean nothing are told with their place and the nearest") {
  Book book;
  book.add("my-tag", kTag);
  book.add("other", kFunction);
  book.add("api", kFunction, {{"my-tga", "", false}});
  CHECK(book.fault() == "api.decorators[0].use: there is no decorator `my-tga`, did you mean `my-tag`?\n");
  book.add("api", kFunction, {{"rate-limit", R"({"perSecond":1})", false}, {"other", "", false}});
  CHECK(book.fault() == "api.decorators[1].use: `other` is a function, not a decorator\n");
  book.add("api", kFunction, {{"my-tag@9", "", false}});
  CHECK(book.fault() == "api.decorators[0].use: decorator `my-tag` has no version 9\n");
  book.add("api", kFunction)->config.calls = {"othre"};
  CHECK(book.fault() == "api.calls[0]: there is no function `othre`, did you mean `other`?\n");
  book.add("api", kFunction)->config.calls = {"my-tag"};
  CHECK(book.fault() == "api.calls[0]: `my-tag` is a decorator, which is never called by itself\n");
}

TEST_CASE("chain maker: a configuration that the decorator does not take is refused below its key") {
  Book book;
  book.add("tag", kTag)->entry.with =
      R"({"type":"object","properties":{"level":{"type":"integer","maximum":9,"default":6}}})";
  book.add("api", kFunction, {{"tag", R"({"level":10})", false}});
  CHECK(book.fault().starts_with("api.decorators[0].with.level: is the number 10"));
  book.add("api", kFunction, {{"rate-limit", R"({"perSecnd":1})", false}});
  CHECK(book.fault().starts_with("api.decorators[0].with.perSecnd: is not a key"));
  book.add("api", kFunction, {{"tag", "", false}});
  CHECK(book.fault() == "");
  CHECK(book.chains("api").made.at(3)->links[0].version->config.with == R"({"level":6})");
  CHECK(book.chains("api").broken.at(1).find("decorators[0].with.level") != std::string::npos);
}

TEST_CASE("chain maker: fused decorators stand directly around the function, and guards are never fused") {
  Book book;
  book.add("tag", kTag);
  book.add("api", kFunction, {{"tag", "", true}, {"retry", "", false}});
  CHECK(book.fault() ==
        "api.decorators[1]: `retry` stands inside `tag`, which is fused; fused decorators stand directly around the "
        "function, after all others\n");
  book.add("api", kFunction, {{"retry", "", true}});
  CHECK(book.fault() ==
        "api.decorators[0].fuse: `retry` runs in the gateway, where there is nothing to fuse it with\n");
}

TEST_CASE("chain maker: decorators are not wrapped themselves, least of all in a circle") {
  Book book;
  book.add("a", kTag, {{"b", "", false}});
  book.add("b", kTag);
  CHECK(book.fault().starts_with("a.decorators: `a` is a decorator and cannot be wrapped itself"));
  book.add("b", kTag, {{"a", "", false}});
  CHECK(book.fault() == "a.decorators: go in a circle: a → b → a\nb.decorators: go in a circle: b → a → b\n");
}

}  // namespace sojourn
