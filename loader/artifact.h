// What the loader knows of a shared object without running it: plain data, seen by the runtime too.
//
// Thread: values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/digest.h"

namespace sojourn {

enum class EntryKind { kFunction, kDecorator, kHandler };

// One ELF note of the object: one function in it.
struct EntryNote {
  std::uint32_t abi_major = 0;
  EntryKind kind = EntryKind::kFunction;
  std::string name;    // as in the note, '_' already read as '-'
  std::string symbol;  // of its sj_entry
  std::string with;    // what its configuration may look like, as JSON Schema (sojourn/schema.h), or empty
};

// What the ELF gate found in an object it let through.
struct ObjectFacts {
  std::vector<EntryNote> entries;   // at least one
  bool has_module = false;          // exports SJ_MODULE_SYMBOL
  std::vector<std::string> needed;  // DT_NEEDED, in order
  std::string build_id;             // hex, or empty
  std::string unique_symbol;        // the name of an STB_GNU_UNIQUE symbol that it defines, or empty
};

// A stored object: its name is its SHA-256.
struct Artifact {
  Digest digest;
  std::uint64_t size = 0;     // bytes
  std::string build_id;       // hex, or empty
  std::string unique_symbol;  // one that all objects of a process share, or empty: then it may be fused
};

// How the store says "this very file, unchanged since I hashed it". The warden compares them again when it links
// the file into a sandbox.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t changed_ns = 0;  // st_ctim as nanoseconds since the epoch
  bool operator==(const FileIdentity&) const = default;
};

}  // namespace sojourn
