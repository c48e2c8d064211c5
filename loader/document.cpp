#include "loader/document.h"

#include <libfyaml.h>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "loader/quantity.h"
#include "loader/single_quoted.h"
#include "loader/utf8.h"

namespace sojourn {
namespace {

struct DestroyDiag {
  void operator()(fy_diag* diag) const { ::fy_diag_destroy(diag); }
};
struct DestroyParser {
  void operator()(fy_parser* parser) const { ::fy_parser_destroy(parser); }
};
struct FreeEvent {
  fy_parser* parser;
  void operator()(fy_event* event) const { ::fy_parser_event_free(parser, event); }
};
using Event = std::unique_ptr<fy_event, FreeEvent>;

Position position_of(fy_token* token) {
  const fy_mark* mark = token == nullptr ? nullptr : ::fy_token_start_mark(token);
  if (mark == nullptr) return {};
  return {mark->line + 1, mark->column + 1};
}

std::string text_of(fy_token* token) {
  std::size_t length = 0;
  const char* text = token == nullptr ? nullptr : ::fy_token_get_text(token, &length);
  return text == nullptr ? std::string() : std::string(text, length);
}

// What the three kinds of events that begin a node have in common.
struct NodeHead {
  fy_token* anchor = nullptr;
  fy_token* tag = nullptr;
  fy_token* token = nullptr;
};

NodeHead head_of(const fy_event& event) {
  switch (event.type) {
    case FYET_SCALAR:
      return {event.scalar.anchor, event.scalar.tag, event.scalar.value};
    case FYET_SEQUENCE_START:
      return {event.sequence_start.anchor, event.sequence_start.tag, event.sequence_start.sequence_start};
    case FYET_MAPPING_START:
      return {event.mapping_start.anchor, event.mapping_start.tag, event.mapping_start.mapping_start};
    case FYET_ALIAS:
      return {nullptr, nullptr, event.alias.anchor};
    default:
      return {};
  }
}

std::size_t count_nodes(const Node& node) {
  std::size_t count = 1;
  for (const Node& item : node.items) count += count_nodes(item);
  for (const Member& member : node.members) count += count_nodes(member.value);
  return count;
}

std::size_t depth_of(const Node& node) {
  std::size_t below = 0;
  for (const Node& item : node.items) below = std::max(below, depth_of(item));
  for (const Member& member : node.members) below = std::max(below, depth_of(member.value));
  return below + 1;
}

// Turns libfyaml's events into a tree. After the first complaint that leaves no way on, every step returns false.
class TreeBuilder {
 public:
  TreeBuilder(std::string_view text, Complaints& complaints) : text_(text), complaints_(complaints) {
    fy_diag_cfg diag_cfg{};
    ::fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = nullptr;
    diag_cfg.output_fn = [](fy_diag*, void*, const char*, std::size_t) {};
    diag_.reset(::fy_diag_create(&diag_cfg));
    ::fy_diag_set_collect_errors(diag_.get(), true);
    fy_parse_cfg parse_cfg{};
    parse_cfg.search_path = "";
    parse_cfg.flags = static_cast<fy_parse_cfg_flags>(FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE);
    parse_cfg.diag = diag_.get();
    parser_.reset(::fy_parser_create(&parse_cfg));
    if (parser_ && ::fy_parser_set_string(parser_.get(), text.data(), text.size()) != 0) parser_.reset();
  }

  std::optional<Node> build() {
    if (!expect(FYET_STREAM_START) || !expect(FYET_DOCUMENT_START)) return std::nullopt;
    Node root;
    const Event first = next();
    if (!first || !read(*first, 1, root)) return std::nullopt;
    if (!expect(FYET_DOCUMENT_END) || !expect(FYET_STREAM_END)) return std::nullopt;
    return complaints_.empty() ? std::optional(std::move(root)) : std::nullopt;
  }

 private:
  // The next event, or null after a complaint.
  Event next() {
    Event event(parser_ ? ::fy_parser_parse(parser_.get()) : nullptr, FreeEvent{parser_.get()});
    if (!event) complain_about_syntax();
    return event;
  }

  void complain_about_syntax() {
    void* cursor = nullptr;
    const fy_diag_error* error = ::fy_diag_errors_iterate(diag_.get(), &cursor);
    if (error == nullptr) {
      complaints_.add({}, "", "is not a complete YAML document");
    } else {
      complaints_.add({error->line, error->column}, "", error->msg == nullptr ? "is not YAML" : error->msg);
    }
  }

  bool expect(fy_event_type type) {
    const Event event = next();
    if (!event) return false;
    if (event->type == type) return true;
    if (event->type == FYET_DOCUMENT_START) {
      complaints_.add(position_of(event->document_start.document_start), "",
                      "is a second document; one file holds one");
    } else {
      complaints_.add({}, "", "is empty");
    }
    return false;
  }

  bool spend(std::size_t nodes, Position at) {
    nodes_ += nodes;
    if (nodes_ <= kDocumentNodesMax) return true;
    complaints_.add(
        at, "", "has more than " + std::to_string(kDocumentNodesMax) + " values, aliases expanded; that is the limit");
    return false;
  }

