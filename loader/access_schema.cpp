#include "loader/access_schema.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>

#include "loader/names.h"
#include "loader/quantity.h"
#include "loader/schema_table.h"
#include "loader/schema_values.h"
#include "loader/signature_schema.h"
#include "runtime/base/ascii.h"

namespace sojourn {
namespace {

using Json = nlohmann::ordered_json;
using namespace std::chrono_literals;

constexpr std::array<std::string_view, 6> kKinds = {"token", "open", "key", "bearer", "basic", "hmac"};
constexpr std::array<std::string_view, 2> kPlainKinds = {"token", "open"};
constexpr std::array<std::string_view, 2> kHmacOwnKeys = {"secrets", "scheme"};

bool is_map(const Place& place, const Node& node, std::string_view expectation) {
  return node.kind == Node::Kind::kMap || expected(place, node, expectation);
}

// --- access ----------------------------------------------------------------------------------------------------------

void read_scheme(const Place& place, const Node& node, Access& into) {
  const int choice = read_choice(place, node, kKnownSchemes);
  if (choice >= 0) into.signature = *known_scheme(kKnownSchemes[choice]);
}

void read_hmac(const Place& place, const Node& node, Access& into) {
  if (node.kind == Node::Kind::kText || node.kind == Node::Kind::kList) {
    return read_secret_names(place, node, kAccessSecretsMax, into.secrets);
  }
  if (!is_map(place, node, "expected is a secret's name, or a mapping with `secrets` and how the body is signed"))
    return;
  if (const Node* scheme = node.find("scheme")) read_scheme(place.below("scheme"), *scheme, into);
  read_members(place, node, signature_keys(), kHmacOwnKeys, into.signature);
  if (const Node* secrets = node.find("secrets")) {
    read_secret_names(place.below("secrets"), *secrets, kAccessSecretsMax, into.secrets);
  }
  check_signature(place, node, into.signature);
  if (node.find("secrets") == nullptr) place.complain(node, "has no `secrets`, the name of the one that signs");
}

void read_basic(const Place& place, const Node& node, Access& into) {
  constexpr std::array<std::string_view, 2> kMembers = {"user", "password"};
  if (!is_map(place, node, "expected is a mapping with `user` and `password`, a secret's name")) return;
  for (const Member& member : node.members) {
    if (member.key == "user") {
      read_short_text(place.below("user"), member.value, into.user);
    } else if (member.key == "password") {
      read_secret_names(place.below("password"), member.value, kAccessSecretsMax, into.secrets);
    } else {
      complain_unknown(place, member, kMembers);
    }
  }
  if (into.user.empty() || into.user.find(':') != std::string::npos) {
    place.complain(node, "needs a `user` that is not empty and has no colon");
  }
  if (node.find("password") == nullptr) place.complain(node, "has no `password`, a secret's name");
}

void read_kind(const Place& place, const Member& member, Access& into) {
  const Place here = place.below(member.key);
  switch (into.kind) {
    case AccessKind::kBasic:
      return read_basic(here, member.value, into);
    case AccessKind::kHmac:
      return read_hmac(here, member.value, into);
    default:
      return read_secret_names(here, member.value, kAccessSecretsMax, into.secrets);
  }
}

Json write_signature(const Access& access) {
  Json json = {{"secrets", access.secrets}};
  json.update(write_mapping(signature_keys(), access.signature));
  return json;
}

// --- cors ------------------------------------------------------------------------------------------------------------

// `scheme://host[:port]` as a browser sends it; a star may stand for the first labels of the host.
bool is_origin(std::string_view text) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos || scheme == 0 || text.size() > kShortTextMax) return false;
  std::string_view host = text.substr(scheme + 3);
  if (host.starts_with("*.")) host.remove_prefix(2);
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("-.:[]").find(c) != std::string_view::npos;
  };
  return !host.empty() && std::ranges::all_of(host, fits);
}

using Accept = bool (*)(std::string_view);

void read_texts(const Place& place, const Node& node, Accept accept, std::string_view expectation,
                std::vector<std::string>& into) {
  constexpr std::size_t kItemsMax = 50;
  if (node.kind != Node::Kind::kList || node.items.empty() || node.items.size() > kItemsMax) {
    expected(place, node, "expected is a list of 1 to 50: " + std::string(expectation));
    return;
  }
  std::vector<std::string> texts;
  for (const Node& item : node.items) {
    if (item.kind == Node::Kind::kText && (item.text == "*" || accept(item.text))) {
      texts.push_back(item.text);
    } else {
      expected(place, item, expectation);
    }
  }
  if (texts.size() > 1 && std::ranges::find(texts, "*") != texts.end()) {
    place.complain(node, "has `*` beside others; it stands alone");
  }
  into = std::move(texts);
}

