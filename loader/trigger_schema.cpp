#include "loader/trigger_schema.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "loader/event_schema.h"
#include "loader/match_schema.h"
#include "loader/names.h"
#include "loader/quantity.h"
#include "loader/schema_table.h"
#include "loader/webhook_schema.h"

namespace sojourn {
namespace {

using Json = nlohmann::ordered_json;
using namespace std::chrono_literals;

constexpr std::string_view kMatchKey = "match";
constexpr std::array<std::string_view, 1> kMatchApart = {kMatchKey};
constexpr std::array<std::string_view, 3> kCatchUps = {"none", "latest", "all"};
constexpr std::array<std::string_view, 3> kOutcomes = {"success", "failure", "any"};
constexpr std::array<std::string_view, 7> kScheduleWords = {"@yearly", "@annually", "@monthly", "@weekly",
                                                            "@daily",  "@midnight", "@hourly"};

constexpr std::size_t kPathMax = 4'096;  // bytes

// --- cron
// --------------------------------------------------------------------------------------------------------------

bool is_schedule_form(std::string_view text) {
  if (text.starts_with('@')) return std::ranges::find(kScheduleWords, text) != kScheduleWords.end();
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("*,-/#?").find(c) != std::string_view::npos;
  };
  std::size_t fields = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0 && !std::ranges::all_of(text.substr(0, end), fits)) return false;
    fields += end > 0 ? 1 : 0;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return fields == 5;
}

void read_schedule(const Place& place, const Node& node, CronTrigger& into) {
  constexpr std::size_t kScheduleMax = 256;  // bytes
  if (node.kind != Node::Kind::kText || node.text.size() > kScheduleMax || !is_schedule_form(node.text)) {
    expected(place, node,
             "expected are five fields (minute, hour, day, month, weekday) as in \"0 3 * * *\", or @hourly, @daily, "
             "@weekly, @monthly, @yearly");
  } else {
    into.schedule = node.text;
  }
}

void read_timezone(const Place& place, const Node& node, CronTrigger& into) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/_+-").find(c) != std::string_view::npos;
  };
  if (node.kind != Node::Kind::kText || node.text.empty() || node.text.size() > kNameLengthMax ||
      node.text.starts_with('/') || !std::ranges::all_of(node.text, fits)) {
    expected(place, node, "expected is the name of a time zone, such as UTC or Europe/Berlin");
  } else {
    into.timezone = node.text;
  }
}

void read_catch_up(const Place& place, const Node& node, CronTrigger& into) {
  read_enum(place, node, kCatchUps, into.catch_up);
}

constexpr SchemaKey<CronTrigger> kCronKeys[] = {
    {"schedule", Offered::kNow, read_schedule, [](const CronTrigger& t) -> Json { return t.schedule; }},
    {"timezone", Offered::kNow, read_timezone, [](const CronTrigger& t) -> Json { return t.timezone; }},
    {"catchup", Offered::kNow, read_catch_up,
     [](const CronTrigger& t) -> Json { return kCatchUps[static_cast<std::size_t>(t.catch_up)]; }},
};

// --- queue, files, function ------------------------------------------------------------------------------------------

constexpr SchemaKey<QueueTrigger> kQueueKeys[] = {
    {"name", Offered::kNow, [](const Place& p, const Node& n, QueueTrigger& t) { read_queue_name(p, n, t.name); },
     [](const QueueTrigger& t) -> Json { return t.name; }},
    {"batch", Offered::kNow,
     [](const Place& p, const Node& n, QueueTrigger& t) {
       read_integer(p, n, {1, kQueueBatchMax}, t.batch);
     },
     [](const QueueTrigger& t) -> Json { return t.batch; }},
};

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

void read_directory(const Place& place, const Node& node, FilesTrigger& into) {
  const std::string& text = node.text;
  const bool climbs = (text + "/").find("/../") != std::string::npos;
  if (node.kind != Node::Kind::kText || !text.starts_with('/') || text.size() > kPathMax || has_control(text) ||
      climbs) {
    expected(place, node, "expected is a directory of the server, as a path from / on without `..`");
  } else {
    into.directory = text;
  }
}

