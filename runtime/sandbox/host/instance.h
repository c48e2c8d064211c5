// An Instance is the gateway's end of one sandboxed process that runs a function: its channel, its claim page, its log
// pipe, and the calls it was given, in order. The head of them runs; the others wait inside the channel and can be
// taken back as long as the claim word says that the instance has not begun them.
//
// Everything the instance sends is hostile: what breaks the channel's rules ends it, fails its running call as a broken
// reply, and gives the waiting ones back. Output is gathered in the turn and written at its end with one system call.
//
// Thread:     one loop at a time; leave_loop() and enter_loop() carry it to another.
// Owner:      a LoopPool, which hears of everything as InstanceOwner.
// Invariant:  depth() <= kClaimSlots; a call is in at most one instance.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/header_field.h"
#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/loop/loop.h"
#include "runtime/sandbox/host/frame_input.h"
#include "runtime/sandbox/host/instance_call.h"
#include "runtime/sandbox/host/instance_ends.h"
#include "runtime/sandbox/host/instance_secrets.h"
#include "runtime/sandbox/host/line_cutter.h"
#include "runtime/sandbox/host/nested_parser.h"
#include "runtime/sandbox/protocol/payload.h"

namespace sojourn {

class Instance;

// What all instances of one version have in common.
struct InstanceProfile {
  std::string config_frame;        // kConfig, whole
  std::uint64_t reply_limit = 0;   // bytes
  std::uint64_t log_limit = 0;     // bytes per call
  std::uint64_t memory = 0;        // bytes
  bool one_shot = false;           // leaves after its first reply
  std::vector<std::string> fused;  // names of the fused links, outermost first
};

// Memory that every instance of a loop uses in turn.
struct InstanceScratch {
  std::unique_ptr<char[]> bytes{new char[FrameInput::kScratchSize]};
  std::vector<HeaderField> fields;
  BufferShelf buffers;
};

// One line from inside the sandbox.
struct InstanceLine {
  std::string_view call_id;  // empty outside a call
  std::uint32_t level;       // SJ_DEBUG ... SJ_ERROR
  std::string_view stream;   // "log", "stdout"
  std::string_view text;
  std::span<const HeaderField> fields;
};

class InstanceOwner {
 public:
  virtual void on_instance_ready(Instance& instance) = 0;
  // Calls have ended in this turn: there is room for others.
  virtual void on_instance_progress(Instance& instance, int ended) = 0;
  // A call that the instance never began; it belongs to the owner again. Come in order, head first.
  virtual void on_instance_returns(Instance& instance, InstanceCall& call) = 0;
  virtual void on_instance_line(Instance& instance, const InstanceLine& line) = 0;
  // It entered another state, whose time is bounded: since() tells when it began.
  virtual void on_instance_state(Instance& instance) = 0;
  // Asks the owner to have the process killed; on_instance_gone follows. Before HELLO only the template can be killed.
  virtual void kill_instance(Instance& instance) = 0;
  // The last one. The owner drops the instance after this turn.
  virtual void on_instance_gone(Instance& instance) = 0;

 protected:
  ~InstanceOwner() = default;
};

class Instance {
 public:
  enum class State {
    kForking,   // its ends are made, nothing was heard from it
    kStarting,  // HELLO was read: START runs
    kReady,     // serves
    kLeaving,   // was told to go, or leaves after its one reply; gets no call
    kDying,     // a kill was asked for; what comes from it is not read
    kEnded,     // end of file; its running call waits for the reason
    kGone,
  };

  // `serial` names it to the template. The profile outlives the instance. With secrets, nothing is written before
  // HELLO: what the template could read has none in it.
  Instance(Loop& loop, InstanceScratch& scratch, InstanceOwner& owner, const InstanceProfile& profile,
           std::uint32_t serial, InstanceEnds ends, InstanceSecretsPtr secrets = {});
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  State state() const { return state_; }
  std::uint32_t serial() const { return serial_; }
  std::int32_t pid() const { return pid_; }  // as the kernel told, 0 before HELLO
  int depth() const { return static_cast<int>(count_); }
  InstanceCall* head_call() const { return head(); }
  bool has_room() const { return used_ < kClaimSlots; }
  const std::string& start_fault() const { return start_fault_; }
  bool crashed() const { return crashed_; }
  bool was_ready() const { return was_ready_; }
  std::chrono::nanoseconds head_timeout() const { return count_ == 0 ? std::chrono::nanoseconds(0) : head()->timeout; }

  // For the owner's use.
  MonotonicTime idle_since{};
  MonotonicTime busy_since{};  // or since calls last ended
  MonotonicTime made_at{};
  std::uint64_t seen_head = 0;  // the running call when it was last looked at, 0: none
  bool counted = false;         // as serving
  bool doomed = false;          // goes as soon as it is idle
  bool last_turn = false;       // its time is over, but for what is ready to be read

