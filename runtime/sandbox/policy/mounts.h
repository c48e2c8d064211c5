// The whole file system a function sees:
//
//   /            a tmpfs of 64 KiB, read-only once it is filled
//   /usr/lib …   the host's library directories, read-only, nosuid, nodev (and /lib, /lib64 as the host has them)
//   /fn          the stem's own directory, read-only, nosuid, nodev: fn.so appears in it at adoption
//   /tmp         a tmpfs of its own, noexec, nosuid, nodev
//
// There is no /proc, /sys, /dev, /etc or /home. The new mount calls are used throughout: nothing is mounted by a path
// of the host, so no directory of the host has to be writable or even exist as a mount point.
//
// Thread: the template's only thread, in its own mount and user namespace and before it lost its capabilities.
// Needs:  Linux 5.12.
#pragma once

#include "runtime/sandbox/policy/step.h"

namespace sojourn {

inline constexpr char kTmpSizeDefault[] = "16m";
inline constexpr char kTmpFilesMax[] = "4096";  // inodes

// Where the dynamic loader of the host finds libraries, as far as the host has these directories.
inline constexpr const char* kLibraryDirectories[] = {"/usr/lib", "/usr/lib64", "/lib", "/lib64"};

// Builds the view and enters it. The current directory is the stem's own when it is called, and / afterwards.
// `*tmp_context` becomes a descriptor through which the owner of the user namespace can give /tmp another size, or -1.
StepError enter_minimal_root(int* tmp_context);

// Sets the size of the /tmp behind a descriptor that enter_minimal_root gave, from outside. False with errno set.
bool resize_tmp(int tmp_context, unsigned long long bytes);

}  // namespace sojourn
