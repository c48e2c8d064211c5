#include "runtime/sandbox/policy/cgroup.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

namespace sojourn {
namespace {

constexpr std::uint64_t kCpuPeriodUs = 100'000;
// How long the processes of a predecessor that was killed may take to end.
constexpr int kLeftoverTries = 50;
constexpr timespec kLeftoverPause{0, 10'000'000};

UniqueFd open_directory(int at, const char* path) {
  return UniqueFd(::openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

bool write_at(int directory, const std::string& path, const std::string& text) {
  const UniqueFd file(::openat(directory, path.c_str(), O_WRONLY | O_CLOEXEC));
  return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

std::string read_at(int directory, const std::string& path) {
  const UniqueFd file(::openat(directory, path.c_str(), O_RDONLY | O_CLOEXEC));
  char text[1024];
  const ssize_t size = file ? ::read(file.get(), text, sizeof text) : -1;
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

// The names in a directory that begin with one of the characters `first`.
std::vector<std::string> names_beginning(int directory, const char* first) {
  struct Close {
    void operator()(DIR* open) const { ::closedir(open); }
  };
  std::vector<std::string> names;
  const std::unique_ptr<DIR, Close> listing(::fdopendir(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  if (!listing) return names;
  while (const dirent* entry = ::readdir(listing.get())) {
    if (std::strpbrk(entry->d_name, first) == entry->d_name) names.emplace_back(entry->d_name);
  }
  return names;
}

constexpr char kDigits[] = "0123456789";
constexpr std::string_view kOurs = "sojourn-";

// Removes what stands for templates in a group. Its processes may still be on their way out.
void remove_children(int group) {
  for (const std::string& child : names_beginning(group, kDigits)) {
    for (int tries = 0; tries < kLeftoverTries; ++tries) {
      if (::unlinkat(group, child.c_str(), AT_REMOVEDIR) == 0 || errno != EBUSY) break;
      ::nanosleep(&kLeftoverPause, nullptr);
    }
  }
}

// A warden keeps its group locked while it lives, so that another can tell an abandoned one.
bool lock(int group) {
  return ::flock(group, LOCK_EX | LOCK_NB) == 0;
}

// Groups of servers that were killed and never came back, whatever directory they served.
void remove_abandoned(int parent, const std::string& own) {
  for (const std::string& name : names_beginning(parent, "s")) {
    if (name.compare(0, kOurs.size(), kOurs) != 0 || name == own) continue;
    const UniqueFd group = open_directory(parent, name.c_str());
    if (!group || !lock(group.get())) continue;
    remove_children(group.get());
    ::unlinkat(parent, name.c_str(), AT_REMOVEDIR);
  }
}

// Makes the group, or takes over the one that is there, and locks it.
UniqueFd make_group(int parent, const std::string& name) {
  constexpr int kTries = 5;
  for (int tries = 0; tries < kTries; ++tries) {
    if (::mkdirat(parent, name.c_str(), 0755) != 0 && errno != EEXIST) break;
    UniqueFd group = open_directory(parent, name.c_str());
    if (!group) continue;
    lock(group.get());  // a predecessor may hold it for a moment yet; this one is ours by name
    struct stat held {};
    struct stat named {};
    // Before it was locked somebody may have taken it for abandoned.
    if (::fstat(group.get(), &held) == 0 && ::fstatat(parent, name.c_str(), &named, 0) == 0 &&
        held.st_ino == named.st_ino)
      return group;
  }
  return UniqueFd();
}

bool has_word(const std::string& text, const char* word) {
  const std::string padded = " " + text.substr(0, text.find('\n')) + " ";
  return padded.find(std::string(" ") + word + " ") != std::string::npos;
}

// Lets children of a v2 group have limits. Which ones it got shows in the children.
void enable_controllers(int directory) {
  for (const char* word : {"+memory", "+pids", "+cpu"}) write_at(directory, "cgroup.subtree_control", word);
}

std::uint32_t enabled_controllers(int directory) {
  const std::string enabled = read_at(directory, "cgroup.subtree_control");
  return (has_word(enabled, "memory") ? kCgroupMemory : 0u) | (has_word(enabled, "pids") ? kCgroupPids : 0u) |
         (has_word(enabled, "cpu") ? kCgroupCpu : 0u);
}

}  // namespace

CgroupTree CgroupTree::open(const std::string& name) {
  CgroupTree tree;
  tree.name_ = name;
  for (CgroupPlace& place : find_cgroup_places()) {
    place.controllers &= ~tree.controllers();
    Hierarchy made;
    if (place.controllers != 0 && enter_place(place, name, made)) tree.hierarchies_.push_back(std::move(made));
  }
  tree.remove_leftovers();
  return tree;
}

bool CgroupTree::enter_place(const CgroupPlace& place, const std::string& name, Hierarchy& made) {
  made.parent = open_directory(AT_FDCWD, place.directory.c_str());
  if (!made.parent) return false;
  if (place.unified) enable_controllers(made.parent.get());
  made.directory = make_group(made.parent.get(), name);
  // One that another user's server left is not ours to use.
  if (!made.directory || ::faccessat(made.directory.get(), ".", W_OK, AT_EACCESS) != 0) return false;
  made.unified = place.unified;
  made.controllers = place.controllers;
  if (place.unified) {
    enable_controllers(made.directory.get());
    made.controllers &= enabled_controllers(made.directory.get());
  }
  if (made.controllers != 0) return true;
  ::unlinkat(made.parent.get(), name.c_str(), AT_REMOVEDIR);
  return false;
}

CgroupTree::~CgroupTree() {
  for (const Hierarchy& hierarchy : hierarchies_) ::unlinkat(hierarchy.parent.get(), name_.c_str(), AT_REMOVEDIR);
}

void CgroupTree::remove_leftovers() {
  for (const Hierarchy& hierarchy : hierarchies_) {
    remove_children(hierarchy.directory.get());
    remove_abandoned(hierarchy.parent.get(), name_);
  }
}

std::uint32_t CgroupTree::controllers() const {
  std::uint32_t all = 0;
  for (const Hierarchy& hierarchy : hierarchies_) all |= hierarchy.controllers;
  return all;
}

StepError CgroupTree::make(std::uint32_t slot, std::vector<UniqueFd>* entrances) {
  const std::string child = std::to_string(slot);
  for (const Hierarchy& hierarchy : hierarchies_) {
    const int directory = hierarchy.directory.get();
    if (::mkdirat(directory, child.c_str(), 0755) != 0 && errno != EEXIST) return step_failed(Step::kMakeCgroup);
    UniqueFd entrance(::openat(directory, (child + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
    if (!entrance) return step_failed(Step::kMakeCgroup);
    entrances->push_back(std::move(entrance));
  }
  return {};
}

StepError CgroupTree::limit(std::uint32_t slot, const CgroupLimits& limits) {
  const std::string child = std::to_string(slot) + "/";
  const std::uint64_t quota = limits.cpu_thousandths * (kCpuPeriodUs / 1000);
  for (const Hierarchy& hierarchy : hierarchies_) {
    const auto set = [&](const char* file, const std::string& text) {
      return write_at(hierarchy.directory.get(), child + file, text);
    };
    bool done = true;
    if (hierarchy.controllers & kCgroupMemory) {
      done = set(hierarchy.unified ? "memory.max" : "memory.limit_in_bytes", std::to_string(limits.memory));
      if (hierarchy.unified) set("memory.swap.max", "0");  // not on every host; the limit holds without
    }
    if (done && hierarchy.controllers & kCgroupPids) done = set("pids.max", std::to_string(limits.processes));
    if (done && hierarchy.controllers & kCgroupCpu && quota > 0) {
      done = hierarchy.unified ? set("cpu.max", std::to_string(quota) + " " + std::to_string(kCpuPeriodUs))
                               : set("cpu.cfs_quota_us", std::to_string(quota));
    }
    if (!done) return step_failed(Step::kLimitTemplate);
  }
  return {};
}

std::uint64_t CgroupTree::oom_kills(std::uint32_t slot) const {
  for (const Hierarchy& hierarchy : hierarchies_) {
    if ((hierarchy.controllers & kCgroupMemory) == 0) continue;
    const char* const file = hierarchy.unified ? "/memory.events" : "/memory.oom_control";
    const std::string text = "\n" + read_at(hierarchy.directory.get(), std::to_string(slot) + file);
    const std::size_t line = text.find("\noom_kill ");
    if (line != std::string::npos) return std::strtoull(text.c_str() + line + std::strlen("\noom_kill "), nullptr, 10);
  }
  return 0;
}

void CgroupTree::remove(std::uint32_t slot) {
  for (const Hierarchy& hierarchy : hierarchies_)
    ::unlinkat(hierarchy.directory.get(), std::to_string(slot).c_str(), AT_REMOVEDIR);
}

}  // namespace sojourn
