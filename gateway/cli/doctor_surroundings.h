// What the doctor says of the host around the walls: limits by cgroup, settings of the kernel that weaken or strengthen
// the walls, and what the store stands on.
//
// Thread: any; reads /proc and /sys.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "gateway/cli/doctor.h"

namespace sojourn::cli {

// A finding per controller of the cgroups that limit a function's version.
std::vector<Finding> examine_limits();

// Yama, core_pattern, speculation, the file system of `data` (absolute; need not exist yet), the SQLite library.
std::vector<Finding> examine_surroundings(const std::filesystem::path& data);

// "ext4", "tmpfs", "NFS", …, or the number for one that has no name here.
std::string file_system_name(std::uint64_t magic);

// The names of the weaknesses that the kernel calls vulnerable, from a directory like
// /sys/devices/system/cpu/vulnerabilities; sorted.
std::vector<std::string> open_weaknesses(const std::filesystem::path& directory);

// Whether this SQLite can lose or damage rows that were committed when connections write and checkpoint at once.
bool has_reset_bug(std::string_view sqlite_version);

}  // namespace sojourn::cli
