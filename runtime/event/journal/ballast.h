// A Ballast is a file whose only worth is the room that it takes: given up on a full disk, it lets what must be written
// be written, even the removal of rows, which needs room too.
//
// Thread: one.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/base/result.h"

namespace sojourn {

class Ballast {
 public:
  // Takes the room now if the disk has it, and twice as much is left. 0 bytes: there is no ballast, and none is missed.
  Ballast(std::string path, std::uint64_t bytes);

  bool is_there() const { return is_there_; }
  // Gives the room up.
  void release();
  // Takes it again. False: the disk has no room for it.
  bool refill();

 private:
  bool has_room() const;

  std::string path_;
  std::uint64_t bytes_;
  bool is_there_ = false;
};

}  // namespace sojourn
