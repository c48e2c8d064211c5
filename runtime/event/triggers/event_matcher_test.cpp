#include "runtime/event/triggers/event_matcher.h"

#include "runtime/event/triggers/trigger_stage.h"

using namespace sojourn;
using namespace sojourn::test;

namespace {

bool holds(const Match& match, const CloudEvent& event) {
  auto matcher = EventMatcher::compile(match);
  REQUIRE(matcher.ok());
  EventValues values(event);
  return matcher->matches(values);
}

Match numeric(std::string reference, std::optional<double> at_least, std::optional<double> below) {
  Match match;
  match.kind = MatchKind::kNumeric;
  match.reference = std::move(reference);
  match.at_least = at_least;
  match.below = below;
  return match;
}

Match negated(Match match) {
  return group(MatchKind::kNot, {std::move(match)});
}

// Data with a value of each type.
CloudEvent full() {
  CloudEvent event =
      event_of("user.created", R"({"text":"abc","n":42,"f":42.5,"t":true,"z":null,"o":{"a/b":[1,"x"]}})");
  event.attributes["subject"] = "42";
  return event;
}

}  // namespace

TEST_CASE("matcher: exact compares attributes by their text") {
  CHECK(holds(exact("type", R"("user.created")"), full()));
  CHECK_FALSE(holds(exact("type", R"("user.create")"), full()));
  CHECK(holds(exact("source", R"("/source")"), full()));
  CHECK(holds(exact("subject", R"("42")"), full()));
  CHECK(holds(exact("specversion", R"("1.0")"), full()));
  CHECK_FALSE(holds(exact("nothing", R"("")"), full()));
}

TEST_CASE("matcher: exact compares data by type and value, numbers however they are written") {
  CHECK(holds(exact("/text", R"("abc")"), full()));
  CHECK(holds(exact("/n", "42"), full()));
  CHECK(holds(exact("/n", "42.0"), full()));
  CHECK(holds(exact("/n", "4.2e1"), full()));
  CHECK(holds(exact("/f", "42.5"), full()));
  CHECK(holds(exact("/t", "true"), full()));
  CHECK(holds(exact("/o/a~1b/1", R"("x")"), full()));
  CHECK_FALSE(holds(exact("/n", R"("42")"), full()));
  CHECK_FALSE(holds(exact("/t", "1"), full()));
  CHECK_FALSE(holds(exact("/t", R"("true")"), full()));
  CHECK_FALSE(holds(exact("/z", "null"), full()));
  CHECK_FALSE(holds(exact("/o", "{}"), full()));
  CHECK_FALSE(holds(exact("/none", "0"), full()));
}

TEST_CASE("matcher: whole numbers are told apart beyond what a double holds") {
  const CloudEvent event = event_of("t", R"({"n":9007199254740993})");
  CHECK(holds(exact("/n", "9007199254740993"), event));
  CHECK_FALSE(holds(exact("/n", "9007199254740992"), event));
}

TEST_CASE("matcher: prefix and suffix look at text and at nothing else") {
  CHECK(holds(text_match(MatchKind::kPrefix, "type", "user."), full()));
  CHECK(holds(text_match(MatchKind::kSuffix, "type", ".created"), full()));
  CHECK(holds(text_match(MatchKind::kPrefix, "/text", "ab"), full()));
  CHECK(holds(text_match(MatchKind::kSuffix, "/text", "bc"), full()));
  CHECK_FALSE(holds(text_match(MatchKind::kPrefix, "/n", "4"), full()));
  CHECK_FALSE(holds(text_match(MatchKind::kSuffix, "/none", ""), full()));
  CHECK_FALSE(holds(text_match(MatchKind::kPrefix, "nothing", ""), full()));
}

TEST_CASE("matcher: numeric wants a number in the data, within all bounds") {
  CHECK(holds(numeric("/n", 42, 43), full()));
  CHECK(holds(numeric("/f", 42.5, {}), full()));
  CHECK_FALSE(holds(numeric("/n", 42.1, {}), full()));
  CHECK_FALSE(holds(numeric("/n", {}, 42), full()));
  CHECK_FALSE(holds(numeric("/text", {}, {}), full()));
  CHECK_FALSE(holds(numeric("/none", {}, {}), full()));
  CHECK_FALSE(holds(numeric("subject", 0, {}), full()));
  Match open = numeric("/n", {}, {});
  open.above = 41;
  open.at_most = 42;
  CHECK(holds(open, full()));
  open.above = 42;
  CHECK_FALSE(holds(open, full()));
}

