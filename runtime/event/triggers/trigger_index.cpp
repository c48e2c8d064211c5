#include "runtime/event/triggers/trigger_index.h"

#include <algorithm>
#include <cassert>

namespace sojourn {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

std::string described(const TriggerSource& source) {
  const bool is_function = source.definition.kind == RunKind::kTrigger;
  return (is_function ? "the function `" : "the pipeline `") + source.pipeline->name + "`";
}

Result<std::optional<EventMatcher>> compiled(const std::optional<Match>& match) {
  if (!match) return std::optional<EventMatcher>();
  auto matcher = EventMatcher::compile(*match);
  if (!matcher) return matcher.error();
  return std::optional<EventMatcher>(std::move(*matcher));
}

const BoundTrigger* found_in(const std::vector<BoundTrigger>& all, const TriggerIndex::ByName<std::size_t>& names,
                             std::string_view name) {
  const auto found = names.find(name);
  return found == names.end() ? nullptr : &all[found->second];
}

}  // namespace

Status TriggerIndex::build(std::span<const TriggerSource> sources) {
  for (const TriggerSource& source : sources) {
    if (Status added = add_source(source); !added) return added;
  }
  for (std::size_t number = 0; number < all_.size(); ++number) {
    if (Status placed = place(number); !placed) return placed;
  }
  return {};
}

Status TriggerIndex::add_source(const TriggerSource& source) {
  const Pipeline& pipeline = *source.pipeline;
  if (!sources_.try_emplace(pipeline.name, Range{all_.size(), pipeline.triggers.size()}).second) {
    return Error(ErrorCode::kRefused, "two have the name `" + pipeline.name + "`, of which one is " +
                                          described(source) + ": a pipeline and a function with triggers need " +
                                          "different names");
  }
  auto shared = compiled(pipeline.match);
  if (!shared) return shared.error().at(described(source));
  const EventMatcher* of_pipeline = nullptr;
  if (*shared) of_pipeline = &pipeline_matches_.emplace_back(std::move(**shared));
  for (const Trigger& trigger : pipeline.triggers) {
    auto own = compiled(trigger.match);
    if (!own) return own.error().at(described(source));
    numbers_[&trigger] = all_.size();
    all_.push_back({&source, &trigger});
    matches_.push_back({of_pipeline, std::move(*own)});
  }
  return {};
}

Status TriggerIndex::claim(ByName<std::size_t>& names, const std::string& name, std::string_view what,
                           std::size_t number) {
  const auto [place, is_new] = names.try_emplace(name, number);
  if (is_new) return {};
  const TriggerSource& first = *all_[place->second].source;
  const TriggerSource& second = *all_[number].source;
  const std::string both = &first == &second ? described(first) + " has it twice"
                                             : described(first) + " and " + described(second) + " both have it";
  return Error(ErrorCode::kRefused, std::string(what) + " `" + name + "` can be taken once: " + both);
}

Status TriggerIndex::place(std::size_t number) {
  const BoundTrigger& bound = all_[number];
  return std::visit(
      Overloaded{[&](const WebhookTrigger& on) { return claim(hooks_, on.path, "the webhook path", number); },
                 [&](const QueueTrigger& on) {
                   consumers_.push_back(bound);
                   return claim(queues_, on.name, "the queue", number);
                 },
                 [&](const CronTrigger&) { return schedules_.push_back(bound), Status(); },
                 [&](const FilesTrigger&) { return directories_.push_back(bound), Status(); },
                 [&](const FunctionTrigger& on) { return followers_[on.function].push_back(number), Status(); },
                 [&](const EventTrigger&) { return place_by_type(number), Status(); }},
      bound.trigger->on);
}

// The narrower of the pipeline's demand and the trigger's: both have to be met.
void TriggerIndex::place_by_type(std::size_t number) {
  const Matches& matches = matches_[number];
  auto demand = matches.of_pipeline != nullptr ? matches.of_pipeline->demand() : std::nullopt;
  if (auto own = matches.own ? matches.own->demand() : std::nullopt) {
    const auto width = [](const TypeDemand& of) { return of.exact.size() + of.prefixes.size(); };
    if (!demand || width(*own) < width(*demand)) demand = std::move(own);
  }
  if (!demand) return of_any_type_.push_back(number);
  for (const std::string& type : demand->exact) by_type_[type].push_back(number);
  for (const std::string& prefix : demand->prefixes) {
    by_prefix_[prefix].push_back(number);
    prefix_sizes_.insert(prefix.size());
  }
}

TriggerIndex::Numbers TriggerIndex::candidates(std::string_view type) const {
  Numbers numbers = of_any_type_;
  const auto add = [&](const std::unordered_map<std::string, Numbers>& from, std::string_view name) {
    const auto found = from.find(std::string(name));
    if (found != from.end()) numbers.insert(numbers.end(), found->second.begin(), found->second.end());
  };
  add(by_type_, type);
  for (const std::size_t size : prefix_sizes_) {
    if (size > type.size()) break;
    add(by_prefix_, type.substr(0, size));
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

std::size_t TriggerIndex::number_of(const BoundTrigger& trigger) const {
  const auto found = numbers_.find(trigger.trigger);
  assert(found != numbers_.end());
  return found->second;
}

bool TriggerIndex::matches(std::size_t number, EventValues& values) const {
  const Matches& of = matches_[number];
  return (of.of_pipeline == nullptr || of.of_pipeline->matches(values)) && (!of.own || of.own->matches(values));
}

const TriggerIndex::Numbers* TriggerIndex::followers(std::string_view function) const {
  const auto found = followers_.find(function);
  return found == followers_.end() ? nullptr : &found->second;
}

const BoundTrigger* TriggerIndex::hook(std::string_view path) const {
  return found_in(all_, hooks_, path);
}

const BoundTrigger* TriggerIndex::consumer(std::string_view queue) const {
  return found_in(all_, queues_, queue);
}

std::span<const BoundTrigger> TriggerIndex::of_source(std::string_view name) const {
  const auto found = sources_.find(name);
  if (found == sources_.end()) return {};
  return std::span(all_).subspan(found->second.begin, found->second.size);
}

}  // namespace sojourn
