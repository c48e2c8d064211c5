// Looks at the files of a directory and reads them, for the files trigger. Only regular files count: symbolic links,
// pipes, sockets, devices and directories are passed over, as are names that are not plain UTF-8 text.
//
// Where it looks is bounded, however a directory is spelt or linked to: by the WatchRoots, and by directories that are
// closed even below these: /proc, /sys, /dev, and those that the server keeps its own things in.
//
// Thread: any; it blocks for the disk.
// Errors: kNotAvailable: the directory cannot be looked at; the text says why.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <variant>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/event/sources/watch_roots.h"

namespace sojourn {

// A file as it was at one moment. What is equal is the same file with the same content, as far as can be told without
// reading it.
struct FileFacts {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t changed_ns = 0;  // its mtime since 1970
  bool operator==(const FileFacts&) const = default;

  std::string id() const;  // of the event that it makes
};

struct FoundFile {
  std::string name;
  FileFacts facts;
};

// Where files may be taken from: below the roots, but not below what is closed.
struct ScanBounds {
  WatchRoots roots;
  std::vector<std::string> closed;  // real paths, without links
};

class FileScan {
 public:
  FileScan(std::string directory, std::string glob, std::shared_ptr<const ScanBounds> bounds)
      : directory_(std::move(directory)), glob_(std::move(glob)), bounds_(std::move(bounds)) {}

  // The files whose names fit, by name; of more than kFilesMax the first that the directory names.
  Result<std::vector<FoundFile>> list() const;

  struct Gone {};  // or no regular file any more
  // The whole content if the file still is as it was said to be and did not change meanwhile; else what it is now. Of
  // one that is longer than `most` nothing is read, and `content` is empty.
  struct Content {
    FileFacts facts;
    std::optional<std::string> content;
  };
  using Read = std::variant<Gone, FileFacts, Content>;
  Result<Read> read(const FoundFile& file, std::int64_t most) const;

  const std::string& directory() const { return directory_; }

  static constexpr std::size_t kFilesMax = 100'000;

 private:
  Result<UniqueFd> open() const;
  Status judge(const std::string& real) const;

  std::string directory_;
  std::string glob_;
  std::shared_ptr<const ScanBounds> bounds_;
};

}  // namespace sojourn