void read_glob(const Place& place, const Node& node, FilesTrigger& into) {
  const std::string& text = node.text;
  if (node.kind != Node::Kind::kText || text.empty() || text.size() > kShortTextMax || has_control(text) ||
      text.find('/') != std::string::npos) {
    expected(place, node, "expected is a pattern of file names without a slash, as in *.csv");
  } else {
    into.glob = text;
  }
}

constexpr SchemaKey<FilesTrigger> kFilesKeys[] = {
    {"directory", Offered::kNow, read_directory, [](const FilesTrigger& t) -> Json { return t.directory; }},
    {"glob", Offered::kNow, read_glob, [](const FilesTrigger& t) -> Json { return t.glob; }},
    {"settle", Offered::kNow,
     [](const Place& p, const Node& n, FilesTrigger& t) {
       read_duration(p, n, {0ms, 1h}, t.settle);
     },
     [](const FilesTrigger& t) -> Json { return format_duration(t.settle); }},
};

void read_followed(const Place& place, const Node& node, FunctionTrigger& into) {
  if (node.kind != Node::Kind::kText || !is_name(node.text)) {
    expected(place, node, "expected is a function's name");
  } else {
    into.function = node.text;
  }
}

constexpr SchemaKey<FunctionTrigger> kFunctionTriggerKeys[] = {
    {"name", Offered::kNow, read_followed, [](const FunctionTrigger& t) -> Json { return t.function; }},
    {"outcome", Offered::kNow,
     [](const Place& p, const Node& n, FunctionTrigger& t) { read_enum(p, n, kOutcomes, t.outcome); },
     [](const FunctionTrigger& t) -> Json { return kOutcomes[static_cast<std::size_t>(t.outcome)]; }},
};

// --- one trigger -----------------------------------------------------------------------------------------------------

// Everything but `match`, which is read beside it.
Node without_match(const Node& node) {
  Node rest = node;
  std::erase_if(rest.members, [](const Member& member) { return member.key == kMatchKey; });
  return rest;
}

template <class T>
void read_by(const Place& place, const Node& node, std::span<const SchemaKey<T>> keys, std::string_view needed,
             Trigger& into) {
  T read;
  if (read_mapping<T>(place, node, keys, read) && !needed.empty() && node.find(needed) == nullptr) {
    place.complain(node, "has no `" + std::string(needed) + "`");
  }
  into.on = std::move(read);
}

void read_event(const Place& place, const Node& node, Trigger& into) {
  into.on = EventTrigger{};
  if (node.kind != Node::Kind::kMap) {
    expected(place, node, "expected is {}; which events are meant, `match` says");
  } else {
    for (const Member& member : node.members) complain_unknown(place, member, kMatchApart);
  }
}

void read_hook(const Place& place, const Node& node, Trigger& into) {
  WebhookTrigger webhook;
  read_webhook(place, node, webhook);
  into.on = std::move(webhook);
}

constexpr SchemaKey<Trigger> kTriggerKeys[] = {
    {"webhook", Offered::kNow, read_hook,
     [](const Trigger& t) { return write_webhook(std::get<WebhookTrigger>(t.on)); }},
    {"event", Offered::kNow, read_event, [](const Trigger&) { return Json::object(); }},
    {"cron", Offered::kNow,
     [](const Place& p, const Node& n, Trigger& t) { read_by<CronTrigger>(p, n, kCronKeys, "schedule", t); },
     [](const Trigger& t) { return write_mapping<CronTrigger>(kCronKeys, std::get<CronTrigger>(t.on)); }},
    {"queue", Offered::kNow,
     [](const Place& p, const Node& n, Trigger& t) { read_by<QueueTrigger>(p, n, kQueueKeys, "name", t); },
     [](const Trigger& t) { return write_mapping<QueueTrigger>(kQueueKeys, std::get<QueueTrigger>(t.on)); }},
    {"files", Offered::kNow,
     [](const Place& p, const Node& n, Trigger& t) { read_by<FilesTrigger>(p, n, kFilesKeys, "directory", t); },
     [](const Trigger& t) { return write_mapping<FilesTrigger>(kFilesKeys, std::get<FilesTrigger>(t.on)); }},
    {"function", Offered::kNow,
     [](const Place& p, const Node& n, Trigger& t) { read_by<FunctionTrigger>(p, n, kFunctionTriggerKeys, "name", t); },
     [](const Trigger& t) {
       return write_mapping<FunctionTrigger>(kFunctionTriggerKeys, std::get<FunctionTrigger>(t.on));
     }},
    {"http", Offered::kLater},
    {"git", Offered::kLater},
};

