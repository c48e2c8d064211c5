#include "runtime/sandbox/warden/artifact_links.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include "runtime/sandbox/template/stem_report.h"

namespace sojourn {
namespace {

constexpr std::size_t kTimesMax = 64;
constexpr std::size_t kArtifactsMax = 4096;

std::int64_t changed_ns(const struct stat& status) {
  return std::int64_t{status.st_ctim.tv_sec} * 1'000'000'000 + status.st_ctim.tv_nsec;
}

}  // namespace

Result<ArtifactLinks> ArtifactLinks::open(const std::string& artifacts_directory) {
  UniqueFd root(::open(artifacts_directory.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!root) return system_error("open " + artifacts_directory, errno);
  return ArtifactLinks(std::move(root));
}

bool ArtifactLinks::is_verified(const ArtifactIdentity& identity, const struct stat& now) const {
  if (!S_ISREG(now.st_mode) || now.st_ino != identity.inode || static_cast<std::uint64_t>(now.st_size) != identity.size)
    return false;
  if (changed_ns(now) == identity.changed_ns) return true;
  const auto known = own_changes_.find(now.st_ino);
  if (known == own_changes_.end()) return false;
  const Times& times = known->second;
  return times.back() == changed_ns(now) && std::find(times.begin(), times.end(), identity.changed_ns) != times.end();
}

void ArtifactLinks::remember(const struct stat& before, const struct stat& after) {
  if (own_changes_.size() >= kArtifactsMax) own_changes_.clear();
  Times& times = own_changes_[after.st_ino];
  if (times.empty() || times.back() != changed_ns(before)) times = {changed_ns(before)};
  times.push_back(changed_ns(after));
  // The first stays: it is the one that was verified by hashing.
  if (times.size() > kTimesMax) times.erase(times.begin() + 1);
}

StepError ArtifactLinks::link(std::span<const ArtifactIdentity> identities, int directory) {
  std::uint32_t index = 0;
  for (const ArtifactIdentity& identity : identities) {
    const StepError failed = link_one(identity, directory, stem_object_name(index++));
    if (failed.ok()) continue;
    unlink(directory);
    return failed;
  }
  return {};
}

StepError ArtifactLinks::link_one(const ArtifactIdentity& identity, int directory, const std::string& object) {
  const std::string hex = identity.digest.hex();
  std::string name = hex.substr(0, 2) + "/" + hex;
  if (identity.copy != 0) name += "." + std::to_string(identity.copy);
  struct stat before {};
  if (::fstatat(root_.get(), name.c_str(), &before, AT_SYMLINK_NOFOLLOW) != 0) return step_failed(Step::kFindArtifact);
  if (!is_verified(identity, before)) return {Step::kArtifactChanged, ESTALE};
  if (::linkat(root_.get(), name.c_str(), directory, object.c_str(), 0) != 0) return step_failed(Step::kLinkArtifact);
  struct stat after {};
  // What was linked is looked at, not what the name meant before.
  const bool same = ::fstatat(directory, object.c_str(), &after, AT_SYMLINK_NOFOLLOW) == 0 &&
                    after.st_ino == before.st_ino && after.st_size == before.st_size &&
                    after.st_mtim.tv_sec == before.st_mtim.tv_sec && after.st_mtim.tv_nsec == before.st_mtim.tv_nsec;
  if (!same) {
    ::unlinkat(directory, object.c_str(), 0);
    return {Step::kArtifactChanged, ESTALE};
  }
  remember(before, after);
  return {};
}

void ArtifactLinks::unlink(int directory) {
  std::uint32_t index = 0;
  while (index < kStemObjectsMax && unlink_one(directory, stem_object_name(index))) ++index;
}

bool ArtifactLinks::unlink_one(int directory, const std::string& name) {
  const UniqueFd object(::openat(directory, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat before {};
  if (!object || ::fstat(object.get(), &before) != 0) return false;
  if (::unlinkat(directory, name.c_str(), 0) != 0) return true;
  struct stat after {};
  if (::fstat(object.get(), &after) == 0) remember(before, after);
  return true;
}

}  // namespace sojourn
