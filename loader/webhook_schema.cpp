#include "loader/webhook_schema.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>

#include "loader/access_schema.h"
#include "loader/quantity.h"
#include "loader/schema_table.h"
#include "loader/signature_schema.h"
#include "runtime/base/rfc3339.h"

namespace sojourn {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kBodyLimitMax = 256u << 20;    // bytes
constexpr std::uint64_t kGithubBodyLimit = 25u << 20;  // bytes; GitHub sends no larger ones

// In the order of WebhookScheme.
constexpr std::array<std::string_view, 8> kSchemes = {"github", "gitlab", "stripe", "slack", "standard-webhooks",
                                                      "hmac",   "bearer", "none"};
constexpr std::array<std::string_view, 3> kReplies = {"accepted", "200", "sync"};  // in the order of HookReply
constexpr std::array<std::string_view, 2> kReplyWords = {"accepted", "sync"};
constexpr std::array<std::string_view, 2> kReplyKeys = {"status", "body"};
constexpr std::array<std::string_view, 2> kSecretKeys = {"name", "notAfter"};
constexpr std::array<std::string_view, 3> kVerifyKeys = {"scheme", "secrets", "insecure"};

// --- verify
// -----------------------------------------------------------------------------------------------------------

// How each scheme signs before its options are read. Those that compare a token name the header that has it.
SignatureScheme signature_of(WebhookScheme scheme) {
  if (const SignatureScheme* known = known_scheme(scheme_name(scheme))) return *known;
  SignatureScheme own;
  if (scheme == WebhookScheme::kGitlab) own.header = "x-gitlab-token";
  if (scheme == WebhookScheme::kBearer) own.header = "authorization";
  return own;
}

// Which of the signature's keys may be given with the scheme.
bool takes(WebhookScheme scheme, std::string_view key) {
  if (scheme == WebhookScheme::kHmac) return true;
  if (key == "header") return scheme == WebhookScheme::kBearer;
  return key == "tolerance" && !signature_of(scheme).timestamp.empty();
}

void read_not_after(const Place& place, const Node& node, WebhookSecret& into) {
  const auto time = node.kind == Node::Kind::kText ? parse_rfc3339(node.text) : std::nullopt;
  if (!time || *time < 1'000) {
    expected(place, node, "expected is a time after 1970 by RFC 3339, as in 2026-03-01T00:00:00Z");
  } else {
    into.not_after = *time / 1'000;
  }
}

void read_secret_name(const Place& place, const Node& node, WebhookSecret& into) {
  std::vector<std::string> names;
  if (node.kind == Node::Kind::kText) {
    read_secret_names(place, node, 1, names);
  } else {
    expected(place, node, "expected is a secret's name");
  }
  if (!names.empty()) into.name = std::move(names.front());
}

void read_secret(const Place& place, const Node& node, WebhookSecret& into) {
  if (node.kind != Node::Kind::kMap) return read_secret_name(place, node, into);
  for (const Member& member : node.members) {
    if (member.key == "name") {
      read_secret_name(place.below(member.key), member.value, into);
    } else if (member.key == "notAfter") {
      read_not_after(place.below(member.key), member.value, into);
    } else {
      complain_unknown(place, member, kSecretKeys);
    }
  }
  if (node.find("name") == nullptr) place.complain(node, "has no `name`, that of a secret");
}

void read_secrets(const Place& place, const Node& node, std::vector<WebhookSecret>& into) {
  const bool is_list = node.kind == Node::Kind::kList;
  const std::span<const Node> items = is_list ? std::span<const Node>(node.items) : std::span<const Node>(&node, 1);
  if (items.empty() || items.size() > kHookSecretsMax) {
    return place.complain(
        node, "has " + std::to_string(items.size()) + " secrets; allowed is 1 to " + std::to_string(kHookSecretsMax));
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Place here = is_list ? place.item(i) : place;
    WebhookSecret secret;
    read_secret(here, items[i], secret);
    if (secret.name.empty()) continue;
    if (std::ranges::find(into, secret.name, &WebhookSecret::name) != into.end()) {
      here.complain(items[i], "names `" + secret.name + "` twice");
    } else {
      into.push_back(std::move(secret));
    }
  }
}

void read_insecure(const Place& place, const Node& node, WebhookScheme scheme) {
  const Node* const insecure = node.find("insecure");
  bool stated = false;
  if (insecure != nullptr) read_boolean(place.below("insecure"), *insecure, stated);
  if (scheme == WebhookScheme::kNone && !stated) {
    place.complain(node, "has the scheme none, so that anybody may send: say `insecure: true` beside it");
  } else if (scheme != WebhookScheme::kNone && insecure != nullptr) {
    place.below("insecure").complain(*insecure, "belongs to the scheme none");
  }
}

void read_options(const Place& place, const Node& node, WebhookTrigger& into) {
  std::vector<std::string_view> apart(kVerifyKeys.begin(), kVerifyKeys.end());
  for (const auto& key : signature_keys()) {
    const Node* const given = node.find(key.name);
    if (given == nullptr || takes(into.scheme, key.name)) continue;
    place.below(key.name).complain(
        *given, "is not an option of the scheme " + std::string(scheme_name(into.scheme)) + "; hmac takes all of them");
    apart.push_back(key.name);
  }
  into.signature = signature_of(into.scheme);
  read_members(place, node, signature_keys(), apart, into.signature);
  check_signature(place, node, into.signature);
}

void read_verify(const Place& place, const Node& node, WebhookTrigger& into) {
  const Node* const scheme = node.find("scheme");
  if (node.kind != Node::Kind::kMap || scheme == nullptr) {
    expected(place, node, "expected is a mapping with `scheme` and `secrets`");
    return;
  }
  const int choice = read_choice(place.below("scheme"), *scheme, kSchemes);
  if (choice < 0) return;
  into.scheme = static_cast<WebhookScheme>(choice);
  read_insecure(place, node, into.scheme);
  const Node* const secrets = node.find("secrets");
  if (secrets != nullptr && into.scheme == WebhookScheme::kNone) {
    place.below("secrets").complain(*secrets, "are not looked at with the scheme none");
  } else if (secrets != nullptr) {
    read_secrets(place.below("secrets"), *secrets, into.secrets);
  } else if (into.scheme != WebhookScheme::kNone) {
    place.complain(node, "has no `secrets`, the names of those that the sender signs with");
  }
  read_options(place, node, into);
}

Json write_secret(const WebhookSecret& secret) {
  if (secret.not_after == 0) return secret.name;
  return {{"name", secret.name}, {"notAfter", rfc3339_of_ms(secret.not_after * 1'000)}};
}

Json write_verify(const WebhookTrigger& from) {
  Json json = {{"scheme", scheme_name(from.scheme)}};
  if (from.scheme == WebhookScheme::kNone) {
    json["insecure"] = true;
    return json;
  }
  Json secrets = Json::array();
  for (const WebhookSecret& secret : from.secrets) secrets.push_back(write_secret(secret));
  json["secrets"] = std::move(secrets);
  const Json options = write_mapping(signature_keys(), from.signature);
  for (const auto& [key, value] : options.items()) {
    if (takes(from.scheme, key)) json[key] = value;
  }
  return json;
}

// --- the other keys
// ----------------------------------------------------------------------------------------------------

bool is_hook_path(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~").find(c) != std::string_view::npos;
  };
  if (text.size() > kHookPathMax || !text.starts_with('/')) return false;
  while (!text.empty()) {
    text.remove_prefix(1);
    const std::string_view segment = text.substr(0, text.find('/'));
    if (segment.empty() || segment == "." || segment == ".." || !std::ranges::all_of(segment, fits)) return false;
    text.remove_prefix(segment.size());
  }
  return true;
}

void read_path(const Place& place, const Node& node, WebhookTrigger& into) {
  if (node.kind != Node::Kind::kText || !is_hook_path(node.text)) {
    expected(place, node,
             "expected is a path such as /accounts: letters, digits and -._~ between slashes, 256 bytes at most");
  } else {
    into.path = node.text;
  }
}

void read_reply_text(const Place& place, const Node& node, std::string& into) {
  if (node.kind != Node::Kind::kText || node.text.size() > kHookReplyMax) {
    expected(place, node, "expected is a text of " + format_size(kHookReplyMax) + " at most");
  } else {
    into = node.text;
  }
}

void read_reply(const Place& place, const Node& node, WebhookTrigger& into) {
  if (node.kind != Node::Kind::kMap) {
    const int choice = read_choice(place, node, kReplyWords);
    if (choice >= 0) into.reply = choice == 0 ? HookReply::kAccepted : HookReply::kSync;
    return;
  }
  into.reply = HookReply::kOk;
  for (const Member& member : node.members) {
    const Place here = place.below(member.key);
    if (member.key == "body") {
      read_reply_text(here, member.value, into.reply_body);
    } else if (member.key != "status") {
      complain_unknown(place, member, kReplyKeys);
    } else if (member.value.kind != Node::Kind::kInteger || member.value.integer != 200) {
      expected(here, member.value, "expected is 200; without `respond` the answer is 202");
    }
  }
}

Json write_reply(const WebhookTrigger& from) {
  if (from.reply != HookReply::kOk) return kReplies[static_cast<std::size_t>(from.reply)];
  return {{"status", 200}, {"body", from.reply_body}};
}

constexpr SchemaKey<WebhookTrigger> kKeys[] = {
    {"path", Offered::kNow, read_path, [](const WebhookTrigger& t) -> Json { return t.path; }},
    {"verify", Offered::kNow, read_verify, write_verify},
    {"idHeader", Offered::kNow,
     [](const Place& p, const Node& n, WebhookTrigger& t) { read_header_name(p, n, t.id_header); },
     [](const WebhookTrigger& t) { return t.id_header.empty() ? Json() : Json(t.id_header); }},
    {"bodyLimit", Offered::kNow,
     [](const Place& p, const Node& n, WebhookTrigger& t) {
       read_size(p, n, {1, kBodyLimitMax}, t.body_limit);
     },
     [](const WebhookTrigger& t) -> Json { return format_size(t.body_limit); }},
    {"respond", Offered::kNow, read_reply, write_reply},
};

}  // namespace

std::string_view scheme_name(WebhookScheme scheme) {
  return kSchemes[static_cast<std::size_t>(scheme)];
}

void read_webhook(const Place& place, const Node& node, WebhookTrigger& into) {
  if (!read_mapping<WebhookTrigger>(place, node, kKeys, into)) return;
  if (node.find("path") == nullptr) place.complain(node, "has no `path`: /accounts is reached at /hooks/accounts");
  if (node.find("verify") == nullptr) place.complain(node, "has no `verify`, how to tell who may send");
  if (into.scheme == WebhookScheme::kGithub && node.find("bodyLimit") == nullptr) into.body_limit = kGithubBodyLimit;
}

Json write_webhook(const WebhookTrigger& from) {
  return write_mapping<WebhookTrigger>(kKeys, from);
}

SchemaKeyNames webhook_key_names() {
  return key_names<WebhookTrigger>("webhook", kKeys);
}

SchemaKeyNames verify_key_names() {
  SchemaKeyNames names{"verify", {kVerifyKeys.begin(), kVerifyKeys.end()}, {}};
  for (const auto& key : signature_keys()) names.now.push_back(key.name);
  return names;
}

}  // namespace sojourn
