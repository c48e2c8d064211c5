// The bytes that come from an instance. Nothing here is believed before it was checked.
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <unistd.h>

#include <sojourn/abi.h>

#include "runtime/sandbox/host/exit_reason.h"
#include "runtime/sandbox/host/instance.h"

namespace sojourn {
namespace {

constexpr std::uint32_t kLogFieldsMax = 32;

// What a control message says of the sender; descriptors in it are closed.
struct Ancillary {
  std::int32_t pid = 0;
  bool had_descriptors = false;
};

Ancillary read_ancillary(msghdr& message) {
  Ancillary said;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET) continue;
    if (part->cmsg_type == SCM_CREDENTIALS) {
      ucred credentials;
      std::memcpy(&credentials, CMSG_DATA(part), sizeof credentials);
      said.pid = credentials.pid;
    }
    if (part->cmsg_type == SCM_RIGHTS) {
      said.had_descriptors = true;
      const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (std::size_t i = 0; i < count; ++i) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
        ::close(fd);
      }
    }
  }
  return said;
}

}  // namespace

void Instance::on_channel(int ready) {
  if ((ready & FdWatcher::kWritable) != 0 && write_watched_) flush();
  if ((ready & FdWatcher::kReadable) == 0 || state_ == State::kEnded || state_ == State::kGone) return;
  if (count_ > 0) read_log();  // what was written before the reply is then seen before it
  read_channel();
  // An error ends the watching, though bytes may be left.
  if (channel_watcher_) {
    channel_watcher_->watch(write_watched_ ? FdWatcher::kReadable | FdWatcher::kWritable : FdWatcher::kReadable);
  }
}

// After a kill only the end of file matters.
void Instance::discard_channel() {
  const ssize_t count = ::recv(channel_.get(), scratch_->bytes.get(), FrameInput::kScratchSize, MSG_DONTWAIT);
  if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) on_end_of_file();
}

void Instance::read_channel() {
  if (state_ == State::kDying) return discard_channel();
  const std::span<char> room = input_.begin(scratch_->bytes.get());
  iovec piece{room.data(), room.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred)) + CMSG_SPACE(253 * sizeof(int))> ancillary;
  if (credentials_on_) {
    message.msg_control = ancillary.data();
    message.msg_controllen = ancillary.size();
  }
  // Without room for them the kernel closes descriptors that were passed and says so by MSG_CTRUNC.
  const ssize_t count = ::recvmsg(channel_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  bool passed_descriptors = count > 0 && (message.msg_flags & MSG_CTRUNC) != 0;
  if (count > 0 && credentials_on_) {
    const Ancillary said = read_ancillary(message);
    if (pid_ == 0) pid_ = said.pid;
    passed_descriptors |= said.had_descriptors;
  }
  if (count < 0) {
    const int fault = errno;
    input_.finish();
    if (fault != EAGAIN && fault != EINTR) on_end_of_file();
    return;
  }
  if (count == 0) {
    input_.finish();
    return on_end_of_file();
  }
  input_.filled(static_cast<std::size_t>(count));
  read_at_ = std::chrono::steady_clock::now();
  reading_ = true;
  if (passed_descriptors) violation("it passed a descriptor");
  Frame frame;
  while (state_ < State::kDying && input_.next(frame)) on_frame(frame);
  if (state_ < State::kDying && !input_.broken().empty()) violation(input_.broken());
  if (state_ >= State::kDying) input_.discard();
  reading_ = false;
  input_.finish();
  if (const int ended = std::exchange(ended_now_, 0); ended > 0) owner_->on_instance_progress(*this, ended);
}

void Instance::on_frame(Frame& frame) {
  if (state_ == State::kForking) return on_hello(frame);
  switch (frame.header.type) {
    case FrameType::kReady:
      return on_ready(frame);
    case FrameType::kReply:
      return on_reply(frame);
    case FrameType::kError:
      return on_error(frame);
    case FrameType::kBody:
      return on_body(frame);
    case FrameType::kBodyEnd:
      return on_body_end(frame);
    case FrameType::kLog:
      return on_log_frame(frame);
    case FrameType::kNext:
    case FrameType::kCallOut:
      return on_nested(frame);
    case FrameType::kState:
      return on_state(frame);
    case FrameType::kLease:
      return on_lease(frame);
    case FrameType::kEmit:
      return on_emit(frame);
    case FrameType::kConnect:
      return answer_unavailable(frame);
    case FrameType::kCredit:
      return on_credit(frame);
    case FrameType::kCancel:
      return on_cancel(frame);
    case FrameType::kBye:
      return;
    default:
      return violation("a frame of a type that instances do not send");
  }
}

