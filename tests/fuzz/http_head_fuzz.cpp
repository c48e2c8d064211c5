// The head of a request: the verdict must be the same whole and byte by byte, and where the check passes a head and its
// target, llhttp must not see another message in it: two parsers that disagree are how requests are smuggled.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/http/framing.h"
#include "gateway/http/head_check.h"
#include "gateway/http/target.h"

namespace {

using sojourn::Framing;
using sojourn::HeadCheck;
using sojourn::HeadFacts;

struct Nowhere final : Framing::Sink {
  void on_body_bytes(std::string_view) override { std::abort(); }  // a head has no body in it
};

void compare_with_llhttp(const std::string& head, const HeadFacts& facts) {
  std::string decoded;
  const char* bytes = head.data();
  if (!sojourn::parse_target(facts.target.in(bytes), facts.method.in(bytes), facts.host.in(bytes), decoded).ok())
    return;
  Nowhere nowhere;
  Framing framing(nowhere);
  const Framing::Progress progress = framing.begin(head);
  if (progress == Framing::Progress::kBroken) return;  // refused, then, by the other opinion
  const bool no_body = facts.body == HeadFacts::Body::kNone;
  if (no_body != (progress == Framing::Progress::kComplete)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const sojourn::HttpLimits limits;
  const std::string bytes(reinterpret_cast<const char*>(data), size);

  std::string whole = bytes;
  HeadCheck at_once(limits);
  const auto verdict = at_once.scan(whole.data(), whole.size());

  std::string dribbled = bytes;
  HeadCheck one_by_one(limits);
  auto same = HeadCheck::Verdict::kMore;
  for (std::size_t i = 1; i <= size && same == HeadCheck::Verdict::kMore; ++i)
    same = one_by_one.scan(dribbled.data(), i);

  if (same != verdict) std::abort();
  if (verdict != HeadCheck::Verdict::kComplete) return 0;
  if (at_once.size() != one_by_one.size() || whole != dribbled) std::abort();
  compare_with_llhttp(whole.substr(0, at_once.size()), at_once.facts());
  return 0;
}
