#include "runtime/sandbox/host/instance_ends.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sojourn {
namespace {

constexpr std::size_t kPageSize = 4096;
static_assert(sizeof(ClaimPage) <= kPageSize);

Error failed(std::string_view what) {
  return system_error(what, errno, ErrorCode::kNoCapacity).at("making an instance's channel");
}

Result<ClaimMemoryPtr> make_claims() {
  UniqueFd memory(::memfd_create("claims", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory || ::ftruncate(memory.get(), kPageSize) != 0) return failed("claim page");
  if (::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) return failed("claim seals");
  void* const page = ::mmap(nullptr, kPageSize, PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0);
  if (page == MAP_FAILED) return failed("claim page");
  return std::make_shared<ClaimMemory>(std::move(memory), static_cast<ClaimPage*>(page));
}

}  // namespace

ClaimMemory::~ClaimMemory() {
  ::munmap(page_, kPageSize);
}

void ClaimMemory::clear() {
  for (auto& word : page_->words) word.store(0, std::memory_order_relaxed);
  page_->link.store(0, std::memory_order_relaxed);
}

Result<InstanceEnds> make_instance_ends(ClaimMemoryPtr used) {
  InstanceEnds ends;
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return failed("socketpair");
  ends.channel.reset(pair[0]);
  ends.far.channel.reset(pair[1]);
  // The kernel names the sender's pid to us only where this was on before the sender wrote.
  const int on = 1;
  if (::setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0) return failed("SO_PASSCRED");
  int log[2];
  if (::pipe2(log, O_CLOEXEC) != 0) return failed("log pipe");
  ends.log.reset(log[0]);
  ends.far.log.reset(log[1]);
  // Each pipe end has its own open file, so this leaves the instance's end blocking.
  if (::fcntl(log[0], F_SETFL, O_NONBLOCK) != 0) return failed("log pipe");
  if (used) {
    used->clear();
  } else {
    Result<ClaimMemoryPtr> made = make_claims();
    if (!made) return made.error();
    used = std::move(*made);
  }
  ends.claims = ends.far.claims = std::move(used);
  return ends;
}

}  // namespace sojourn
