// What the gateway and the warden say to each other: fixed-size messages, one per SOCK_SEQPACKET packet, with digests
// and numbers in them and never a path, so that the warden needs no parser.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sojourn {

enum class WardenMessageType : std::uint32_t {
  kHello = 1,       // <- once: WardenHello
  kAdopt = 2,       // -> give a stem this artifact and these limits: AdoptRequest
  kAdopted = 3,     // <- AdoptReply, and two descriptors: the template's control socket, the read end of its log pipe
  kRefused = 4,     // <- AdoptReply with step and error
  kKill = 5,        // -> KillRequest
  kDied = 6,        // <- a template is gone, and with it every instance: DiedReport
  kAdoptMore = 7,   // -> one more object for the kAdopt that follows: AdoptMoreRequest
  kAdoptDoors = 8,  // -> what the stem of the kAdopt that follows may connect to: AdoptDoorsRequest
  kDoors = 9,       // <- DoorsReply before its kAdopted, and the listening sockets: kAskDoor's, then one per name
};

struct AdoptRequest {
  WardenMessageType type = WardenMessageType::kAdopt;
  std::uint32_t threads;  // per instance
  std::uint64_t id;       // chosen by the gateway; names the template from here on
  std::array<std::uint8_t, 32> digest;
  std::uint64_t inode;            // of the artifact as verified; the warden refuses another file
  std::uint64_t size;             // bytes
  std::int64_t changed_ns;        // st_ctim
  std::uint64_t memory;           // bytes per instance
  std::uint64_t tmp;              // bytes of /tmp
  std::uint32_t instances_max;    // with spares; for the limits of the whole version
  std::uint32_t cpu_thousandths;  // of one CPU, for the whole version; 0: no limit
  std::uint32_t fused;            // so many kAdoptMore with this id came just before, at most kAdoptMoreMax
  std::uint32_t doors;            // 1: a kAdoptDoors with this id came just before
};

inline constexpr std::uint32_t kAdoptMoreMax = 8;

// The object of a fused link. Each comes from an inode of its own, since the dynamic loader takes the same file for the
// same object: who is used a second time in one template is a copy.
struct AdoptMoreRequest {
  WardenMessageType type = WardenMessageType::kAdoptMore;
  std::uint32_t index;  // 1 is the outermost link, and so on without a gap
  std::uint64_t id;     // of the kAdopt
  std::array<std::uint8_t, 32> digest;
  std::uint64_t inode;
  std::uint64_t size;  // bytes
  std::int64_t changed_ns;
  std::uint32_t copy;  // of the artifact: 0 is the first
  std::uint32_t reserved;
};

inline constexpr std::size_t kDoorsMax = 7;      // names; with kAskDoor as many descriptors as a message has
inline constexpr std::size_t kDoorNameMax = 31;  // bytes
inline constexpr char kAskDoor[] = ".ask";       // no name that a manifest can give (docs/connect.md)

// The warden makes a listening Unix socket /fn/connect/NAME for each name, and hands them over: it never accepts.
struct AdoptDoorsRequest {
  WardenMessageType type = WardenMessageType::kAdoptDoors;
  std::uint32_t count;                                              // of names
  std::uint64_t id;                                                 // of the kAdopt
  std::array<std::array<char, kDoorNameMax + 1>, kDoorsMax> names;  // NUL-terminated: a-z, 0-9 and -
};

struct DoorsReply {
  WardenMessageType type = WardenMessageType::kDoors;
  std::uint32_t count;  // of descriptors
  std::uint64_t id;
};

struct KillRequest {
  WardenMessageType type = WardenMessageType::kKill;
  std::int32_t pid;  // an instance as the kernel named it to the gateway, or 0: the whole template
  std::uint64_t id;
};

struct AdoptReply {
  WardenMessageType type;  // kAdopted or kRefused
  std::int32_t pid;        // of the template, as the warden sees it
  std::uint64_t id;
  std::int32_t error;         // errno of the step that failed
  std::array<char, 60> step;  // NUL-terminated: "link artifact", "no stem: mount /usr/lib", …
};

struct DiedReport {
  WardenMessageType type = WardenMessageType::kDied;
  std::int32_t status;  // as waitpid gives it
  std::uint64_t id;
  std::uint64_t oom_kills;  // of its cgroup, 0 where there is none
};

// Which walls this host has given. A bit set means: up, seen to work.
enum WallBits : std::uint64_t {
  kWallUserNamespace = 1u << 0,
  kWallPidNamespace = 1u << 1,
  kWallMountNamespace = 1u << 2,
  kWallNetworkNamespace = 1u << 3,
  kWallIpcNamespace = 1u << 4,
  kWallUtsNamespace = 1u << 5,
  kWallCgroupNamespace = 1u << 6,
  kWallPivotRoot = 1u << 7,
  kWallSeccomp = 1u << 8,
  kWallNoNewPrivileges = 1u << 9,
  kWallLandlock = 1u << 10,
  kWallLandlockNetwork = 1u << 11,
  kWallLandlockScope = 1u << 12,
  kWallCgroupMemory = 1u << 13,
  kWallCgroupPids = 1u << 14,
  kWallCgroupCpu = 1u << 15,
  kWallOwnUid = 1u << 16,  // each template has a uid of its own
  kWallRlimits = 1u << 17,
};

struct WardenHello {
  WardenMessageType type = WardenMessageType::kHello;
  std::uint32_t landlock_abi;
  std::uint64_t walls;        // WallBits; 0: no sandbox can be made here, and the rest says why
  std::int32_t error;         // errno of the step that failed, 0 when all went well
  std::array<char, 60> step;  // as in AdoptReply
};

inline constexpr std::size_t kWardenMessageMax = 256;  // bytes, every message
static_assert(sizeof(AdoptRequest) <= kWardenMessageMax && sizeof(AdoptMoreRequest) <= kWardenMessageMax);
static_assert(sizeof(AdoptDoorsRequest) <= kWardenMessageMax);

}  // namespace sojourn
