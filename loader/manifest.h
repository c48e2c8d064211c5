// A Manifest is `sojourn.yaml`, read and checked: the functions and pipelines a file wants deployed, each with its
// configuration, the file's defaults already applied.
//
// One schema (config_schema.h) drives what is known. All mistakes of a file are reported at once, each as
// `FILE:LINE:COLUMN: path: what`, with the nearest key when one was mistyped. Keys that the format has but this version
// does not do yet are refused by name, never passed over.
//
// Thread: any; a value.
// Errors: kRefused, up to 20 lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "loader/config_schema.h"
#include "loader/document.h"
#include "loader/function_config.h"
#include "loader/pipeline.h"
#include "runtime/base/result.h"

namespace sojourn {

struct ManifestFunction {
  std::string name;
  std::string artifact;  // a path as written, relative to the manifest's directory
  Position at;           // of its name in the file
  FunctionConfig config;
};

struct ManifestPipeline {
  Position at;  // of its name in the file
  Pipeline pipeline;
};

struct Manifest {
  std::string name;                         // owns what it applied; empty: owns nothing
  std::string text;                         // the file as it was
  std::vector<ManifestFunction> functions;  // in the file's order
  std::vector<ManifestPipeline> pipelines;  // likewise
  std::vector<SecretUse> secret_uses;
};

inline constexpr int kManifestFormat = 1;  // the value of the key `sojourn`

// `file_name` is only for the messages.
Result<Manifest> parse_manifest(std::string_view text, const std::string& file_name);

// Where `functions.api.decorators[0].with` stands in the text of a manifest, or the nearest above it that does.
Position position_of(std::string_view manifest_text, std::string_view path);

// The keys of the top level, and of a function beside its configuration.
SchemaKeyNames manifest_key_names();
inline constexpr std::string_view kArtifactKey = "artifact";

}  // namespace sojourn
