#include "runtime/sandbox/warden/warden_loop.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace sojourn {
namespace {

constexpr std::size_t kWaitingMax = 1024;
// Joining cgroups is mostly waiting for the kernel, so several stems may do it at a time.
constexpr std::size_t kRisingAtOnceMax = 8;
constexpr int kMessagesPerTurn = 256;
// Stems are made ahead once the link was silent for so long: making one costs the same processors as using one.
constexpr std::chrono::milliseconds kQuiet{5};
constexpr std::chrono::milliseconds kBackoffFirst{100};
constexpr std::chrono::milliseconds kBackoffMax{10'000};
constexpr std::chrono::seconds kEndMax{10};

void put_step(std::array<char, 60>& place, Step step) {
  const std::string_view name = step_name(step);
  const std::size_t size = std::min(name.size(), place.size() - 1);
  std::memcpy(place.data(), name.data(), size);
  place[size] = '\0';
}

template <class Message>
bool read_message(const char* bytes, std::size_t size, Message& message) {
  if (size != sizeof message) return false;
  std::memcpy(&message, bytes, sizeof message);
  return true;
}

}  // namespace

WardenLoop::WardenLoop(UniqueFd link, StemTable& stems, int stems_ahead, std::uint64_t walls, const Log& log)
    : link_(std::move(link)),
      stems_(stems),
      stems_ahead_(static_cast<std::size_t>(std::max(stems_ahead, 1))),
      log_(log),
      output_(link_.get()),
      walls_(walls) {}

Status WardenLoop::open() {
  epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_) return system_error("epoll_create1", errno);
  watch(link_.get(), Source::kLink, 0, EPOLL_CTL_ADD);
  return {};
}

// A descriptor of a stem tells once, and is watched again while it is open: a copy of it in a stem that is just being
// cloned keeps what was closed here alive, and would report its end turn after turn.
void WardenLoop::watch(int fd, Source source, std::uint32_t slot, int operation) {
  epoll_event event{};
  event.events = source == Source::kLink ? EPOLLIN : EPOLLIN | EPOLLONESHOT;
  event.data.u64 = std::uint64_t{static_cast<std::uint32_t>(source)} << 32 | slot;
  ::epoll_ctl(epoll_.get(), operation, fd, &event);
}

Status WardenLoop::run() {
  if (Status opened = open(); !opened) return opened;
  while (link_open_) turn();
  Status ended = end_all();
  return refusal_ ? std::move(ended) : std::move(refusal_);
}

int WardenLoop::timeout_ms() const {
  const bool wants_stems = missing(StemKind::kClosed) + missing(StemKind::kConnecting) > 0;
  if (wants_stems && stems_.rising() < kRisingAtOnceMax) {
    const Clock::time_point at = waiting_.empty() ? std::max(retry_at_, last_asked_ + kQuiet) : retry_at_;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(at - Clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1000));
  }
  return stems_.rising() > 0 ? 1000 : -1;
}

void WardenLoop::turn() {
  epoll_event events[64];
  const int count = ::epoll_wait(epoll_.get(), events, 64, timeout_ms());
  // The link before everything else, whatever the order of events is: a kill is not to wait.
  for (int index = 0; index < count; ++index) {
    if (events[index].data.u64 >> 32 == static_cast<std::uint32_t>(Source::kLink))
      on_event(Source::kLink, 0, events[index].events);
  }
  for (int index = 0; index < count; ++index) {
    const auto source = static_cast<Source>(events[index].data.u64 >> 32);
    if (source != Source::kLink) on_event(source, static_cast<std::uint32_t>(events[index].data.u64), 0);
  }
  if (Stem* const late = stems_.late()) {
    log_.error("a stem came up too slowly");
    stems_.kill(*late);
  }
  serve_waiting();
  start_stems();
  watch_link_output();
}

void WardenLoop::on_event(Source source, std::uint32_t slot, std::uint32_t events) {
  if (source == Source::kLink) {
    if ((events & EPOLLOUT) != 0) output_.flush();
    return read_link();
  }
  Stem* const stem = stems_.by_slot(slot);
  if (stem == nullptr) return;
  if (source == Source::kReport && stem->report) {
    on_report(*stem);
    if (stem->report) watch(stem->report.get(), source, slot, EPOLL_CTL_MOD);
  } else if (source == Source::kEnd) {
    on_end(*stem);
    if (const Stem* const lives = stems_.by_slot(slot)) watch(lives->pidfd.get(), source, slot, EPOLL_CTL_MOD);
  }
}

