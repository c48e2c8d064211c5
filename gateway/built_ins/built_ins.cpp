#include "gateway/built_ins/built_ins.h"

#include "gateway/built_ins/built_in_objects.h"
#include "loader/elf_gate.h"
#include "runtime/crypto/sha256.h"

namespace sojourn {

Result<BuiltIns> BuiltIns::inspect(const HostLibraries& libraries) {
  BuiltIns found;
  for (const BuiltInObject& object : built_in_objects()) {
    const std::string place = "built-in " + std::string(object.name);
    auto facts = inspect_object(object.bytes, libraries);
    if (!facts) return facts.error().at(place);
    auto entry = select_entry(*facts, object.name);
    if (!entry) return entry.error().at(place);
    found.all_.push_back({std::string(object.name),
                          {Sha256::of(object.bytes), object.bytes.size(), facts->build_id, facts->unique_symbol},
                          std::move(*entry)});
  }
  return found;
}

Status BuiltIns::install(ArtifactStore& store) const {
  const auto objects = built_in_objects();
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (store.open(all_[i].artifact.digest).ok()) continue;
    if (auto stored = store.store(objects[i].bytes); !stored.ok()) {
      return stored.error().at("built-in " + all_[i].name);
    }
  }
  return {};
}

const BuiltIn* BuiltIns::find(std::string_view name) const {
  for (const BuiltIn& one : all_) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

}  // namespace sojourn
