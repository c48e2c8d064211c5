#include "gateway/cli/doctor_surroundings.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <sys/prctl.h>
#include <sys/vfs.h>
#include <tuple>
#include <unistd.h>

#include "runtime/database/database.h"
#include "runtime/sandbox/policy/cgroup_search.h"

namespace sojourn::cli {
namespace {

std::string first_line(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

bool has_word(const std::string& line, std::string_view word) {
  std::istringstream words(line);
  for (std::string each; words >> each;) {
    if (each == word) return true;
  }
  return false;
}

struct Controller {
  CgroupControllers bit;
  const char* name;
  const char* without;
};
constexpr std::array kControllers = {
    Controller{kCgroupMemory, "memory",
               "the memory of each process is limited by rlimits alone, shared memory by its address space"},
    Controller{kCgroupPids, "pids", "processes and threads are limited by rlimits alone"},
    Controller{kCgroupCpu, "cpu", "`cpu` limits nothing: a busy function shares the processors like any process"},
};

// Whether groups with this controller can be made at a place, and whether by us.
bool offers(const CgroupPlace& place, const Controller& controller) {
  if ((place.controllers & controller.bit) == 0) return false;
  return !place.unified ||
         has_word(first_line(std::filesystem::path(place.directory) / "cgroup.controllers"), controller.name);
}

Finding cgroup_finding(const Controller& controller) {
  const std::string what = std::string("cgroup ") + controller.name;
  std::string found = "none";
  for (const CgroupPlace& place : find_cgroup_places()) {
    if (!offers(place, controller)) continue;
    found = place.unified ? "v2" : "v1";
    if (::access(place.directory.c_str(), W_OK) == 0) return {Health::kGood, what, found, ""};
    found += ", not delegated to this user";
  }
  return {Health::kAdvised, what, found, controller.without};
}

Finding yama_finding() {
  const std::string scope = first_line("/proc/sys/kernel/yama/ptrace_scope");
  if (!scope.empty() && scope != "0") return {Health::kGood, "Yama ptrace_scope", scope, ""};
  return {Health::kAdvised, "Yama ptrace_scope", scope.empty() ? "none" : scope,
          "kernel.yama.ptrace_scope=1 is a second wall against ptrace"};
}

Finding core_pattern_finding() {
  const std::string pattern = first_line("/proc/sys/kernel/core_pattern");
  if (!pattern.starts_with('|')) return {Health::kGood, "core_pattern", pattern, ""};
  return {Health::kAdvised, "core_pattern", pattern,
          "a program outside the sandbox handles cores; functions write none, but a file name is safer"};
}

Finding speculation_finding() {
  const int state = ::prctl(PR_GET_SPECULATION_CTRL, PR_SPEC_STORE_BYPASS, 0, 0, 0);
  if (state == PR_SPEC_NOT_AFFECTED) return {Health::kGood, "speculation control", "not affected", ""};
  if (state > 0 && (static_cast<unsigned>(state) & PR_SPEC_PRCTL) != 0)
    return {Health::kGood, "speculation control", "per process", ""};
  return {Health::kAdvised, "speculation control", "none",
          "side channels between functions are not closed: one server per tenant's machine"};
}

Finding weakness_finding() {
  std::string open;
  for (const std::string& weakness : open_weaknesses("/sys/devices/system/cpu/vulnerabilities"))
    open += (open.empty() ? "" : " ") + weakness;
  if (open.empty()) return {Health::kGood, "processor weaknesses", "none that the kernel leaves open", ""};
  return {Health::kAdvised, "processor weaknesses", open,
          "one tenant may read another's memory by measuring: newer microcode, or one server per tenant's machine"};
}

Finding file_system_finding(std::filesystem::path path) {
  std::error_code ignored;
  while (!std::filesystem::exists(path, ignored) && path.has_parent_path() && path != path.parent_path()) {
    path = path.parent_path();
  }
  struct statfs facts {};
  if (::statfs(path.c_str(), &facts) != 0) return {Health::kAdvised, "data directory", std::strerror(errno), ""};
  const std::string type = file_system_name(static_cast<std::uint64_t>(facts.f_type));
  if (type == "tmpfs" || type == "ramfs")
    return {Health::kAdvised, "data directory", type, "what is deployed is lost at the next boot: choose a disk"};
  if (type == "NFS" || type == "CIFS" || type == "SMB2" || type == "9p" || type == "FUSE" || type == "Ceph")
    return {Health::kAdvised, "data directory", type,
            "locks and fsync over it are not to be trusted: use a local disk"};
  return {Health::kGood, "data directory", type, ""};
}

Finding database_finding() {
  const std::string version(Database::library_version());
  if (!has_reset_bug(version)) return {Health::kGood, "SQLite", version, ""};
  return {Health::kGood, "SQLite", version + ", written by one connection only", ""};
}

}  // namespace

std::string file_system_name(std::uint64_t magic) {
  constexpr std::pair<std::uint64_t, const char*> kNames[] = {
      {0xEF53, "ext4"},      {0x58465342, "XFS"},     {0x9123683E, "btrfs"},    {0x01021994, "tmpfs"},
      {0x858458F6, "ramfs"}, {0x794C7630, "overlay"}, {0x2FC12FC1, "ZFS"},      {0xF2F52010, "F2FS"},
      {0x6969, "NFS"},       {0xFF534D42, "CIFS"},    {0xFE534D42, "SMB2"},     {0x65735546, "FUSE"},
      {0x01021997, "9p"},    {0x00C36400, "Ceph"},    {0xCA451A4E, "bcachefs"}, {0x73717368, "squashfs"},
      {0x4D44, "FAT"},       {0x2011BAB0, "exFAT"},   {0x52654973, "ReiserFS"},
  };
  for (const auto& [number, name] : kNames) {
    if (number == magic) return name;
  }
  std::ostringstream type;
  type << "a file system of type 0x" << std::hex << magic;
  return type.str();
}

std::vector<std::string> open_weaknesses(const std::filesystem::path& directory) {
  std::vector<std::string> open;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator(directory, gone)) {
    if (first_line(entry.path()).starts_with("Vulnerable")) open.push_back(entry.path().filename());
  }
  std::sort(open.begin(), open.end());
  return open;
}

bool has_reset_bug(std::string_view sqlite_version) {
  std::istringstream text{std::string(sqlite_version)};
  int major = 0, minor = 0, patch = 0;
  char dot = 0;
  text >> major >> dot >> minor >> dot >> patch;
  return std::tie(major, minor, patch) < std::make_tuple(3, 51, 3);
}

std::vector<Finding> examine_limits() {
  std::vector<Finding> findings;
  for (const Controller& controller : kControllers) findings.push_back(cgroup_finding(controller));
  return findings;
}

std::vector<Finding> examine_surroundings(const std::filesystem::path& data) {
  return {yama_finding(),     core_pattern_finding(),    speculation_finding(),
          weakness_finding(), file_system_finding(data), database_finding()};
}

}  // namespace sojourn::cli
