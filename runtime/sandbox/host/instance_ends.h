// What the gateway makes for each instance before it is forked, since inside the sandbox none of it can be made: a
// socket pair, a log pipe, and the claim page, sealed so that nobody can change its size under the other.
//
// Thread:    any.
// Ownership: the far ends go with the FORK message and are closed here once it is sent. A claim page is shared by the
//            instance and its FORK message; when nobody else holds it, it can serve another instance of the same
//            version: whoever still has it mapped inside belongs to the same function.
#pragma once

#include <memory>

#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/sandbox/protocol/frame.h"

namespace sojourn {

// One claim page: its memory and its mapping here.
class ClaimMemory {
 public:
  ClaimMemory(UniqueFd memory, ClaimPage* page) : memory_(std::move(memory)), page_(page) {}
  ~ClaimMemory();
  ClaimMemory(const ClaimMemory&) = delete;
  ClaimMemory& operator=(const ClaimMemory&) = delete;

  std::atomic<std::uint32_t>& word(std::size_t slot) { return page_->words[slot % kClaimSlots]; }
  std::uint32_t link() const { return page_->link.load(std::memory_order_relaxed); }
  int fd() const { return memory_.get(); }
  void clear();  // every word free

 private:
  UniqueFd memory_;
  ClaimPage* page_;
};
using ClaimMemoryPtr = std::shared_ptr<ClaimMemory>;

struct FarEnds {
  UniqueFd channel;
  UniqueFd log;  // write end
  ClaimMemoryPtr claims;
};

struct InstanceEnds {
  UniqueFd channel;  // non-blocking, with SO_PASSCRED on
  UniqueFd log;      // read end, non-blocking
  ClaimMemoryPtr claims;
  FarEnds far;
};

// `used` is the page of an instance of the same version that is gone, or null: making one costs five system calls.
// Errors: kNoCapacity when the host gives no more descriptors or memory.
Result<InstanceEnds> make_instance_ends(ClaimMemoryPtr used = nullptr);

}  // namespace sojourn
