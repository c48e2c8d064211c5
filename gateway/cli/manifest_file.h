// A manifest together with the objects it names, as they lie on this machine's disk.
//
// Thread: one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "loader/elf_gate.h"
#include "loader/manifest.h"
#include "runtime/base/digest.h"
#include "runtime/base/result.h"

namespace sojourn::cli {

struct LocalObject {
  std::string path;            // as the manifest writes it
  std::filesystem::path file;  // where that is
  std::string bytes;
  Digest digest;
};

struct ManifestFile {
  std::string path;  // of the manifest, for messages
  Manifest manifest;
  std::vector<LocalObject> objects;  // each once, in the manifest's order
};

// Reads the manifest and every object, whose paths are relative to the manifest's directory.
Result<ManifestFile> read_manifest_file(const std::string& path);

// Puts every object through the ELF gate and finds each function's entry in it: what a server would refuse for the
// file's own faults is refused here, as `FILE:LINE:COLUMN: functions.NAME: what`, all of it at once.
Status check_objects(const ManifestFile& file);

// Whether the schedules have times and the time zones are known, on this machine.
Status check_schedules(const ManifestFile& file);

// The functions that steps call and triggers follow, and that the file does not have: only a server knows of them.
struct Elsewhere {
  std::vector<std::string> names;  // each once
  std::string notes;               // a line for each place: FILE:LINE:COLUMN: path: what
};

// Errors: kRefused where a function of the file has a name so similar that it was meant.
Result<Elsewhere> functions_elsewhere(const ManifestFile& file);

}  // namespace sojourn::cli
