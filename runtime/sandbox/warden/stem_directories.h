// The directories that become /fn: `stems/N`, one per living template, empty but for the moment in which a template
// opens its artifacts. They share a file system and a mount with the artifacts, so that hard links bring them in.
//
// Thread: the warden's only thread.
// Owner:  the warden.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/sandbox/policy/step.h"
#include "runtime/sandbox/protocol/warden_message.h"

namespace sojourn {

class StemDirectories {
 public:
  static Result<StemDirectories> open(const std::string& path);

  // Removes what a killed predecessor left. `unlink` takes the links to artifacts out of a directory.
  void remove_leftovers(const std::function<void(int directory)>& unlink);

  // A name that no other server's directory on this host has: "sojourn-DEVICE-INODE".
  std::string unique_name() const;

  // Makes `N` and opens it.
  StepError make(std::uint32_t slot, UniqueFd* directory);
  // Makes `connect` in a stem's directory, and in it a listening socket for kAskDoor and for each name.
  StepError make_doors(int directory, const AdoptDoorsRequest& request, std::vector<UniqueFd>* doors);
  // Removes `N` with what is in it.
  void remove(std::uint32_t slot);

 private:
  explicit StemDirectories(UniqueFd root) : root_(std::move(root)) {}
  void remove_named(const char* name);

  UniqueFd root_;
};

}  // namespace sojourn
