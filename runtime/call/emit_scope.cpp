#include "runtime/call/emit_scope.h"

#include <algorithm>

namespace sojourn {

EmitScope::EmitScope(EmitScopePtr around) : around_(std::move(around)) {
  if (around_) cause_ = around_->cause_;
}

EmitScopePtr EmitScope::made_for(const RequestView& request) {
  auto scope = std::make_shared<EmitScope>(nullptr);
  if (const CauseView* const cause = request.cause; cause != nullptr) {
    scope->cause_ = std::make_shared<const EmitCause>(
        EmitCause{std::string(cause->id), std::string(cause->correlation), cause->hops});
  }
  scope->collected_ = request.emits_into;
  if (request.emits_into == nullptr) scope->inside_ = Inside::kStandsAlone;
  return scope;
}

EmitScopePtr EmitScope::of_called(const EmitScopePtr& around) {
  if (!around || !around->cause_) return nullptr;
  auto scope = std::make_shared<EmitScope>(nullptr);
  scope->cause_ = around->cause_;
  scope->inside_ = Inside::kStandsAlone;
  return scope;
}

std::size_t EmitScope::size_of(const EmittedEvent& event) {
  std::size_t size = event.queue.size() + event.data.size();
  for (const auto& [name, value] : event.attributes) size += name.size() + value.size();
  return size;
}

bool EmitScope::has_room(std::size_t bytes) const {
  std::size_t count = 1;
  for (const EmitScope* scope = this; scope != nullptr;
       scope = scope->joins_around() ? scope->around_.get() : nullptr) {
    count += scope->count_;
    bytes += scope->bytes_;
  }
  return count <= kEmittedEventsMax && bytes <= kEmittedBytesMax;
}

void EmitScope::add(EmittedEvent event) {
  ++count_;
  bytes_ += size_of(event);
  (collected_ != nullptr ? *collected_ : events_).push_back(std::move(event));
}

EmittedEvents EmitScope::succeed() {
  inside_ = Inside::kStandsAlone;
  EmittedEvents events = std::exchange(events_, {});
  if (!around_ || around_->inside_ == Inside::kStandsAlone) return events;
  if (joins_around()) {
    for (EmittedEvent& event : events) around_->add(std::move(event));
  }
  return {};
}

void EmitScope::fail() {
  inside_ = Inside::kIsVoid;
  events_.clear();
  collected_ = nullptr;
}

bool may_emit(const Chain& chain, std::size_t index) {
  const auto first = chain.links.begin() + static_cast<std::ptrdiff_t>(index);
  return std::any_of(first, chain.links.end(), [](const ChainLink& link) {
    return link.version && !(link.version->config.emits.empty() && link.version->config.enqueues.empty());
  });
}

bool may_emit(const FunctionConfig& config, std::string_view type) {
  return std::any_of(config.emits.begin(), config.emits.end(), [&](std::string_view allowed) {
    if (!allowed.ends_with('*')) return type == allowed;
    allowed.remove_suffix(1);
    return type.size() > allowed.size() && type.starts_with(allowed);
  });
}

bool may_enqueue(const FunctionConfig& config, std::string_view queue) {
  return std::find(config.enqueues.begin(), config.enqueues.end(), queue) != config.enqueues.end();
}

}  // namespace sojourn
