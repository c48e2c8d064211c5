// The WatchRoots are the directories below which files triggers may watch: those that the server's operator named, and
// no others. With none nothing may be watched. Who may deploy could otherwise read with a trigger what the gateway can.
//
// They are asked twice: when a trigger is deployed, by the words of its path; and at each look and each reading, by
// where the opened directory really is, so that no link leads out. A root may be a link itself, and come later.
//
// Thread: any; it does not change.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sojourn {

// Whether the path is the root or stands below it. Both are taken as they are, without links, dots and a last slash.
bool is_below(std::string_view path, std::string_view root);

class WatchRoots {
 public:
  WatchRoots() = default;
  // REQUIRES: absolute paths; what is none permits nothing.
  explicit WatchRoots(const std::vector<std::string>& roots);

  // Whether the path as it is written stands below one of them. The disk is not asked.
  bool name(const std::string& path) const;

  // Whether `real`, a path without links, stands below what one of them is now. Blocks for the disk.
  bool hold(const std::string& real) const;

  // Why a path is not below them and what to do, for whoever wants to have it watched.
  std::string refusal() const;

 private:
  std::vector<std::string> roots_;
};

}  // namespace sojourn
