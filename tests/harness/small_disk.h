// A small file system of the test's own, with a file that takes what room is left.
//
// Thread: one. Needs root; mounted() says whether there is one.
#pragma once

#include <filesystem>
#include <string>

#include "tests/harness/process.h"

namespace sojourn::test {

class SmallDisk {
 public:
  explicit SmallDisk(const std::string& size = "16m");
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  const std::filesystem::path& path() const { return directory_.path(); }
  void fill() const;
  void free() const;

 private:
  TemporaryDirectory directory_;
  bool mounted_ = false;
};

}  // namespace sojourn::test
