#include "runtime/sandbox/host/instance.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <sys/socket.h>

#include "runtime/sandbox/host/exit_reason.h"

namespace sojourn {

Instance::Instance(Loop& loop, InstanceScratch& scratch, InstanceOwner& owner, const InstanceProfile& profile,
                   std::uint32_t serial, InstanceEnds ends, InstanceSecretsPtr secrets)
    : loop_(&loop),
      scratch_(&scratch),
      owner_(&owner),
      profile_(profile),
      serial_(serial),
      channel_(std::move(ends.channel)),
      log_(std::move(ends.log)),
      claims_(std::move(ends.claims)),
      far_(std::move(ends.far)),
      secrets_(std::move(secrets)) {
  if (secrets_) {
    segments_.push_back({&secrets_->config_frame(), 0, secrets_->config_frame().size()});
    return;
  }
  // The socket keeps it until the process is there to read it, which saves a round trip after the fork.
  control_ = profile_.config_frame;
  segments_.push_back({nullptr, 0, control_.size()});
}

void Instance::begin() {
  watch();
  want_flush();
}

Instance::~Instance() = default;

void Instance::watch() {
  channel_watcher_.emplace(*loop_, channel_.get());
  channel_watcher_->watch(FdWatcher::kReadable, [this](int ready) { on_channel(ready); });
}

void Instance::settle() {
  if (credentials_on_ && pid_ != 0) {
    const int off = 0;
    ::setsockopt(channel_.get(), SOL_SOCKET, SO_PASSCRED, &off, sizeof off);
    credentials_on_ = false;
  }
  if (!log_ || log_watcher_) return;
  log_watcher_.emplace(*loop_, log_.get());
  log_watcher_->watch(FdWatcher::kReadable, [this](int) { read_log(); });
}

void Instance::leave_loop() {
  assert(count_ == 0 && !flush_wanted_ && !write_watched_);
  channel_watcher_.reset();
  log_watcher_.reset();
}

void Instance::enter_loop(Loop& loop, InstanceScratch& scratch, InstanceOwner& owner) {
  loop_ = &loop;
  scratch_ = &scratch;
  owner_ = &owner;
  watch();
  settle();
}

void Instance::send(InstanceCall& call, MonotonicTime now) {
  assert((state_ == State::kReady && has_room()) || (state_ < State::kReady && count_ == 0));
  const std::size_t position = (first_ + used_) % kClaimSlots;
  call.number = ++last_number_;
  call.sent_at = now;
  const std::int64_t time_left_ns = std::min<std::int64_t>(call.timeout.count(), (call.deadline - now).count());
  std::memcpy(call.frames.data() + sizeof(FrameHeader) + offsetof(CallHead, time_left_ns), &time_left_ns,
              sizeof time_left_ns);
  for (std::size_t at = 0; at < call.frames.size();) {
    FrameHeader header;
    std::memcpy(&header, call.frames.data() + at, sizeof header);
    header.call = call.number;
    header.slot = static_cast<std::uint16_t>(position);
    std::memcpy(call.frames.data() + at, &header, sizeof header);
    at += sizeof header + header.length;
  }
  ring_[position] = &call;
  ++used_;
  if (++count_ == 1) head_since_ = now;
  claim(position).store(claim_word(call.number, ClaimState::kQueued), std::memory_order_release);
  segments_.push_back({&call.frames, 0, call.frames.size()});
  want_flush();
}

// Takes the call at `position` out of the ring when the instance has not begun it.
bool Instance::take_back(std::size_t position) {
  InstanceCall& call = *ring_[position % kClaimSlots];
  // One that has begun to answer or has asked for something has begun, whatever a hostile claim word says.
  if (&call == head() && (stream_ != Stream::kNone || last_ask_ != 0)) return false;
  if (is_unsent(call)) {
    drop_unsent(call);
  } else {
    for (const Segment& segment : segments_) {
      if (segment.bytes == &call.frames) return false;  // a frame that was begun must be ended
    }
  }
  std::uint32_t expected = claim_word(call.number, ClaimState::kQueued);
  if (!claim(position).compare_exchange_strong(expected, claim_word(call.number, ClaimState::kRecalled))) return false;
  ring_[position % kClaimSlots] = nullptr;
  --count_;
  return true;
}

void Instance::recall_waiting() {
  give_back_waiting(false);
}

void Instance::give_back_waiting(bool with_head) {
  const std::size_t least = with_head ? 0 : 1;
  for (std::size_t left = used_; left > least; --left) {
    const std::size_t position = first_ + left - 1;
    InstanceCall* const call = ring_[position % kClaimSlots];
    if (call == nullptr || !take_back(position)) continue;
    trim();
    owner_->on_instance_returns(*this, *call);
  }
  trim();
}

bool Instance::abandon(InstanceCall& call) {
  for (std::size_t i = 0; i < used_; ++i) {
    if (ring_[(first_ + i) % kClaimSlots] != &call) continue;
    if (state_ != State::kEnded && take_back(first_ + i)) {
      const bool was_head = i == 0;
      trim();
      if (was_head) head_since_ = std::chrono::steady_clock::now();
      return true;
    }
    if (state_ < State::kDying) control(FrameType::kCancel, call.number, 0, {});
    if (head() == &call) forget_ask();
    return false;
  }
  return false;
}

void Instance::give_credit(InstanceCall& call, std::size_t bytes) {
  if (state_ >= State::kDying || stream_ != Stream::kStreaming || head() != &call) return;
  stream_credit_ += bytes;
  const Credit credit{static_cast<std::uint32_t>(bytes)};
  control(FrameType::kCredit, call.number, 0, {reinterpret_cast<const char*>(&credit), sizeof credit});
}

MonotonicTime Instance::head_deadline() const {
  if (count_ == 0 || state_ < State::kReady) return MonotonicTime::max();
  const InstanceCall& call = *head();
  const bool endless = call.timeout > std::chrono::hours(24 * 365);
  const MonotonicTime end = std::min(endless ? MonotonicTime::max() : head_since_ + call.timeout, call.deadline);
  return end == MonotonicTime::max() ? end : end + call.grace;
}

// Holes at both ends go; the first position is then the head.
void Instance::trim() {
  while (used_ > 0 && ring_[first_] == nullptr) {
    first_ = (first_ + 1) % kClaimSlots;
    --used_;
  }
  while (used_ > 0 && ring_[(first_ + used_ - 1) % kClaimSlots] == nullptr) --used_;
}

void Instance::pop_head() {
  if (log_dropped_ > 0) {
    const std::string text = std::to_string(log_dropped_) + " lines of log were left out: the limit of a call is " +
                             size_text(profile_.log_limit) + " (logLimit)";
    owner_->on_instance_line(*this, {head()->call_id(), 2, "log", text, {}});
  }
  log_used_ = log_dropped_ = 0;
  head_since_ = reading_ ? read_at_ : std::chrono::steady_clock::now();
  head()->ended_at = head_since_;
  claim(first_).store(0, std::memory_order_relaxed);
  ring_[first_] = nullptr;
  --count_;
  trim();
  ++ended_calls_;
  ++ended_now_;
  stream_ = Stream::kNone;
  scratch_->buffers.put(body_);
  forget_ask();
  ask_body_open_ = false;
  last_ask_ = nested_ask_ = 0;
  if (profile_.one_shot && state_ == State::kReady) enter(State::kLeaving);
}

void Instance::fail_head(const Error& error) {
  InstanceCall& call = *head();
  const bool streaming = stream_ == Stream::kStreaming;
  pop_head();
  if (streaming) {
    call.on_call_stream_end(error);
  } else {
    call.on_call_failed(error);
  }
}

void Instance::end_by(const Error& error, Head head) {
  kill();
  give_back_waiting(head == Head::kMayReturn);
  const Error reason = with_link(error);
  while (count_ > 0) fail_head(reason);
}

void Instance::kill() {
  if (state_ == State::kDying || state_ == State::kEnded || state_ == State::kGone) return;
  enter(State::kDying);
  segments_.clear();
  control_.clear();
  owner_->kill_instance(*this);
}

void Instance::fail_start(std::string_view why) {
  start_fault_ = why;
  kill();
}

void Instance::give_up() {
  channel_watcher_.reset();
  log_watcher_.reset();
  segments_.clear();
  give_back_waiting(true);
  go();
}

void Instance::retire() {
  if (state_ != State::kReady && state_ != State::kStarting) return kill();
  enter(State::kLeaving);
  const Grant none{0};
  control(FrameType::kGrant, 0, 0, {reinterpret_cast<const char*>(&none), sizeof none});
}

void Instance::violation(std::string_view what) {
  if (state_ == State::kDying) return;
  if (state_ != State::kReady && state_ != State::kLeaving) start_fault_ = what;
  crashed_ = true;
  end_by(Error(ErrorCode::kBrokenReply, "the function broke the rules of its channel: " + std::string(what)),
         Head::kMayReturn);
}

void Instance::on_end_of_file() {
  read_log();
  if (secrets_) redacted_output_.end(secrets_->redactor(), [this](std::string_view text) { cut_lines(text); });
  lines_.end([this](std::string_view text) {
    emit_line({count_ > 0 ? head()->call_id() : std::string_view(), 1, "stdout", text, {}});
  });
  channel_watcher_.reset();
  log_watcher_.reset();
  if (state_ == State::kReady || state_ == State::kStarting || state_ == State::kForking) crashed_ = true;
  const bool killed = state_ == State::kDying;
  failed_start_ = state_ == State::kStarting;
  enter(State::kEnded);
  segments_.clear();
  give_back_waiting(true);
  if (killed || exit_status_ || (count_ == 0 && !failed_start_)) go();
}

void Instance::enter(State state) {
  state_ = state;
  last_turn = false;
  since_ = std::chrono::steady_clock::now();
  owner_->on_instance_state(*this);
}

std::uint64_t Instance::running_head() const {
  if (count_ == 0) return 0;
  const std::uint64_t number = head()->number;
  const std::uint32_t word = claims_->word(first_).load(std::memory_order_relaxed);
  return word == claim_word(number, ClaimState::kStarted) ? number : 0;
}

void Instance::on_exit(std::optional<int> status) {
  if (!exit_status_) exit_status_ = status;
  if (state_ == State::kEnded) go();
}

Error Instance::with_link(const Error& error) const {
  return claims_ ? in_link(error, claims_->link(), profile_.fused) : error;
}

Error Instance::end_reason() const {
  return with_link(exit_reason(exit_status_.value_or(std::nullopt), profile_.memory));
}

void Instance::go() {
  if (state_ == State::kGone) return;
  state_ = State::kGone;
  if (failed_start_ && start_fault_.empty()) {
    start_fault_ = "START: " + end_reason().text();
  }
  while (count_ > 0) fail_head(end_reason());
  owner_->on_instance_gone(*this);
}

}  // namespace sojourn
