#include "loader/manifest.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "loader/manifest_triggers.h"
#include "loader/names.h"
#include "loader/pipeline_schema.h"
#include "loader/schema_values.h"

namespace sojourn {
namespace {

constexpr std::array<std::string_view, 5> kTopKeys = {"sojourn", "name", "defaults", "functions", "pipelines"};
constexpr std::array<std::string_view, 1> kLaterTopKeys = {"tests"};
constexpr std::array<std::string_view, 1> kFunctionOwnKeys = {kArtifactKey};

bool contains(std::span<const std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Reads one file; what is wrong goes to the complaints, what is right into the manifest.
class ManifestReader {
 public:
  ManifestReader(Complaints& complaints, Manifest& manifest) : complaints_(complaints), manifest_(manifest) {}

  void read(const Node& root) {
    if (root.kind != Node::Kind::kMap) {
      expected(top_, root, "expected is a mapping that begins with `sojourn: 1`");
      return;
    }
    check_keys(root);
    read_format(root);
    if (const Node* name = root.find("name")) read_name(*name);
    if (const Node* defaults = root.find("defaults")) read_defaults(top_.below("defaults"), *defaults, defaults_);
    const Node* const functions = root.find("functions");
    const Node* const pipelines = root.find("pipelines");
    if (functions != nullptr) read_functions(*functions);
    if (pipelines != nullptr) read_pipelines(*pipelines);
    if (functions == nullptr && pipelines == nullptr) {
      top_.complain(root, "has no `functions` and no `pipelines`, so there is nothing to deploy");
    }
  }

 private:
  void check_keys(const Node& root) {
    for (const Member& member : root.members) {
      if (contains(kLaterTopKeys, member.key)) {
        complain_later(top_, member);
      } else if (!contains(kTopKeys, member.key)) {
        complain_unknown(top_, member, kTopKeys);
      }
    }
  }

  void read_format(const Node& root) {
    const Node* format = root.find("sojourn");
    if (format == nullptr) {
      top_.complain(root, "has no `sojourn: 1`, the format that it is written in");
    } else if (format->kind != Node::Kind::kInteger || format->integer != kManifestFormat) {
      expected(top_.below("sojourn"), *format, "this version of Sojourn reads format 1");
    }
  }

  void read_name(const Node& node) {
    if (node.kind != Node::Kind::kText) {
      expected(top_.below("name"), node, "expected is the manifest's name");
    } else if (const Status status = check_name("manifest", node.text); !status) {
      top_.below("name").complain(node, status.error().text());
    } else {
      manifest_.name = node.text;
    }
  }

  void read_functions(const Node& node) {
    const Place place = top_.below("functions");
    if (node.kind != Node::Kind::kMap) {
      expected(place, node, "expected is a mapping of names to functions");
      return;
    }
    for (const Member& member : node.members) read_one(place.below(member.key), member);
  }

  void read_one(const Place& place, const Member& member) {
    if (const Status status = check_name("function", member.key); !status) {
      complaints_.add(member.at, place.path, status.error().text());
      return;
    }
    if (member.value.kind != Node::Kind::kMap) {
      expected(place, member.value, "expected is a mapping with at least `artifact`");
      return;
    }
    ManifestFunction function;
    function.name = member.key;
    function.at = member.at;
    function.config = defaults_;
    read_artifact(place, member, function);
    read_function(place, member.value, function.config, kFunctionOwnKeys);
    manifest_.functions.push_back(std::move(function));
  }

  void read_pipelines(const Node& node) {
    const Place place = top_.below("pipelines");
    if (node.kind != Node::Kind::kMap) {
      expected(place, node, "expected is a mapping of names to pipelines");
      return;
    }
    for (const Member& member : node.members) {
      const Place here = place.below(member.key);
      if (const Status status = check_name("pipeline", member.key); !status) {
        complaints_.add(member.at, here.path, status.error().text());
        continue;
      }
      ManifestPipeline read{member.at, {}};
      read.pipeline.name = member.key;
      read_pipeline(here, member.value, read.pipeline);
      manifest_.pipelines.push_back(std::move(read));
    }
  }

  void read_artifact(const Place& place, const Member& member, ManifestFunction& function) {
    constexpr std::size_t kPathMax = 4096;
    const Node* node = member.value.find(kArtifactKey);
    if (node == nullptr) {
      complaints_.add(member.at, place.path, "has no `artifact`, the path of its shared object beside this file");
    } else if (node->kind != Node::Kind::kText || node->text.empty() || node->text.size() > kPathMax) {
      expected(place.below(kArtifactKey), *node, "expected is the path of a shared object, 4096 bytes at most");
    } else {
      function.artifact = node->text;
    }
  }

  Complaints& complaints_;
  Manifest& manifest_;
  const Place top_{complaints_, "", Nulls::kRefused, &manifest_.secret_uses};
  FunctionConfig defaults_;
};

}  // namespace

Result<Manifest> parse_manifest(std::string_view text, const std::string& file_name) {
  Complaints complaints(file_name);
  Manifest manifest;
  manifest.text = text;
  if (const auto root = parse_document(text, complaints)) ManifestReader(complaints, manifest).read(*root);
  if (complaints.empty()) check_triggers(manifest, complaints);
  if (!complaints.empty()) return complaints.error();
  return manifest;
}

Position position_of(std::string_view manifest_text, std::string_view path) {
  Complaints complaints("");
  const auto root = parse_document(manifest_text, complaints);
  const Node* node = root ? &*root : nullptr;
  Position at{1, 1};
  while (node != nullptr) {
    if (node->at.line > 0) at = node->at;
    path.remove_prefix(std::min(path.find_first_not_of("."), path.size()));
    if (path.empty()) break;
    const bool bracket = path.front() == '[';
    const std::string_view key =
        path.substr(bracket ? 1 : 0, path.find_first_of(bracket ? "]" : ".[") - (bracket ? 1 : 0));
    path.remove_prefix(std::min(key.size() + (bracket ? 2 : 0), path.size()));
    if (node->kind == Node::Kind::kList) {  // "decorators[1]", and "keys.1" as a JSON Pointer has it
      std::size_t index = node->items.size();
      std::from_chars(key.data(), key.data() + key.size(), index);
      node = index < node->items.size() ? &node->items[index] : nullptr;
    } else {
      node = node->find(key);
    }
  }
  return at;
}

SchemaKeyNames manifest_key_names() {
  return {"manifest", {kTopKeys.begin(), kTopKeys.end()}, {kLaterTopKeys.begin(), kLaterTopKeys.end()}};
}

}  // namespace sojourn
