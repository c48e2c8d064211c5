// The ArtifactStore keeps uploaded objects in files named after their SHA-256: `HH/<64 hex digits>` below its
// directory, HH being the first two. A stored file never changes; the same content stored twice is one
// file, and storing it again repairs a damaged one.
//
//   incoming/<random>   uploads under way; emptied when the store is opened
//   00/ … ff/           stored objects, read-only (0444) and searchable (0711), so that a sandbox can map them;
//                       `<digest>.N` are further files with the same content, made when they are asked for
//
// Every path is walked by descriptor and no symbolic link is followed below the store's directory.
//
// Thread:     any. An Upload is one thread's at a time.
// Owner:      the composition root; the store outlives its uploads.
// Durability: finish() returns after the content, its name and its directory are on disk. A crash before leaves at
//             most a file in incoming/.
// Errors:     kBodyTooLarge over the size limit; kStoreUnavailable when the disk fails or is full.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "loader/artifact.h"
#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/crypto/sha256.h"

namespace sojourn {

class ArtifactStore {
 public:
  class Upload;
  struct Limits {
    std::uint64_t artifact_max = 256u << 20;  // bytes of one object
  };
  // A stored object, verified against its name.
  struct Opened {
    UniqueFd fd;  // read-only
    FileIdentity identity;
    std::string path;  // absolute if the store's directory was given so
  };

  // Opens the store in `directory`, making what is missing of it and dropping what earlier uploads left unfinished.
  // REQUIRES: the caller holds the data directory's lock, so that nobody else's upload is dropped.
  static Result<std::unique_ptr<ArtifactStore>> open(const std::string& directory, Limits limits);

  Result<Upload> begin();
  // Bytes that are already in memory, as an upload in one go.
  Result<Artifact> store(std::string_view bytes);
  // kInternal when the object is not there or its content no longer has its name. Hashes a file once for as long as its
  // FileIdentity stays the same; making a link to it changes that (st_ctim) and costs another hashing.
  Result<Opened> open(const Digest& digest) const;
  // The same content from a file of its own: the N-th copy, from 1, which is made when it is not there or is damaged. A
  // dynamic loader takes the same file for the same object, so who loads an object twice needs this.
  Result<Opened> open_copy(const Digest& digest, std::uint32_t copy) const;

 private:
  ArtifactStore(std::string directory, Limits limits, UniqueFd root, UniqueFd incoming);
  Result<Opened> open_verified(const Digest& digest, std::uint32_t copy) const;
  Status make_copy(const Digest& digest, std::uint32_t copy) const;
  Result<Artifact> keep(const std::string& incoming_name, const Digest& digest, std::uint64_t size) const;

  const std::string directory_;
  const Limits limits_;
  const UniqueFd root_;
  const UniqueFd incoming_;
  mutable std::mutex mutex_;
  mutable std::map<std::pair<Digest, std::uint32_t>, FileIdentity> verified_;  // bounded by kVerifiedMax
};

// An object on its way in: hashed while it arrives, nameless until finish(). Dropping it removes what was written.
class ArtifactStore::Upload {
 public:
  Upload(Upload&& other) noexcept;
  Upload& operator=(Upload&&) = delete;
  ~Upload();

  Status add(std::string_view bytes);
  std::uint64_t size() const { return size_; }  // bytes so far
  // Makes it durable under its hash. The artifact's build id is for the ELF gate to fill in.
  // REQUIRES: nothing is added afterwards.
  Result<Artifact> finish();

 private:
  friend class ArtifactStore;
  Upload(ArtifactStore& store, std::string name, UniqueFd fd);

  ArtifactStore* store_;
  std::string name_;  // in incoming/; empty once it is gone from there
  UniqueFd fd_;
  Sha256 hash_;
  std::uint64_t size_ = 0;
};

}  // namespace sojourn
