#include "gateway/guards/split.h"

#include <array>
#include <charconv>
#include <random>

#include "gateway/guards/chance.h"
#include "gateway/guards/option_table.h"
#include "gateway/guards/passage.h"
#include "loader/chain_schema.h"
#include "runtime/call/reference_value.h"

namespace sojourn {
namespace {

constexpr std::string_view kDecisions[] = {"self", "other", "cookie_set"};
enum class Decision { kSelf, kOther, kCookieSet };

constexpr int kWeightMax = 1'000'000;
constexpr std::size_t kTargetsMax = 16;

void read_weights(const Place& place, const Node& node, SplitOptions& options) {
  if (node.kind != Node::Kind::kMap || node.members.empty() || node.members.size() > kTargetsMax) {
    expected(place, node, "expected is a mapping of 1 to 16 targets to their weights");
    return;
  }
  for (const Member& member : node.members) {
    WeightedTarget target{member.key, 0};
    if (member.key != kSplitSelf && !parse_use(member.key)) {
      place.complaints.add(member.at, place.below(member.key).path,
                           "is no target: allowed are self, a function's name, or NAME@N for one of its versions");
    }
    read_integer(place.below(member.key), member.value, {0, kWeightMax}, target.weight);
    options.weights.push_back(std::move(target));
  }
}

constexpr OptionKey<SplitOptions> kKeys[] = {
    {"weights", read_weights},
    {"sticky", [](const Place& p, const Node& n, SplitOptions& o) { read_reference(p, n, o.sticky); }},
};

void check(const Place& place, const Node& node, const SplitOptions& options) {
  int sum = 0;
  for (const WeightedTarget& target : options.weights) sum += target.weight;
  if (options.weights.empty()) {
    place.below("weights").complain(node, "is missing: which targets get how much");
  } else if (sum == 0) {
    place.below("weights").complain(node, "sum up to 0, so that no call would have a target");
  }
}

std::string new_visitor() {
  thread_local std::random_device device;
  std::array<char, 16> hex{};
  std::string id;
  while (id.size() < hex.size()) {
    const char* end = std::to_chars(hex.data(), hex.data() + hex.size(), device(), 16).ptr;
    id.append(static_cast<const char*>(hex.data()), end);
  }
  return id;
}

}  // namespace

Result<SplitOptions> read_split(std::string_view with) {
  return read_options<SplitOptions>(with, kKeys, check);
}

// Adds the cookie that will bring the client to the same target again.
class Split::SetsCookie final : public Passage {
 public:
  SetsCookie(std::string cookie, const Inner& inner, Caller& caller)
      : Passage(inner, caller), cookie_(std::move(cookie)) {}

  CallHandle begin(Split& guard, const std::string& target, const RequestView& request) {
    call_ = guard.send(target, request, inner_, *this);
    return CallHandle(this);
  }

  void on_reply(const ReplyView& reply, const CallTimes& times) override {
    ReplyView changed = reply;
    changed.headers = with_cookie(reply.headers);
    Passage::on_reply(changed, times);
  }
  void on_stream_begin(const ReplyView& head, const CallTimes& times) override {
    ReplyView changed = head;
    changed.headers = with_cookie(head.headers);
    Passage::on_stream_begin(changed, times);
  }

 private:
  std::span<const HeaderField> with_cookie(std::span<const HeaderField> headers) {
    headers_.assign(headers.begin(), headers.end());
    headers_.push_back({"set-cookie", cookie_});
    return headers_;
  }

  const std::string cookie_;
  std::vector<HeaderField> headers_;
};

Split::Split(SplitOptions options)
    : BuiltInGuard(kDecisions), sticky_(std::move(options.sticky)), choice_(std::move(options.weights)) {}

CallHandle Split::send(const std::string& target, const RequestView& request, const Inner& inner, Caller& caller) {
  if (target == kSplitSelf) {
    count(Decision::kSelf);
    return inner(request, caller);
  }
  count(Decision::kOther);
  return inner.call_other(target, request, caller);
}

CallHandle Split::enter(const RequestView& request, const Inner& inner, Caller& caller) {
  if (!sticky_) return send(choice_.at(chance()), request, inner, caller);
  std::string decoded;
  const auto value = value_of(*sticky_, request, decoded);
  if (value) return send(choice_.by(*value), request, inner, caller);
  if (sticky_->kind != CallReference::Kind::kCookie) return send(choice_.at(chance()), request, inner, caller);
  const std::string visitor = new_visitor();
  std::string cookie = sticky_->name + "=" + visitor + "; Path=/function/" + std::string(inner.function()) +
                       "; Max-Age=2592000; HttpOnly; SameSite=Lax";
  count(Decision::kCookieSet);
  return (new SetsCookie(std::move(cookie), inner, caller))->begin(*this, choice_.by(visitor), request);
}

}  // namespace sojourn