void Instance::on_hello(const Frame& frame) {
  Hello hello;
  if (frame.header.type != FrameType::kHello || frame.payload.size() != sizeof hello || pid_ == 0) {
    return violation("its first frame is no HELLO");
  }
  std::memcpy(&hello, frame.payload.data(), sizeof hello);
  if (hello.abi_major != SJ_ABI_MAJOR) return violation("it speaks another ABI");
  if (secrets_) want_flush();
  enter(State::kStarting);
}

void Instance::on_ready(const Frame& frame) {
  if (state_ == State::kLeaving) return;
  PayloadReader in(frame.text());
  const auto ready = in.fixed<ReadyHead>();
  const std::string_view reason = in.text();
  if (!in.at_end() || state_ != State::kStarting) return violation("a READY out of place");
  if (ready.failed != 0) {
    return fail_start("START: " + redacted(reason.substr(0, 1000)));
  }
  state_ = State::kReady;
  was_ready_ = true;
  if (count_ > 0) head()->sent_at = head_since_ = read_at_;
  owner_->on_instance_ready(*this);
}

bool Instance::is_of_head(const FrameHeader& header) {
  if (count_ > 0 && header.call == head()->number) {
    for (const Segment& segment : segments_) {
      if (segment.bytes == &head()->frames) {
        violation("an answer before the request was whole");
        return false;
      }
    }
    return true;
  }
  violation("a frame for a call that is not running");
  return false;
}

void Instance::on_reply(Frame& frame) {
  if (!is_of_head(frame.header)) return;
  if (stream_ != Stream::kNone) return violation("a second reply to one call");
  const bool streamed = (frame.header.flags & kStreamed) != 0;
  const bool follows = streamed || (frame.header.flags & kBodyFollows) != 0;
  const ReplyBody how = streamed ? ReplyBody::kStreamed : follows ? ReplyBody::kGathered : ReplyBody::kInline;
  auto reply = parse_reply(frame.payload, how, scratch_->fields);
  if (!reply) return fail_head(reply.error());
  const std::uint64_t size = how == ReplyBody::kInline ? reply->body.size() : reply->body_size;
  if (!streamed && size > profile_.reply_limit) {
    return end_by(Error(ErrorCode::kBrokenReply, "the reply has " + std::to_string(size) + " bytes, its limit is " +
                                                     size_text(profile_.reply_limit) + " (replyLimit)"));
  }
  if (!follows) {
    InstanceCall& call = *head();
    pop_head();
    return call.on_call_reply(*reply);
  }
  if (!streamed) {
    stream_ = Stream::kGathering;
    reply_head_.clear();
    reply_head_.append(frame.text());
    body_ = scratch_->buffers.take(size);
    body_.expect(size);
    return;
  }
  stream_ = Stream::kStreaming;
  stream_credit_ = kStreamCreditStart;
  head()->on_call_stream_begin(*reply);
}

void Instance::on_error(const Frame& frame) {
  if (!is_of_head(frame.header)) return;
  PayloadReader in(frame.text());
  const auto body = in.fixed<ErrorBody>();
  const std::string_view type = in.text();
  const std::string_view message = in.text();
  if (!in.at_end()) return violation("an ERROR that is cut short");
  if (body.status != 0 && (body.status < 400 || body.status > 599)) {
    return fail_head(
        Error(ErrorCode::kBrokenReply, "the error's status is " + std::to_string(body.status) + ", not 400 to 599"));
  }
  if (stream_ == Stream::kStreaming) {
    return fail_head(Error(ErrorCode::kFunctionThrew, "the function failed in the middle of its stream"));
  }
  const std::string shown_type = redacted(type);
  const std::string shown_message = redacted(message);
  ReportedError error{body.status, body.flags, std::nullopt, shown_type, shown_message};
  if ((body.flags & SJ_FAIL_RETRY_AFTER) != 0 && body.retry_ms >= 0) error.retry_after.emplace(body.retry_ms);
  InstanceCall& call = *head();
  pop_head();
  call.on_call_error(error);
}