  // The call that has begun and has not ended, 0 when none has: as the claim page says, so only a hint.
  std::uint64_t running_head() const;
  // Reads what is there without waiting for the loop to say so.
  void poll() { on_channel(FdWatcher::kReadable); }
  // What it writes to stdout and stderr is read when it answers, and from here on as it comes: most one-shot instances
  // are gone before that is worth its system calls, and a cold call does not wait for them.
  void settle();
  bool unflushed() const { return flush_wanted_; }  // it has not been woken yet for what it was given
  bool streaming() const { return stream_ == Stream::kStreaming; }
  bool movable() const { return state_ == State::kReady && count_ == 0 && !flush_wanted_ && !write_watched_; }

  // Listens, and sends CONFIG at the end of the turn. After the FORK message went, which need not wait for it.
  void begin();
  // The ends for the FORK message; once.
  FarEnds take_far_ends() { return std::move(far_); }

  // REQUIRES: kReady and has_room(), or one call before that: it waits in the channel until START has run. Written at
  // the end of the turn. The deadline begins at `now` if it is the head at once, before kReady when that comes.
  void send(InstanceCall& call, MonotonicTime now);
  // Takes back every call that has not begun, but not the head; on_instance_returns for each.
  void recall_waiting();
  // Nobody waits for the call: true when it could be taken back and is the owner's again; else the instance is told.
  bool abandon(InstanceCall& call);
  // `bytes` of the stream were passed on.
  void give_credit(InstanceCall& call, std::size_t bytes);

  // The head waits inside next, call, state or lease, or reads a streamed result.
  bool asking() const { return ask_ != Ask::kNone || outcome_waits_; }
  // Answers to what the head asked; without effect when `call` does not wait for them any more. Bytes are copied.
  void send_result(InstanceCall& call, const NestedReply& reply);
  void send_result_code(InstanceCall& call, int code);  // SJ_E...
  // A stream: begin, chunks, end. REQUIRES: chunks stay within kStreamCreditStart bytes and what
  // on_call_result_consumed gave back.
  void begin_result(InstanceCall& call, const NestedReply& head);
  void send_result_chunk(InstanceCall& call, std::string_view chunk);
  void end_result(InstanceCall& call, ResultEnd end);
  // To state, lease and emit; `number` is the revision or the fence.
  void send_outcome(InstanceCall& call, int code, std::uint64_t number, std::string_view value);

  // When the head's answer must be complete; no head: the far future.
  MonotonicTime head_deadline() const;
  // Fails the head with `error`, gives back the rest and kills. kMayReturn: a head that has not begun goes back too.
  enum class Head { kFails, kMayReturn };
  void end_by(const Error& error, Head head = Head::kFails);
  // To leave in order: finishes what it has, then goes.
  void retire();
  void kill();
  // START took too long, or the like: kills, with `why` as start_fault().
  void fail_start(std::string_view why);
  // It will not be heard of any more: ends at once.
  void give_up();

  // The claim page, for another instance of the same version; once it is gone.
  ClaimMemoryPtr release_claims() { return std::move(claims_); }

  // The template says how it ended, or `status` is empty when it did not say in time (50 ms after kEnded).
  void on_exit(std::optional<int> status);
  MonotonicTime since() const { return since_; }  // when it entered its state

  // Carries it to another loop: idle only.
  void leave_loop();
  void enter_loop(Loop& loop, InstanceScratch& scratch, InstanceOwner& owner);

  static constexpr std::size_t kLogReadMax = 64 * 1024;   // bytes a turn
  static constexpr std::size_t kControlMax = 256 * 1024;  // bytes of answers an instance may leave unread

 private:
  struct Segment {            // bytes on their way out
    const ByteBuffer* bytes;  // a call's frames, result_, or nullptr: of control_
    std::size_t from;
    std::size_t to;
  };
  enum class Stream { kNone, kGathering, kStreaming };
  // What became of the last thing the head asked for.
  enum class Ask {
    kNone,       // nothing, or it was answered
    kGathering,  // its body comes
    kWaiting,    // for an answer
    kStreaming,  // its result is a stream
  };

  void watch();
  // Input (instance_input.cpp).
  void on_channel(int ready);
  bool read_hello();
  void read_channel();
  void discard_channel();
  bool after_read(std::ptrdiff_t count, int flags);
  void on_frame(Frame& frame);
  void on_hello(const Frame& frame);
  void on_ready(const Frame& frame);
  void on_reply(Frame& frame);
  void on_error(const Frame& frame);
  void on_body(const Frame& frame);
  void on_body_end(const Frame& frame);
  void on_gathered();
  void on_log_frame(const Frame& frame);
  void answer_unavailable(const Frame& frame);
  bool is_of_head(const FrameHeader& header);
  void read_log();
  void emit_line(const InstanceLine& line);
  void emit_redacted(const InstanceLine& line);
  void cut_lines(std::string_view bytes);
  std::string redacted(std::string_view text) const;
  void violation(std::string_view what);
  void on_end_of_file();
  Error with_link(const Error& error) const;
  Error end_reason() const;