void read_cors_member(const Place& place, const Member& member, Cors& into) {
  constexpr std::array<std::string_view, 5> kMembers = {"origins", "methods", "headers", "credentials", "maxAge"};
  const Place here = place.below(member.key);
  const Node& node = member.value;
  if (member.key == "origins") {
    read_texts(here, node, is_origin, "an origin such as https://app.example.com or https://*.example.com, or *",
               into.origins);
  } else if (member.key == "methods") {
    read_texts(here, node, is_header_name, "a method such as GET, or *", into.methods);
  } else if (member.key == "headers") {
    read_texts(here, node, is_header_name, "the name of a header, or *", into.headers);
    for (std::string& name : into.headers) name = lower_case(name);
  } else if (member.key == "credentials") {
    read_boolean(here, node, into.credentials);
  } else if (member.key == "maxAge") {
    read_duration(here, node, {0ms, 24h}, into.max_age);
  } else {
    complain_unknown(place, member, kMembers);
  }
}

}  // namespace

std::string_view access_kind_name(AccessKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}

void read_access(const Place& place, const Node& node, Access& into) {
  if (node.kind != Node::Kind::kMap) {
    const int choice = read_choice(place, node, kPlainKinds);
    if (choice < 0) return;
    into = Access{};
    into.kind = static_cast<AccessKind>(choice);
    return;
  }
  Access access;
  const Member* chosen = nullptr;
  const Node* header = nullptr;
  for (const Member& member : node.members) {
    const auto kind = std::ranges::find(kKinds, member.key) - kKinds.begin();
    if (member.key == "header") {
      header = &member.value;
    } else if (kind < static_cast<std::ptrdiff_t>(kPlainKinds.size()) ||
               kind == static_cast<std::ptrdiff_t>(kKinds.size())) {
      complain_unknown(place, member, std::span(kKinds).subspan(kPlainKinds.size()));
      return;
    } else if (chosen != nullptr) {
      place.complain(node, "has both `" + chosen->key + "` and `" + member.key + "`; there is one way in");
      return;
    } else {
      chosen = &member;
      access.kind = static_cast<AccessKind>(kind);
    }
  }
  if (chosen == nullptr) {
    expected(place, node, "expected is token, open, or a mapping with one of key, bearer, basic, hmac");
    return;
  }
  read_kind(place, *chosen, access);
  if (header != nullptr && access.kind != AccessKind::kKey) {
    place.below("header").complain(*header, "belongs to `key`; a signature's header stands under `hmac`");
  } else if (header != nullptr) {
    read_header_name(place.below("header"), *header, access.header);
  }
  into = std::move(access);
}

Json write_access(const Access& from) {
  const std::string kind(access_kind_name(from.kind));
  switch (from.kind) {
    case AccessKind::kKey:
      return {{kind, from.secrets}, {"header", from.header}};
    case AccessKind::kBearer:
      return Json::object({{kind, from.secrets}});
    case AccessKind::kBasic:
      return Json::object({{kind, {{"user", from.user}, {"password", from.secrets}}}});
    case AccessKind::kHmac:
      return Json::object({{kind, write_signature(from)}});
    default:
      return kind;
  }
}

void read_cors(const Place& place, const Node& node, std::optional<Cors>& into) {
  if (node.kind == Node::Kind::kNull && place.nulls == Nulls::kResets) {
    into.reset();
    return;
  }
  if (!is_map(place, node, "expected is a mapping with origins, methods, headers, credentials, maxAge")) return;
  Cors cors = into.value_or(Cors{});
  const std::size_t before = place.complaints.count();
  for (const Member& member : node.members) read_cors_member(place, member, cors);
  if (cors.origins.empty() && place.complaints.count() == before) {
    place.complain(node, "has no `origins`, the pages that may call");
  }
  if (cors.credentials && cors.origins == std::vector<std::string>{"*"}) {
    place.complain(node, "has `credentials: true` for every origin, which browsers refuse; list the origins");
  }
  if (place.complaints.count() == before) into = std::move(cors);
}

Json write_cors(const std::optional<Cors>& from) {
  if (!from) return nullptr;
  return {{"origins", from->origins},
          {"methods", from->methods},
          {"headers", from->headers},
          {"credentials", from->credentials},
          {"maxAge", format_duration(from->max_age)}};
}

void read_secret_names(const Place& place, const Node& node, std::size_t most, std::vector<std::string>& into) {
  const bool one = node.kind == Node::Kind::kText;
  if (!one && node.kind != Node::Kind::kList) {
    expected(place, node, "expected is a secret's name, or a list of them");
    return;
  }
  const std::span<const Node> items = one ? std::span<const Node>(&node, 1) : std::span<const Node>(node.items);
  std::vector<std::string> names;
  for (const Node& item : items) {
    if (item.kind != Node::Kind::kText) {
      expected(place, item, "expected is a secret's name");
    } else if (const Status fits = check_name("secret", item.text); !fits.ok()) {
      place.complain(item, fits.error().text());
    } else if (std::ranges::find(names, item.text) != names.end()) {
      place.complain(item, "names `" + item.text + "` twice");
    } else {
      names.push_back(item.text);
      if (place.secret_uses != nullptr) place.secret_uses->push_back({item.text, place.path, item.at});
    }
  }
  if (names.size() > most) {
    place.complain(node, "names " + std::to_string(names.size()) + " secrets; the limit is " + std::to_string(most));
  } else {
    into = std::move(names);
  }
}

}  // namespace sojourn
