#include "gateway/intake.h"

#include <cerrno>
#include <sys/mman.h>
#include <utility>

namespace sojourn {
namespace {

// A file's bytes, mapped to be read. The store never changes a file, so the bytes cannot shrink beneath us.
class MappedFile {
 public:
  MappedFile(int descriptor, std::uint64_t size) : size_(static_cast<std::size_t>(size)) {
    if (size_ > 0) address_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
  }
  ~MappedFile() {
    if (ok() && size_ > 0) ::munmap(address_, size_);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  bool ok() const { return address_ != MAP_FAILED; }
  std::string_view bytes() const { return {static_cast<const char*>(address_), size_}; }

 private:
  std::size_t size_;
  void* address_ = nullptr;
};

}  // namespace

Result<InspectedArtifact> inspect_stored(const ArtifactStore& store, const HostLibraries& libraries,
                                         const Digest& digest) {
  auto opened = store.open(digest);
  if (!opened.ok()) return Error(ErrorCode::kRefused, "artifact sha256:" + digest.hex() + " is not stored here");
  const MappedFile file(opened->fd.get(), opened->identity.size);
  if (!file.ok()) return system_error("artifact: map", errno, ErrorCode::kStoreUnavailable);
  auto facts = inspect_object(file.bytes(), libraries);
  if (!facts.ok()) return facts.error();
  return InspectedArtifact{Artifact{digest, opened->identity.size, facts->build_id, facts->unique_symbol},
                           std::move(*facts)};
}

Result<InspectedArtifact> take_in(const ArtifactStore& store, const HostLibraries& libraries,
                                  ArtifactStore::Upload upload) {
  auto artifact = upload.finish();
  if (!artifact.ok()) return artifact.error();
  return inspect_stored(store, libraries, artifact->digest);
}

}  // namespace sojourn
