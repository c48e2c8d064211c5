// A WatchedDirectory is the conversation with the directory of one files trigger: which files lie there, since when
// each has been as it is, and which were taken.
//
//   new or changed --> settling --> ready --> taking --> taken
//                         ^                     |   `--> (gone)
//                         `- changed meanwhile -'
//
// News of the kernel only say when to look; what counts is the look, which is also taken every kLookEvery by itself. It
// is done on a thread of the loop's pool, and its outcome is gone through kTurnMax files a turn. A directory that
// cannot be looked at is logged once for each reason, and looked for again every kMissingEvery.
//
// Thread: its loop.
// Owner:  the FilesKeeper, which is also its Events and outlives it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/log.h"
#include "runtime/event/sources/file_scan.h"
#include "runtime/loop/directory_watch.h"
#include "runtime/loop/loop.h"

namespace sojourn {

class WatchedDirectory {
 public:
  class Events {
   public:
    // Work for the disk. At most two pieces are done at once over all directories, however slow one of them is.
    virtual void run_blocking(std::function<void()> work, std::function<void()> done) = 0;
    virtual void on_ready() = 0;  // take_ready() has something to give

   protected:
    ~Events() = default;
  };

  WatchedDirectory(Loop& loop, FileScan scan, std::chrono::milliseconds settle, Events& events, const Log& log);
  WatchedDirectory(const WatchedDirectory&) = delete;
  WatchedDirectory& operator=(const WatchedDirectory&) = delete;

  // A file that did not change for long enough; from here on it is being taken. Nothing: there is none.
  std::optional<FoundFile> take_ready();
  // What came of it. None of these does anything when the file has changed since, which makes it a new one.
  void taken(const FoundFile& file);
  void changed(const FoundFile& file, const FileFacts& now);
  void gone(const FoundFile& file);
  void failed(const FoundFile& file, std::chrono::seconds again_after);

  const FileScan& scan() const { return scan_; }
  std::size_t size() const { return files_.size(); }  // files that lie there

  static constexpr std::size_t kTurnMax = 512;
  static constexpr std::chrono::seconds kLookEvery{30};
  static constexpr std::chrono::seconds kMissingEvery{5};
  static constexpr std::chrono::milliseconds kGatherFor{50};  // after news, that more of them make one look
  static constexpr int kLookShare = 10;                       // looks take at most one part of so many of the time
  static constexpr std::chrono::milliseconds kSettleMin{20};

 private:
  enum class State { kSettling, kReady, kTaking, kTaken };
  struct File {
    FileFacts facts;
    State state = State::kSettling;
  };
  struct Look {
    Result<std::vector<FoundFile>> files{std::vector<FoundFile>()};
    std::chrono::nanoseconds took{};
  };

  void begin_look();
  void look();
  void look_soon();
  void on_looked(Look look);
  void on_missing(const Error& error);
  void go_through();
  void see(const FoundFile& file);
  void settle(const FoundFile& file, std::chrono::milliseconds time);
  void arm_settling();
  void on_settled();
  File* find(const FoundFile& file, State state);

  Loop& loop_;
  const FileScan scan_;
  const std::chrono::milliseconds settle_;
  Events& events_;
  const Log& log_;
  std::unique_ptr<DirectoryWatch> watch_;
  std::map<std::string, File> files_;
  std::vector<FoundFile> seen_;  // of the look that is gone through
  std::size_t seen_at_ = 0;
  std::string gone_through_;                          // the name up to which files_ was compared
  std::multimap<MonotonicTime, FoundFile> settling_;  // until when
  std::deque<FoundFile> ready_;
  std::chrono::nanoseconds took_{};  // the last look
  bool is_looking_ = false;          // or going through what was seen
  bool look_again_ = false;
  std::string missing_;  // why the directory cannot be looked at, as it was logged; empty: it can
  Timer news_;
  Timer regular_;
  Timer turn_;
  Timer settled_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace sojourn
