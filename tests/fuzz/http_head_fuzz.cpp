// The head of a request: the verdict must be the same whole and byte by byte, and when the check passes a head, llhttp
// must take it too: two parsers that disagree are how requests are smuggled.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/http/head_check.h"

namespace {

using sojourn::HeadCheck;

struct Outcome {
  HeadCheck::Verdict verdict;
  std::size_t size = 0;
  bool operator==(const Outcome&) const = default;
};

Outcome whole(std::string bytes, const sojourn::HttpLimits& limits) {
  HeadCheck check(limits);
  const auto verdict = check.scan(bytes.data(), bytes.size());
  return {verdict, verdict == HeadCheck::Verdict::kComplete ? check.size() : 0};
}

Outcome byte_by_byte(std::string bytes, const sojourn::HttpLimits& limits) {
  HeadCheck check(limits);
  auto verdict = HeadCheck::Verdict::kMore;
  for (std::size_t i = 1; i <= bytes.size() && verdict == HeadCheck::Verdict::kMore; ++i) {
    verdict = check.scan(bytes.data(), i);
  }
  return {verdict, verdict == HeadCheck::Verdict::kComplete ? check.size() : 0};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const sojourn::HttpLimits limits;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  if (!(whole(bytes, limits) == byte_by_byte(bytes, limits))) std::abort();
  return 0;
}
