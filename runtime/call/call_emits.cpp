// What a call emits: what it may, when it is kept, and what becomes of the reply meanwhile.
#include <utility>

#include <sojourn/abi.h>

#include "runtime/call/call.h"
#include "runtime/call/call_frames.h"
#include "runtime/call/call_side.h"
#include "runtime/sandbox/protocol/frame.h"

namespace sojourn {
namespace {

constexpr std::size_t kNameShownMax = 80;            // bytes, of what a function named
constexpr std::chrono::seconds kStoreRetryAfter{1};  // what the client of a call whose events were not kept is told

std::string_view type_of(const EmitAsk& ask) {
  for (const HeaderField& field : ask.attributes) {
    if (field.name == "type") return field.value;
  }
  return {};
}

std::size_t size_of(const EmitAsk& ask) {
  std::size_t size = ask.queue.size() + ask.data_size;
  for (const HeaderField& field : ask.attributes) size += field.name.size() + field.value.size();
  return size;
}

}  // namespace

int Call::on_call_may_emit(const EmitAsk& ask) {
  if (late_) return SJ_ETIME;
  const FunctionConfig& config = version_->version().config;
  const bool is_item = !ask.queue.empty();
  if (is_item ? !may_enqueue(config, ask.queue) : !may_emit(config, type_of(ask))) {
    const std::string named(is_item ? ask.queue : type_of(ask));
    complain((is_item ? "an item for the queue `" : "an event of the type `") + named.substr(0, kNameShownMax) +
             "` was denied: its `" + (is_item ? "enqueues" : "emits") + "` do not name it");
    return SJ_EDENIED;
  }
  if (side_.host().events() == nullptr && !place_.emits_around) return SJ_EUNAVAILABLE;
  if (!emits_) emits_ = std::make_shared<EmitScope>(place_.emits_around);
  if (emits_->has_room(size_of(ask))) return SJ_OK;
  complain("an event was refused: one call, with the links inside it, emits and enqueues at most " +
           std::to_string(kEmittedEventsMax) + " events of " + std::to_string(kEmittedBytesMax >> 20) +
           " MiB together");
  return SJ_ELIMIT;
}

int Call::on_call_emits(const EmitAsk& ask) {
  EmittedEvent event;
  event.source = "/functions/" + version_->version().function;
  event.queue = ask.queue;
  event.attributes.reserve(ask.attributes.size());
  for (const HeaderField& field : ask.attributes) event.attributes.emplace_back(field.name, field.value);
  event.data = ask.data;
  emits_->add(std::move(event));
  return SJ_OK;
}

// Where goes what the links from `index` on emit.
EmitScopePtr Call::emits_of_inner(std::size_t index) {
  if (!emits_ && (place_.emits_around || may_emit(place_.run->chain(), index))) {
    emits_ = std::make_shared<EmitScope>(place_.emits_around);
  }
  return emits_;
}

// What is to be kept before anybody hears how the call ended.
EmittedEvents Call::settle_emitted(Ends how) {
  if (how == Ends::kWell) return emits_->succeed();
  emits_->fail();
  return {};
}

// Nobody else needs the pool for this call, but it does: a version that is retired now would take it along.
void Call::keep(EmittedEvents events, std::function<void()> then) {
  EventKeeper* const keeper = side_.host().events();
  if (keeper == nullptr) return on_not_kept(Error(ErrorCode::kStoreUnavailable, "this server keeps no events"));
  instance = nullptr;
  const CallOrigin origin = encoded_origin(frames);
  EmittedBy by;
  by.version = version_->version_ptr();
  by.call_id = origin.call_id;
  by.traceparent = origin.traceparent;
  if (const EmitCause* const cause = emits_->cause(); cause != nullptr) {
    by.cause = cause->id;
    by.correlation = cause->correlation;
    by.hops = cause->hops + 1;
  }
  keeper->commit(std::move(by), std::move(events), side_.loop(),
                 [this, pool = version_->shared_from_this(), then = std::move(then)](const Status& kept) {
                   kept.ok() ? then() : on_not_kept(kept.error());
                 });
}

// The call fails after all. What the keeper finds wrong with an event is the function's fault, not the client's.
void Call::on_not_kept(const Error& error) {
  const bool is_fault = facts(error.code()).http_status < 500;
  CallFailure failure{
      is_fault ? ErrorCode::kFunctionThrew : error.code(), "what the call emitted was not kept: " + error.text(), {}};
  if (error.code() == ErrorCode::kStoreUnavailable) failure.retry_after = kStoreRetryAfter;
  if (!began_stream_) return fail(failure);
  version_->counters().failed.fetch_add(1, std::memory_order_relaxed);
  if (caller_ != nullptr) caller_->on_stream_end(Error(failure.code, failure.text));
  end();
}

}  // namespace sojourn
