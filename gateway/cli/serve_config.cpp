#include "gateway/cli/serve_config.h"

#include <algorithm>
#include <array>

#include "gateway/cli/file.h"
#include "loader/config_schema.h"
#include "loader/schema_values.h"

namespace sojourn::cli {
namespace {

constexpr int kWorkersMax = 64;
constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warn", "error"};

// Where a file's relative paths start.
using Directory = std::filesystem::path;

void read_text(const Place& place, const Node& node, std::string& into) {
  if (node.kind != Node::Kind::kText || node.text.empty()) {
    expected(place, node, "expected is a text");
    return;
  }
  into = node.text;
}

void read_flag(const Place& place, const Node& node, bool& into) {
  if (node.kind != Node::Kind::kBoolean) {
    expected(place, node, "expected is true or false");
    return;
  }
  into = node.boolean;
}

std::filesystem::path read_path(const Place& place, const Node& node, const Directory& directory) {
  std::string text;
  read_text(place, node, text);
  return text.empty() ? std::filesystem::path() : directory / text;
}

void read_paths(const Place& place, const Node& node, const Directory& directory,
                std::vector<std::filesystem::path>& into) {
  if (node.kind != Node::Kind::kList) {
    expected(place, node, "expected is a list of paths");
    return;
  }
  into.clear();
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    into.push_back(read_path(place.item(i), node.items[i], directory));
  }
}

struct Key {
  std::string_view name;
  void (*read)(const Place& place, const Node& node, const Directory& directory, ServeOptions& into);
};

const std::array<Key, 10> kKeys = {{
    {"listen", [](const Place& place, const Node& node, const Directory&,
                  ServeOptions& into) { read_text(place, node, into.listen); }},
    {"data", [](const Place& place, const Node& node, const Directory& directory,
                ServeOptions& into) { into.data = read_path(place, node, directory); }},
    {"workers",
     [](const Place& place, const Node& node, const Directory&, ServeOptions& into) {
       read_integer(place, node, {1, kWorkersMax}, into.workers);
     }},
    {"apply", [](const Place& place, const Node& node, const Directory& directory,
                 ServeOptions& into) { into.apply = read_path(place, node, directory); }},
    {"dev", [](const Place& place, const Node& node, const Directory&,
               ServeOptions& into) { read_flag(place, node, into.dev); }},
    {"allowPrivate", [](const Place& place, const Node& node, const Directory&,
                        ServeOptions& into) { read_flag(place, node, into.allow_private); }},
    {"files", [](const Place& place, const Node& node, const Directory& directory,
                 ServeOptions& into) { read_paths(place, node, directory, into.files); }},
    {"behindProxy", [](const Place& place, const Node& node, const Directory&,
                       ServeOptions& into) { read_flag(place, node, into.behind_proxy); }},
    {"allowReduced", [](const Place& place, const Node& node, const Directory&,
                        ServeOptions& into) { read_flag(place, node, into.allow_reduced); }},
    {"logLevel",
     [](const Place& place, const Node& node, const Directory&, ServeOptions& into) {
       const int choice = read_choice(place, node, kLevels);
       if (choice >= 0) into.log_level = static_cast<LogLevel>(choice);
     }},
}};

void read_member(const Place& place, const Member& member, const Directory& directory,
                 const std::set<std::string, std::less<>>& given, ServeOptions& options) {
  const auto key = std::find_if(kKeys.begin(), kKeys.end(), [&](const Key& k) { return k.name == member.key; });
  if (key == kKeys.end()) {
    std::array<std::string_view, kKeys.size()> names;
    std::transform(kKeys.begin(), kKeys.end(), names.begin(), [](const Key& k) { return k.name; });
    complain_unknown(place, member, names);
    return;
  }
  ServeOptions unused;  // what the command line goes before is checked all the same
  key->read(place.below(member.key), member.value, directory, given.contains(member.key) ? unused : options);
}

}  // namespace

Status read_serve_config(const std::string& file, const std::set<std::string, std::less<>>& given,
                         ServeOptions& options) {
  const Result<std::string> text = read_file(file);
  if (!text) return text.error().as(ErrorCode::kBadRequest);
  Complaints complaints(file);
  const std::optional<Node> node = parse_document(*text, complaints);
  const Place top{complaints, ""};
  if (node && node->kind != Node::Kind::kMap) top.complain(*node, "expected is a mapping of options");
  if (node && node->kind == Node::Kind::kMap) {
    const Directory directory = std::filesystem::absolute(file).parent_path();
    for (const Member& member : node->members) read_member(top, member, directory, given, options);
  }
  if (!complaints.empty()) return complaints.error().as(ErrorCode::kBadRequest);
  return {};
}

}  // namespace sojourn::cli
