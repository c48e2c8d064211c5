#include "gateway/guards/mirror.h"

#include "gateway/guards/chance.h"
#include "gateway/guards/option_table.h"

namespace sojourn {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kDecisions[] = {"not_chosen", "copied", "over_most", "copy_answered", "copy_failed"};
enum class Decision { kNotChosen, kCopied, kOverMost, kCopyAnswered, kCopyFailed };

constexpr OptionKey<MirrorOptions> kKeys[] = {
    {"to", [](const Place& p, const Node& n, MirrorOptions& o) { read_target(p, n, o.to); }},
    {"percent",
     [](const Place& p, const Node& n, MirrorOptions& o) {
       read_number(p, n, {0.001, 100}, o.percent);
     }},
    {"most",
     [](const Place& p, const Node& n, MirrorOptions& o) {
       read_integer(p, n, {1, 1000}, o.most);
     }},
    {"timeout",
     [](const Place& p, const Node& n, MirrorOptions& o) {
       read_duration(p, n, {1ms, 15min}, o.timeout);
     }},
};

void check(const Place& place, const Node& node, const MirrorOptions& options) {
  if (options.to.empty()) place.below("to").complain(node, "is missing: where the copies go");
}

}  // namespace

Result<MirrorOptions> read_mirror(std::string_view with) {
  return read_options<MirrorOptions>(with, kKeys, check);
}

// A copy on its way: hears the answer and forgets it.
class Mirror::Copy final : public Caller {
 public:
  Copy(Mirror& guard, const Inner& inner) : guard_(guard), inner_(inner) {}
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;

  void start(const RequestView& request) { call_ = inner_.call_other(guard_.options_.to, request, *this); }

  void on_reply(const ReplyView&, const CallTimes&) override { end(Decision::kCopyAnswered); }
  void on_failure(const CallFailure&, const CallTimes&) override { end(Decision::kCopyFailed); }
  void on_stream_begin(const ReplyView&, const CallTimes&) override {}
  void on_stream_chunk(std::string_view chunk) override { call_.consumed(chunk.size()); }
  void on_stream_end(const std::optional<Error>& broken) override {
    end(broken ? Decision::kCopyFailed : Decision::kCopyAnswered);
  }

 private:
  void end(Decision how) {
    guard_.count(how);
    guard_.under_way_.fetch_sub(1, std::memory_order_relaxed);
    delete this;
  }

  Mirror& guard_;
  const Inner inner_;  // holds the guard
  CallHandle call_;
};

Mirror::Mirror(MirrorOptions options) : BuiltInGuard(kDecisions), options_(std::move(options)) {}

CallHandle Mirror::enter(const RequestView& request, const Inner& inner, Caller& caller) {
  CallHandle call = inner(request, caller);
  if (chance() * 100 < options_.percent) {
    send_copy(request, inner);
  } else {
    count(Decision::kNotChosen);
  }
  return call;
}

void Mirror::send_copy(const RequestView& request, const Inner& inner) {
  if (under_way_.fetch_add(1, std::memory_order_relaxed) >= options_.most) {
    under_way_.fetch_sub(1, std::memory_order_relaxed);
    return count(Decision::kOverMost);
  }
  count(Decision::kCopied);
  (new Copy(*this, inner.detached(options_.timeout)))->start(request);
}

}  // namespace sojourn
