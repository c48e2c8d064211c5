#include "gateway/api_journal.h"

#include <charconv>

#include "runtime/base/rfc3339.h"
#include "runtime/event/triggers/run_definition.h"

namespace sojourn {
namespace {

Error bad(std::string_view where, std::string_view name, std::string_view what) {
  return Error(ErrorCode::kBadRequest, std::string(where) + " `" + std::string(name) + "`: " + std::string(what));
}

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < 1) return std::nullopt;
  return number;
}

// Takes one member, whichever way it came in.
Status take(ListFilter& filter, std::string_view where, std::string_view name, std::string_view value) {
  if (name == "pipeline") filter.pipeline = value;
  if (name == "type") filter.type = value;
  if (name == "source") filter.source = value;
  if (name == "since" || name == "until") {
    const auto time = parse_rfc3339(value);
    if (!time) return bad(where, name, "has to be a point in time such as 2026-11-22T12:00:00Z");
    (name == "since" ? filter.since : filter.until) = *time;
  }
  if (name == "state") {
    auto state = parse_run_state(value);
    if (!state.ok()) return state.error();
    filter.state = *state;
  }
  if (name == "event" || name == "after") {
    const auto number = parse_number(value);
    if (!number) return bad(where, name, "has to be a number from 1 on");
    (name == "event" ? filter.event : filter.before) = *number;
  }
  return {};
}

}  // namespace

Result<ListFilter> filter_of(const ApiCall& call) {
  const auto page = page_of(call);
  if (!page.ok()) return page.error();
  ListFilter filter;
  filter.most = page->limit;
  filter.waiting_for_somebody = kQueueLanePrefix;
  for (const auto& [name, value] : call.request().query.all()) {
    if (Status taken = take(filter, "query parameter", name, value); !taken.ok()) return taken.error();
  }
  return filter;
}

Result<ListFilter> filter_in(const nlohmann::json& body) {
  ListFilter filter;
  for (const auto& [name, value] : body.items()) {
    const auto* const text = value.get_ptr<const std::string*>();
    if (text == nullptr) continue;
    if (Status taken = take(filter, "member", name, *text); !taken.ok()) return taken.error();
  }
  if (const auto before = body.find("before"); before != body.end()) {
    const auto number = before->is_number_integer() ? parse_number(before->dump()) : std::nullopt;
    if (!number) return bad("member", "before", "has to be a number from 1 on");
    filter.before = *number;
  }
  return filter;
}

Result<RouteTablePtr> routes_to_redrive_by(ApiCall& call) {
  const auto keeps = call.request().query.flag("keepVersions");
  if (!keeps.ok()) return keeps.error();
  return *keeps ? nullptr : call.worker().routes();
}

Result<std::int64_t> number_of(std::string_view name, std::string_view what) {
  const auto number = parse_number(name);
  if (!number) return bad(what, name.substr(0, 40), "has to be a number from 1 on");
  return *number;
}

}  // namespace sojourn
