// A Document is a YAML 1.2 (core schema) or JSON text as a tree of nodes that remember where they stood, so that
// whoever reads them can complain with line and column. The only user of libfyaml.
//
// What has no place in a configuration is refused while the tree is built: tags, duplicate keys, keys that are not
// scalars, several documents in one file, bytes that are not UTF-8. Aliases are expanded, and count: the tree is
// bounded by kDocumentNodesMax, its depth by kDocumentDepthMax, the text by kDocumentTextMax.
//
// Thread: any; values.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/error.h"

namespace sojourn {

// From 1; a line of 0 means that the place is not known.
struct Position {
  int line = 0;
  int column = 0;
};

struct Member;

struct Node {
  enum class Kind { kNull, kBoolean, kInteger, kNumber, kText, kList, kMap };

  Kind kind = Kind::kNull;
  Position at;
  std::string text;  // of a scalar, as it was written
  bool boolean = false;
  std::int64_t integer = 0;
  double number = 0;            // of an integer too
  std::vector<Node> items;      // of a list
  std::vector<Member> members;  // of a map, in order

  const Node* find(std::string_view key) const;  // a map's member, or null
};

struct Member {
  std::string key;
  Position at;
  Node value;
};

// Complaints collects what is wrong with a file, each as `FILE:LINE:COLUMN: path: what`, so that one run shows all of
// it. Without a file name it is `path: what`.
class Complaints {
 public:
  static constexpr std::size_t kShownMax = 20;  // the rest is counted

  explicit Complaints(std::string file) : file_(std::move(file)) {}
  void add(Position at, std::string_view path, std::string_view what);
  bool empty() const { return count_ == 0; }
  std::size_t count() const { return count_; }
  Error error() const;  // kRefused; the lines joined. REQUIRES: !empty()

 private:
  std::string file_;
  std::string lines_;
  std::size_t count_ = 0;
};

inline constexpr std::size_t kDocumentTextMax = 1u << 20;  // bytes
inline constexpr std::size_t kDocumentDepthMax = 64;
inline constexpr std::size_t kDocumentNodesMax = 100'000;  // aliases expanded

// The text's one document, or nothing and at least one complaint.
std::optional<Node> parse_document(std::string_view text, Complaints& complaints);

// The same of JSON that was parsed already. REQUIRES: it is no deeper than kDocumentDepthMax: our own, or checked.
Node node_of_json(const nlohmann::json& json);

// What a plain (unquoted) scalar means in the core schema.
Node plain_scalar(std::string text);

}  // namespace sojourn
