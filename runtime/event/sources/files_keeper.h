// The FilesKeeper takes the files that appear in the directories of files triggers: each becomes an event
// io.sojourn.file for its trigger alone, with the file's name as subject and its content as data. The file itself stays
// where it is.
//
// A file is known by device, inode, time of change and size. Under these the journal keeps it for kNameKept, in the
// same batch as the event: what is not changed is not taken twice, whatever is restarted, and what is changed is taken
// again. After a start each file that still lies there is read once more and found known.
//
// Wiring: made on the home loop once the journal is open; deployed() at once, and after each change of the route table.
// Thread: its loop. The disk is waited for on the loop's pool, by kBlockingMax pieces of work at most.
// Owner:  the gateway. The journal and the clock outlive it.
// Bound:  kTakesMax files are read and not yet accepted at once; of files longer than kContentMax the content is left
//         out.
// Errors: none leave it. What cannot be kept or read now is tried again.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/log.h"
#include "runtime/event/journal/journal.h"
#include "runtime/event/sources/watched_directory.h"
#include "runtime/event/triggers/trigger_table.h"

namespace sojourn {

inline constexpr std::string_view kFileType = "io.sojourn.file";

class FilesKeeper final : private WatchedDirectory::Events {
 public:
  using Triggers = std::function<TriggerTablePtr()>;  // those that are deployed now

  // `roots`: below which directories may be watched. A trigger that names another is not, and logged once.
  // `closed`: directories of the server's own, such as its data directory; beside /proc, /sys and /dev.
  FilesKeeper(Loop& loop, Journal& journal, Triggers triggers, const Clock& clock, const Log& log, WatchRoots roots,
              std::vector<std::string> closed);
  ~FilesKeeper();
  FilesKeeper(const FilesKeeper&) = delete;
  FilesKeeper& operator=(const FilesKeeper&) = delete;

  void deployed();

  struct Stats {
    std::size_t directories = 0;
    std::size_t files = 0;       // that lie there
    std::uint64_t taken = 0;     // accepted by the journal
    std::uint64_t known = 0;     // it had them already
    std::uint64_t failures = 0;  // attempts to read or keep one that failed
  };
  Stats stats() const;

  static constexpr std::int64_t kContentMax = std::int64_t{6} << 20;  // bytes
  static constexpr std::size_t kTakesMax = 8;
  static constexpr std::size_t kBlockingMax = 2;
  static constexpr std::chrono::hours kNameKept{366 * 24};
  static constexpr std::chrono::seconds kReadAgain{30};  // after it could not be read
  static constexpr std::chrono::seconds kKeepAgain{2};   // after the journal did not take it

 private:
  struct Entry {
    BoundTrigger trigger;
    std::uint64_t number = 0;  // who began a take, in case it is gone when the answer comes
    std::unique_ptr<WatchedDirectory> directory;
  };
  struct Taking {
    std::string entry;
    std::uint64_t number;
    FoundFile file;
  };
  struct Piece {
    std::function<void()> work;
    std::function<void()> done;
  };

  void run_blocking(std::function<void()> work, std::function<void()> done) override;
  void on_ready() override;

  bool is_permitted(const BoundTrigger& trigger, const std::string& key) const;
  void run_waiting();
  void take_more();
  void begin(Taking taking, const WatchedDirectory& directory);
  void on_read(const Taking& taking, Result<FileScan::Read> read);
  void keep(const Taking& taking, const Entry& entry, FileScan::Content content);
  void on_kept(const Taking& taking, const Result<Accepted>& accepted);
  void note_failure(const Taking& taking, const Error& error);
  void end_take();
  Entry* find(const Taking& taking);

  Loop& loop_;
  Journal& journal_;
  const Triggers triggers_;
  const Clock& clock_;
  const Log& log_;
  const std::shared_ptr<const ScanBounds> bounds_;
  TriggerTablePtr table_;
  std::map<std::string, Entry> entries_;  // by what the trigger says, and where it stands
  std::set<std::string> refused_;         // likewise, those outside the roots
  std::string next_;                      // whose turn it is
  std::size_t takes_ = 0;
  std::deque<Piece> waiting_;  // for the disk
  std::size_t blocking_ = 0;
  std::uint64_t last_number_ = 0;
  std::set<std::string> noted_;  // files whose failure was logged, of kNotedMax at most
  Stats stats_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace sojourn