  // What the head asks for (instance_asks.cpp).
  bool begin_ask(const FrameHeader& header, Ask beside);
  void on_nested(Frame& frame);
  void on_ask_body(const Frame& frame);
  void hand_over(const NestedAsk& ask);
  void on_state(const Frame& frame);
  void on_lease(const Frame& frame);
  void on_emit(Frame& frame);
  void on_event_whole();
  void on_credit(const Frame& frame);
  void on_cancel(const Frame& frame);
  void forget_ask();
  bool waits(const InstanceCall& call, Ask ask) const;
  FrameHeader answer_header(FrameType type) const;
  void put_result_code(int code);
  bool put_result_head(const NestedReply& reply, std::uint16_t flags);
  void flush_result();

  // Calls (instance.cpp).
  InstanceCall* head() const { return count_ == 0 ? nullptr : ring_[first_]; }
  std::atomic<std::uint32_t>& claim(std::size_t position) { return claims_->word(position); }
  bool take_back(std::size_t position);
  void pop_head();
  void trim();
  void give_back_waiting(bool with_head);
  void fail_head(const Error& error);
  void go();
  void enter(State state);

  // Output (instance_output.cpp).
  void control(FrameType type, std::uint64_t call, std::uint32_t stream, std::string_view payload);
  void want_flush();
  void flush();
  void after_flush();
  bool is_unsent(const InstanceCall& call) const;
  void drop_unsent(const InstanceCall& call);

  Loop* loop_;
  InstanceScratch* scratch_;
  InstanceOwner* owner_;
  const InstanceProfile& profile_;
  const std::uint32_t serial_;
  std::int32_t pid_ = 0;
  State state_ = State::kForking;
  bool reading_ = false;
  bool flush_wanted_ = false;
  bool crashed_ = false;
  bool failed_start_ = false;
  bool credentials_on_ = true;  // the kernel names the sender of each message
  bool was_ready_ = false;
  bool write_watched_ = false;
  Stream stream_ = Stream::kNone;
  Ask ask_ = Ask::kNone;

  UniqueFd channel_;
  UniqueFd log_;
  ClaimMemoryPtr claims_;
  FarEnds far_;
  std::optional<FdWatcher> channel_watcher_;
  std::optional<FdWatcher> log_watcher_;

  FrameInput input_;
  const InstanceSecretsPtr secrets_;  // or nullptr
  RedactedStream redacted_output_;
  LineCutter lines_;
  ByteBuffer reply_head_;  // of a reply whose body follows
  ByteBuffer body_;
  std::size_t stream_credit_ = 0;  // bytes the instance may still send

  std::uint32_t last_ask_ = 0;    // of the head, 0 before its first
  std::uint32_t nested_ask_ = 0;  // its last NEXT or CALL_OUT
  bool outcome_waits_ = false;    // it waits for the answer to state, lease or emit, the last thing that it asked for
  NestedKind ask_kind_ = NestedKind::kNext;
  bool ask_body_open_ = false;       // the body of what it asked for has not ended
  std::uint32_t ask_body_of_ = 0;    // which of its asks that is
  bool ask_body_is_event_ = false;   // and it is kept as the data of an event
  std::uint64_t ask_body_left_ = 0;  // bytes that may come
  ByteBuffer ask_head_;              // while its body comes
  ByteBuffer ask_body_;
  ByteBuffer result_;              // frames of the answer, until they are written
  std::size_t result_unread_ = 0;  // bytes of a streamed result beyond what it has said to have read

  std::uint64_t log_used_ = 0;     // bytes of the running call
  std::uint64_t log_dropped_ = 0;  // lines

  // The calls, in the order they were sent: positions first_ .. first_ + used_, nullptr where one was taken back.
  std::array<InstanceCall*, kClaimSlots> ring_{};
  std::size_t first_ = 0;
  std::size_t used_ = 0;
  std::size_t count_ = 0;
  std::uint64_t last_number_ = 0;
  std::uint64_t ended_calls_ = 0;
  int ended_now_ = 0;
  MonotonicTime head_since_{};
  MonotonicTime read_at_{};  // when the running batch of input was read
  MonotonicTime since_{};
  std::optional<std::optional<int>> exit_status_;
  std::string start_fault_;

  std::vector<Segment> segments_;
  std::string control_;
};

}  // namespace sojourn
