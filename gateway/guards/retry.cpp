#include "gateway/guards/retry.h"

#include <utility>

#include "gateway/guards/chance.h"
#include "gateway/guards/kept_request.h"
#include "gateway/guards/option_table.h"
#include "gateway/guards/passage.h"
#include "runtime/loop/loop.h"

namespace sojourn {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kDecisions[] = {"passed", "not_repeatable", "repeated", "gave_up"};
enum class Decision { kPassed, kNotRepeatable, kRepeated, kGaveUp };

constexpr std::array<std::string_view, 2> kJitters = {"full", "none"};

constexpr OptionKey<RetryBackoff> kBackoffKeys[] = {
    {"initial",
     [](const Place& p, const Node& n, RetryBackoff& b) {
       read_duration(p, n, {1ms, 1min}, b.initial);
     }},
    {"factor",
     [](const Place& p, const Node& n, RetryBackoff& b) {
       read_number(p, n, {1, 10}, b.factor);
     }},
    {"max",
     [](const Place& p, const Node& n, RetryBackoff& b) {
       read_duration(p, n, {1ms, 15min}, b.max);
     }},
    {"jitter",
     [](const Place& p, const Node& n, RetryBackoff& b) {
       const int choice = read_choice(p, n, kJitters);
       if (choice >= 0) b.jitter = choice == 0;
     }},
};

std::optional<ErrorCode> code_of(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::kLoopDetected); ++i) {
    const auto code = static_cast<ErrorCode>(i);
    if (facts(code).name == name) return code;
  }
  return std::nullopt;
}

void read_codes(const Place& place, const Node& node, RetryRules& policy) {
  if (node.kind != Node::Kind::kList) {
    expected(place, node, "expected is a list of error codes, as in docs/errors.md");
    return;
  }
  policy.codes.clear();
  for (const Node& item : node.items) {
    const auto code = item.kind == Node::Kind::kText ? code_of(item.text) : std::nullopt;
    if (!code) {
      expected(place, item, "expected is one of the error codes in docs/errors.md, such as no_capacity");
    } else {
      policy.codes.push_back(*code);
    }
  }
}

constexpr OptionKey<RetryRules> kKeys[] = {
    {"attempts",
     [](const Place& p, const Node& n, RetryRules& r) {
       read_integer(p, n, {2, 10}, r.attempts);
     }},
    {"backoff",
     [](const Place& p, const Node& n, RetryRules& r) { read_members<RetryBackoff>(p, n, kBackoffKeys, r.backoff); }},
    {"statuses", [](const Place& p, const Node& n, RetryRules& r) { read_statuses(p, n, r.statuses); }},
    {"codes", read_codes},
    {"unsafe", [](const Place& p, const Node& n, RetryRules& r) { read_flag(p, n, r.unsafe); }},
};

}  // namespace

Result<RetryRules> read_retry(std::string_view with) {
  return read_options<RetryRules>(with, kKeys, [](const Place&, const Node&, const RetryRules&) {});
}

// One request, attempt after attempt.
class Retry::Attempts final : public Passage {
 public:
  Attempts(Retry& guard, const RequestView& request, const Inner& inner, Caller& caller)
      : Passage(inner, caller), guard_(guard), request_(request), pause_(inner.loop()) {}

  CallHandle begin() { return Passage::begin(request_.view()); }

  void on_reply(const ReplyView& reply, const CallTimes& times) override {
    const bool again = is_worth_repeating(guard_.policy_, reply.status) && wait_for_next(retry_after_of(reply));
    if (!again) Passage::on_reply(reply, times);
  }
  void on_failure(const CallFailure& failure, const CallTimes& times) override {
    const bool again = is_worth_repeating(guard_.policy_, failure.code) && wait_for_next(failure.retry_after);
    if (!again) Passage::on_failure(failure, times);
  }

 private:
  bool wait_for_next(std::optional<std::chrono::milliseconds> asked) {
    const auto pause = pause_before_next(guard_.policy_, made_, asked, inner_.time_left(), chance());
    guard_.count(pause ? Decision::kRepeated : Decision::kGaveUp);
    if (!pause) return false;
    ++made_;
    pause_.start(*pause, [this] { send(request_.view()); });
    return true;
  }

  Retry& guard_;
  const KeptRequest request_;
  Timer pause_;
  int made_ = 1;
};

Retry::Retry(RetryRules policy) : BuiltInGuard(kDecisions), policy_(std::move(policy)) {}

CallHandle Retry::enter(const RequestView& request, const Inner& inner, Caller& caller) {
  if (!may_repeat(policy_, request)) {
    count(Decision::kNotRepeatable);
    return inner(request, caller);
  }
  count(Decision::kPassed);
  return (new Attempts(*this, request, inner, caller))->begin();
}

}  // namespace sojourn
