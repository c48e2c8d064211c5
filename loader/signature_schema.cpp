#include "loader/signature_schema.h"

#include <array>
#include <nlohmann/json.hpp>

#include "loader/quantity.h"
#include "loader/schema_values.h"

namespace sojourn {
namespace {

using Json = nlohmann::ordered_json;
using namespace std::chrono_literals;

constexpr std::array<std::string_view, 2> kEncodings = {"hex", "base64"};
constexpr std::array<std::string_view, 3> kAlgorithms = {"sha256", "sha1", "sha512"};
constexpr std::array<std::string_view, 2> kKeyForms = {"text", "whsec"};

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

void read_separator(const Place& place, const Node& node, SignatureScheme& into) {
  const bool one = node.kind == Node::Kind::kText && (node.text == "," || node.text == " ");
  if (!one) {
    expected(place, node, "expected is \",\" or \" \"");
  } else {
    into.separator = node.text[0];
  }
}

void read_content(const Place& place, const Node& node, SignatureScheme& into) {
  const std::size_t body = node.text.find("{body}");
  const bool once = body != std::string::npos && node.text.find("{body}", body + 1) == std::string::npos;
  if (node.kind != Node::Kind::kText || !once || node.text.size() > kShortTextMax) {
    expected(place, node, "expected is a text with {body} once, and {timestamp} and {id} where they are signed");
  } else {
    into.content = node.text;
  }
}

constexpr SchemaKey<SignatureScheme> kKeys[] = {
    {"header", Offered::kNow,
     [](const Place& p, const Node& n, SignatureScheme& s) { read_header_name(p, n, s.header); },
     [](const SignatureScheme& s) -> Json { return s.header; }},
    {"prefix", Offered::kNow,
     [](const Place& p, const Node& n, SignatureScheme& s) { read_short_text(p, n, s.prefix); },
     [](const SignatureScheme& s) { return text_or_null(s.prefix); }},
    {"separator", Offered::kNow, read_separator,
     [](const SignatureScheme& s) { return s.separator == 0 ? Json() : Json(std::string(1, s.separator)); }},
    {"encoding", Offered::kNow,
     [](const Place& p, const Node& n, SignatureScheme& s) { read_enum(p, n, kEncodings, s.encoding); },
     [](const SignatureScheme& s) -> Json { return kEncodings[static_cast<std::size_t>(s.encoding)]; }},
    {"algorithm", Offered::kNow,
     [](const Place& p, const Node& n, SignatureScheme& s) { read_enum(p, n, kAlgorithms, s.algorithm); },
     [](const SignatureScheme& s) -> Json { return kAlgorithms[static_cast<std::size_t>(s.algorithm)]; }},
    {"key", Offered::kNow, [](const Place& p, const Node& n, SignatureScheme& s) { read_enum(p, n, kKeyForms, s.key); },
     [](const SignatureScheme& s) {
       return s.key == SignatureKey::kText ? Json() : Json(kKeyForms[static_cast<std::size_t>(s.key)]);
     }},
    {"timestamp", Offered::kNow,
     [](const Place& p, const Node& n, SignatureScheme& s) { read_header_name(p, n, s.timestamp); },
     [](const SignatureScheme& s) { return text_or_null(s.timestamp); }},
    {"timestampPrefix", Offered::kNow,
     [](const Place& p, const Node& n, SignatureScheme& s) { read_short_text(p, n, s.timestamp_prefix); },
     [](const SignatureScheme& s) { return text_or_null(s.timestamp_prefix); }},
    {"tolerance", Offered::kNow,
     [](const Place& p, const Node& n, SignatureScheme& s) {
       read_duration(p, n, {1s, 24h}, s.tolerance);
     },
     [](const SignatureScheme& s) { return s.timestamp.empty() ? Json() : Json(format_duration(s.tolerance)); }},
    {"id", Offered::kNow, [](const Place& p, const Node& n, SignatureScheme& s) { read_header_name(p, n, s.id); },
     [](const SignatureScheme& s) { return text_or_null(s.id); }},
    {"signed", Offered::kNow, read_content, [](const SignatureScheme& s) -> Json { return s.content; }},
};

}  // namespace

std::span<const SchemaKey<SignatureScheme>> signature_keys() {
  return kKeys;
}

void check_signature(const Place& place, const Node& node, const SignatureScheme& scheme) {
  const auto has = [&](std::string_view part) { return scheme.content.find(part) != std::string::npos; };
  if (has("{timestamp}") != !scheme.timestamp.empty()) {
    place.complain(node,
                   "has to say both or neither: `timestamp`, the header with the time, and {timestamp} in `signed`");
  }
  if (has("{id}") != !scheme.id.empty()) {
    place.complain(node, "has to say both or neither: `id`, the header with the id, and {id} in `signed`");
  }
}

}  // namespace sojourn