  bool read(const fy_event& event, std::size_t depth, Node& node) {
    const NodeHead head = head_of(event);
    node.at = position_of(head.token);
    if (!spend(1, node.at)) return false;
    if (depth > kDocumentDepthMax) return complain_about_depth(node.at);
    if (head.tag != nullptr) {
      complaints_.add(position_of(head.tag), "", "has a tag (`" + text_of(head.tag) + "`); tags have no meaning here");
    }
    bool done = false;
    switch (event.type) {
      case FYET_SCALAR:
        done = read_scalar(event, node);
        break;
      case FYET_SEQUENCE_START:
        done = read_list(depth, node);
        break;
      case FYET_MAPPING_START:
        done = read_map(depth, node);
        break;
      case FYET_ALIAS:
        return read_alias(event, depth, node);
      default:
        complaints_.add({}, "", "is empty");
        return false;
    }
    if (!done || head.anchor == nullptr) return done;
    if (!spend(count_nodes(node), node.at)) return false;
    anchors_.insert_or_assign(text_of(head.anchor), node);
    return true;
  }

  bool complain_about_depth(Position at) {
    complaints_.add(at, "",
                    "is nested deeper than " + std::to_string(kDocumentDepthMax) + " levels; that is the limit");
    return false;
  }

  std::string scalar_text(fy_token* token) const {
    if (token == nullptr || ::fy_token_scalar_style(token) != FYSS_SINGLE_QUOTED) return text_of(token);
    const fy_mark* begin = ::fy_token_start_mark(token);
    const fy_mark* end = ::fy_token_end_mark(token);
    return single_quoted_text(text_.substr(begin->input_pos, end->input_pos - begin->input_pos));
  }

  bool read_scalar(const fy_event& event, Node& node) const {
    const Position at = node.at;
    fy_token* token = event.scalar.value;
    const bool plain = token == nullptr || ::fy_token_scalar_style(token) == FYSS_PLAIN;
    if (plain) {
      node = plain_scalar(text_of(token));
    } else {
      node.kind = Node::Kind::kText;
      node.text = scalar_text(token);
    }
    node.at = at;
    return true;
  }

  bool read_list(std::size_t depth, Node& node) {
    node.kind = Node::Kind::kList;
    while (true) {
      const Event event = next();
      if (!event) return false;
      if (event->type == FYET_SEQUENCE_END) return true;
      if (!read(*event, depth + 1, node.items.emplace_back())) return false;
    }
  }

  bool read_map(std::size_t depth, Node& node) {
    node.kind = Node::Kind::kMap;
    std::set<std::string> seen;
    while (true) {
      const Event key = next();
      if (!key) return false;
      if (key->type == FYET_MAPPING_END) return true;
      Member& member = node.members.emplace_back();
      if (!read_key(*key, member)) return false;
      if (node.at.line == 0) node.at = member.at;
      if (!seen.insert(member.key).second) complaints_.add(member.at, member.key, "stands here twice");
      const Event value = next();
      if (!value || !read(*value, depth + 1, member.value)) return false;
      if (member.value.at.line == 0) member.value.at = member.at;
    }
  }

  bool read_key(const fy_event& event, Member& member) {
    const NodeHead head = head_of(event);
    member.at = position_of(head.token);
    if (event.type != FYET_SCALAR || head.tag != nullptr || head.anchor != nullptr) {
      complaints_.add(member.at, "", "has a key that is not plain text");
      return false;
    }
    member.key = scalar_text(event.scalar.value);
    return true;
  }

  bool read_alias(const fy_event& event, std::size_t depth, Node& node) {
    const Position at = node.at;
    const std::string name = text_of(event.alias.anchor);
    const auto found = anchors_.find(name);
    if (found == anchors_.end()) {
      complaints_.add(at, "", "has an alias `*" + name + "` of something that is not complete before it");
      return false;
    }
    if (!spend(count_nodes(found->second), at)) return false;
    if (depth - 1 + depth_of(found->second) > kDocumentDepthMax) return complain_about_depth(at);
    node = found->second;
    node.at = at;
    return true;
  }

  const std::string_view text_;
  Complaints& complaints_;
  std::unique_ptr<fy_diag, DestroyDiag> diag_;
  std::unique_ptr<fy_parser, DestroyParser> parser_;
  std::map<std::string, Node> anchors_;
  std::size_t nodes_ = 0;
};

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const Member& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

void Complaints::add(Position at, std::string_view path, std::string_view what) {
  if (++count_ > kShownMax) return;
  std::string line = file_;
  if (!file_.empty() && at.line > 0) line += ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
  if (!line.empty()) line += ": ";
  if (!path.empty()) line.append(path).append(": ");
  line += what;
  if (!lines_.empty()) lines_ += '\n';
  lines_ += line;
}

Error Complaints::error() const {
  std::string text = lines_;
  if (count_ > kShownMax) text += "\n… and " + std::to_string(count_ - kShownMax) + " more";
  return Error(ErrorCode::kRefused, std::move(text));
}

std::optional<Node> parse_document(std::string_view text, Complaints& complaints) {
  if (text.size() > kDocumentTextMax) {
    complaints.add({}, "", "is larger than " + format_size(kDocumentTextMax) + "; that is the limit");
    return std::nullopt;
  }
  if (const auto bad = first_bad_character(text)) {
    complaints.add(position_in(text, *bad), "", "has a byte that is not UTF-8 text");
    return std::nullopt;
  }
  return TreeBuilder(text, complaints).build();
}

Node node_of_json(const nlohmann::json& json) {
  Node node;
  if (json.is_string()) {
    node.kind = Node::Kind::kText;
    node.text = json.get<std::string>();
  } else if (json.is_object()) {
    node.kind = Node::Kind::kMap;
    for (const auto& [key, value] : json.items()) node.members.push_back({key, {}, node_of_json(value)});
  } else if (json.is_array()) {
    node.kind = Node::Kind::kList;
    for (const auto& value : json) node.items.push_back(node_of_json(value));
  } else {
    node = plain_scalar(json.dump());
  }
  return node;
}

}  // namespace sojourn
