#include "runtime/sandbox/host/template_process.h"

#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/sandbox/host/exit_reason.h"
#include "runtime/sandbox/host/passed_fds.h"
#include "runtime/sandbox/protocol/payload.h"

namespace sojourn {
namespace {

constexpr std::size_t kMessagesPerRead = 8;
constexpr std::size_t kMessageMax = 2048;  // bytes: a LOADED with its reason
constexpr std::size_t kReasonMax = 1000;   // bytes

Error refused(std::string text) {
  return Error(ErrorCode::kRefused, std::move(text));
}

// One line: what a constructor or INIT says may hold anything.
std::string one_line(std::string_view text) {
  std::string line(text.substr(0, kReasonMax));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return line;
}

Error load_error(LoadOutcome outcome, std::string_view reason) {
  const std::string line = one_line(reason);
  switch (outcome) {
    case LoadOutcome::kDlopenFailed:
      return refused("it does not load: " + line);
    case LoadOutcome::kNoEntry:
      return refused("its entry is not there: " + line);
    case LoadOutcome::kInitFailed:
      return refused("INIT: " + line);
    case LoadOutcome::kThreadStarted:
      return refused(line);
    default:
      return refused("it did not load, and did not say why");
  }
}

}  // namespace

TemplateProcess::TemplateProcess(Loop& loop, std::uint64_t id, Adoption adoption, TemplateListener& listener)
    : loop_(loop),
      id_(id),
      listener_(listener),
      control_(std::move(adoption.control)),
      log_(std::move(adoption.log)),
      limit_(loop) {
  control_watcher_.emplace(loop_, control_.get());
  control_watcher_->watch(FdWatcher::kReadable, [this](int ready) { on_control(ready); });
  log_watcher_.emplace(loop_, log_.get());
  log_watcher_->watch(FdWatcher::kReadable, [this](int) { read_log(); });
}

TemplateProcess::~TemplateProcess() = default;

void TemplateProcess::load(const std::string& packet) {
  state_ = State::kOpening;
  limit_.start(kOpenMax, [this] { on_limit(); });
  if (!send_packet(control_.get(), packet.data(), packet.size(), nullptr, 0)) {
    fault("it does not take its LOAD message");
  }
}

void TemplateProcess::fork(std::uint32_t serial, FarEnds ends) {
  unsent_.push_back({serial, std::move(ends)});
  if (unsent_.size() == 1) send_forks();
}

void TemplateProcess::send_forks() {
  while (!unsent_.empty()) {
    const Fork& next = unsent_.front();
    ForkHead head{};
    head.type = TemplateMessage::kFork;
    head.serial = next.serial;
    const int fds[] = {next.ends.channel.get(), next.ends.log.get(), next.ends.claims->fd()};
    if (!send_packet(control_.get(), &head, sizeof head, fds, 3)) break;
    unanswered_.push_back({next.serial, std::chrono::steady_clock::now()});
    ++forks_;
    unsent_.pop_front();
  }
  if (!control_watcher_) return;
  control_watcher_->watch(unsent_.empty() ? FdWatcher::kReadable : FdWatcher::kReadable | FdWatcher::kWritable);
  watch_forks();
}

void TemplateProcess::watch_forks() {
  if (unanswered_.empty() || limit_.active()) return;
  limit_.start(kForkMax, [this] { on_limit(); });
}

void TemplateProcess::on_limit() {
  if (state_ == State::kOpening || state_ == State::kInitialising) {
    const Error late = load_fault(std::nullopt);
    state_ = State::kFailed;
    listener_.on_template_loaded(late);
    return;
  }
  if (unanswered_.empty()) return;
  const auto waited = std::chrono::steady_clock::now() - unanswered_.front().sent_at;
  if (waited >= kForkMax) return fault("it left a FORK unanswered for 1 s");
  watch_forks();
}

Error TemplateProcess::load_fault(std::optional<int> wait_status) const {
  if (wait_status) return load_exit_reason(wait_status);
  if (state_ == State::kInitialising) return refused("INIT did not end within 30 s");
  return refused("it did not load within 5 s: a constructor blocks");
}

void TemplateProcess::on_control(int ready) {
  if ((ready & FdWatcher::kWritable) != 0 && !unsent_.empty()) send_forks();
  if ((ready & FdWatcher::kReadable) == 0 || !control_watcher_) return;
  read_messages();
  if (control_watcher_) {
    control_watcher_->watch(unsent_.empty() ? FdWatcher::kReadable : FdWatcher::kReadable | FdWatcher::kWritable);
  }
}

// One system call for all that waits, up to kMessagesPerRead. No room is given for descriptors: the kernel closes what
// is passed and says so.
void TemplateProcess::read_messages() {
  std::array<std::array<char, kMessageMax>, kMessagesPerRead> bytes;
  std::array<iovec, kMessagesPerRead> pieces;
  std::array<mmsghdr, kMessagesPerRead> messages{};
  for (std::size_t i = 0; i < kMessagesPerRead; ++i) {
    pieces[i] = {bytes[i].data(), bytes[i].size()};
    messages[i].msg_hdr.msg_iov = &pieces[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  const int count = ::recvmmsg(control_.get(), messages.data(), kMessagesPerRead, MSG_DONTWAIT, nullptr);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  for (int i = 0; i < count && control_watcher_; ++i) {
    const mmsghdr& message = messages[static_cast<std::size_t>(i)];
    if (message.msg_len == 0) return on_end_of_file();
    if ((message.msg_hdr.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
      return fault("it passed a descriptor or a message that is too long");
    }
    on_message({bytes[static_cast<std::size_t>(i)].data(), message.msg_len});
  }
  if (count < 0) on_end_of_file();
}

void TemplateProcess::on_end_of_file() {
  read_log();
  control_watcher_.reset();
  limit_.stop();
  listener_.on_template_end();
}

void TemplateProcess::on_message(std::string_view packet) {
  PayloadReader type_in(packet);
  const auto type = type_in.fixed<TemplateMessage>();
  if (type == TemplateMessage::kOpened && state_ == State::kOpening) {
    state_ = State::kInitialising;
    limit_.start(kInitMax, [this] { on_limit(); });
  } else if (type == TemplateMessage::kLoaded) {
    on_loaded(packet);
  } else if (type == TemplateMessage::kForked && packet.size() == sizeof(ForkedBody)) {
    const auto forked = PayloadReader(packet).fixed<ForkedBody>();
    on_forked(forked.serial, forked.error);
  } else if (type == TemplateMessage::kExit && packet.size() == sizeof(ExitBody)) {
    const auto exit = PayloadReader(packet).fixed<ExitBody>();
    listener_.on_template_exit(exit.serial, exit.status);
  } else {
    fault("it sent a message that is not of the protocol");
  }
}

void TemplateProcess::on_loaded(std::string_view packet) {
  PayloadReader in(packet);
  const auto loaded = in.fixed<LoadedHead>();
  const std::string_view reason = in.text();
  if (!in.ok() || (state_ != State::kOpening && state_ != State::kInitialising)) {
    return fault("it sent a LOADED out of place");
  }
  limit_.stop();
  read_log();
  if (loaded.outcome != LoadOutcome::kOk) {
    state_ = State::kFailed;
    return listener_.on_template_loaded(load_error(loaded.outcome, reason));
  }
  state_ = State::kLoaded;
  listener_.on_template_loaded(loaded);
}

void TemplateProcess::on_forked(std::uint32_t serial, std::int32_t error) {
  if (unanswered_.empty() || unanswered_.front().serial != serial) return fault("it answered a FORK nobody asked for");
  unanswered_.pop_front();
  listener_.on_template_forked(serial, error);
}

void TemplateProcess::read_log() {
  if (!log_) return;
  std::array<char, kLogReadMax> bytes;
  const ssize_t count = ::read(log_.get(), bytes.data(), bytes.size());
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    log_watcher_.reset();
    log_.reset();
    return;
  }
  lines_.feed({bytes.data(), static_cast<std::size_t>(count)}, [this](std::string_view text) {
    logged_ += text.size() + 1;
    if (logged_ <= kLogMax) listener_.on_template_line(text);
  });
}

void TemplateProcess::fault(std::string_view what) {
  limit_.stop();
  control_watcher_.reset();
  if (state_ == State::kOpening || state_ == State::kInitialising) {
    state_ = State::kFailed;
    return listener_.on_template_loaded(refused("while it loads, " + std::string(what)));
  }
  listener_.on_template_fault(what);
}

}  // namespace sojourn
