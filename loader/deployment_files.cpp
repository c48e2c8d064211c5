#include "loader/deployment_files.h"

#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "loader/elf_gate.h"
#include "loader/function_json.h"
#include "loader/names.h"
#include "loader/pipeline_schema.h"
#include "runtime/crypto/sha256.h"

namespace sojourn {
namespace {

using Json = nlohmann::ordered_json;

Error damaged(std::string what) {
  return Error(ErrorCode::kInternal, std::move(what));
}

std::string file_text(const Json& json) {
  return json.dump(2) + "\n";
}

// Reads members of an object; the first that is missing or of a wrong type makes it bad, and the rest are skipped.
class Fields {
 public:
  explicit Fields(const nlohmann::json& json) : json_(json) {
    if (!json.is_object()) bad_ = "is not a JSON object";
  }

  void text(const char* key, std::string& into) {
    if (const auto* value = member(key, &nlohmann::json::is_string)) into = value->get<std::string>();
  }
  template <class Integer>
  void integer(const char* key, Integer& into) {
    if (const auto* value = member(key, &nlohmann::json::is_number_integer)) into = value->get<Integer>();
  }
  const nlohmann::json& object(const char* key) {
    static const nlohmann::json empty = nlohmann::json::object();
    const auto* value = member(key, &nlohmann::json::is_object);
    return value == nullptr ? empty : *value;
  }
  // nullptr when there is no such member.
  const nlohmann::json* list(const char* key) {
    return json_.is_object() && json_.contains(key) ? member(key, &nlohmann::json::is_array) : nullptr;
  }
  void fail(std::string what) {
    if (bad_.empty()) bad_ = std::move(what);
  }
  Status status() const {
    if (bad_.empty()) return {};
    return damaged(bad_);
  }

 private:
  const nlohmann::json* member(const char* key, bool (nlohmann::json::*is)() const noexcept) {
    if (!bad_.empty()) return nullptr;
    const auto found = json_.find(key);
    if (found == json_.end() || !((*found).*is)()) {
      fail("has no usable `" + std::string(key) + "`");
      return nullptr;
    }
    return &*found;
  }

