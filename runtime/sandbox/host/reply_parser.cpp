#include "runtime/sandbox/host/reply_parser.h"

#include <charconv>
#include <optional>
#include <string>

#include "runtime/base/ascii.h"
#include "runtime/base/hop_by_hop.h"
#include "runtime/sandbox/host/field_check.h"
#include "runtime/sandbox/protocol/frame.h"
#include "runtime/sandbox/protocol/payload.h"

namespace sojourn {
namespace {

Error broken(std::string text) {
  return Error(ErrorCode::kBrokenReply, std::move(text));
}

std::optional<Error> check_length(std::string_view value, ReplyBody how, std::uint64_t body_size) {
  std::uint64_t said = 0;
  const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), said);
  if (fault != std::errc() || end != value.data() + value.size()) {
    return broken("the reply's Content-Length is not a number");
  }
  if (how == ReplyBody::kStreamed || said == body_size) return std::nullopt;
  return broken("the reply's Content-Length says " + std::to_string(said) + ", its body has " +
                std::to_string(body_size) + " bytes");
}

}  // namespace

Result<ParsedReply> parse_reply(std::span<char> payload, ReplyBody how, std::vector<HeaderField>& fields) {
  fields.clear();
  PayloadReader in({payload.data(), payload.size()});
  const auto head = in.fixed<ReplyHead>();
  if (!in.ok()) return broken("the reply is cut short");
  if (head.status < 200 || head.status > 599) {
    return broken("the reply's status is " + std::to_string(head.status) + ", not 200 to 599");
  }
  if (head.header_count > kHeadersMax) return broken("the reply has more than 200 header fields");
  for (std::uint32_t i = 0; i < head.header_count; ++i) {
    const std::string_view name = in.text();
    const std::string_view value = in.text();
    if (!in.ok()) return broken("the reply is cut short");
    // The payload is the gateway's own memory, so its bytes may be changed in place.
    if (!lower_case_token(payload.data() + (name.data() - payload.data()), name.size())) {
      return broken("the reply has a header name that is not a token");
    }
    if (!plain_value(value)) return broken("the reply's header " + std::string(name) + " has a control character");
    if (name == "transfer-encoding") return broken("the reply sets Transfer-Encoding, which is the gateway's");
    if (name == "content-length") {
      if (auto wrong = check_length(trimmed(value), how, head.body_size)) return *std::move(wrong);
      continue;
    }
    if (!is_hop_by_hop(name)) fields.push_back({name, trimmed(value)});
  }
  ParsedReply reply{head.status, {}, in.rest(), head.body_size};
  if (how == ReplyBody::kInline && reply.body.size() != head.body_size) {
    return broken("the reply's body is not as long as the reply says");
  }
  reply.headers = fields;
  return reply;
}

}  // namespace sojourn
