#include "gateway/http/head_check.h"

#include <algorithm>
#include <bit>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "gateway/http/characters.h"

namespace sojourn {
namespace {

HeadFacts::Span span(std::size_t at, std::size_t end) {
  return {static_cast<std::uint16_t>(at), static_cast<std::uint16_t>(end - at)};
}

// The first control character at or behind `at`, or `end`.
std::size_t find_control(const char* bytes, std::size_t at, std::size_t end) {
#ifdef __SSE2__
  const __m128i space_less_one = _mm_set1_epi8(0x1F);
  const __m128i del = _mm_set1_epi8(0x7F);
  const __m128i tab = _mm_set1_epi8('\t');
  for (; at + 16 <= end; at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + at));
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(block, space_less_one), block);
    const __m128i bad = _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(block, tab), low), _mm_cmpeq_epi8(block, del));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(bad));
    if (mask != 0) return at + static_cast<std::size_t>(std::countr_zero(mask));
  }
#endif
  while (at < end && !is_control(bytes[at])) ++at;
  return at;
}

bool is_served(std::string_view method) {
  constexpr std::string_view kMethods[] = {"GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"};
  return std::find(std::begin(kMethods), std::end(kMethods), method) != std::end(kMethods);
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return token_lower(c) != 0; });
}

// What may stand in a host and its port: no white space, no '/', '@', '?', '#', '\', quotes or brackets of tags.
bool is_host(std::string_view text) {
  constexpr std::string_view kMarks = "-._~%!$&'()*+,;=:[]";
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

}  // namespace

void HeadCheck::reset() {
  scanned_ = line_ = 0;
  expected_ = Line::kRequest;
  skipped_blank_ = false;
  seen_ = 0;
  facts_.field_count = 0;
  facts_.body = HeadFacts::Body::kNone;
  facts_.expect = HeadFacts::Expect::kNothing;
  facts_.has_host = false;
  facts_.host = {};
  facts_.content_length = 0;
}

HeadCheck::Verdict HeadCheck::scan(char* bytes, std::size_t available) {
  const std::size_t end = std::min(available, limits_.head_bytes_max);
  std::size_t at = scanned_;
  while ((at = find_control(bytes, at, end)) < end) {
    if (bytes[at] != '\r') {
      refuse(bytes[at] == '\n' ? "a line of the head ends in LF without CR" : "a control character in the head");
      return Verdict::kRefused;
    }
    if (at + 1 == end) break;
    if (bytes[at + 1] != '\n') {
      refuse("CR without LF in the head");
      return Verdict::kRefused;
    }
    if (!on_line(bytes, at)) return Verdict::kRefused;
    line_ = at += 2;
    if (expected_ == Line::kEnd) return Verdict::kComplete;
  }
  scanned_ = at;
  return available >= limits_.head_bytes_max ? too_large() : Verdict::kMore;
}

HeadCheck::Verdict HeadCheck::too_large() {
  if (expected_ == Line::kRequest) {
    refuse(414, ErrorCode::kHeadTooLarge,
           "the request line does not end within " + std::to_string(limits_.head_bytes_max) +
               " bytes, the limit of the head; the target's is " + std::to_string(limits_.target_bytes_max));
  } else {
    refuse(431, ErrorCode::kHeadTooLarge,
           "the head does not end within " + std::to_string(limits_.head_bytes_max) + " bytes, its limit");
  }
  return Verdict::kRefused;
}

bool HeadCheck::on_line(char* bytes, std::size_t end) {
  if (expected_ == Line::kField) return end == line_ ? on_end() : on_field(bytes, end);
  // RFC 9112, 2.2: one empty line before a request is passed over, since old clients send one after a body.
  if (end == line_ && !skipped_blank_) return skipped_blank_ = true;
  return on_request_line(bytes, end);
}

bool HeadCheck::on_request_line(const char* bytes, std::size_t end) {
  const std::string_view line(bytes + line_, end - line_);
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos) return refuse("the request line is not `METHOD target HTTP/1.1`");
  const std::string_view method = line.substr(0, first);
  const std::string_view version = line.substr(second + 1);
  if (!is_token(method) || second == first + 1 || (version != "HTTP/1.1" && version != "HTTP/1.0")) {
    return refuse("the request line is not `METHOD target HTTP/1.1` or `… HTTP/1.0`");
  }
  if (!is_served(method)) {
    return refuse(
        405, ErrorCode::kMethodNotAllowed,
        "method " + std::string(method.substr(0, 32)) + " is not one of GET HEAD POST PUT PATCH DELETE OPTIONS");
  }
  if (second - first - 1 > limits_.target_bytes_max) {
    return refuse(414, ErrorCode::kHeadTooLarge,
                  "the target is longer than " + std::to_string(limits_.target_bytes_max) + " bytes, its limit");
  }
  facts_.method = span(line_, line_ + first);
  facts_.target = span(line_ + first + 1, line_ + second);
  facts_.minor_version = version.back() == '1' ? 1 : 0;
  expected_ = Line::kField;
  return true;
}