void WardenLoop::read_link() {
  for (int index = 0; index < kMessagesPerTurn; ++index) {
    alignas(8) char bytes[kWardenMessageMax];
    const ssize_t size = ::recv(link_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) {
      link_open_ = false;
      return;
    }
    last_asked_ = Clock::now();
    on_message(bytes, static_cast<std::size_t>(size));
  }
}

void WardenLoop::on_message(const char* bytes, std::size_t size) {
  WardenMessageType type{};
  if (size < sizeof type) return;
  std::memcpy(&type, bytes, sizeof type);
  if (type == WardenMessageType::kKill) {
    KillRequest request;
    if (read_message(bytes, size, request)) on_kill(request);
  } else if (type == WardenMessageType::kAdopt) {
    AdoptRequest request;
    if (read_message(bytes, size, request)) on_adopt(request);
  } else if (type == WardenMessageType::kAdoptMore) {
    AdoptMoreRequest request;
    if (!read_message(bytes, size, request)) return;
    if (!more_.empty() && more_.front().id != request.id) more_.clear();
    if (more_.size() < kAdoptMoreMax) more_.push_back(request);
  } else if (type == WardenMessageType::kAdoptDoors) {
    read_message(bytes, size, doors_);
  }
}

void WardenLoop::on_adopt(const AdoptRequest& request) {
  AdoptionRequest wanted{request, {}, std::exchange(more_, {})};
  bool complete = wanted.more.size() == request.fused;
  if (request.doors != 0) {
    wanted.doors = std::exchange(doors_, {});
    complete = complete && wanted.doors.id == request.id && wanted.doors.count > 0 && wanted.doors.count <= kDoorsMax;
    connecting_asked_ = true;
  }
  for (std::size_t index = 0; index < wanted.more.size(); ++index)
    complete = complete && wanted.more[index].id == request.id && wanted.more[index].index == index + 1;
  if (!complete) return refuse(request.id, {Step::kFindArtifact, EINVAL});
  if (waiting_.size() >= kWaitingMax) return refuse(request.id, {Step::kTooManyTemplates, EAGAIN});
  waiting_.push_back(std::move(wanted));
}

void WardenLoop::on_kill(const KillRequest& request) {
  Stem* const stem = stems_.by_id(request.id);
  if (stem == nullptr) return;
  if (request.pid == 0)
    stems_.kill(*stem);
  else
    stems_.kill_instance(*stem, request.pid);
}

void WardenLoop::on_report(Stem& stem) {
  const auto report = stems_.read_report(stem);
  if (!report) return;
  if (report->step != Step::kNone) return stem_failed({report->step, report->error});
  last_failure_ = {};
  backoff_ = std::chrono::milliseconds(0);
  if (said_hello_) return;
  walls_ |= report->walls;
  landlock_abi_ = report->landlock_abi;
  say_hello();
}

void WardenLoop::on_end(Stem& stem) {
  int status = 0;
  if (!stems_.has_ended(stem, &status)) return;
  if (!link_open_) return stems_.remove(stem);
  if (stem.state == Stem::State::kAdopted) {
    DiedReport died{};
    died.type = WardenMessageType::kDied;
    died.status = status;
    died.id = stem.id;
    died.oom_kills = stems_.oom_kills(stem);
    output_.send(died);
  } else {
    // Its report may still be unread, and says more.
    if (stem.report && stem.state == Stem::State::kRising) on_report(stem);
    if (stem.state == Stem::State::kRising && last_failure_.ok()) stem_failed({Step::kTemplateEnded, ECHILD});
  }
  stems_.remove(stem);
}

void WardenLoop::stem_failed(const StepError& failed) {
  last_failure_ = failed;
  backoff_ = std::clamp(backoff_ * 2, kBackoffFirst, kBackoffMax);
  retry_at_ = Clock::now() + backoff_;
  log_.error("a stem failed", {{"step", step_name(failed.step)}, {"errno", std::to_string(failed.error)}});
  if (!said_hello_) give_up(failed);
}

void WardenLoop::give_up(const StepError& failed) {
  say_hello();
  const char* const advice = failed.step == Step::kLandlock
                                 ? "; add landlock to the kernel's lsm= parameter, or serve without it: --allow-reduced"
                                 : "; `sojourn status --doctor` names what it lacks";
  const std::string reason = system_error(step_name(failed.step), failed.error).text();
  refusal_ = Error(ErrorCode::kInternal, "no sandbox can be made on this host: " + reason + advice);
  link_open_ = false;
}

