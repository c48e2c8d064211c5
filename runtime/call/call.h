// A Call is one request on its way through one version: encoded once, placed in a pool, carried by an instance,
// answered to its Caller. It belongs to two: to whoever holds its CallHandle, and to the pool until it ended; when both
// are done its memory waits for the next call of the loop.
//
// As a link of a chain it also carries what its function asks for to the next link or to another function, and brings
// the answer back; meanwhile it waits inside its instance.
//
// Thread:  the loop that started it.
// Owner:   the CallSide of that loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/call/caller.h"
#include "runtime/call/chain.h"
#include "runtime/call/emit_scope.h"
#include "runtime/call/kept_reply.h"
#include "runtime/call/link_place.h"
#include "runtime/call/nested_call.h"
#include "runtime/call/running_call.h"
#include "runtime/call/state_keeper.h"
#include "runtime/pool/loop_pool.h"
#include "runtime/pool/pool_call.h"
#include "runtime/pool/version_pool.h"

namespace sojourn {

class CallSide;

class Call final : public PoolCall, public RunningCall {
 public:
  explicit Call(CallSide& side) : side_(side), nested_(*this) {}

  // Begins it; it is held by a handle from here on. As a link it has until the deadline of its chain.
  void start(VersionPool& version, LoopPool& pool, const RequestView& request, std::chrono::nanoseconds timeout,
             LinkPlace place, Caller& caller);
  // Begins and fails it.
  void refuse(VersionPool& version, LoopPool& pool, Caller& caller, const Error& error);

  void drop() override;
  void consumed(std::size_t bytes) override;

  std::string_view call_id() const override;
  void on_call_reply(const ParsedReply& reply) override;
  void on_call_error(const ReportedError& error) override;
  void on_call_failed(const Error& error) override;
  void on_call_refused(const Error& error, std::chrono::milliseconds retry_after) override;
  void on_call_stream_begin(const ParsedReply& head) override;
  void on_call_stream_chunk(std::string_view chunk) override;
  void on_call_stream_end(const std::optional<Error>& broken) override;
  int on_call_asks(const NestedAsk& ask) override;
  int on_call_asks_state(const StateAsk& ask) override;
  int on_call_asks_lease(const LeaseAsk& ask) override;
  int on_call_may_emit(const EmitAsk& ask) override;
  int on_call_emits(const EmitAsk& ask) override;
  std::uint64_t nested_body_limit(const NestedAsk& ask) override;
  void on_call_result_consumed(std::size_t bytes) override;
  void on_call_result_dropped() override;

  // The deadline of its chain has passed for a while and it has not ended. True when something was done about it.
  bool overdue();

  static constexpr int kAsksMax = 1000;                        // next and call, of one call
  static constexpr std::chrono::milliseconds kFinishMax{100};  // for a link that waited when the deadline passed

 private:
  friend class CallSide;
  friend class NestedCall;
  enum class State {
    kFree,     // waits for the next use
    kRunning,  // with the pool or an instance
    kEnding,   // its Caller is being told, or will be once its events are kept
    kEnded,    // the handle is still held
  };

  void begin(VersionPool& version, LoopPool& pool, Caller& caller);
  void join(LinkPlace place);
  void fail(const CallFailure& failure);
  void end();
  CallTimes own_times() const;
  CallTimes times();
  ReplyView seen(const ParsedReply& reply) const;
  CallFailure as_link(CallFailure failure) const;
  void log_fault(std::string_view type, std::string_view message) const;

  // As a link (call_link.cpp).
  int ask(const NestedAsk& ask);
  RequestView request_of(const NestedAsk& ask);
  bool may_call(std::string_view function) const;
  void begin_asking();
  void end_asking();
  void stop_asking();
  void pass_deadline(const CallFailure& failure);
  KeptDone answers_kept();
  std::uint64_t owner() const;
  std::string state_name() const;
  void complain(std::string_view text) const;

  // What it emits (call_emits.cpp).
  enum class Ends { kWell, kBadly };
  Ends ending(int status) const { return status < 400 && !late_ ? Ends::kWell : Ends::kBadly; }
  EmittedEvents settle_emitted(Ends how);
  EmitScopePtr emits_of_inner(std::size_t index);
  void keep(EmittedEvents events, std::function<void()> then);
  void on_not_kept(const Error& error);

  CallSide& side_;
  VersionPool* version_ = nullptr;
  LoopPool* pool_ = nullptr;
  Caller* caller_ = nullptr;
  State state_ = State::kFree;
  bool held_ = false;
  bool began_stream_ = false;
  bool late_ = false;      // its Caller was told of the deadline: however it ends, it has failed
  int stream_status_ = 0;  // of a stream's head
  EmitScopePtr emits_;     // once there may be something in it
  KeptReply kept_reply_;   // while its events are being kept

  // As a link.
  LinkPlace place_;  // its run is held while it runs
  NestedCall nested_;
  bool asking_ = false;  // inside next or call, its answer has not begun
  bool noted_ = false;   // its time was added to the run's
  int asks_ = 0;
  std::uint64_t kept_asks_ = 0;  // of state and leases over all uses of this memory: tells a late answer apart
  MonotonicTime asked_at_{};
  std::chrono::nanoseconds nested_time_{0};
  std::string length_;                      // of a nested request's body, in decimal
  std::optional<ErrorCode> inner_failure_;  // that the last inner link ended with
  int inner_permanent_ = 0;                 // the status with which it said that no attempt is of use; else 0
  Call* watched_before_ = nullptr;
  Call* watched_after_ = nullptr;
};

}  // namespace sojourn
