// The ELF gate decides, on an upload's bytes alone, whether an object may go on to a sandbox.
//
// It loads nothing and runs nothing. It is not the wall that keeps a hostile object in (the sandbox is); it is what
// turns a deploy that could only fail later, darkly, inside a dynamic loader, into one line that names the cause:
// wrong machine, no note, an ABI this host does not speak, an executable stack, text relocations, a segment both
// writable and executable, a search path or library outside the sandbox's view, a symbol version newer than the host's.
//
// Thread: any; a pure function of the bytes and of the host's libraries.
// Errors: kRefused with one line, its place `elf`.
#pragma once

#include <string>
#include <string_view>

#include "loader/artifact.h"
#include "loader/host_libraries.h"
#include "runtime/base/result.h"

namespace sojourn {

inline constexpr std::size_t kNeededMax = 256;  // libraries that one object may need

// What the object says of itself, or why it may not be deployed.
Result<ObjectFacts> inspect_object(std::string_view bytes, const HostLibraries& libraries);

// The note of the function to deploy: the one called `entry`, or the only one when `entry` is empty.
// kRefused, with the names there are, when that is none; also for a kind that this version cannot deploy.
Result<EntryNote> select_entry(const ObjectFacts& facts, std::string_view entry);

// One line for people about what was let through: `function hello, ABI 1, needs libc.so.6, build id 3f2a…`.
std::string found_summary(const ObjectFacts& facts);

std::string_view name(EntryKind kind);  // "function", "decorator", "handler"

}  // namespace sojourn
