#include "gateway/reply_passage.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "gateway/header_hygiene.h"
#include "gateway/worker.h"
#include "runtime/base/error_body.h"

namespace sojourn {
namespace {

constexpr std::size_t kUnsentMax = 256u << 10;    // bytes of a stream that may wait for the client
constexpr std::size_t kRoomGivenMin = 16u << 10;  // bytes; less is not worth a message, and leaves the instance most

// `queue;dur=0.02, sandbox;dur=0.00, my-tag;dur=0.21, function;dur=1.31` in a buffer of its own, where a chain of the
// longest names leaves some of them out.
class ServerTiming {
 public:
  explicit ServerTiming(const CallTimes& times) {
    append("queue;dur=");
    append_milliseconds(times.queue);
    add("sandbox", times.sandbox);
    for (const LinkTime& link : times.links) add(link.name, link.time);
    if (times.links.empty()) add("function", times.function);
  }
  HeaderField field() const { return {"server-timing", {text_.data(), size_}}; }

 private:
  static constexpr std::size_t kDurationMax = 32;  // bytes

  void add(std::string_view name, std::chrono::nanoseconds duration) {
    if (size_ + name.size() + kDurationMax > text_.size()) return;
    append(", ");
    append(name);
    append(";dur=");
    append_milliseconds(duration);
  }
  void append(std::string_view text) {
    std::copy(text.begin(), text.end(), text_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += text.size();
  }
  void append_milliseconds(std::chrono::nanoseconds duration) {
    const auto hundredths = std::clamp<std::int64_t>(duration.count() / 10'000, 0, 99'999'999'999);
    char* const end = text_.data() + text_.size();
    size_ = static_cast<std::size_t>(std::to_chars(text_.data() + size_, end, hundredths / 100).ptr - text_.data());
    const std::array<char, 3> rest = {'.', static_cast<char>('0' + hundredths / 10 % 10),
                                      static_cast<char>('0' + hundredths % 10)};
    append({rest.data(), rest.size()});
  }

  std::array<char, 512> text_;
  std::size_t size_ = 0;
};

std::int64_t whole_seconds(std::chrono::milliseconds duration) {
  return std::max<std::int64_t>((duration.count() + 999) / 1000, 1);
}

}  // namespace

void ReplyPassage::on_reply(const ReplyView& reply, const CallTimes& times) {
  const ServerTiming timing(times);
  auto& fields = answer_.worker().scratch_fields();
  pass_to_client(reply.headers, fields);
  fields.push_back(timing.field());
  if (!reply.failure) return answer_.reply(reply.status, fields, reply.body);
  const std::string_view code = facts(*reply.failure).name;
  fields.push_back({kErrorHeader, code});
  answer_.reply(reply.status, fields, reply.body, code);
}

void ReplyPassage::on_failure(const CallFailure& failure, const CallTimes& times) {
  const ServerTiming timing(times);
  std::array<HeaderField, 2> more = {timing.field(), {}};
  std::array<char, 24> seconds{};
  if (!failure.retry_after) return answer_.fail(Error(failure.code, failure.text), {more.data(), 1});
  const char* end =
      std::to_chars(seconds.data(), seconds.data() + seconds.size(), whole_seconds(*failure.retry_after)).ptr;
  more[1] = {"retry-after", {seconds.data(), static_cast<std::size_t>(end - seconds.data())}};
  answer_.fail(Error(failure.code, failure.text), more);
}

void ReplyPassage::on_stream_begin(const ReplyView& head, const CallTimes& times) {
  const ServerTiming timing(times);
  auto& fields = answer_.worker().scratch_fields();
  pass_to_client(head.headers, fields);
  fields.push_back(timing.field());
  if (head.failure) fields.push_back({kErrorHeader, facts(*head.failure).name});
  answer_.begin(head.status, fields);
}

void ReplyPassage::on_stream_chunk(std::string_view chunk) {
  answer_.write(chunk);
  owed_ += chunk.size();
  give_room();
}

void ReplyPassage::give_room() {
  if (owed_ < kRoomGivenMin || answer_.exchange().unsent() > kUnsentMax) return;
  call_.consumed(std::exchange(owed_, 0));
}

void ReplyPassage::on_stream_end(const std::optional<Error>& broken) {
  if (broken) return answer_.abort(facts(broken->code()).name);
  answer_.end();
}

}  // namespace sojourn
