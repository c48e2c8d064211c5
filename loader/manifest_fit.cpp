#include "loader/manifest_fit.h"

#include <optional>
#include <string>

#include "loader/elf_gate.h"
#include "loader/with_check.h"

namespace sojourn {
namespace {

// "with.KEY" and "what" of fit_with's `KEY: what`, or "with" and "what".
struct Mistake {
  std::string path = "with";
  std::string what;
};

Mistake mistake_of(const std::string& text) {
  const std::size_t colon = text.find(": ");
  const std::string key = text.substr(0, colon);
  if (colon == std::string::npos || key.find(' ') != std::string::npos) return {"with", text};
  return {"with." + key, text.substr(colon + 2)};
}

// A decorator's own `with` is what its uses have that say nothing: it may leave to them what is needed.
std::optional<Mistake> fit(const EntryNote& entry, FunctionConfig& config) {
  if (entry.kind == EntryKind::kDecorator && config.with.empty()) return std::nullopt;
  auto fitted = fit_with(entry.with, config.with);
  if (!fitted.ok()) return mistake_of(fitted.error().text());
  config.with = *std::move(fitted);
  return std::nullopt;
}

}  // namespace

Status fit_configuration(const EntryNote& entry, FunctionConfig& config) {
  const auto mistake = fit(entry, config);
  if (!mistake) return {};
  return Error(ErrorCode::kRefused, mistake->path + ": " + mistake->what);
}

Status fit_manifest(Manifest& manifest, const std::map<std::string, InspectedArtifact>& artifacts,
                    const std::string& file) {
  Complaints complaints(file);
  for (ManifestFunction& function : manifest.functions) {
    const auto inspected = artifacts.find(function.name);
    if (inspected == artifacts.end()) continue;
    const auto entry = select_entry(inspected->second.facts, function.config.entry);
    if (!entry.ok()) continue;
    if (const auto mistake = fit(*entry, function.config)) {
      const std::string path = "functions." + function.name + "." + mistake->path;
      complaints.add(position_of(manifest.text, path), path, mistake->what);
    }
  }
  return complaints.empty() ? Status() : complaints.error();
}

}  // namespace sojourn
