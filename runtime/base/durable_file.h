// Small files that must survive a power cut: whole, old or new, never torn.
//
// Thread: any; free functions. They block for the disk, so they are for threads that may.
#pragma once

#include <string>
#include <string_view>
#include <sys/types.h>

#include "runtime/base/result.h"

namespace sojourn {

// Replaces the file in one step: written beside it, synced, renamed, and the directory synced. Follows no link.
Status replace_file(const std::string& path, std::string_view content, mode_t mode);

// The content; kStoreUnavailable when it cannot be read or is longer than `size_max` bytes; an empty text and
// `missing` = true when there is no such file.
struct FileContent {
  std::string text;
  bool missing = false;
};
Result<FileContent> read_file(const std::string& path, std::size_t size_max);

}  // namespace sojourn
