// What the gateway makes for each instance before it is forked, since inside the sandbox none of it can be made: a
// socket pair, a log pipe, and the claim page, sealed so that nobody can change its size under the other.
//
// Thread:    any.
// Ownership: the far ends go with the FORK message and are closed here once it is sent; ClaimMapping unmaps itself.
#pragma once

#include <utility>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/sandbox/protocol/frame.h"

namespace sojourn {

class ClaimMapping {
 public:
  ClaimMapping() = default;
  explicit ClaimMapping(ClaimPage* page) : page_(page) {}
  ClaimMapping(ClaimMapping&& other) noexcept : page_(std::exchange(other.page_, nullptr)) {}
  ClaimMapping& operator=(ClaimMapping&& other) noexcept {
    std::swap(page_, other.page_);
    return *this;
  }
  ~ClaimMapping();
  ClaimPage* operator->() const { return page_; }

 private:
  ClaimPage* page_ = nullptr;
};

struct FarEnds {
  UniqueFd channel;
  UniqueFd log;     // write end
  UniqueFd claims;  // memfd
};

struct InstanceEnds {
  UniqueFd channel;  // non-blocking, with SO_PASSCRED on
  UniqueFd log;      // read end, non-blocking
  ClaimMapping claims;
  FarEnds far;
};

// Errors: kNoCapacity when the host gives no more descriptors or memory.
Result<InstanceEnds> make_instance_ends();

}  // namespace sojourn
