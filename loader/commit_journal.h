// The CommitJournal makes a commit durable with one sync. A commit that is a pack, an index, a branch and the
// directories they stand in would need six; here the pack's bytes and the commit's id are appended to one file, that
// file is synced, and git's own files are written without waiting. What a power cut takes of those is written again
// from the journal when the repository is opened. Once they were synced at leisure, the journal is emptied.
//
// The file is a row of records, each: "SJCJ" and the format 1, the pack's size, the commit's id, SHA-256 of all that
// and the pack, then the pack. The first record that is not whole ends the row: it was being written at a crash.
//
// Thread:     the repository's one thread.
// Durability: append(), take_back() and clear() return after the file is on disk.
// Errors:     kStoreUnavailable when the disk fails or is full.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"

namespace sojourn {

class CommitJournal {
 public:
  struct Record {
    std::string commit;  // 40 hex digits
    std::string pack;    // a complete pack file
  };

  // Opens the file, making it when it is missing, and reads the whole records it has.
  static Result<CommitJournal> open(const std::string& path);

  // What was in it when it was opened. Forgotten by clear().
  const std::vector<Record>& found() const { return found_; }
  std::uint64_t size() const { return end_; }  // bytes of whole records
  std::size_t records() const { return records_; }

  Status append(const std::string& commit, std::string_view pack);
  // Removes the record that append() added last, for when the commit cannot be completed.
  Status take_back();
  Status clear();

 private:
  explicit CommitJournal(UniqueFd fd) : fd_(std::move(fd)) {}
  Status read();
  Status cut(std::uint64_t size);

  UniqueFd fd_;
  std::vector<Record> found_;
  std::uint64_t end_ = 0;
  std::uint64_t last_start_ = 0;  // of the record added last
  std::size_t records_ = 0;
};

}  // namespace sojourn