// Null where there is none, or a complaint where there are two.
const Node* find_match(const Place& place, const Node& beside, const Node& inside) {
  const Node* const outer = beside.find(kMatchKey);
  const Node* const inner = inside.find(kMatchKey);
  if (outer != nullptr && inner != nullptr) {
    place.complain(*inner, "has `match` both beside it and inside; one of them is enough");
    return nullptr;
  }
  return outer != nullptr ? outer : inner;
}

void read_trigger(const Place& place, const Node& node, std::vector<Trigger>& into) {
  if (node.kind != Node::Kind::kMap) {
    expected(place, node, "expected is a mapping with one of webhook, event, cron, queue, files, function");
    return;
  }
  Node kinds = without_match(node);
  if (kinds.members.size() != 1) {
    return place.complain(node, "has to have one of webhook, event, cron, queue, files, function, and may have match");
  }
  const Node inside = kinds.members.front().value;
  kinds.members.front().value = without_match(inside);
  const std::size_t before = place.complaints.count();
  Trigger trigger;
  read_members<Trigger>(place, kinds, kTriggerKeys, {}, trigger);
  if (const Node* match = find_match(place, node, inside)) read_match(place.below(kMatchKey), *match, trigger.match);
  if (place.complaints.count() == before) into.push_back(std::move(trigger));
}

}  // namespace

void read_triggers(const Place& place, const Node& node, std::vector<Trigger>& into) {
  if (node.kind == Node::Kind::kNull && place.nulls == Nulls::kResets) return into.clear();
  if (node.kind != Node::Kind::kList) {
    expected(place, node, "expected is a list of triggers");
    return;
  }
  if (node.items.size() > kTriggersMax) {
    return place.complain(
        node, "has " + std::to_string(node.items.size()) + " triggers; the limit is " + std::to_string(kTriggersMax));
  }
  std::vector<Trigger> triggers;
  for (std::size_t i = 0; i < node.items.size(); ++i) read_trigger(place.item(i), node.items[i], triggers);
  into = std::move(triggers);
}

Json write_triggers(const std::vector<Trigger>& from) {
  Json list = Json::array();
  for (const Trigger& trigger : from) {
    const auto& key = kTriggerKeys[trigger.on.index()];
    Json json = Json::object({{std::string(key.name), key.write(trigger)}});
    if (trigger.match) json[std::string(kMatchKey)] = write_match(*trigger.match);
    list.push_back(std::move(json));
  }
  return list;
}

std::string_view kind_name(const Trigger& trigger) {
  return kTriggerKeys[trigger.on.index()].name;
}

std::string summary_of(const Trigger& trigger) {
  const std::string kind(kind_name(trigger));
  if (const auto* hook = std::get_if<WebhookTrigger>(&trigger.on)) return kind + " " + hook->path;
  if (const auto* cron = std::get_if<CronTrigger>(&trigger.on)) {
    return kind + " " + cron->schedule + " (" + cron->timezone + ")";
  }
  if (const auto* queue = std::get_if<QueueTrigger>(&trigger.on)) return kind + " " + queue->name;
  if (const auto* files = std::get_if<FilesTrigger>(&trigger.on))
    return kind + " " + files->directory + "/" + files->glob;
  if (const auto* function = std::get_if<FunctionTrigger>(&trigger.on)) {
    return kind + " " + function->function + " (" +
           std::string(kOutcomes[static_cast<std::size_t>(function->outcome)]) + ")";
  }
  return kind;
}

std::vector<SchemaKeyNames> trigger_key_names() {
  std::vector<SchemaKeyNames> names = {
      key_names<Trigger>("trigger", kTriggerKeys),  webhook_key_names(),
      key_names<CronTrigger>("cron", kCronKeys),    key_names<QueueTrigger>("queue", kQueueKeys),
      key_names<FilesTrigger>("files", kFilesKeys), key_names<FunctionTrigger>("followed", kFunctionTriggerKeys)};
  for (SchemaKeyNames& group : names) group.now.push_back(kMatchKey);
  return names;
}

}  // namespace sojourn