void WardenLoop::say_hello() {
  said_hello_ = true;
  WardenHello hello{};
  hello.type = WardenMessageType::kHello;
  hello.landlock_abi = landlock_abi_;
  hello.walls = last_failure_.ok() ? walls_ : 0;
  hello.error = last_failure_.error;
  if (!last_failure_.ok()) put_step(hello.step, last_failure_.step);
  output_.send(hello);
}

void WardenLoop::serve_waiting() {
  std::erase_if(waiting_, [this](const AdoptionRequest& request) { return hand_over(request); });
  if (last_failure_.ok()) return;
  // No stem stands and the last one failed: who waits gets the reason now.
  while (!waiting_.empty()) {
    refuse(waiting_.front().main.id, last_failure_);
    waiting_.pop_front();
  }
}

// False: no stem of its kind is ready.
bool WardenLoop::hand_over(const AdoptionRequest& request) {
  StepError failed;
  Stem* const stem = stems_.adopt(request, &failed);
  if (stem == nullptr) return false;
  if (!failed.ok()) {
    refuse(request.main.id, failed);
    return true;
  }
  AdoptReply reply{};
  reply.type = WardenMessageType::kAdopted;
  reply.pid = stem->pid;
  reply.id = request.main.id;
  if (!stem->doors.empty()) {
    DoorsReply doors{};
    doors.type = WardenMessageType::kDoors;
    doors.count = static_cast<std::uint32_t>(stem->doors.size());
    doors.id = reply.id;
    output_.send(doors, std::exchange(stem->doors, {}));
  }
  std::vector<UniqueFd> ends;
  ends.push_back(std::move(stem->control));
  ends.push_back(std::move(stem->log));
  output_.send(reply, std::move(ends));
  return true;
}

void WardenLoop::refuse(std::uint64_t id, const StepError& failed) {
  AdoptReply reply{};
  reply.type = WardenMessageType::kRefused;
  reply.id = id;
  reply.error = failed.error;
  put_step(reply.step, failed.step);
  output_.send(reply);
}

void WardenLoop::start_stems() {
  const Clock::time_point now = Clock::now();
  if (now < retry_at_ || (waiting_.empty() && now < last_asked_ + kQuiet)) return;
  for (const StemKind kind : {StemKind::kClosed, StemKind::kConnecting}) {
    for (std::size_t left = missing(kind); left > 0 && stems_.rising() < kRisingAtOnceMax; --left) {
      Stem* stem = nullptr;
      if (const StepError failed = stems_.start(kind, &stem); !failed.ok()) return stem_failed(failed);
      watch(stem->report.get(), Source::kReport, stem->slot, EPOLL_CTL_ADD);
      watch(stem->pidfd.get(), Source::kEnd, stem->slot, EPOLL_CTL_ADD);
    }
  }
}

// How many stems of a kind are wanted and not there. Of those that may connect one is kept ahead from the first
// function on that wants one: most servers have none.
std::size_t WardenLoop::missing(StemKind kind) const {
  const std::size_t ahead = kind == StemKind::kClosed ? stems_ahead_ : connecting_asked_ ? 1 : 0;
  const auto waiting = static_cast<std::size_t>(std::count_if(
      waiting_.begin(), waiting_.end(), [&](const AdoptionRequest& request) { return kind_of(request) == kind; }));
  const std::size_t have = stems_.count(Stem::State::kReady, kind) + stems_.count(Stem::State::kRising, kind);
  return ahead + waiting - std::min(ahead + waiting, have);
}

void WardenLoop::watch_link_output() {
  if (watching_output_ == output_.waits()) return;
  watching_output_ = output_.waits();
  epoll_event event{};
  event.events = EPOLLIN | (watching_output_ ? static_cast<std::uint32_t>(EPOLLOUT) : 0u);
  event.data.u64 = 0;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, link_.get(), &event);
}

Status WardenLoop::end_all() {
  link_.reset();
  stems_.kill_all();
  const Clock::time_point until = Clock::now() + kEndMax;
  while (!stems_.empty() && Clock::now() < until) {
    epoll_event events[64];
    const int count = ::epoll_wait(epoll_.get(), events, 64, 100);
    for (int index = 0; index < count; ++index) {
      const auto source = static_cast<Source>(events[index].data.u64 >> 32);
      if (source != Source::kLink) on_event(source, static_cast<std::uint32_t>(events[index].data.u64), 0);
    }
  }
  if (!stems_.empty()) return Error(ErrorCode::kInternal, "some templates did not end within 10 s");
  return {};
}

}  // namespace sojourn
