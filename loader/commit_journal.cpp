#include "loader/commit_journal.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/sync_path.h"
#include "runtime/crypto/sha256.h"

namespace sojourn {
namespace {

struct RecordHead {
  std::array<char, 4> magic = {'S', 'J', 'C', 'J'};
  std::uint32_t format = 1;
  std::uint64_t pack_size = 0;
  std::array<char, 40> commit{};
  std::array<std::uint8_t, 32> digest{};  // of the fields before it and of the pack
};
static_assert(sizeof(RecordHead) == 88);

constexpr std::uint64_t kPackMax = 1u << 30;  // bytes; larger is not a record of ours

Error disk_error(std::string_view what) {
  return system_error(what, errno, ErrorCode::kStoreUnavailable).at("commit journal");
}

Digest digest_of(const RecordHead& head, std::string_view pack) {
  Sha256 hash;
  hash.add({reinterpret_cast<const char*>(&head), offsetof(RecordHead, digest)});
  hash.add(pack);
  return hash.finish();
}

bool read_at(int fd, std::uint64_t offset, void* into, std::size_t size) {
  auto* bytes = static_cast<char*>(into);
  while (size > 0) {
    const ssize_t got = ::pread(fd, bytes, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes += got;
    offset += static_cast<std::uint64_t>(got);
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

bool write_at(int fd, std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return true;
}

}  // namespace

Result<CommitJournal> CommitJournal::open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return disk_error("open " + path);
  if (Status status = sync_path(std::filesystem::path(path).parent_path().string()); !status) return status.error();
  CommitJournal journal(std::move(fd));
  if (Status status = journal.read(); !status) return status.error();
  return journal;
}

Status CommitJournal::read() {
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) return disk_error("read");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  RecordHead head;
  while (size - end_ >= sizeof head && read_at(fd_.get(), end_, &head, sizeof head)) {
    const RecordHead expected;
    const std::uint64_t left = size - end_ - sizeof head;
    if (head.magic != expected.magic || head.format != expected.format) break;
    if (head.pack_size > kPackMax || head.pack_size > left) break;
    Record record;
    record.pack.resize(head.pack_size);
    if (!read_at(fd_.get(), end_ + sizeof head, record.pack.data(), record.pack.size())) break;
    if (digest_of(head, record.pack).bytes != head.digest) break;
    record.commit.assign(head.commit.begin(), head.commit.end());
    end_ += sizeof head + head.pack_size;
    found_.push_back(std::move(record));
  }
  records_ = found_.size();
  last_start_ = end_;
  return {};
}

Status CommitJournal::append(const std::string& commit, std::string_view pack) {
  RecordHead head;
  head.pack_size = pack.size();
  std::memcpy(head.commit.data(), commit.data(), std::min(commit.size(), head.commit.size()));
  head.digest = digest_of(head, pack).bytes;
  const std::string_view head_bytes(reinterpret_cast<const char*>(&head), sizeof head);
  const bool written = write_at(fd_.get(), end_, head_bytes) && write_at(fd_.get(), end_ + sizeof head, pack) &&
                       ::fdatasync(fd_.get()) == 0;
  if (!written) {
    const Error error = disk_error("write");
    // Whole or not, the record must not be found later: the caller is told that there is no commit.
    if (Status status = cut(end_); !status) return status;
    return error;
  }
  last_start_ = end_;
  end_ += sizeof head + pack.size();
  ++records_;
  return {};
}

Status CommitJournal::take_back() {
  if (Status status = cut(last_start_); !status) return status;
  end_ = last_start_;
  --records_;
  return {};
}

Status CommitJournal::clear() {
  if (Status status = cut(0); !status) return status;
  found_.clear();
  end_ = last_start_ = 0;
  records_ = 0;
  return {};
}

Status CommitJournal::cut(std::uint64_t size) {
  if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) return disk_error("shorten");
  if (::fdatasync(fd_.get()) != 0) return disk_error("sync");
  return {};
}

}  // namespace sojourn
