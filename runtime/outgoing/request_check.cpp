#include "runtime/outgoing/request_check.h"

#include <algorithm>
#include <curl/curl.h>
#include <memory>
#include <string_view>

#include "runtime/base/address_rules.h"
#include "runtime/base/ascii.h"

namespace sojourn {
namespace {

Error refused(std::string text) {
  return Error(ErrorCode::kBadRequest, std::move(text));
}

struct FreeUrl {
  void operator()(CURLU* url) const { ::curl_url_cleanup(url); }
};

std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (::curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  std::string copy(text);
  ::curl_free(text);
  return copy;
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

bool is_token(std::string_view text) {
  const auto fits = [](char c) {
    const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return alphanumeric || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

constexpr std::string_view kMethods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

// Fields that libcurl sets, or that say how the message is framed and where it ends.
constexpr std::string_view kOwnFields[] = {
    "connection", "content-length",    "expect",  "host",          "keep-alive", "te",
    "trailer",    "transfer-encoding", "upgrade", "http2-settings"};

template <std::size_t kSize>
bool holds(const std::string_view (&list)[kSize], std::string_view text) {
  return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

}  // namespace

Result<CheckedUrl> check_url(const std::string& url) {
  if (url.size() > kUrlMax) return refused("the URL is longer than " + std::to_string(kUrlMax) + " bytes");
  const std::unique_ptr<CURLU, FreeUrl> parsed(::curl_url());
  const bool plain = std::none_of(url.begin(), url.end(), [](char c) { return is_control(c) || c == ' '; });
  // Without a default scheme: what has none is refused rather than guessed.
  if (!parsed || !plain || ::curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) != 0) {
    return refused("this is not a URL: it needs the form http://HOST/PATH or https://HOST/PATH");
  }
  const std::string scheme = part_of(parsed.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https")
    return refused("a URL of `" + scheme + "`: only http and https are spoken");
  const std::string host = part_of(parsed.get(), CURLUPART_HOST);
  const std::string authority = url.substr(0, url.find_first_of("/?#", scheme.size() + 3));
  if (host.empty() || authority.size() <= scheme.size() + 3) return refused("the URL has no host");
  if (authority.find('@') != std::string::npos) {
    return refused("the URL holds a user or a password; send them in a header, from a secret");
  }
  CheckedUrl checked{scheme + "://" + host, false};
  if (const std::string port = part_of(parsed.get(), CURLUPART_PORT); !port.empty()) checked.origin += ":" + port;
  checked.is_literal = host.front() == '[' || parse_address(host).has_value();
  return checked;
}

Status check_head(const OutgoingRequest& request) {
  if (!holds(kMethods, request.method)) return refused("the method `" + request.method + "` is not sent");
  std::size_t bytes = 0;
  for (const auto& [name, value] : request.headers) {
    bytes += name.size() + value.size() + 4;
    if (!is_token(name)) return refused("a header's name holds what no name may hold");
    if (holds(kOwnFields, lower_case(name)) || lower_case(name).starts_with("proxy-")) {
      return refused("the header `" + name + "` is set by the platform alone");
    }
    if (std::any_of(value.begin(), value.end(), [](char c) { return is_control(c) && c != '\t'; })) {
      return refused("the value of the header `" + name + "` holds a control character");
    }
  }
  if (bytes > kRequestHeadMax) {
    return refused("the headers take more than " + std::to_string(kRequestHeadMax) + " bytes");
  }
  return {};
}

}  // namespace sojourn
