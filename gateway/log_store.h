// The LogStore keeps the last lines that each function wrote, in memory, and hands new ones to those who follow.
// Lines are stored as the JSON objects that `GET /api/v1/functions/NAME/logs` sends.
//
// Bounds: per function kLogBytesMax and kLogLinesMax; all functions together kLogStoreBytesMax, over which the function
//         that has been silent longest loses its lines first; a line's text is cut at kLogTextMax.
// Thread: any; one mutex guards all. A follower's queue has its own.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/header_field.h"
#include "runtime/base/log.h"

namespace sojourn {

inline constexpr std::size_t kLogBytesMax = 1u << 20;
inline constexpr std::size_t kLogLinesMax = 5000;
inline constexpr std::size_t kLogStoreBytesMax = 64u << 20;
inline constexpr std::size_t kLogTextMax = 16u << 10;         // bytes of one line
inline constexpr std::size_t kFollowerBytesMax = 256u << 10;  // waiting for one follower; more is dropped and counted

struct LogEntry {
  WallTime time;
  std::string_view function;
  int version = 0;
  std::string_view call_id;
  LogLevel level = LogLevel::kInfo;
  std::string_view stream;
  std::string_view text;
  std::span<const HeaderField> fields;
};

// Which of a function's lines somebody wants: empty and zero mean any.
struct LogFilter {
  std::string call_id;
  int version = 0;
};

// One who follows. Lines wait here until take(); dropping the last reference ends it.
class LogFollower {
 public:
  // The lines that came since the last take, each ended by a newline; after a loss, how many lines it cost.
  std::string take();

 private:
  friend class LogStore;
  void offer(const std::string& line);

  LogFilter filter_;
  std::function<void()> wake_;  // when the queue was empty and is no longer; any thread, must not block
  std::mutex mutex_;
  std::string waiting_;
  std::size_t dropped_ = 0;
};

class LogStore {
 public:
  void append(const LogEntry& entry);

  // The last `lines_max` lines that pass the filter, oldest first, each ended by a newline.
  std::string tail(std::string_view function, const LogFilter& filter, std::size_t lines_max);

  // The same lines are the follower's first, and none is missed or seen twice in between.
  std::shared_ptr<LogFollower> follow(std::string_view function, LogFilter filter, std::size_t lines_max,
                                      std::function<void()> wake);

  // Wakes every follower, so that it looks up: the server is stopping.
  void wake_followers();

 private:
  struct Line {
    std::string json;  // with its newline
    std::string call_id;
    int version;
  };
  struct Ring {
    std::string function;
    std::deque<Line> lines;
    std::size_t bytes = 0;
    std::vector<std::weak_ptr<LogFollower>> followers;
  };
  using Rings = std::list<Ring>;  // the one written to longest ago first

  Ring& ring_of(std::string_view function);
  void keep(Ring& ring, Line line);
  void drop_oldest(Ring& ring);
  void make_room();
  std::string tail_of(const Ring& ring, const LogFilter& filter, std::size_t lines_max) const;

  std::mutex mutex_;
  Rings rings_;
  std::map<std::string, Rings::iterator, std::less<>> by_function_;
  std::size_t bytes_ = 0;
};

}  // namespace sojourn