void Instance::on_body(const Frame& frame) {
  if (frame.header.stream != 0) return on_ask_body(frame);
  if (!is_of_head(frame.header)) return;
  if (stream_ == Stream::kNone) return violation("a body without a reply");
  if (stream_ == Stream::kGathering) {
    if (body_.size() + frame.payload.size() > profile_.reply_limit) {
      return end_by(Error(ErrorCode::kBrokenReply, "the reply is longer than its limit of " +
                                                       size_text(profile_.reply_limit) + " (replyLimit)"));
    }
    body_.append(frame.text());
    return;
  }
  if (frame.payload.size() > stream_credit_) return violation("a stream beyond its credit");
  stream_credit_ -= frame.payload.size();
  if (!frame.payload.empty()) head()->on_call_stream_chunk(frame.text());
}

void Instance::on_body_end(const Frame& frame) {
  if (frame.header.stream != 0) return on_ask_body(frame);
  if (!is_of_head(frame.header)) return;
  if (stream_ == Stream::kNone) return violation("the end of a body without a reply");
  if (stream_ == Stream::kGathering) return on_gathered();
  InstanceCall& call = *head();
  pop_head();
  call.on_call_stream_end(std::nullopt);
}

void Instance::on_gathered() {
  auto reply = parse_reply({reply_head_.data(), reply_head_.size()}, ReplyBody::kGathered, scratch_->fields);
  if (!reply) return fail_head(reply.error());
  if (reply->body_size != body_.size()) {
    return fail_head(Error(ErrorCode::kBrokenReply, "the reply's body is not as long as the reply says"));
  }
  InstanceCall& call = *head();
  ByteBuffer body = std::exchange(body_, ByteBuffer());
  reply->body = body.view();
  pop_head();
  call.on_call_reply(*reply);
  scratch_->buffers.put(body);
}

void Instance::on_log_frame(const Frame& frame) {
  PayloadReader in(frame.text());
  const auto log = in.fixed<LogHead>();
  const std::string_view text = in.text();
  if (log.field_count > kLogFieldsMax) return violation("a LOG with more than 32 fields");
  std::array<HeaderField, kLogFieldsMax> fields;
  for (std::uint32_t i = 0; i < log.field_count; ++i) {
    fields[i].name = in.text();
    fields[i].value = in.text();
  }
  if (!in.at_end() || log.level > SJ_ERROR) return violation("a LOG that is not well formed");
  const bool of_head = count_ > 0 && frame.header.call == head()->number;
  log_dropped_ += log.dropped;
  const InstanceLine line{
      of_head ? head()->call_id() : std::string_view(), log.level, "log", text, {fields.data(), log.field_count}};
  secrets_ ? emit_redacted(line) : emit_line(line);
}

void Instance::answer_unavailable(const Frame& frame) {
  const OutcomeHead outcome{SJ_EUNAVAILABLE};
  control(FrameType::kOutcome, frame.header.call, frame.header.stream,
          {reinterpret_cast<const char*>(&outcome), sizeof outcome});
}

void Instance::read_log() {
  if (!log_) return;
  const ssize_t count = ::read(log_.get(), scratch_->bytes.get(), kLogReadMax);
  if (count > 0) {
    const std::string_view bytes{scratch_->bytes.get(), static_cast<std::size_t>(count)};
    if (!secrets_) return cut_lines(bytes);
    redacted_output_.feed(secrets_->redactor(), bytes, [this](std::string_view text) { cut_lines(text); });
  } else if (count == 0) {
    log_watcher_.reset();
    log_.reset();
  }
}

void Instance::cut_lines(std::string_view bytes) {
  lines_.feed(bytes, [this](std::string_view text) {
    emit_line({count_ > 0 ? head()->call_id() : std::string_view(), SJ_INFO, "stdout", text, {}});
  });
}

std::string Instance::redacted(std::string_view text) const {
  return secrets_ ? secrets_->redactor().redacted(text) : std::string(text);
}

void Instance::emit_redacted(const InstanceLine& line) {
  const std::string text = redacted(line.text);
  std::vector<std::string> texts;
  texts.reserve(2 * line.fields.size());
  std::vector<HeaderField> fields;
  for (const HeaderField& field : line.fields) {
    const std::string& name = texts.emplace_back(redacted(field.name));
    fields.push_back({name, texts.emplace_back(redacted(field.value))});
  }
  emit_line({line.call_id, line.level, line.stream, text, fields});
}

void Instance::emit_line(const InstanceLine& line) {
  std::size_t size = line.text.size();
  for (const HeaderField& field : line.fields) size += field.name.size() + field.value.size();
  if (log_used_ + size > profile_.log_limit) {
    ++log_dropped_;
    return;
  }
  log_used_ += size + 1;
  owner_->on_instance_line(*this, line);
}

}  // namespace sojourn