bool HeadCheck::on_field(char* bytes, std::size_t end) {
  std::size_t at = line_;
  for (char lower; at < end && (lower = token_lower(bytes[at])) != 0; ++at) bytes[at] = lower;
  if (at == line_ && (bytes[at] == ' ' || bytes[at] == '\t')) {
    return refuse("a line of the head begins with white space (folded fields are obsolete)");
  }
  if (at == line_ || at == end || bytes[at] != ':') return refuse("a line of the head is not `name: value`");
  if (facts_.field_count >= std::min(limits_.fields_max, HeadFacts::kFieldsMax)) {
    return refuse(431, ErrorCode::kHeadTooLarge,
                  "more than " + std::to_string(limits_.fields_max) + " fields in the head, the limit");
  }
  const HeadFacts::Span name = span(line_, at);
  std::size_t value = at + 1;
  std::size_t value_end = end;
  while (value < value_end && (bytes[value] == ' ' || bytes[value] == '\t')) ++value;
  while (value_end > value && (bytes[value_end - 1] == ' ' || bytes[value_end - 1] == '\t')) --value_end;
  const HeadFacts::Span value_at = span(value, value_end);
  facts_.fields[facts_.field_count++] = {name, value_at};
  return on_known_field(name.in(bytes), value_at.in(bytes), value_at);
}

bool HeadCheck::on_known_field(std::string_view name, std::string_view value, HeadFacts::Span at) {
  switch (name.size()) {
    case 4:
      return name != "host" || on_host(value, at);
    case 6:
      if (name != "expect") return true;
      if (!equals_ignoring_case(value, "100-continue")) {
        seen_ |= kExpect;
      } else {
        facts_.expect = HeadFacts::Expect::kContinue;
      }
      return true;
    case 10:
      return name != "connection" || on_connection(value);
    case 14:
      return name != "content-length" || on_content_length(value);
    case 17:
      if (name != "transfer-encoding") return true;
      if (seen_ & kEncoding) return refuse("more than one Transfer-Encoding");
      if (!equals_ignoring_case(value, "chunked"))
        return refuse("the only Transfer-Encoding that is understood is chunked");
      seen_ |= kEncoding;
      facts_.body = HeadFacts::Body::kChunked;
      return true;
    default:
      return true;
  }
}

bool HeadCheck::on_host(std::string_view value, HeadFacts::Span at) {
  if (seen_ & kHost) return refuse("more than one Host");
  if (!is_host(value)) return refuse("Host is not a name or address with an optional port");
  seen_ |= kHost;
  facts_.has_host = true;
  facts_.host = at;
  return true;
}

bool HeadCheck::on_content_length(std::string_view value) {
  constexpr std::size_t kDigitsMax = 18;
  if (seen_ & kLength) return refuse("more than one Content-Length");
  const bool digits = std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (value.empty() || value.size() > kDigitsMax || !digits) return refuse("Content-Length is not 1 to 18 digits");
  seen_ |= kLength;
  for (const char c : value) facts_.content_length = facts_.content_length * 10 + static_cast<unsigned>(c - '0');
  return true;
}

bool HeadCheck::on_connection(std::string_view value) {
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    const std::string_view token = trimmed(value.substr(0, comma));
    if (!token.empty() && !is_token(token)) return refuse("Connection is not a list of tokens");
    if (equals_ignoring_case(token, "close")) seen_ |= kClose;
    if (equals_ignoring_case(token, "keep-alive")) seen_ |= kKeepAlive;
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
  return true;
}

bool HeadCheck::on_end() {
  expected_ = Line::kEnd;
  const bool is_1_1 = facts_.minor_version == 1;
  if (is_1_1 && !facts_.has_host) return refuse("HTTP/1.1 needs a Host");
  if (seen_ & kEncoding) {
    if (!is_1_1) return refuse("HTTP/1.0 knows no Transfer-Encoding");
    if (seen_ & kLength) return refuse("Content-Length beside Transfer-Encoding");
  } else if (facts_.content_length > 0) {
    facts_.body = HeadFacts::Body::kLength;
  }
  if (!is_1_1) {
    facts_.expect = HeadFacts::Expect::kNothing;
  } else if (seen_ & kExpect) {
    return refuse(417, ErrorCode::kBadRequest, "the only expectation that can be met is 100-continue");
  }
  facts_.keep_alive = !(seen_ & kClose) && (is_1_1 || (seen_ & kKeepAlive));
  return true;
}

bool HeadCheck::refuse(int status, ErrorCode code, std::string text) {
  refusal_ = {status, code, std::move(text)};
  return false;
}

}  // namespace sojourn
