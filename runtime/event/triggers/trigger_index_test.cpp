// The index leaves out triggers: here it is asked beside comparing with every one, over random tables and events.
//
// SOJOURN_TEST_SEED repeats a run; SOJOURN_TEST_STEPS makes it longer.
#include "runtime/event/triggers/trigger_index.h"

#include <random>
#include <stdlib.h>

#include "runtime/event/triggers/trigger_stage.h"

using namespace sojourn;
using namespace sojourn::test;

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = ::getenv(name);
  return text == nullptr ? otherwise : ::strtoull(text, nullptr, 10);
}

// Types and matches of few letters, so that they meet.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }

  std::string type() {
    std::string text(1 + below(4), 'a');
    for (char& c : text) c = "ab."[below(3)];
    return text;
  }

  CloudEvent event() {
    CloudEvent event = event_of(type(), below(2) == 0 ? R"({"a":1})" : R"({"b":"ab"})");
    event.source = type();
    if (below(3) == 0) event.attributes["subject"] = type();
    return event;
  }

  Match match(int depth) {
    switch (below(depth > 0 ? 9 : 6)) {
      case 0:
      case 1:
        return exact(reference(), "\"" + type() + "\"");
      case 2:
        return text_match(MatchKind::kPrefix, reference(), below(8) == 0 ? "" : type());
      case 3:
        return text_match(MatchKind::kSuffix, reference(), type());
      case 4:
        return exists(reference(), below(2) == 0 ? Wanted::kThere : Wanted::kMissing);
      case 5:
        return exact("/a", "1");
      case 6:
        return group(MatchKind::kNot, {match(depth - 1)});
      default:
        return group(below(2) == 0 ? MatchKind::kAll : MatchKind::kAny, parts(depth));
    }
  }

  TriggerSource source(std::size_t number) {
    std::vector<Trigger> triggers;
    for (std::size_t i = below(4); i > 0; --i) triggers.push_back(on(EventTrigger{}, maybe_match()));
    return changed(source_of("p" + std::to_string(number), std::move(triggers)),
                   [&](Pipeline& pipeline) { pipeline.match = maybe_match(); });
  }

 private:
  std::string reference() {
    constexpr const char* kReferences[] = {"type", "type", "type", "source", "subject", "/b"};
    return kReferences[below(std::size(kReferences))];
  }
  std::vector<Match> parts(int depth) {
    std::vector<Match> parts;
    for (std::size_t i = below(4); i > 0; --i) parts.push_back(match(depth - 1));
    return parts;
  }
  std::optional<Match> maybe_match() { return below(4) == 0 ? std::nullopt : std::optional(match(3)); }

  std::mt19937_64 random_;
};

TriggerIndex::Numbers matching(const TriggerIndex& index, const TriggerIndex::Numbers& numbers,
                               const CloudEvent& event) {
  TriggerIndex::Numbers found;
  EventValues values(event);
  for (const std::size_t number : numbers) {
    if (index.matches(number, values)) found.push_back(number);
  }
  return found;
}

}  // namespace

TEST_CASE("trigger index: it answers as comparing with every trigger does") {
  const std::uint64_t seed = from_environment("SOJOURN_TEST_SEED", std::random_device{}());
  CAPTURE(seed);
  Chance chance(seed);
  const std::uint64_t steps = from_environment("SOJOURN_TEST_STEPS", 300);
  std::size_t left_out = 0;
  std::size_t found_all = 0;
  for (std::uint64_t step = 0; step < steps; ++step) {
    std::vector<TriggerSource> sources;
    for (std::size_t i = chance.below(20); i > 0; --i) sources.push_back(chance.source(i));
    TriggerIndex index;
    REQUIRE(index.build(sources).ok());
    TriggerIndex::Numbers every(index.size());
    for (std::size_t i = 0; i < every.size(); ++i) every[i] = i;
    for (int events = 0; events < 20; ++events) {
      const CloudEvent event = chance.event();
      CAPTURE(event.type);
      const TriggerIndex::Numbers candidates = index.candidates(event.type);
      const TriggerIndex::Numbers found = matching(index, candidates, event);
      REQUIRE(found == matching(index, every, event));
      left_out += every.size() - candidates.size();
      found_all += found.size();
    }
  }
  // Otherwise the comparison says nothing.
  CHECK(left_out > 0);
  CHECK(found_all > 0);
}
