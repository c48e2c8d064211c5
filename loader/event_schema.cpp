#include "loader/event_schema.h"

#include <algorithm>
#include <span>

#include "loader/names.h"
#include "loader/schema_values.h"

namespace sojourn {
namespace {

bool is_event_type(std::string_view text) {
  return !text.empty() && text.size() <= kEventTypeMax &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

// Empty, or why the text is no pattern of types.
std::string_view fault_of_pattern(std::string_view text) {
  if (!is_event_type(text)) return "expected is an event type of printable ASCII without spaces, 256 bytes at most";
  const std::size_t star = text.find('*');
  if (star == std::string_view::npos || text == "*") return {};
  if (star + 1 != text.size() || star == 0 || text[star - 1] != '.') {
    return "a `*` stands alone, or at the end after a dot, as in com.example.*";
  }
  return {};
}

using Fault = std::string_view (*)(std::string_view);

std::string_view fault_of_queue(std::string_view text) {
  return is_name(text) ? "" : "expected is a queue's name: lower-case letters, digits and dashes";
}

// A list of texts that are each there once.
void read_texts(const Place& place, const Node& node, std::size_t most, Fault fault_of, std::string_view what,
                std::vector<std::string>& into) {
  if (node.kind == Node::Kind::kNull && place.nulls == Nulls::kResets) return into.clear();
  if (node.kind != Node::Kind::kList) {
    expected(place, node, "expected is a list of " + std::string(what));
    return;
  }
  if (node.items.size() > most) {
    place.complain(node, "has " + std::to_string(node.items.size()) + " entries; the limit is " + std::to_string(most));
    return;
  }
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Node& item = node.items[i];
    const Place here = place.item(i);
    const std::string_view fault =
        item.kind == Node::Kind::kText ? fault_of(item.text) : std::string_view("expected is a text");
    if (!fault.empty()) {
      expected(here, item, fault);
    } else if (std::ranges::find(texts, item.text) != texts.end()) {
      here.complain(item, "names `" + item.text + "` a second time");
    } else {
      texts.push_back(item.text);
    }
  }
  into = std::move(texts);
}

}  // namespace

bool is_attribute_name(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= kAttributeNameBytesMax && std::ranges::all_of(text, fits);
}

bool is_json_pointer(std::string_view text) {
  if (!text.starts_with('/')) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (static_cast<unsigned char>(text[i]) < 0x20) return false;
    if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) return false;
  }
  return true;
}

std::string fault_of_reference(std::string_view text) {
  if (text.size() > kReferenceMax) return "is longer than 256 bytes; that is the limit of a reference";
  const std::string quoted = "is `" + std::string(text) + "`; ";
  for (const std::string_view prefix : {"header:", "query:", "cookie:"}) {
    if (text.starts_with(prefix)) return quoted + "that is a reference of calls; an event has attributes and data";
  }
  if (is_attribute_name(text) || is_json_pointer(text)) return {};
  return quoted + "expected is an event's attribute such as type, or a JSON Pointer into its data such as /user/id";
}

void read_emits(const Place& place, const Node& node, std::vector<std::string>& into) {
  read_texts(place, node, kEmitsMax, fault_of_pattern, "event types, or patterns such as com.example.*", into);
}

void read_enqueues(const Place& place, const Node& node, std::vector<std::string>& into) {
  read_texts(place, node, kEnqueuesMax, fault_of_queue, "queues", into);
}

void read_event_type(const Place& place, const Node& node, std::string& into) {
  if (node.kind != Node::Kind::kText || !is_event_type(node.text) || node.text.find('*') != std::string::npos) {
    expected(place, node, "expected is an event type of printable ASCII without spaces or `*`, 256 bytes at most");
  } else {
    into = node.text;
  }
}

void read_queue_name(const Place& place, const Node& node, std::string& into) {
  if (node.kind != Node::Kind::kText) {
    expected(place, node, "expected is a queue's name");
  } else if (const Status fits = check_name("queue", node.text); !fits.ok()) {
    place.complain(node, fits.error().text());
  } else {
    into = node.text;
  }
}

void read_key(const Place& place, const Node& node, std::vector<std::string>& into) {
  const bool one = node.kind == Node::Kind::kText;
  if (!one && (node.kind != Node::Kind::kList || node.items.empty())) {
    expected(place, node, "expected is a reference such as /user/id, or a list of them");
    return;
  }
  const std::span<const Node> items = one ? std::span<const Node>(&node, 1) : std::span<const Node>(node.items);
  if (items.size() > kKeyReferencesMax) {
    place.complain(
        node, "has " + std::to_string(items.size()) + " references; the limit is " + std::to_string(kKeyReferencesMax));
    return;
  }
  std::vector<std::string> references;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Place here = one ? place : place.item(i);
    if (items[i].kind != Node::Kind::kText) {
      expected(here, items[i], "expected is a reference such as type or /user/id");
    } else if (const std::string fault = fault_of_reference(items[i].text); !fault.empty()) {
      here.complain(items[i], fault);
    } else {
      references.push_back(items[i].text);
    }
  }
  into = std::move(references);
}

}  // namespace sojourn
