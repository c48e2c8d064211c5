// What the acts come to when walls are left out, one by one and together.
//
// `kHeld` says for each act what it comes to with every wall in place, and `kChanges` what differs when some are left
// out: an act without a row there comes to the same as ever, so the other walls are seen to hold it. For each wall
// there is a row in which its absence shows.
#pragma once

#include <array>
#include <string_view>

namespace sojourn::test {

// Whose server it is.
enum class Mode { kRoot, kOrdinary };

enum class In { kBoth, kRoot, kOrdinary };

// What the act is told of the host, in its query.
enum class Ask { kNothing, kGatewayPid, kGatewayPort, kSegmentKey };

struct Held {
  std::string_view act;
  std::string_view outcome;  // the body of a 200, else the code of the error
  Ask ask = Ask::kNothing;
  In in = In::kBoth;
  std::string_view limits = "&memory=64MiB";
};

struct Change {
  std::string_view without;  // walls, joined by '+'
  std::string_view act;
  std::string_view outcome;
  In in = In::kBoth;
};

// The walls that a sandbox can be made without, each alone. Two cannot: without no-new-privs neither Landlock nor a
// filter is accepted, and without a user namespace an ordinary user may not build the others.
inline constexpr std::array<std::string_view, 13> kWallsAlone = {
    "pid-namespace",   "network-namespace", "ipc-namespace", "uts-namespace",  "old-root",
    "capabilities",    "not-dumpable",      "landlock",      "landlock-scope", "seccomp",
    "instance-filter", "rlimits",           "cgroups",
};

inline constexpr Held kHeld[] = {
    // files
    {"read_host_files", "none"},
    {"open_old_root", "ENOENT"},
    {"list_root", "EACCES"},
    {"write_files", "none"},
    {"execute_from_tmp", "EPERM"},
    {"read_private_file", "EACCES", Ask::kNothing, In::kRoot},
    // network
    {"udp_to_loopback", "EPERM"},
    {"connect_to_gateway", "EPERM", Ask::kGatewayPort},
    // other processes
    {"kill_parent", "EPERM"},
    {"signal_template", "EPERM"},
    {"name_a_process", "ESRCH", Ask::kGatewayPid},
    {"read_template_memory", "forbidden_syscall"},
    {"share_across_functions", "EPERM", Ask::kSegmentKey},
    // privilege
    {"mount_something", "forbidden_syscall"},
    {"become_another_user", "EPERM"},
    {"bounding_set", "empty"},
    {"is_dumpable", "0"},
    {"host_name", "sojourn"},
    // exhaustion
    {"fork_in_handler", "EPERM"},
    {"start_100_threads", "EAGAIN"},
    {"open_100_descriptors", "EMFILE"},
    {"fill_tmp_and_share", "out_of_memory", Ask::kNothing, In::kRoot, "&memory=8MiB"},
    {"fill_tmp_and_share", "ENOMEM", Ask::kNothing, In::kOrdinary, "&memory=8MiB"},
};

inline constexpr Change kChanges[] = {
    {"pid-namespace", "name_a_process", "allowed"},
    {"uts-namespace", "host_name", "(the host's)"},
    {"old-root", "open_old_root", "EACCES"},
    {"old-root+landlock", "open_old_root", "allowed"},
    {"capabilities", "bounding_set", "not empty"},
    {"not-dumpable", "is_dumpable", "1"},
    {"landlock", "list_root", "allowed"},
    {"landlock-scope", "signal_template", "allowed"},
    {"instance-filter", "fork_in_handler", "allowed"},
    {"user-namespace", "read_private_file", "allowed", In::kRoot},

    {"rlimits", "open_100_descriptors", "allowed"},
    {"rlimits", "start_100_threads", "allowed", In::kOrdinary},
    {"rlimits", "fill_tmp_and_share", "allowed", In::kOrdinary},
    {"cgroups", "fill_tmp_and_share", "ENOMEM", In::kRoot},
    {"rlimits+cgroups", "start_100_threads", "allowed"},
    {"rlimits+cgroups", "fill_tmp_and_share", "allowed"},

    // Behind the filter each of these has another wall, and with that one gone too, most have a third.
    {"seccomp", "udp_to_loopback", "ENETUNREACH"},
    {"seccomp+network-namespace", "udp_to_loopback", "allowed"},
    {"seccomp", "connect_to_gateway", "EACCES"},
    {"seccomp+landlock", "connect_to_gateway", "ENETUNREACH"},
    {"seccomp+network-namespace", "connect_to_gateway", "EACCES"},
    {"seccomp+network-namespace+landlock", "connect_to_gateway", "allowed"},
    {"seccomp+landlock-scope", "kill_parent", "allowed"},
    {"seccomp", "read_template_memory", "EPERM"},
    {"seccomp+landlock-scope", "read_template_memory", "EPERM"},
    {"seccomp+not-dumpable", "read_template_memory", "EPERM"},
    {"seccomp+not-dumpable+landlock-scope", "read_template_memory", "allowed"},
    {"seccomp", "share_across_functions", "allowed, for itself"},
    {"seccomp+ipc-namespace", "share_across_functions", "allowed, for everybody"},
    {"seccomp", "mount_something", "EPERM"},
    {"seccomp+capabilities", "mount_something", "EPERM"},
    {"seccomp+landlock", "mount_something", "EPERM"},
    {"seccomp+landlock+capabilities", "mount_something", "allowed"},
    {"seccomp", "become_another_user", "EINVAL"},
    {"seccomp+user-namespace", "become_another_user", "EPERM", In::kRoot},
    {"seccomp+user-namespace+capabilities", "become_another_user", "allowed", In::kRoot},
};

}  // namespace sojourn::test
