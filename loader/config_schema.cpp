#include "loader/config_schema.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "loader/access_schema.h"
#include "loader/chain_schema.h"
#include "loader/connect_schema.h"
#include "loader/event_schema.h"
#include "loader/match_schema.h"
#include "loader/names.h"
#include "loader/quantity.h"
#include "loader/retry_schema.h"
#include "loader/schema_table.h"
#include "loader/schema_values.h"
#include "loader/trigger_schema.h"
#include "loader/webhook_schema.h"

namespace sojourn {
namespace {

using Json = nlohmann::ordered_json;
using namespace std::chrono_literals;
constexpr std::uint64_t operator""_KiB(unsigned long long n) {
  return n << 10;
}
constexpr std::uint64_t operator""_MiB(unsigned long long n) {
  return n << 20;
}
constexpr std::uint64_t operator""_GiB(unsigned long long n) {
  return n << 30;
}

constexpr std::array<std::string_view, 2> kIsolations = {"reuse", "fresh"};

constexpr SchemaKey<InstanceLimits> kInstanceKeys[] = {
    {"min", Offered::kNow,
     [](const Place& p, const Node& n, InstanceLimits& i) {
       read_integer(p, n, {0, 1000}, i.min);
     },
     [](const InstanceLimits& i) -> Json { return i.min; }},
    {"max", Offered::kNow,
     [](const Place& p, const Node& n, InstanceLimits& i) {
       read_integer(p, n, {1, 1000}, i.max);
     },
     [](const InstanceLimits& i) -> Json { return i.max; }},
    {"idle", Offered::kNow,
     [](const Place& p, const Node& n, InstanceLimits& i) {
       read_duration(p, n, {100ms, 24h}, i.idle);
     },
     [](const InstanceLimits& i) -> Json { return format_duration(i.idle); }},
};

constexpr SchemaKey<Backlog> kBacklogKeys[] = {
    {"length", Offered::kNow,
     [](const Place& p, const Node& n, Backlog& b) {
       read_integer(p, n, {0, 100'000}, b.length);
     },
     [](const Backlog& b) -> Json { return b.length; }},
    {"wait", Offered::kNow,
     [](const Place& p, const Node& n, Backlog& b) {
       read_duration(p, n, {1ms, 15min}, b.wait);
     },
     [](const Backlog& b) -> Json { return format_duration(b.wait); }},
};

void read_path(const Place& place, const Node& node, std::string& into) {
  constexpr std::size_t kPathMax = 1024;
  const bool is_path = node.kind == Node::Kind::kText && node.text.starts_with('/') && node.text.size() <= kPathMax &&
                       std::none_of(node.text.begin(), node.text.end(), [](char c) { return c >= 0 && c <= 0x20; });
  if (is_path) {
    into = node.text;
  } else {
    expected(place, node, "expected is a path that begins with / and has no spaces, 1024 bytes at most");
  }
}

constexpr SchemaKey<Probe> kProbeKeys[] = {
    {"path", Offered::kNow, [](const Place& p, const Node& n, Probe& probe) { read_path(p, n, probe.path); },
     [](const Probe& probe) -> Json { return probe.path; }},
    {"every", Offered::kNow,
     [](const Place& p, const Node& n, Probe& probe) {
       read_duration(p, n, {100ms, 1h}, probe.every);
     },
     [](const Probe& probe) -> Json { return format_duration(probe.every); }},
    {"failures", Offered::kNow,
     [](const Place& p, const Node& n, Probe& probe) {
       read_integer(p, n, {1, 100}, probe.failures);
     },
     [](const Probe& probe) -> Json { return probe.failures; }},
};

void read_instances(const Place& place, const Node& node, FunctionConfig& config) {
  InstanceLimits limits = config.instances;
  const std::size_t before = place.complaints.count();
  read_mapping<InstanceLimits>(place, node, kInstanceKeys, limits);
  if (limits.min > limits.max && place.complaints.count() == before) {
    place.complain(node, "has min " + std::to_string(limits.min) + " above max " + std::to_string(limits.max));
  } else {
    config.instances = limits;
  }
}

void read_probe(const Place& place, const Node& node, FunctionConfig& config) {
  if (node.kind == Node::Kind::kNull && place.nulls == Nulls::kResets) {
    config.probe.reset();
    return;
  }
  Probe probe = config.probe.value_or(Probe{});
  read_mapping<Probe>(place, node, kProbeKeys, probe);
  config.probe = probe;
}

void read_entry(const Place& place, const Node& node, FunctionConfig& config) {
  if (node.kind == Node::Kind::kText && is_name(node.text)) {
    config.entry = node.text;
  } else {
    expected(place, node, "expected is the name of one of the object's functions");
  }
}

void read_isolation(const Place& place, const Node& node, FunctionConfig& config) {
  const int choice = read_choice(place, node, kIsolations);
  if (choice >= 0) config.isolation = static_cast<Isolation>(choice);
}

bool is_variable_name(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto part = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= 256 && letter(text[0]) && std::all_of(text.begin(), text.end(), part);
}

void read_variable(const Place& place, const Member& member, FunctionConfig& config) {
  const Place here = place.below(member.key);
  const Node& node = member.value;
  if (!is_variable_name(member.key)) {
    place.complaints.add(member.at, here.path, "is not a variable's name: letters, digits and _, 256 bytes at most");
  } else if (node.kind == Node::Kind::kNull && place.nulls == Nulls::kResets) {
    config.env.erase(member.key);
  } else if (node.kind != Node::Kind::kText) {
    expected(here, node, "values of env are strings: quote it");
  } else if (node.text.find('\0') != std::string::npos) {
    here.complain(node, "holds a NUL, which no environment variable can");
  } else {
    config.env[member.key] = node.text;
  }
}

void read_env(const Place& place, const Node& node, FunctionConfig& config) {
  if (node.kind != Node::Kind::kMap) {
    expected(place, node, "expected is a mapping of names to strings");
    return;
  }
  for (const Member& member : node.members) read_variable(place, member, config);
  std::size_t total = 0;
  for (const auto& [name, value] : config.env) total += name.size() + value.size() + 2;  // `=` and the final NUL
  if (total > kEnvTotalMax) {
    place.complain(node, "takes " + std::to_string(total) + " bytes; the limit of one function's env is " +
                             format_size(kEnvTotalMax));
  }
}

void read_with(const Place& place, const Node& node, FunctionConfig& config) {
  if (node.kind == Node::Kind::kNull && place.nulls == Nulls::kResets) {
    config.with.clear();
    return;
  }
  if (node.kind != Node::Kind::kMap) {
    expected(place, node, "expected is a mapping");
    return;
  }
  std::string text = to_json(place, node).dump();
  if (text.size() > kWithTextMax) {
    place.complain(
        node, "takes " + std::to_string(text.size()) + " bytes as JSON; the limit is " + format_size(kWithTextMax));
  } else {
    config.with = std::move(text);
  }
}

constexpr SchemaKey<FunctionConfig> kFunctionKeys[] = {
    {"entry", Offered::kNow, read_entry,
     [](const FunctionConfig& c) { return c.entry.empty() ? Json() : Json(c.entry); }},
    {"isolation", Offered::kNow, read_isolation,
     [](const FunctionConfig& c) -> Json { return kIsolations[static_cast<std::size_t>(c.isolation)]; }},
    {"instances", Offered::kNow, read_instances,
     [](const FunctionConfig& c) { return write_mapping<InstanceLimits>(kInstanceKeys, c.instances); }},
    {"timeout", Offered::kNow,
     [](const Place& p, const Node& n, FunctionConfig& c) {
       read_duration(p, n, {1ms, 15min}, c.timeout);
     },
     [](const FunctionConfig& c) -> Json { return format_duration(c.timeout); }},
    {"memory", Offered::kNow,
     [](const Place& p, const Node& n, FunctionConfig& c) {
       read_size(p, n, {4_MiB, 64_GiB}, c.memory);
     },
     [](const FunctionConfig& c) -> Json { return format_size(c.memory); }},
    {"cpu", Offered::kNow,
     [](const Place& p, const Node& n, FunctionConfig& c) {
       read_number(p, n, {0.01, 1024}, c.cpu);
     },
     [](const FunctionConfig& c) -> Json { return c.cpu; }},
    {"tmp", Offered::kNow,
     [](const Place& p, const Node& n, FunctionConfig& c) {
       read_size(p, n, {64_KiB, 4_GiB}, c.tmp);
     },
     [](const FunctionConfig& c) -> Json { return format_size(c.tmp); }},
    {"threads", Offered::kNow,
     [](const Place& p, const Node& n, FunctionConfig& c) {
       read_integer(p, n, {1, 1024}, c.threads);
     },
     [](const FunctionConfig& c) -> Json { return c.threads; }},
    {"bodyLimit", Offered::kNow,
     [](const Place& p, const Node& n, FunctionConfig& c) {
       read_size(p, n, {0, 256_MiB}, c.body_limit);
     },
     [](const FunctionConfig& c) -> Json { return format_size(c.body_limit); }},
    {"replyLimit", Offered::kNow,
     [](const Place& p, const Node& n, FunctionConfig& c) {
       read_size(p, n, {1_KiB, 256_MiB}, c.reply_limit);
     },
     [](const FunctionConfig& c) -> Json { return format_size(c.reply_limit); }},
    {"logLimit", Offered::kNow,
     [](const Place& p, const Node& n, FunctionConfig& c) {
       read_size(p, n, {0, 16_MiB}, c.log_limit);
     },
     [](const FunctionConfig& c) -> Json { return format_size(c.log_limit); }},
    {"backlog", Offered::kNow,
     [](const Place& p, const Node& n, FunctionConfig& c) { read_mapping<Backlog>(p, n, kBacklogKeys, c.backlog); },
     [](const FunctionConfig& c) { return write_mapping<Backlog>(kBacklogKeys, c.backlog); }},
    {"env", Offered::kNow, read_env, [](const FunctionConfig& c) { return c.env.empty() ? Json() : Json(c.env); }},
    {"with", Offered::kNow, read_with,
     [](const FunctionConfig& c) { return c.with.empty() ? Json() : Json::parse(c.with, nullptr, false); }},
    {"secrets", Offered::kNow,
     [](const Place& p, const Node& n, FunctionConfig& c) {
       read_secret_names(p, n, kSecretsPerFunctionMax, c.secrets);
     },
     [](const FunctionConfig& c) { return c.secrets.empty() ? Json() : Json(c.secrets); }},
    {"access", Offered::kNow, [](const Place& p, const Node& n, FunctionConfig& c) { read_access(p, n, c.access); },
     [](const FunctionConfig& c) { return write_access(c.access); }},
    {"cors", Offered::kNow, [](const Place& p, const Node& n, FunctionConfig& c) { read_cors(p, n, c.cors); },
     [](const FunctionConfig& c) { return write_cors(c.cors); }},
    {"probe", Offered::kNow, read_probe,
     [](const FunctionConfig& c) { return c.probe ? write_mapping<Probe>(kProbeKeys, *c.probe) : Json(); }},
    {"connect", Offered::kNow, read_connect, [](const FunctionConfig& c) -> Json { return write_connect(c); }},
    {"calls", Offered::kNow, read_calls,
     [](const FunctionConfig& c) { return c.calls.empty() ? Json() : Json(c.calls); }},
    {"decorators", Offered::kNow, read_decorators, [](const FunctionConfig& c) { return write_decorators(c); }},
    {"emits", Offered::kNow, [](const Place& p, const Node& n, FunctionConfig& c) { read_emits(p, n, c.emits); },
     [](const FunctionConfig& c) { return c.emits.empty() ? Json() : Json(c.emits); }},
    {"enqueues", Offered::kNow,
     [](const Place& p, const Node& n, FunctionConfig& c) { read_enqueues(p, n, c.enqueues); },
     [](const FunctionConfig& c) { return c.enqueues.empty() ? Json() : Json(c.enqueues); }},
    {"triggers", Offered::kNow,
     [](const Place& p, const Node& n, FunctionConfig& c) { read_triggers(p, n, c.triggers); },
     [](const FunctionConfig& c) { return c.triggers.empty() ? Json() : write_triggers(c.triggers); }},
    {"retry", Offered::kNow, [](const Place& p, const Node& n, FunctionConfig& c) { read_retry(p, n, c.retry); },
     [](const FunctionConfig& c) { return write_retry(c.retry); }},
    {"stream", Offered::kLater},
};

// What one function has of its own and no file can set for all.
constexpr std::array<std::string_view, 11> kNotInDefaults = {
    "entry", "env", "with", "secrets", "probe", "calls", "decorators", "connect", "triggers", "emits", "enqueues"};

std::vector<SchemaKey<FunctionConfig>> default_keys() {
  std::vector<SchemaKey<FunctionConfig>> keys;
  for (const auto& key : kFunctionKeys) {
    const bool own = std::find(kNotInDefaults.begin(), kNotInDefaults.end(), key.name) != kNotInDefaults.end();
    if (!own && key.offered == Offered::kNow) keys.push_back(key);
  }
  return keys;
}

}  // namespace

std::span<const SchemaKey<FunctionConfig>> function_keys() {
  return kFunctionKeys;
}

void read_function(const Place& place, const Node& node, FunctionConfig& config,
                   std::span<const std::string_view> apart) {
  read_members<FunctionConfig>(place, node, kFunctionKeys, apart, config);
}

void read_defaults(const Place& place, const Node& node, FunctionConfig& config) {
  const auto keys = default_keys();
  read_mapping<FunctionConfig>(place, node, keys, config);
}

std::vector<SchemaKeyNames> schema_key_names() {
  const auto defaults = default_keys();
  std::vector<SchemaKeyNames> names = {key_names<FunctionConfig>("function", kFunctionKeys),
                                       key_names<FunctionConfig>("defaults", defaults),
                                       key_names<InstanceLimits>("instances", kInstanceKeys),
                                       key_names<Backlog>("backlog", kBacklogKeys),
                                       key_names<Probe>("probe", kProbeKeys),
                                       match_key_names(),
                                       verify_key_names()};
  for (const auto& more : {retry_key_names(), trigger_key_names()}) {
    names.insert(names.end(), more.begin(), more.end());
  }
  return names;
}

}  // namespace sojourn
