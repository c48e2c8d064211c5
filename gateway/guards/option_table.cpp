#include "gateway/guards/option_table.h"

#include "loader/chain_schema.h"

namespace sojourn {

void read_reference(const Place& place, const Node& node, std::optional<CallReference>& into) {
  if (node.kind != Node::Kind::kText) {
    expected(place, node, "expected is header:NAME, query:NAME, cookie:NAME, address or token");
    return;
  }
  auto parsed = parse_call_reference(node.text);
  parsed.ok() ? void(into = std::move(*parsed)) : place.complain(node, parsed.error().text());
}

void read_target(const Place& place, const Node& node, std::string& into) {
  if (node.kind == Node::Kind::kText && parse_use(node.text)) {
    into = node.text;
  } else {
    expected(place, node, "expected is a function's name, or NAME@N for one of its versions");
  }
}

void read_statuses(const Place& place, const Node& node, std::vector<int>& into) {
  const bool fits = node.kind == Node::Kind::kList && std::ranges::all_of(node.items, [](const Node& item) {
                      return item.kind == Node::Kind::kInteger && item.integer >= 400 && item.integer <= 599;
                    });
  if (!fits) {
    expected(place, node, "expected is a list of HTTP statuses from 400 to 599");
    return;
  }
  into.clear();
  for (const Node& item : node.items) into.push_back(static_cast<int>(item.integer));
}

void read_flag(const Place& place, const Node& node, bool& into) {
  if (node.kind == Node::Kind::kBoolean) {
    into = node.boolean;
  } else {
    expected(place, node, "expected is true or false");
  }
}

namespace detail {

std::optional<Node> parse_with(std::string_view with, Complaints& complaints) {
  return parse_document(with.empty() ? "{}" : with, complaints);
}

Error first_of(const Complaints& complaints) {
  std::string text = complaints.error().text();
  text.resize(std::min(text.find('\n'), text.size()));
  return Error(ErrorCode::kRefused, std::move(text));
}

}  // namespace detail
}  // namespace sojourn
