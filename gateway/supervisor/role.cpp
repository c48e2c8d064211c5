#include "gateway/supervisor/role.h"

#include <charconv>
#include <functional>
#include <map>

namespace sojourn {
namespace {

using Setters = std::map<std::string_view, std::function<bool(std::string_view)>>;

constexpr std::string_view kYes = "yes";

void add_flag(std::vector<std::string>& arguments, std::string_view key, bool set) {
  if (set) arguments.push_back("--" + std::string(key) + "=" + std::string(kYes));
}

void add(std::vector<std::string>& arguments, std::string_view key, std::string_view value) {
  arguments.push_back("--" + std::string(key) + "=" + std::string(value));
}

auto text_setter(std::string& into) {
  return [&into](std::string_view value) {
    into = value;
    return !value.empty();
  };
}

auto text_adder(std::vector<std::string>& into) {
  return [&into](std::string_view value) {
    into.emplace_back(value);
    return !value.empty();
  };
}

auto flag_setter(bool& into) {
  return [&into](std::string_view value) {
    into = value == kYes;
    return into;
  };
}

auto number_setter(int& into) {
  return [&into](std::string_view value) {
    const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), into);
    return error == std::errc() && stop == value.data() + value.size() && into > 0;
  };
}

auto level_setter(LogLevel& into) {
  return [&into](std::string_view value) {
    for (const LogLevel level : {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarn, LogLevel::kError}) {
      if (name(level) != value) continue;
      into = level;
      return true;
    }
    return false;
  };
}

Status parse(std::span<const char* const> arguments, const Setters& setters) {
  for (const std::string_view argument : arguments) {
    const std::size_t equals = argument.find('=');
    const bool shaped = argument.starts_with("--") && equals != std::string_view::npos;
    const auto setter = shaped ? setters.find(argument.substr(2, equals - 2)) : setters.end();
    if (setter == setters.end() || !setter->second(argument.substr(equals + 1))) {
      return Error(ErrorCode::kInternal, "`" + std::string(argument) + "` is no setting of this role");
    }
  }
  return {};
}

}  // namespace

std::vector<std::string> arguments(const GatewayRole& role) {
  std::vector<std::string> result{std::string(GatewayRole::kCommand)};
  add(result, "data", role.data);
  add(result, "url", role.url);
  add(result, "sockets", std::to_string(role.sockets));
  add(result, "log-level", name(role.log_level));
  add_flag(result, "dev", role.dev);
  add_flag(result, "allow-private", role.allow_private);
  for (const std::string& directory : role.files) add(result, "files", directory);
  add_flag(result, "behind-proxy", role.behind_proxy);
  add_flag(result, "any-host", !role.check_loopback_host);
  return result;
}

std::vector<std::string> arguments(const WardenRole& role) {
  std::vector<std::string> result{std::string(WardenRole::kCommand)};
  add(result, "data", role.data);
  add(result, "log-level", name(role.log_level));
  add_flag(result, "allow-reduced", role.allow_reduced);
  return result;
}

std::vector<std::string> arguments(const BrokerRole& role) {
  std::vector<std::string> result{std::string(BrokerRole::kCommand)};
  add(result, "log-level", name(role.log_level));
  add_flag(result, "allow-private", role.allow_private);
  return result;
}

Result<GatewayRole> parse_gateway_role(std::span<const char* const> arguments) {
  GatewayRole role;
  bool any_host = false;
  const Status parsed = parse(arguments, {{"data", text_setter(role.data)},
                                          {"url", text_setter(role.url)},
                                          {"sockets", number_setter(role.sockets)},
                                          {"log-level", level_setter(role.log_level)},
                                          {"dev", flag_setter(role.dev)},
                                          {"allow-private", flag_setter(role.allow_private)},
                                          {"files", text_adder(role.files)},
                                          {"behind-proxy", flag_setter(role.behind_proxy)},
                                          {"any-host", flag_setter(any_host)}});
  if (!parsed) return parsed.error();
  role.check_loopback_host = !any_host;
  return role;
}

Result<WardenRole> parse_warden_role(std::span<const char* const> arguments) {
  WardenRole role;
  const Status parsed = parse(arguments, {{"data", text_setter(role.data)},
                                          {"log-level", level_setter(role.log_level)},
                                          {"allow-reduced", flag_setter(role.allow_reduced)}});
  if (!parsed) return parsed.error();
  return role;
}

Result<BrokerRole> parse_broker_role(std::span<const char* const> arguments) {
  BrokerRole role;
  const Status parsed = parse(
      arguments, {{"log-level", level_setter(role.log_level)}, {"allow-private", flag_setter(role.allow_private)}});
  if (!parsed) return parsed.error();
  return role;
}

}  // namespace sojourn