TEST_CASE("matcher: exists asks for a value, and null is one") {
  CHECK(holds(exists("subject"), full()));
  CHECK(holds(exists("/z"), full()));
  CHECK(holds(exists("/o/a~1b/0"), full()));
  CHECK(holds(exists("/none", Wanted::kMissing), full()));
  CHECK_FALSE(holds(exists("/z", Wanted::kMissing), full()));
  CHECK_FALSE(holds(exists("time"), full()));
}

TEST_CASE("matcher: what is missing makes every condition false, so that not of it is true") {
  const Match missing[] = {exact("/none", "1"), text_match(MatchKind::kPrefix, "/none", "a"),
                           text_match(MatchKind::kSuffix, "/none", "a"), numeric("/none", 0, {}), exists("/none")};
  for (const Match& match : missing) {
    CHECK_FALSE(holds(match, full()));
    CHECK(holds(negated(match), full()));
  }
  CHECK(holds(exists("/none", Wanted::kMissing), full()));
}

TEST_CASE("matcher: all, any and not put matches together") {
  const Match yes = exact("/n", "42");
  const Match no = exact("/n", "43");
  CHECK(holds(group(MatchKind::kAll, {yes, yes}), full()));
  CHECK_FALSE(holds(group(MatchKind::kAll, {yes, no}), full()));
  CHECK(holds(group(MatchKind::kAny, {no, yes}), full()));
  CHECK_FALSE(holds(group(MatchKind::kAny, {no, no}), full()));
  CHECK(holds(group(MatchKind::kAll, {}), full()));
  CHECK_FALSE(holds(group(MatchKind::kAny, {}), full()));
  CHECK(holds(negated(negated(yes)), full()));
}

TEST_CASE("matcher: data that is no JSON has no values, whatever it looks like") {
  CloudEvent text = event_of("t", R"({"a":1})");
  CHECK(holds(exact("/a", "1"), text));
  text.attributes["datacontenttype"] = "text/plain";
  CHECK_FALSE(holds(exact("/a", "1"), text));
  text.attributes.erase("datacontenttype");
  CHECK(holds(exact("/a", "1"), text));
  CHECK_FALSE(holds(exists("/a"), event_of("t", R"({"a":1,"a":1})")));
  CHECK_FALSE(holds(exists("/a"), event_of("t", "{")));
  CHECK_FALSE(holds(exists("/0"), event_of("t", std::string(65, '[') + std::string(65, ']'))));
}

TEST_CASE("matcher: data is parsed when something asks for it, and once") {
  const CloudEvent event = full();
  EventValues values(event);
  CHECK(EventMatcher::compile(exact("type", R"("user.created")"))->matches(values));
  CHECK_FALSE(values.has_parsed());
  CHECK(EventMatcher::compile(exact("/n", "42"))->matches(values));
  CHECK(values.has_parsed());
  CHECK(values.data("/n") == values.data("/n"));
}

TEST_CASE("matcher: a match that is too deep or too wide is refused by its limits") {
  Match deep = exact("type", R"("t")");
  for (int level = 1; level < kMatchDepthMax; ++level) deep = negated(std::move(deep));
  CHECK(EventMatcher::compile(deep).ok());
  const auto refused = EventMatcher::compile(negated(deep));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().text().find("16 levels and 256 conditions") != std::string::npos);
  CHECK(EventMatcher::compile(group(MatchKind::kAny, std::vector<Match>(255, exists("/a")))).ok());
  CHECK_FALSE(EventMatcher::compile(group(MatchKind::kAny, std::vector<Match>(256, exists("/a")))).ok());
}

TEST_CASE("matcher: a match demands those types without which it cannot hold") {
  const auto demand = [](const Match& match) { return EventMatcher::compile(match)->demand(); };
  const Match a = exact("type", R"("a")");
  const Match b = text_match(MatchKind::kPrefix, "type", "b.");
  const Match other = exists("/x");
  CHECK(demand(a)->exact == std::set<std::string>{"a"});
  CHECK(demand(b)->prefixes == std::set<std::string>{"b."});
  CHECK(demand(group(MatchKind::kAny, {a, b}))->exact.size() == 1);
  CHECK(demand(group(MatchKind::kAny, {a, b}))->prefixes.size() == 1);
  CHECK_FALSE(demand(group(MatchKind::kAny, {a, other})).has_value());
  CHECK(demand(group(MatchKind::kAll, {other, group(MatchKind::kAny, {a, b}), a}))->prefixes.empty());
  CHECK_FALSE(demand(negated(a)).has_value());
  CHECK_FALSE(demand(other).has_value());
  CHECK_FALSE(demand(exists("type")).has_value());
}
