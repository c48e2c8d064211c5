// Matches of any shape on events with any data: what is too large is refused, `not` is the opposite, and a match that
// holds has demanded no other type. Lines up to an empty one make the match, a condition each; the next line is the
// type, the one after it a reference for a key, and the rest the data.
#include <cstdint>
#include <cstdlib>

#include "runtime/event/triggers/event_matcher.h"
#include "runtime/event/triggers/run_key.h"

namespace {

using namespace sojourn;

void require(bool holds) {
  if (!holds) std::abort();
}

std::string_view line(std::string_view& rest) {
  const std::string_view taken = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(taken.size() + 1, rest.size()));
  return taken;
}

// One line of the match: its kind as a digit, the reference up to a blank, and the value.
Match condition(std::string_view text) {
  Match match;
  match.kind = static_cast<MatchKind>(static_cast<unsigned char>(text.front()) % 8);
  text.remove_prefix(1);
  const std::size_t blank = std::min(text.find(' '), text.size());
  match.reference = text.substr(0, blank);
  match.value = text.substr(std::min(blank + 1, text.size()));
  match.text = match.value;
  match.wanted = match.value != "false";
  if (match.kind == MatchKind::kNumeric) {
    match.at_least = static_cast<double>(match.value.size());
    match.below = 1000.0;
  }
  return match;
}

// The lines up to an empty one or a `.` are the parts of the group; a part that is a group has its own parts behind it.
Match read_group(Match match, std::string_view& rest, int depth) {
  constexpr int kDepthMax = 40;  // more than a match may have, less than the stack
  for (std::string_view text = line(rest); !text.empty() && text != "."; text = line(rest)) {
    Match part = condition(text);
    const bool is_group = part.kind >= MatchKind::kAll;
    match.parts.push_back(is_group && depth < kDepthMax ? read_group(std::move(part), rest, depth + 1)
                                                        : std::move(part));
  }
  return match;
}

bool meets(const TypeDemand& demand, const std::string& type) {
  if (demand.exact.contains(type)) return true;
  for (const std::string& prefix : demand.prefixes) {
    if (type.starts_with(prefix)) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const Match match = read_group({}, rest, 1);
  CloudEvent event;
  event.id = event.source = "x";
  event.type = line(rest);
  const std::string reference(line(rest));
  event.data = rest;
  EventValues values(event);
  const std::string references[] = {reference, "type"};
  require(run_key(references, values).size() <= std::max<std::size_t>(kRunKeyMax, 71));
  const auto matcher = EventMatcher::compile(match);
  if (!matcher.ok()) return 0;
  const bool holds = matcher->matches(values);
  const auto demand = matcher->demand();
  require(!holds || !demand || meets(*demand, event.type));
  Match opposite;
  opposite.kind = MatchKind::kNot;
  opposite.parts.push_back(match);
  if (const auto other = EventMatcher::compile(opposite); other.ok()) require(other->matches(values) != holds);
  return 0;
}
