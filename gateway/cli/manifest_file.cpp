#include "gateway/cli/manifest_file.h"

#include <algorithm>

#include "gateway/cli/file.h"
#include "loader/function_mentions.h"
#include "loader/names.h"
#include "runtime/crypto/sha256.h"
#include "runtime/event/timing/cron_schedule.h"

namespace sojourn::cli {
namespace {

const LocalObject* find_object(const ManifestFile& file, const std::string& path) {
  const auto found = std::find_if(file.objects.begin(), file.objects.end(),
                                  [&](const LocalObject& object) { return object.path == path; });
  return found == file.objects.end() ? nullptr : &*found;
}

// What is wrong with the object of one function, in words, or nothing.
Status check_object(const LocalObject& object, const std::string& entry, const HostLibraries& libraries) {
  const Result<ObjectFacts> facts = inspect_object(object.bytes, libraries);
  if (!facts) return facts.error().at(object.path);
  const Result<EntryNote> note = select_entry(*facts, entry);
  if (!note) return note.error().at(object.path);
  return {};
}

void check_schedules_of(const Manifest& manifest, const std::string& owner, const std::vector<Trigger>& triggers,
                        Complaints& complaints) {
  for (std::size_t i = 0; i < triggers.size(); ++i) {
    const auto* cron = std::get_if<CronTrigger>(&triggers[i].on);
    if (cron == nullptr) continue;
    const auto schedule = CronSchedule::parse(cron->schedule, cron->timezone);
    const std::string path = owner + ".triggers[" + std::to_string(i) + "].cron";
    if (!schedule.ok()) complaints.add(position_of(manifest.text, path), path, schedule.error().text());
  }
}

// Sorts what a file names into what it has, what it means, and what has to be elsewhere.
class MentionCheck {
 public:
  explicit MentionCheck(const ManifestFile& file) : file_(file), wrong_(file.path), notes_(file.path) {
    for (const ManifestFunction& function : file.manifest.functions) known_.push_back(function.name);
  }

  void add(const std::string& owner, const std::vector<FunctionMention>& mentions) {
    for (const FunctionMention& mention : mentions) add(owner + "." + mention.path, mention.name());
  }

  Result<Elsewhere> result() {
    if (!wrong_.empty()) return wrong_.error();
    if (!notes_.empty()) elsewhere_.notes = notes_.error().text();
    return std::move(elsewhere_);
  }

 private:
  void add(const std::string& path, std::string_view name) {
    if (std::ranges::find(known_, name) != known_.end()) return;
    const Position at = position_of(file_.manifest.text, path);
    if (!nearest(name, known_).empty()) return wrong_.add(at, path, no_such_function(name, known_));
    notes_.add(at, path, "`" + std::string(name) + "` is not in this file: it has to be on the server");
    if (std::ranges::find(elsewhere_.names, name) == elsewhere_.names.end()) elsewhere_.names.emplace_back(name);
  }

  const ManifestFile& file_;
  std::vector<std::string_view> known_;
  Complaints wrong_;
  Complaints notes_;
  Elsewhere elsewhere_;
};

}  // namespace

Result<ManifestFile> read_manifest_file(const std::string& path) {
  const Result<std::string> text = read_file(path);
  if (!text) return text.error();
  Result<Manifest> manifest = parse_manifest(*text, path);
  if (!manifest) return manifest.error();
  ManifestFile file{path, std::move(*manifest), {}};
  const std::filesystem::path directory = std::filesystem::path(path).parent_path();
  Complaints missing(path);
  for (const ManifestFunction& function : file.manifest.functions) {
    if (find_object(file, function.artifact) != nullptr) continue;
    LocalObject object{function.artifact, directory / function.artifact, {}, {}};
    Result<std::string> bytes = read_file(object.file);
    if (!bytes) {
      missing.add(function.at, "functions." + function.name + ".artifact", bytes.error().text() + "; build it first");
      continue;
    }
    object.bytes = std::move(*bytes);
    object.digest = Sha256::of(object.bytes);
    file.objects.push_back(std::move(object));
  }
  if (!missing.empty()) return missing.error();
  return file;
}

Status check_objects(const ManifestFile& file) {
  const HostLibraries libraries;
  Complaints complaints(file.path);
  for (const ManifestFunction& function : file.manifest.functions) {
    const LocalObject* const object = find_object(file, function.artifact);
    if (object == nullptr) continue;
    const Status good = check_object(*object, function.config.entry, libraries);
    if (!good) complaints.add(function.at, "functions." + function.name, good.error().text());
  }
  if (!complaints.empty()) return complaints.error();
  return {};
}

Status check_schedules(const ManifestFile& file) {
  Complaints complaints(file.path);
  const Manifest& manifest = file.manifest;
  for (const ManifestFunction& function : manifest.functions) {
    check_schedules_of(manifest, "functions." + function.name, function.config.triggers, complaints);
  }
  for (const ManifestPipeline& listed : manifest.pipelines) {
    check_schedules_of(manifest, "pipelines." + listed.pipeline.name, listed.pipeline.triggers, complaints);
  }
  return complaints.empty() ? Status() : complaints.error();
}

Result<Elsewhere> functions_elsewhere(const ManifestFile& file) {
  MentionCheck check(file);
  for (const ManifestFunction& function : file.manifest.functions) {
    check.add("functions." + function.name, mentions_of(function.config.triggers));
  }
  for (const ManifestPipeline& listed : file.manifest.pipelines) {
    check.add("pipelines." + listed.pipeline.name, mentions_of(listed.pipeline));
  }
  return check.result();
}

}  // namespace sojourn::cli
