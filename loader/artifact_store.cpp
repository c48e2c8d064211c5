#include "loader/artifact_store.h"

#include <array>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "loader/file_identity.h"
#include "loader/quantity.h"
#include "runtime/crypto/random.h"

namespace sojourn {
namespace {

constexpr std::size_t kVerifiedMax = 65'536;
constexpr mode_t kDirectoryMode = 0711;
constexpr mode_t kFileMode = 0444;
constexpr const char* kIncoming = "incoming";

Error disk_error(std::string_view what, int error_number) {
  return system_error(what, error_number, ErrorCode::kStoreUnavailable).at("artifact store");
}

Result<UniqueFd> open_directory(int parent, const char* name) {
  UniqueFd fd(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return disk_error("open directory " + std::string(name), errno);
  return fd;
}

// Opens the directory, making it first when it is missing. The mode is set whatever the umask is.
Result<UniqueFd> make_directory(int parent, const char* name) {
  const bool made = ::mkdirat(parent, name, kDirectoryMode) == 0;
  if (!made && errno != EEXIST) return disk_error("make directory " + std::string(name), errno);
  auto fd = open_directory(parent, name);
  if (fd && made && ::fchmod(fd->get(), kDirectoryMode) != 0)
    return disk_error("set the mode of " + std::string(name), errno);
  return fd;
}

std::string shard_name(const Digest& digest) {
  return digest.hex().substr(0, 2);
}

std::string file_name(const Digest& digest, std::uint32_t copy) {
  return copy == 0 ? digest.hex() : digest.hex() + "." + std::to_string(copy);
}

Status copy_bytes(int from, int to, std::uint64_t size) {
  while (size > 0) {
    const ssize_t copied = ::copy_file_range(from, nullptr, to, nullptr, size, 0);
    if (copied < 0 && errno == EINTR) continue;
    if (copied <= 0) return disk_error("copy an artifact", copied < 0 ? errno : EIO);
    size -= static_cast<std::uint64_t>(copied);
  }
  return {};
}

// All 256 at once, so that an upload never has a new directory to make durable.
Status make_shards(int root) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (int i = 0; i < 256; ++i) {
    const std::array<char, 3> name = {kDigits[i >> 4], kDigits[i & 15], '\0'};
    if (auto fd = make_directory(root, name.data()); !fd) return fd.error();
  }
  if (::fsync(root) != 0) return disk_error("sync the directory", errno);
  return {};
}

Status remove_leftovers(int directory) {
  const int copy = ::fcntl(directory, F_DUPFD_CLOEXEC, 0);
  DIR* listing = copy < 0 ? nullptr : ::fdopendir(copy);
  if (listing == nullptr) {
    const int error_number = errno;
    if (copy >= 0) ::close(copy);
    return disk_error("list unfinished uploads", error_number);
  }
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(listing)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  ::closedir(listing);
  for (const std::string& name : names) ::unlinkat(directory, name.c_str(), 0);
  return {};
}

Result<Digest> hash_file(int fd) {
  Sha256 hash;
  std::vector<char> buffer(256u << 10);
  for (off_t at = 0;;) {
    const ssize_t got = ::pread(fd, buffer.data(), buffer.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return disk_error("read", errno);
    if (got == 0) return hash.finish();
    hash.add({buffer.data(), static_cast<std::size_t>(got)});
    at += got;
  }
}

}  // namespace

ArtifactStore::ArtifactStore(std::string directory, Limits limits, UniqueFd root, UniqueFd incoming)
    : directory_(std::move(directory)), limits_(limits), root_(std::move(root)), incoming_(std::move(incoming)) {}

Result<std::unique_ptr<ArtifactStore>> ArtifactStore::open(const std::string& directory, Limits limits) {
  auto root = make_directory(AT_FDCWD, directory.c_str());
  if (!root) return root.error();
  auto incoming = make_directory(root->get(), kIncoming);
  if (!incoming) return incoming.error();
  if (Status status = remove_leftovers(incoming->get()); !status) return status.error();
  if (Status status = make_shards(root->get()); !status) return status.error();
  return std::unique_ptr<ArtifactStore>(new ArtifactStore(directory, limits, std::move(*root), std::move(*incoming)));
}

Result<ArtifactStore::Upload> ArtifactStore::begin() {
  std::string name = random_hex(16);
  UniqueFd fd(::openat(incoming_.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return disk_error("begin an upload", errno);
  return Upload(*this, std::move(name), std::move(fd));
}

Result<Artifact> ArtifactStore::store(std::string_view bytes) {
  auto upload = begin();
  if (!upload) return upload.error();
  if (Status status = upload->add(bytes); !status) return status.error();
  return upload->finish();
}

Result<Artifact> ArtifactStore::keep(const std::string& incoming_name, const Digest& digest, std::uint64_t size) const {
  auto shard = open_directory(root_.get(), shard_name(digest).c_str());
  if (!shard) return shard.error();
  const std::string name = digest.hex();
  const int renamed = ::renameat2(incoming_.get(), incoming_name.c_str(), shard->get(), name.c_str(), RENAME_NOREPLACE);
  if (renamed != 0 && errno == EEXIST) {
    const bool intact = open(digest).ok();
    const int done = intact ? ::unlinkat(incoming_.get(), incoming_name.c_str(), 0)
                            : ::renameat(incoming_.get(), incoming_name.c_str(), shard->get(), name.c_str());
    if (done != 0) return disk_error("replace a damaged artifact", errno);
  } else if (renamed != 0) {
    return disk_error("name the artifact", errno);
  }
  if (::fsync(shard->get()) != 0) return disk_error("sync the directory", errno);
  Artifact artifact;
  artifact.digest = digest;
  artifact.size = size;
  return artifact;
}

Result<ArtifactStore::Opened> ArtifactStore::open(const Digest& digest) const {
  return open_verified(digest, 0);
}

Result<ArtifactStore::Opened> ArtifactStore::open_copy(const Digest& digest, std::uint32_t copy) const {
  auto opened = open_verified(digest, copy);
  if (opened.ok() || copy == 0) return opened;
  if (Status made = make_copy(digest, copy); !made) return made.error();
  return open_verified(digest, copy);
}

// Not made durable: a copy that a power cut damaged is not what its name says, and is made again.
Status ArtifactStore::make_copy(const Digest& digest, std::uint32_t copy) const {
  const auto original = open(digest);
  if (!original) return original.error();
  const std::string incoming_name = random_hex(16);
  const UniqueFd target(
      ::openat(incoming_.get(), incoming_name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!target) return disk_error("begin a copy", errno);
  const auto shard = open_directory(root_.get(), shard_name(digest).c_str());
  Status status = shard ? copy_bytes(original->fd.get(), target.get(), original->identity.size) : shard.error();
  if (status && ::fchmod(target.get(), kFileMode) != 0) status = disk_error("set the mode of a copy", errno);
  const std::string name = file_name(digest, copy);
  if (status && ::renameat(incoming_.get(), incoming_name.c_str(), shard->get(), name.c_str()) != 0)
    status = disk_error("name a copy", errno);
  if (!status) ::unlinkat(incoming_.get(), incoming_name.c_str(), 0);
  return status;
}

Result<ArtifactStore::Opened> ArtifactStore::open_verified(const Digest& digest, std::uint32_t copy) const {
  const std::string place = "artifact sha256:" + digest.hex().substr(0, 12);
  auto shard = open_directory(root_.get(), shard_name(digest).c_str());
  if (!shard) return shard.error().at(place);
  const std::string name = file_name(digest, copy);
  Opened opened;
  opened.fd.reset(::openat(shard->get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!opened.fd && errno == ENOENT) return Error(ErrorCode::kInternal, "is not in the store").at(place);
  struct stat status {};
  if (!opened.fd || ::fstat(opened.fd.get(), &status) != 0) return disk_error("open", errno).at(place);
  if (!S_ISREG(status.st_mode)) return Error(ErrorCode::kInternal, "is not a file").at(place);
  opened.identity = identity_of(status);
  opened.path = directory_ + "/" + shard_name(digest) + "/" + name;
  {
    const std::lock_guard lock(mutex_);
    const auto known = verified_.find({digest, copy});
    if (known != verified_.end() && known->second == opened.identity) return opened;
  }
  const auto actual = hash_file(opened.fd.get());
  if (!actual) return actual.error().at(place);
  if (*actual != digest) {
    return Error(ErrorCode::kInternal, "the stored file is damaged (its hash is " + actual->hex().substr(0, 12) +
                                           "…); deploy the same object again to repair it")
        .at(place);
  }
  const std::lock_guard lock(mutex_);
  if (verified_.size() >= kVerifiedMax) verified_.clear();
  verified_.insert_or_assign({digest, copy}, opened.identity);
  return opened;
}

ArtifactStore::Upload::Upload(ArtifactStore& store, std::string name, UniqueFd fd)
    : store_(&store), name_(std::move(name)), fd_(std::move(fd)) {}

ArtifactStore::Upload::Upload(Upload&& other) noexcept
    : store_(other.store_),
      name_(std::exchange(other.name_, {})),
      fd_(std::move(other.fd_)),
      hash_(std::move(other.hash_)),
      size_(other.size_) {}

ArtifactStore::Upload::~Upload() {
  if (!name_.empty()) ::unlinkat(store_->incoming_.get(), name_.c_str(), 0);
}

Status ArtifactStore::Upload::add(std::string_view bytes) {
  if (bytes.size() > store_->limits_.artifact_max - size_) {
    return Error(ErrorCode::kBodyTooLarge, "the object is larger than " + format_size(store_->limits_.artifact_max) +
                                               ", the limit of one artifact");
  }
  hash_.add(bytes);
  size_ += bytes.size();
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return disk_error("write an upload", errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<Artifact> ArtifactStore::Upload::finish() {
  if (::fchmod(fd_.get(), kFileMode) != 0) return disk_error("set the mode of an upload", errno);
  if (::fsync(fd_.get()) != 0) return disk_error("sync an upload", errno);
  auto artifact = store_->keep(name_, hash_.finish(), size_);
  if (artifact) name_.clear();
  return artifact;
}

}  // namespace sojourn
