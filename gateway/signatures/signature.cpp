#include "gateway/signatures/signature.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "gateway/signatures/shown_secret.h"
#include "loader/quantity.h"
#include "runtime/base/secret_text.h"
#include "runtime/crypto/encoding.h"
#include "runtime/crypto/random.h"

namespace sojourn {
namespace {

constexpr std::string_view kWebhookKey = "whsec_";

Error refused(std::string text) {
  return Error(ErrorCode::kUnauthorized, std::move(text));
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// Calls `part(text)` for each part of a header that may hold several.
template <class Part>
void for_each_part(std::string_view value, char separator, Part&& part) {
  if (separator == 0) return part(value);
  for (std::size_t count = 0; count < kSignaturesMax; ++count) {
    const std::size_t end = value.find(separator);
    part(trimmed(value.substr(0, end)));
    if (end == std::string_view::npos) return;
    value.remove_prefix(end + 1);
  }
}

std::optional<std::string> decoded(const SignatureScheme& scheme, std::string_view text) {
  return scheme.encoding == SignatureEncoding::kHex ? from_hex(text) : from_base64(text);
}

// More parts than are looked at: whether one of the others fits would depend on their order.
bool has_too_many(const SignatureScheme& scheme, std::string_view value) {
  return scheme.separator != 0 && std::ranges::count(value, scheme.separator) >= std::ptrdiff_t{kSignaturesMax};
}

std::vector<std::string> offered(const SignatureScheme& scheme, std::string_view value) {
  std::vector<std::string> signatures;
  for_each_part(value, scheme.separator, [&](std::string_view part) {
    if (!part.starts_with(scheme.prefix)) return;
    if (auto bytes = decoded(scheme, part.substr(scheme.prefix.size()))) signatures.push_back(std::move(*bytes));
  });
  return signatures;
}

Status check_time(const SignatureScheme& scheme, std::string_view sent, std::int64_t now) {
  constexpr std::int64_t kFarFuture = std::int64_t{1} << 40;  // seconds
  std::int64_t time = 0;
  const auto [end, fault] = std::from_chars(sent.data(), sent.data() + sent.size(), time);
  const bool whole = !sent.empty() && fault == std::errc() && end == sent.data() + sent.size();
  if (!whole || time < 0 || time > kFarFuture) {
    return refused("the time of signing in `" + scheme.timestamp + "` is missing, or no number of seconds");
  }
  const auto tolerance = std::chrono::duration_cast<std::chrono::seconds>(scheme.tolerance).count();
  if (time < now - tolerance || time > now + tolerance) {
    return refused("it was signed more than " + format_duration(scheme.tolerance) +
                   " before or after the time of this server (tolerance)");
  }
  return {};
}

struct Signed {
  std::string_view timestamp;
  std::string_view id;
  std::string_view body;
};

// The bytes that were signed. What came from outside is put in once and not looked through again.
std::string content_of(const SignatureScheme& scheme, const Signed& parts) {
  std::string content;
  content.reserve(scheme.content.size() + parts.body.size() + parts.timestamp.size() + parts.id.size());
  std::string_view rest = scheme.content;
  const auto take = [&](std::string_view name, std::string_view value) {
    if (!rest.starts_with(name)) return false;
    content.append(value);
    rest.remove_prefix(name.size());
    return true;
  };
  while (!rest.empty()) {
    if (take("{body}", parts.body) || take("{timestamp}", parts.timestamp) || take("{id}", parts.id)) continue;
    content += rest.front();
    rest.remove_prefix(1);
  }
  return content;
}

std::string key_of(const SignatureScheme& scheme, std::string_view secret) {
  if (scheme.key == SignatureKey::kWebhooks && secret.starts_with(kWebhookKey)) {
    if (auto key = from_base64(secret.substr(kWebhookKey.size()))) return std::move(*key);
  }
  return std::string(secret);
}

}  // namespace

std::string_view signed_time(const SignatureScheme& scheme, std::span<const HeaderField> headers) {
  if (scheme.timestamp.empty()) return {};
  const auto value = only_field(headers, scheme.timestamp);
  if (!value) return {};
  std::string_view found;
  for_each_part(*value, scheme.timestamp == scheme.header ? scheme.separator : char{0}, [&](std::string_view part) {
    if (found.empty() && part.starts_with(scheme.timestamp_prefix)) {
      found = part.substr(scheme.timestamp_prefix.size());
    }
  });
  return found;
}

Status check_signature(const SignatureScheme& scheme, std::span<const HeaderField> headers, std::string_view body,
                       std::span<const std::string_view> secrets, std::int64_t now) {
  const auto header = only_field(headers, scheme.header);
  if (!header) return refused("this needs one signature of the body, in the header `" + scheme.header + "`");
  if (has_too_many(scheme, *header)) {
    return refused("the header `" + scheme.header + "` holds more than " + std::to_string(kSignaturesMax) +
                   " parts, the limit");
  }
  Signed parts{{}, {}, body};
  if (!scheme.timestamp.empty()) {
    parts.timestamp = signed_time(scheme, headers);
    if (Status timely = check_time(scheme, parts.timestamp, now); !timely.ok()) return timely;
  }
  if (!scheme.id.empty()) {
    const auto id = only_field(headers, scheme.id);
    if (!id || id->empty()) return refused("this needs the message's id, in the header `" + scheme.id + "`");
    parts.id = *id;
  }
  const std::vector<std::string> signatures = offered(scheme, *header);
  const bool is_body_alone = scheme.content == "{body}";
  const std::string built = is_body_alone ? std::string() : content_of(scheme, parts);
  const std::string_view content = is_body_alone ? body : std::string_view(built);
  bool genuine = false;
  for (const std::string_view secret : secrets) {
    std::string key = key_of(scheme, secret);
    const std::string expected = hmac(scheme.algorithm, key, content);
    wipe(key);
    for (const std::string& signature : signatures) genuine |= equal_in_constant_time(signature, expected);
  }
  if (genuine) return {};
  return refused("the signature in `" + scheme.header + "` does not fit the body");
}

}  // namespace sojourn
