#include "runtime/sandbox/warden/stem_table.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/sandbox/policy/mounts.h"
#include "runtime/sandbox/policy/resource_limits.h"
#include "runtime/sandbox/policy/wall_switch.h"

namespace sojourn {
namespace {

static_assert(kStemObjectsMax == kAdoptMoreMax + 1);

constexpr std::uint64_t kProcessesBase = 8;
constexpr std::uint64_t kMemoryBase = 16u << 20;  // bytes: page tables, sockets and pipes of all instances
constexpr std::uint64_t kTmpDefault = 16u << 20;  // what mounts.h gives every stem

UniqueFd open_pidfd(pid_t pid) {
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

void signal_pidfd(int pidfd) {
  ::syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0);
}

// The parent of a process, or -1. The name in the middle of the line may hold anything, so the line is read from its
// last parenthesis on.
pid_t parent_of(pid_t pid) {
  char path[32];
  std::snprintf(path, sizeof path, "/proc/%d/stat", pid);
  const UniqueFd file(::open(path, O_RDONLY | O_CLOEXEC));
  char line[512];
  const ssize_t size = file ? ::read(file.get(), line, sizeof line - 1) : -1;
  if (size <= 0) return -1;
  line[size] = '\0';
  const char* const after_name = std::strrchr(line, ')');
  char state = 0;
  int parent = -1;
  if (after_name == nullptr || std::sscanf(after_name + 1, " %c %d", &state, &parent) != 2) return -1;
  return parent;
}

// The descriptor that the stem passed before user code was in it; the packet itself is one byte.
UniqueFd receive_tmp_context(int control) {
  char nothing;
  iovec piece{&nothing, 1};
  alignas(cmsghdr) char ancillary[CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = ancillary;
  message.msg_controllen = sizeof ancillary;
  if (::recvmsg(control, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0) return UniqueFd();
  const cmsghdr* const part = CMSG_FIRSTHDR(&message);
  if (part == nullptr || part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) return UniqueFd();
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(part), sizeof fd);
  return UniqueFd(fd);
}

}  // namespace

StepError StemTable::start(StemKind kind, Stem** started) {
  std::uint32_t slot = 1;
  for (const auto& [used, stem] : stems_) {
    if (used != slot) break;
    ++slot;
  }
  if (slot > kTemplatesMax) return {Step::kTooManyTemplates, EAGAIN};
  auto stem = std::make_unique<Stem>();
  stem->slot = slot;
  stem->kind = kind;
  if (const StepError failed = raise(*stem); !failed.ok()) {
    directories_.remove(slot);
    cgroups_.remove(slot);
    return failed;
  }
  *started = stem.get();
  stems_.emplace(slot, std::move(stem));
  return {};
}

StepError StemTable::raise(Stem& stem) {
  if (const StepError failed = directories_.make(stem.slot, &stem.directory); !failed.ok()) return failed;
  std::vector<UniqueFd> entrances;
  if (const StepError failed = cgroups_.make(stem.slot, &entrances); !failed.ok()) return failed;
  std::vector<int> files;
  for (const UniqueFd& entrance : entrances) files.push_back(entrance.get());
  return clone_stem(recipe_, files, stem);
}

std::optional<StemReport> StemTable::read_report(Stem& stem) {
  StemReport words;
  const ssize_t size = ::read(stem.report.get(), &words, sizeof words);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  if (stem.state == Stem::State::kRising && size == sizeof words) {
    stem.tmp_context = receive_tmp_context(stem.control.get());
    stem.alive.reset();
    if (words.step == Step::kNone) stem.state = Stem::State::kReady;
    return words;
  }
  // It has loaded, or has ended: either way the links have done their work.
  artifacts_.unlink(stem.directory.get());
  stem.report.reset();
  return std::nullopt;
}

Stem* StemTable::adopt(const AdoptionRequest& request, StepError* failed) {
  for (const auto& [slot, stem] : stems_) {
    if (stem->state != Stem::State::kReady || stem->kind != kind_of(request)) continue;
    *failed = give(*stem, request);
    return stem.get();
  }
  return nullptr;
}

StepError StemTable::give(Stem& stem, const AdoptionRequest& request) {
  const AdoptRequest& main = request.main;
  std::vector<ArtifactIdentity> objects{{Digest{main.digest}, main.inode, main.size, main.changed_ns, 0}};
  for (const AdoptMoreRequest& more : request.more)
    objects.push_back({Digest{more.digest}, more.inode, more.size, more.changed_ns, more.copy});
  // Without the artifacts nothing has happened to the stem: the next one who asks may have it.
  if (const StepError linked = artifacts_.link(objects, stem.directory.get()); !linked.ok()) return linked;
  StepError made = limit(stem, main);
  if (made.ok()) made = directories_.make_doors(stem.directory.get(), request.doors, &stem.doors);
  if (!made.ok()) {
    kill(stem);
    return made;
  }
  stem.state = Stem::State::kAdopted;
  stem.id = main.id;
  slots_by_id_[main.id] = stem.slot;
  return {};
}

StepError StemTable::limit(Stem& stem, const AdoptRequest& request) {
  const std::uint64_t processes = kProcessesBase + std::uint64_t{request.instances_max} * (1 + request.threads);
  const std::uint64_t memory = kMemoryBase + request.memory * (1 + std::uint64_t{request.instances_max}) + request.tmp;
  if (stands(TestedWall::kRlimits)) {
    const StepError limited = limit_function(stem.pid, {request.memory, processes});
    if (!limited.ok()) return limited;
  }
  const StepError limited = cgroups_.limit(stem.slot, {memory, processes, request.cpu_thousandths});
  if (!limited.ok()) return limited;
  if (request.tmp != kTmpDefault && !resize_tmp(stem.tmp_context.get(), request.tmp))
    return step_failed(Step::kLimitTemplate);
  stem.tmp_context.reset();
  return {};
}

bool StemTable::has_ended(Stem& stem, int* status) {
  return ::waitpid(stem.pid, status, WNOHANG) == stem.pid;
}

void StemTable::remove(Stem& stem) {
  artifacts_.unlink(stem.directory.get());
  directories_.remove(stem.slot);
  cgroups_.remove(stem.slot);
  if (stem.id != 0) slots_by_id_.erase(stem.id);
  stems_.erase(stem.slot);
}

void StemTable::kill(Stem& stem) {
  signal_pidfd(stem.pidfd.get());
}

void StemTable::kill_instance(Stem& stem, pid_t pid) {
  // Opened before it is looked at: whatever the number means later, the signal goes to what was looked at.
  const UniqueFd pidfd = open_pidfd(pid);
  if (pidfd && parent_of(pid) == stem.pid) signal_pidfd(pidfd.get());
}

void StemTable::kill_all() {
  for (const auto& [slot, stem] : stems_) kill(*stem);
}

Stem* StemTable::late() {
  const auto now = std::chrono::steady_clock::now();
  for (const auto& [slot, stem] : stems_) {
    if (stem->state == Stem::State::kRising && now - stem->since > kRisingMax) return stem.get();
  }
  return nullptr;
}

Stem* StemTable::by_slot(std::uint32_t slot) {
  const auto found = stems_.find(slot);
  return found == stems_.end() ? nullptr : found->second.get();
}

Stem* StemTable::by_id(std::uint64_t id) {
  const auto found = slots_by_id_.find(id);
  return found == slots_by_id_.end() ? nullptr : by_slot(found->second);
}

std::size_t StemTable::count(Stem::State state, StemKind kind) const {
  return static_cast<std::size_t>(std::count_if(stems_.begin(), stems_.end(), [&](const auto& entry) {
    return entry.second->state == state && entry.second->kind == kind;
  }));
}

std::size_t StemTable::rising() const {
  return count(Stem::State::kRising, StemKind::kClosed) + count(Stem::State::kRising, StemKind::kConnecting);
}

}  // namespace sojourn
