// The BuiltIns are the decorators that come with the program, as the deployments know them: by name, with an artifact
// in the store and the note of their entry.
//
// Thread: any after install; constant.
// Owner:  the Gateway.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loader/artifact.h"
#include "loader/artifact_store.h"
#include "loader/host_libraries.h"
#include "runtime/base/result.h"

namespace sojourn {

struct BuiltIn {
  std::string name;
  Artifact artifact;
  EntryNote entry;
};

class BuiltIns {
 public:
  // What the objects say of themselves. For programs that have no store: artifacts are named, not stored.
  // Errors: kRefused when this host cannot load one, with what it is missing.
  static Result<BuiltIns> inspect(const HostLibraries& libraries);

  // Puts those that are not there into the store. Blocks for the disk once, on the first start of a version.
  Status install(ArtifactStore& store) const;

  const BuiltIn* find(std::string_view name) const;
  std::span<const BuiltIn> all() const { return all_; }

 private:
  std::vector<BuiltIn> all_;  // in the order of built_in_objects()
};

}  // namespace sojourn
