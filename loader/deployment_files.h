// The files of the deployment repository's tree, and how what is deployed is written into them and read back.
//
//   format.json                          {"format":1}
//   functions/HH/NAME/function.json      {"name","owner"}
//   functions/HH/NAME/alias.json         {"live":N}
//   functions/HH/NAME/versions/N.json    {"number","artifact":{"sha256","size","buildId"},"entry",…,"fused":[…],
//                                       "config",…}
//   removed/HH/NAME.json                 {"last":N}
//   pipelines/HH/NAME/pipeline.json      {"name","owner"}
//   pipelines/HH/NAME/alias.json         {"live":N}
//   pipelines/HH/NAME/versions/N.json    {"number","pipeline",…}
//   removed-pipelines/HH/NAME.json       {"last":N}
//   manifests/NAME.yaml                  the text that was applied (`_.yaml` for a manifest without a name)
//
// HH is the first two hex digits of SHA-256(NAME), so that no directory grows with the number of functions beyond what
// git handles well. An artifact is only pointed to, by hash; its bytes are in the artifact store.
//
// Thread: any; pure functions.
// Errors: kInternal with the path of the file that cannot be read.
#pragma once

#include <string>
#include <string_view>

#include "loader/deployment.h"
#include "runtime/base/result.h"

namespace sojourn {

inline constexpr int kRepositoryFormat = 1;

std::string shard_of(std::string_view name);  // HH
std::string function_directory(std::string_view name);
std::string version_path(std::string_view name, int number);
std::string removed_path(std::string_view name);
std::string pipeline_directory(std::string_view name);
std::string pipeline_version_path(std::string_view name, int number);
std::string removed_pipeline_path(std::string_view name);
std::string manifest_path(std::string_view manifest_name);

std::string format_file();
std::string function_file(const Function& function);
std::string alias_file(const Function& function);
std::string version_file(const Version& version);
std::string removed_file(int last);
std::string pipeline_file(const DeployedPipeline& pipeline);
std::string alias_file(const DeployedPipeline& pipeline);
std::string pipeline_version_file(const PipelineVersion& version);

Status read_format_file(std::string_view text);
// What functions and pipelines have alike.
Status read_owner_file(std::string_view text, std::string& name, std::string& owner);
Status read_alias_file(std::string_view text, int& live);
Result<Version> read_version_file(std::string_view text, const std::string& function);
Result<PipelineVersion> read_pipeline_version_file(std::string_view text, const std::string& pipeline);
Result<int> read_removed_file(std::string_view text);

}  // namespace sojourn
