#include "loader/step_schema.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>

#include "loader/access_schema.h"
#include "loader/chain_schema.h"
#include "loader/connect_schema.h"
#include "loader/event_schema.h"
#include "loader/names.h"
#include "loader/quantity.h"
#include "loader/retry_schema.h"
#include "loader/schema_table.h"
#include "runtime/base/ascii.h"

namespace sojourn {
namespace {

using Json = nlohmann::ordered_json;
using namespace std::chrono_literals;

constexpr std::array<std::string_view, 2> kBodies = {"event", "data"};
constexpr int kConcurrencyMax = 1'000;

// --- acts
// --------------------------------------------------------------------------------------------------------------

void read_call(const Place& place, const Node& node, Step& into) {
  CallStep call;
  if (node.kind != Node::Kind::kText || !parse_use(node.text)) {
    expected(place, node, "expected is a function's name, or NAME@N for one of its versions");
  } else {
    call.function = node.text;
  }
  into.act = std::move(call);
}

constexpr SchemaKey<EmitStep> kEmitKeys[] = {
    {"type", Offered::kNow, [](const Place& p, const Node& n, EmitStep& s) { read_event_type(p, n, s.type); },
     [](const EmitStep& s) -> Json { return s.type; }},
};

void read_emit(const Place& place, const Node& node, Step& into) {
  EmitStep emit;
  if (node.kind == Node::Kind::kText) {
    read_event_type(place, node, emit.type);
  } else if (read_mapping<EmitStep>(place, node, kEmitKeys, emit) && node.find("type") == nullptr) {
    place.complain(node, "has no `type`, that of the event");
  }
  into.act = std::move(emit);
}

constexpr SchemaKey<EnqueueStep> kEnqueueKeys[] = {
    {"queue", Offered::kNow, [](const Place& p, const Node& n, EnqueueStep& s) { read_queue_name(p, n, s.queue); },
     [](const EnqueueStep& s) -> Json { return s.queue; }},
};

void read_enqueue(const Place& place, const Node& node, Step& into) {
  EnqueueStep enqueue;
  if (node.kind == Node::Kind::kText) {
    read_queue_name(place, node, enqueue.queue);
  } else if (read_mapping<EnqueueStep>(place, node, kEnqueueKeys, enqueue) && node.find("queue") == nullptr) {
    place.complain(node, "has no `queue`, the name of one");
  }
  into.act = std::move(enqueue);
}

// `https://HOST[:PORT][/path][?query]` as the place that it leads to; nothing when it is something else.
std::optional<ConnectTarget> target_of(std::string_view url) {
  const bool is_tls = url.starts_with("https://");
  if (!is_tls && !url.starts_with("http://")) return std::nullopt;
  const bool is_clean = std::ranges::all_of(url, [](char c) { return c > 0x20 && c < 0x7F && c != '#'; });
  if (!is_clean || url.size() > kPostUrlMax) return std::nullopt;
  url.remove_prefix(is_tls ? 8 : 7);
  std::string authority(url.substr(0, url.find_first_of("/?")));
  if (authority.find('@') != std::string::npos) return std::nullopt;
  const bool has_port = authority.find(':', authority.starts_with('[') ? authority.find(']') : 0) != std::string::npos;
  if (!has_port) authority += is_tls ? ":443" : ":80";
  const auto target = parse_connect_url("tcp://" + authority);
  if (!target.ok()) return std::nullopt;
  return *target;
}

void read_url(const Place& place, const Node& node, PostStep& into) {
  if (node.kind != Node::Kind::kText || !target_of(node.text)) {
    expected(place, node,
             "expected is a URL, https://HOST[:PORT]/path, without a user or a fragment, 2048 bytes at most");
  } else {
    into.url = node.text;
  }
}

void read_sign(const Place& place, const Node& node, PostStep& into) {
  std::vector<std::string> names;
  read_secret_names(place, node, 1, names);
  if (!names.empty()) into.sign = std::move(names.front());
}

// Fields that the sending itself sets.
bool is_own_header(std::string_view name) {
  constexpr std::array<std::string_view, 8> kOwn = {
      "host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect"};
  return std::ranges::find(kOwn, name) != kOwn.end() || name.starts_with("ce-") || name.starts_with("webhook-");
}

void read_headers(const Place& place, const Node& node, PostStep& into) {
  if (node.kind != Node::Kind::kMap || node.members.size() > kPostHeadersMax) {
    expected(place, node, "expected is a mapping of headers to texts, 32 at most");
    return;
  }
  for (const Member& member : node.members) {
    const Place here = place.below(member.key);
    const std::string name = lower_case(member.key);
    if (!is_header_name(name) || is_own_header(name)) {
      place.complaints.add(member.at, here.path, "is not a header that can be set here");
    } else {
      read_short_text(here, member.value, into.headers[name]);
    }
  }
}

constexpr SchemaKey<PostStep> kPostKeys[] = {
    {"url", Offered::kNow, read_url, [](const PostStep& s) -> Json { return s.url; }},
    {"sign", Offered::kNow, read_sign, [](const PostStep& s) { return s.sign.empty() ? Json() : Json(s.sign); }},
    {"body", Offered::kNow, [](const Place& p, const Node& n, PostStep& s) { read_enum(p, n, kBodies, s.body); },
     [](const PostStep& s) -> Json { return kBodies[static_cast<std::size_t>(s.body)]; }},
    {"headers", Offered::kNow, read_headers,
     [](const PostStep& s) { return s.headers.empty() ? Json() : Json(s.headers); }},
    {"private", Offered::kNow, [](const Place& p, const Node& n, PostStep& s) { read_boolean(p, n, s.is_private); },
     [](const PostStep& s) { return s.is_private ? Json(true) : Json(); }},
};

void read_post(const Place& place, const Node& node, Step& into) {
  PostStep post;
  const std::size_t before = place.complaints.count();
  if (read_mapping<PostStep>(place, node, kPostKeys, post) && node.find("url") == nullptr) {
    place.complain(node, "has no `url`, where to");
  }
  auto target = target_of(post.url);
  if (target && place.complaints.count() == before) {
    target->is_private = post.is_private;
    if (const std::string fault = fault_of_target(*target); !fault.empty()) place.below("url").complain(node, fault);
  }
  into.act = std::move(post);
}

// --- one step
// ----------------------------------------------------------------------------------------------------------

constexpr SchemaKey<Step> kDefaultKeys[] = {
    {"timeout", Offered::kNow,
     [](const Place& p, const Node& n, Step& s) {
       read_duration(p, n, {1ms, 24h}, s.timeout);
     },
     [](const Step& s) -> Json { return format_duration(s.timeout); }},
    {"retry", Offered::kNow, [](const Place& p, const Node& n, Step& s) { read_retry(p, n, s.retry); },
     [](const Step& s) { return write_retry(s.retry); }},
    {"deadLetter", Offered::kNow, [](const Place& p, const Node& n, Step& s) { read_boolean(p, n, s.dead_letter); },
     [](const Step& s) -> Json { return s.dead_letter; }},
    {"concurrency", Offered::kNow,
     [](const Place& p, const Node& n, Step& s) {
       read_integer(p, n, {1, kConcurrencyMax}, s.concurrency);
     },
     [](const Step& s) -> Json { return s.concurrency; }},
};

void read_id(const Place& place, const Node& node, Step& into) {
  if (node.kind != Node::Kind::kText) {
    expected(place, node, "expected is the step's name");
  } else if (const Status fits = check_name("step", node.text); !fits.ok()) {
    place.complain(node, fits.error().text());
  } else {
    into.id = node.text;
  }
}

constexpr SchemaKey<Step> kOwnKeys[] = {
    {"id", Offered::kNow, read_id, [](const Step& s) -> Json { return s.id; }},
    {"call", Offered::kNow, read_call, [](const Step& s) -> Json { return std::get<CallStep>(s.act).function; }},
    {"emit", Offered::kNow, read_emit,
     [](const Step& s) { return write_mapping<EmitStep>(kEmitKeys, std::get<EmitStep>(s.act)); }},
    {"enqueue", Offered::kNow, read_enqueue, [](const Step& s) -> Json { return std::get<EnqueueStep>(s.act).queue; }},
    {"post", Offered::kNow, read_post,
     [](const Step& s) { return write_mapping<PostStep>(kPostKeys, std::get<PostStep>(s.act)); }},
    {"from", Offered::kLater},
    {"copy", Offered::kLater},
    {"filter", Offered::kLater},
    {"split", Offered::kLater},
    {"shard", Offered::kLater},
    {"expand", Offered::kLater},
    {"merge", Offered::kLater},
    {"each", Offered::kLater},
    {"join", Offered::kLater},
    {"reduce", Offered::kLater},
    {"scatter", Offered::kLater},
    {"delay", Offered::kLater},
    {"reply", Offered::kLater},
};
constexpr std::span<const SchemaKey<Step>> kActs =
    std::span(kOwnKeys).subspan(1, std::variant_size_v<decltype(Step::act)>);

std::vector<SchemaKey<Step>> step_keys() {
  std::vector<SchemaKey<Step>> keys(std::begin(kOwnKeys), std::end(kOwnKeys));
  keys.insert(keys.end(), std::begin(kDefaultKeys), std::end(kDefaultKeys));
  return keys;
}

bool is_act(std::string_view key) {
  return std::ranges::find(kActs, key, &SchemaKey<Step>::name) != kActs.end();
}

bool is_later(const Member& member) {
  return std::ranges::any_of(
      kOwnKeys, [&](const SchemaKey<Step>& key) { return key.offered == Offered::kLater && key.name == member.key; });
}

// The name of a step that says none.
std::string own_id(const Step& step) {
  if (const auto* call = std::get_if<CallStep>(&step.act)) return call->function.substr(0, call->function.find('@'));
  if (const auto* enqueue = std::get_if<EnqueueStep>(&step.act)) return enqueue->queue;
  return std::string(kind_name(step));
}

void read_step(const Place& place, const Node& node, const Step& defaults, std::vector<Step>& into) {
  const auto keys = step_keys();
  Step step = defaults;
  const std::size_t before = place.complaints.count();
  if (!read_mapping<Step>(place, node, keys, step)) return;
  const auto acts = std::ranges::count_if(node.members, [](const Member& member) { return is_act(member.key); });
  if (acts != 1 && std::ranges::none_of(node.members, is_later)) {
    place.complain(node, "has to do one of call, emit, enqueue, post");
  }
  if (place.complaints.count() != before) return;
  const bool is_named = !step.id.empty();
  if (!is_named) step.id = own_id(step);
  if (std::ranges::find(into, step.id, &Step::id) != into.end()) {
    place.complain(
        node, "is a second step `" + step.id + "`; give " + (is_named ? "it another" : "one of them an") + " `id`");
  }
  into.push_back(std::move(step));
}

}  // namespace

std::string_view kind_name(const Step& step) {
  return kActs[step.act.index()].name;
}

void read_step_defaults(const Place& place, const Node& node, Step& into) {
  read_mapping<Step>(place, node, kDefaultKeys, into);
}

void read_steps(const Place& place, const Node& node, const Step& defaults, std::vector<Step>& into) {
  if (node.kind != Node::Kind::kList || node.items.empty()) {
    expected(place, node, "expected is a list of 1 to " + std::to_string(kStepsMax) + " steps");
    return;
  }
  if (node.items.size() > kStepsMax) {
    place.complain(node, "has " + std::to_string(node.items.size()) + " steps; the limit of a pipeline is " +
                             std::to_string(kStepsMax));
    return;
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) read_step(place.item(i), node.items[i], defaults, into);
}

Json write_steps(const std::vector<Step>& from) {
  Json list = Json::array();
  for (const Step& step : from) {
    const auto& act = kActs[step.act.index()];
    Json json = {{"id", step.id}, {std::string(act.name), act.write(step)}};
    json.update(write_mapping<Step>(kDefaultKeys, step));
    list.push_back(std::move(json));
  }
  return list;
}

std::vector<SchemaKeyNames> step_key_names() {
  const auto keys = step_keys();
  return {key_names<Step>("step", keys), key_names<Step>("stepDefaults", kDefaultKeys),
          key_names<EmitStep>("emit", kEmitKeys), key_names<EnqueueStep>("enqueue", kEnqueueKeys),
          key_names<PostStep>("post", kPostKeys)};
}

}  // namespace sojourn
