#include "loader/connect_schema.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "loader/names.h"
#include "loader/schema_values.h"
#include "runtime/base/address_rules.h"

namespace sojourn {
namespace {

constexpr std::string_view kScheme = "tcp://";
constexpr std::size_t kHostMax = 253;  // bytes, as DNS has it
constexpr std::size_t kLabelMax = 63;  // bytes
constexpr std::array<std::string_view, 2> kTargetKeys = {"url", "private"};

Error refused(std::string_view text, std::string_view why) {
  return Error(ErrorCode::kRefused, "is `" + std::string(text) + "`; " + std::string(why));
}

bool is_host_name(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.empty() || host.size() > kHostMax) return false;
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  while (true) {
    const std::string_view label = host.substr(0, host.find('.'));
    if (label.empty() || label.size() > kLabelMax || label.starts_with('-') || label.ends_with('-')) return false;
    if (!std::all_of(label.begin(), label.end(), allowed)) return false;
    if (label.size() == host.size()) return true;
    host.remove_prefix(label.size() + 1);
  }
}

bool is_localhost(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  std::string lower(host);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 0x20 : c); });
  return lower == "localhost" || lower.ends_with(".localhost");
}

// Splits HOST:PORT; an IPv6 address stands in brackets, which go.
bool split(std::string_view authority, std::string_view* host, std::string_view* port) {
  const std::size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos) return false;
  *host = authority.substr(0, colon);
  *port = authority.substr(colon + 1);
  if (!host->starts_with('[')) return host->find(':') == std::string_view::npos;
  if (!host->ends_with(']')) return false;
  *host = host->substr(1, host->size() - 2);
  return host->find(':') != std::string_view::npos;
}

bool read_url(const Place& place, const Node& node, ConnectTarget& into) {
  if (node.kind != Node::Kind::kText) return expected(place, node, "expected is a URL, tcp://HOST:PORT");
  auto parsed = parse_connect_url(node.text);
  if (!parsed) {
    place.complain(node, parsed.error().text());
    return false;
  }
  parsed->is_private = into.is_private;
  into = *std::move(parsed);
  return true;
}

bool read_target(const Place& place, const Node& node, ConnectTarget& into) {
  if (node.kind != Node::Kind::kMap) return read_url(place, node, into);
  bool good = true;
  for (const Member& member : node.members) {
    if (member.key == "url") {
      good &= read_url(place.below(member.key), member.value, into);
    } else if (member.key == "private") {
      good &= read_boolean(place.below(member.key), member.value, into.is_private);
    } else {
      complain_unknown(place, member, kTargetKeys);
      good = false;
    }
  }
  if (good && into.host.empty()) {
    place.complain(node, "has no `url`");
    return false;
  }
  return good;
}

void read_named(const Place& place, const Member& member, FunctionConfig& config) {
  const Place here = place.below(member.key);
  if (member.value.kind == Node::Kind::kNull && place.nulls == Nulls::kResets) {
    config.connect.erase(member.key);
    return;
  }
  if (!is_name(member.key) || member.key.size() > kConnectNameMax) {
    place.complaints.add(member.at, here.path,
                         "is not a connection's name: lower-case letters, digits and dashes, " +
                             std::to_string(kConnectNameMax) + " bytes at most");
    return;
  }
  ConnectTarget target;
  // In options over a configuration, one member of the mapping keeps the other.
  const auto before = config.connect.find(member.key);
  if (before != config.connect.end() && member.value.kind == Node::Kind::kMap) target = before->second;
  if (!read_target(here, member.value, target)) return;
  if (const std::string fault = fault_of_target(target); !fault.empty()) {
    here.complain(member.value, fault);
  } else {
    config.connect[member.key] = std::move(target);
  }
}

}  // namespace

Result<ConnectTarget> parse_connect_url(std::string_view url) {
  constexpr std::string_view kForm = "expected is tcp://HOST:PORT, with an IPv6 address in brackets";
  if (!url.starts_with(kScheme)) return refused(url.substr(0, kHostMax), kForm);
  std::string_view host;
  std::string_view port;
  if (!split(url.substr(kScheme.size()), &host, &port)) return refused(url.substr(0, kHostMax), kForm);
  if (is_odd_number(host)) {
    return refused(url.substr(0, kHostMax), "an IPv4 address is written as four decimal numbers, as in 192.0.2.1");
  }
  if (!parse_address(host) && !is_host_name(host)) {
    return refused(url.substr(0, kHostMax), "its host is neither a name nor an address");
  }
  unsigned int number = 0;
  const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (failed != std::errc() || end != port.data() + port.size() || number < 1 || number > 65535) {
    return refused(url.substr(0, kHostMax), "its port is not a number from 1 to 65535");
  }
  return ConnectTarget{std::string(host), static_cast<std::uint16_t>(number), false};
}

std::string fault_of_target(const ConnectTarget& target) {
  const auto address = parse_address(target.host);
  if (!address) {
    return is_localhost(target.host) && !target.is_private ? "leads to this host: it needs `private: true`" : "";
  }
  const AddressKind kind = kind_of(*address);
  const std::string what = "leads to " + text_of(*address) + ", which is " + std::string(kind_text(kind));
  if (!may_reach(Reach::kNamed, kind)) return what + ": functions never connect there";
  return may_reach(Reach::kPublic, kind) || target.is_private ? "" : what + ": it needs `private: true`";
}

std::string connect_url(const ConnectTarget& target) {
  const bool brackets = target.host.find(':') != std::string::npos;
  const std::string host = brackets ? "[" + target.host + "]" : target.host;
  return std::string(kScheme) + host + ":" + std::to_string(target.port);
}

void read_connect(const Place& place, const Node& node, FunctionConfig& config) {
  if (node.kind == Node::Kind::kNull && place.nulls == Nulls::kResets) {
    config.connect.clear();
    return;
  }
  if (node.kind != Node::Kind::kMap) {
    expected(place, node, "expected is a mapping of names to URLs, as in db: \"tcp://db.example.com:5432\"");
    return;
  }
  for (const Member& member : node.members) read_named(place, member, config);
  if (config.connect.size() > kConnectNamesMax) {
    place.complain(node, "has " + std::to_string(config.connect.size()) + " names; a function may have " +
                             std::to_string(kConnectNamesMax));
  }
}

nlohmann::ordered_json write_connect(const FunctionConfig& config) {
  if (config.connect.empty()) return {};
  auto map = nlohmann::ordered_json::object();
  for (const auto& [name, target] : config.connect) {
    if (target.is_private) {
      map[name] = {{"url", connect_url(target)}, {"private", true}};
    } else {
      map[name] = connect_url(target);
    }
  }
  return map;
}

}  // namespace sojourn
