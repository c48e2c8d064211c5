// The schema of a function's configuration: one table of keys that everything else is driven by. A row says how a key
// is called, whether this version has it, how it is read from a document node, and how it is written back. The
// manifest, the options of `deploy`, the files in the deployment repository, the difference that `apply` prints and
// docs/manifest.schema.json all follow it.
//
// Thread: any; the table is constant.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loader/document.h"
#include "loader/function_config.h"

namespace sojourn {

// What a null means where a key is read.
enum class Nulls {
  kRefused,  // in a manifest: it is always a mistake
  kResets,   // in options laid over a configuration: back to the default, where the key has none to show
};

// Where a configuration names a secret. Whether there is such a secret is the server's to say.
struct SecretUse {
  std::string name;
  std::string path;
  Position at;
};

// Where a value stands: its path for complaints, and the rules that hold there.
struct Place {
  Complaints& complaints;
  std::string path;  // "functions.api.memory", or empty at the top
  Nulls nulls = Nulls::kRefused;
  std::vector<SecretUse>* secret_uses = nullptr;  // what is named is noted there

  Place below(std::string_view key) const;
  Place item(std::size_t index) const;  // of a list
  void complain(const Node& node, std::string_view what) const { complaints.add(node.at, path, what); }
};

// Whether a key is offered, or known and refused because a later version brings it.
enum class Offered { kNow, kLater };

// One row: a key of the mapping that configures a T.
template <class T>
struct SchemaKey {
  std::string_view name;
  Offered offered = Offered::kNow;
  void (*read)(const Place& place, const Node& node, T& into) = nullptr;
  nlohmann::ordered_json (*write)(const T& from) = nullptr;  // null when there is nothing to say
};

std::span<const SchemaKey<FunctionConfig>> function_keys();

// The bounds that a message names when a value lies outside them.
inline constexpr std::size_t kEnvTotalMax = 32u << 10;  // bytes of names and values together
inline constexpr std::size_t kWithTextMax = 64u << 10;  // bytes as JSON text

// Reads every member of `node` onto `config`. Unknown and later keys, wrong types and values out of range become
// complaints, and leave what they were meant for as it was. `apart` are keys that the caller reads itself.
void read_function(const Place& place, const Node& node, FunctionConfig& config,
                   std::span<const std::string_view> apart = {});

// Reads a `defaults:` mapping: only those keys that make sense for every function of a file.
void read_defaults(const Place& place, const Node& node, FunctionConfig& config);

// The keys by the mapping they stand in: `function`, `defaults`, `instances`, ..., `retry`, `trigger`, `webhook`.
struct SchemaKeyNames {
  std::string_view where;
  std::vector<std::string_view> now;
  std::vector<std::string_view> later;
};
std::vector<SchemaKeyNames> schema_key_names();

}  // namespace sojourn
