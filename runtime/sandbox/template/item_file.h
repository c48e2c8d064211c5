// An ItemFile is the body of the running call as a file, for code that reads its work from a file: /tmp/item-PID, made
// when the function asks for it (SJ_ITEM_FILE) and removed when the call ends. /tmp is shared by the instances of a
// version, so the name holds the process. One that dies leaves its file to the template, which removes it.
//
// Thread: the instance's main thread; remove_left on the template's.
// Errors: SJ_ELIMIT when /tmp has no room left; SJ_EUNAVAILABLE when no file can be made at all. Nothing stays then.
#pragma once

#include <string_view>
#include <sys/types.h>

#include <sojourn/abi.h>

namespace sojourn {

class ItemFile {
 public:
  ItemFile() = default;

  // *path lives until remove().
  int make(std::string_view body, sj_bytes* path) noexcept;
  void remove() noexcept {
    if (made_) unlink_it();
  }

  // Of a process that is gone.
  static void remove_left(pid_t process) noexcept;

 private:
  void unlink_it() noexcept;

  bool made_ = false;
  char path_[32]{};
};

}  // namespace sojourn