  const nlohmann::json& json_;
  std::string bad_;
};

nlohmann::json parsed(std::string_view text) {
  return nlohmann::json::parse(text, nullptr, false);
}

std::optional<EntryKind> kind_of(std::string_view text) {
  for (EntryKind kind : {EntryKind::kFunction, EntryKind::kDecorator, EntryKind::kHandler}) {
    if (name(kind) == text) return kind;
  }
  return std::nullopt;
}

Status read_artifact(const nlohmann::json& json, Artifact& into) {
  Fields fields(json);
  std::string hex;
  fields.text("sha256", hex);
  fields.integer("size", into.size);
  fields.text("buildId", into.build_id);
  if (json.is_object() && json.contains("uniqueSymbol")) fields.text("uniqueSymbol", into.unique_symbol);
  const auto digest = Digest::from_hex(hex);
  if (!digest) fields.fail("has a `sha256` that is none");
  if (digest) into.digest = *digest;
  return fields.status();
}

Status read_entry(const nlohmann::json& json, EntryNote& into) {
  Fields fields(json);
  std::string kind;
  fields.integer("abi", into.abi_major);
  fields.text("kind", kind);
  fields.text("name", into.name);
  fields.text("symbol", into.symbol);
  fields.text("with", into.with);
  if (const auto known = kind_of(kind)) {
    into.kind = *known;
  } else {
    fields.fail("has an unknown `kind`");
  }
  return fields.status();
}

Json artifact_json(const Artifact& artifact) {
  Json json = {{"sha256", artifact.digest.hex()}, {"size", artifact.size}, {"buildId", artifact.build_id}};
  if (!artifact.unique_symbol.empty()) json["uniqueSymbol"] = artifact.unique_symbol;
  return json;
}

Json entry_json(const EntryNote& entry) {
  return {{"abi", entry.abi_major},
          {"kind", name(entry.kind)},
          {"name", entry.name},
          {"symbol", entry.symbol},
          {"with", entry.with}};
}

Json fused_json(const std::vector<FusedObject>& fused) {
  Json list = Json::array();
  for (const FusedObject& object : fused) {
    list.push_back({{"use", object.use},
                    {"artifact", artifact_json(object.artifact)},
                    {"entry", entry_json(object.entry)},
                    {"with", object.with}});
  }
  return list;
}

Result<FusedObject> read_fused(const nlohmann::json& json) {
  Fields fields(json);
  FusedObject object;
  fields.text("use", object.use);
  fields.text("with", object.with);
  const auto& artifact = fields.object("artifact");
  const auto& entry = fields.object("entry");
  if (Status status = fields.status(); !status) return status.error();
  if (Status status = read_artifact(artifact, object.artifact); !status) return status.error().at("artifact");
  if (Status status = read_entry(entry, object.entry); !status) return status.error().at("entry");
  return object;
}

Status read_fused_list(const nlohmann::json* list, std::vector<FusedObject>& into) {
  if (list == nullptr) return {};
  for (const auto& json : *list) {
    auto object = read_fused(json);
    if (!object) return object.error().at("fused");
    into.push_back(std::move(*object));
  }
  return {};
}

}  // namespace

std::string shard_of(std::string_view name) {
  return Sha256::of(name).hex().substr(0, 2);
}

std::string function_directory(std::string_view name) {
  return "functions/" + shard_of(name) + "/" + std::string(name);
}

std::string version_path(std::string_view name, int number) {
  return function_directory(name) + "/versions/" + std::to_string(number) + ".json";
}

std::string removed_path(std::string_view name) {
  return "removed/" + shard_of(name) + "/" + std::string(name) + ".json";
}

std::string pipeline_directory(std::string_view name) {
  return "pipelines/" + shard_of(name) + "/" + std::string(name);
}

std::string pipeline_version_path(std::string_view name, int number) {
  return pipeline_directory(name) + "/versions/" + std::to_string(number) + ".json";
}

std::string removed_pipeline_path(std::string_view name) {
  return "removed-pipelines/" + shard_of(name) + "/" + std::string(name) + ".json";
}

std::string manifest_path(std::string_view manifest_name) {
  return "manifests/" + std::string(manifest_name.empty() ? "_" : manifest_name) + ".yaml";
}

std::string format_file() {
  return file_text({{"format", kRepositoryFormat}});
}

std::string function_file(const Function& function) {
  return file_text({{"name", function.name}, {"owner", function.owner}});
}

std::string alias_file(const Function& function) {
  return file_text({{"live", function.live}});
}

std::string removed_file(int last) {
  return file_text({{"last", last}});
}

std::string pipeline_file(const DeployedPipeline& pipeline) {
  return file_text({{"name", pipeline.name}, {"owner", pipeline.owner}});
}

std::string alias_file(const DeployedPipeline& pipeline) {
  return file_text({{"live", pipeline.live}});
}

std::string pipeline_version_file(const PipelineVersion& version) {
  return file_text({{"number", version.number},
                    {"pipeline", pipeline_to_json(version.pipeline)},
                    {"author", version.author},
                    {"madeAt", version.made_at}});
}

std::string version_file(const Version& version) {
  Json json;
  json["number"] = version.number;
  json["artifact"] = artifact_json(version.artifact);
  json["entry"] = entry_json(version.entry);
  if (!version.fused.empty()) json["fused"] = fused_json(version.fused);
  json["config"] = config_to_json(version.config);
  json["author"] = version.author;
  json["madeAt"] = version.made_at;
  return file_text(json);
}

Status read_format_file(std::string_view text) {
  const auto json = parsed(text);
  Fields fields(json);
  int format = 0;
  fields.integer("format", format);
  if (format > kRepositoryFormat) {
    return damaged("was written by a newer Sojourn (format " + std::to_string(format) + ", this one reads up to " +
                   std::to_string(kRepositoryFormat) + "); start that version instead");
  }
  return fields.status();
}

Status read_owner_file(std::string_view text, std::string& name, std::string& owner) {
  const auto json = parsed(text);
  Fields fields(json);
  fields.text("name", name);
  fields.text("owner", owner);
  return fields.status();
}

Status read_alias_file(std::string_view text, int& live) {
  const auto json = parsed(text);
  Fields fields(json);
  fields.integer("live", live);
  return fields.status();
}

Result<PipelineVersion> read_pipeline_version_file(std::string_view text, const std::string& pipeline) {
  const auto json = parsed(text);
  Fields fields(json);
  PipelineVersion version;
  fields.integer("number", version.number);
  fields.text("author", version.author);
  fields.integer("madeAt", version.made_at);
  const auto& definition = fields.object("pipeline");
  if (Status status = fields.status(); !status) return status.error();
  auto read = pipeline_from_json(pipeline, definition);
  if (!read) return read.error().at("pipeline").as(ErrorCode::kInternal);
  version.pipeline = std::move(*read);
  return version;
}

Result<int> read_removed_file(std::string_view text) {
  const auto json = parsed(text);
  Fields fields(json);
  int last = 0;
  fields.integer("last", last);
  if (Status status = fields.status(); !status) return status.error();
  return last;
}

Result<Version> read_version_file(std::string_view text, const std::string& function) {
  const auto json = parsed(text);
  Fields fields(json);
  Version version;
  version.function = function;
  fields.integer("number", version.number);
  fields.text("author", version.author);
  fields.integer("madeAt", version.made_at);
  const auto& artifact = fields.object("artifact");
  const auto& entry = fields.object("entry");
  const auto& config = fields.object("config");
  const auto* fused = fields.list("fused");
  if (Status status = fields.status(); !status) return status.error();
  if (Status status = read_artifact(artifact, version.artifact); !status) return status.error().at("artifact");
  if (Status status = read_entry(entry, version.entry); !status) return status.error().at("entry");
  if (Status status = read_fused_list(fused, version.fused); !status) return status.error();
  auto read = config_from_json(config);
  if (!read) return read.error().at("config").as(ErrorCode::kInternal);
  version.config = std::move(*read);
  return version;
}

}  // namespace sojourn
