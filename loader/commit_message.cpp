#include "loader/commit_message.h"

#include <algorithm>

namespace sojourn {
namespace {

constexpr std::string_view kVersion = "Version: ";
constexpr std::string_view kRemoved = "Removed: ";
constexpr std::string_view kLive = "Live: ";
constexpr std::string_view kPipeline = "Pipeline: ";
constexpr std::string_view kRemovedPipeline = "Removed-Pipeline: ";
constexpr std::size_t kSubjectMax = 200;  // bytes

std::string one_line(std::string_view text) {
  std::string line(text.substr(0, kSubjectMax));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return line;
}

void append_list(std::string& subject, std::string_view verb, const std::vector<std::string>& names) {
  constexpr std::size_t kNamed = 5;
  if (names.empty()) return;
  if (!subject.empty()) subject += ", ";
  subject.append(verb).append(" ");
  for (std::size_t i = 0; i < std::min(names.size(), kNamed); ++i) subject.append(i == 0 ? "" : ", ").append(names[i]);
  if (names.size() > kNamed) subject.append(" and ").append(std::to_string(names.size() - kNamed)).append(" more");
}

bool refers_to(const std::string& reference, std::string_view function) {
  return std::string_view(reference).substr(0, reference.find('@')) == function;
}

}  // namespace

bool CommitMessage::concerns(std::string_view wanted) const {
  const auto in = [&](const std::vector<std::string>& names) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) { return refers_to(name, wanted); });
  };
  return in(versions) || in(removed) || in(moved) || in(pipelines) || in(removed_pipelines);
}

CommitMessage describe_change(std::string_view subject, const ResolvedChange& change) {
  CommitMessage message;
  for (const auto& version : change.made)
    message.versions.push_back(version->function + "@" + std::to_string(version->number));
  message.removed = change.removals;
  for (const auto& function : change.functions) {
    const auto& moved = change.moved;
    if (std::find(moved.begin(), moved.end(), function->name) == moved.end()) continue;
    message.moved.push_back(function->name + "@" + std::to_string(function->live));
  }
  for (const auto& version : change.made_pipelines)
    message.pipelines.push_back(version->pipeline.name + "@" + std::to_string(version->number));
  message.removed_pipelines = change.pipeline_removals;
  message.subject = one_line(subject);
  if (!message.subject.empty()) return message;
  append_list(message.subject, "deploy", message.versions);
  append_list(message.subject, "remove", message.removed);
  append_list(message.subject, "make live", message.moved);
  append_list(message.subject, "deploy pipeline", message.pipelines);
  append_list(message.subject, "remove pipeline", message.removed_pipelines);
  if (message.subject.empty()) message.subject = "change owners";
  return message;
}

std::string commit_message_text(const CommitMessage& message) {
  std::string text = message.subject + "\n\n";
  for (const std::string& version : message.versions) text.append(kVersion).append(version) += '\n';
  for (const std::string& name : message.removed) text.append(kRemoved).append(name) += '\n';
  for (const std::string& version : message.moved) text.append(kLive).append(version) += '\n';
  for (const std::string& version : message.pipelines) text.append(kPipeline).append(version) += '\n';
  for (const std::string& name : message.removed_pipelines) text.append(kRemovedPipeline).append(name) += '\n';
  return text;
}

CommitMessage parse_commit_message(std::string_view text) {
  CommitMessage message;
  for (bool first = true; !text.empty(); first = false) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (first) {
      message.subject = line;
    } else if (line.starts_with(kVersion)) {
      message.versions.emplace_back(line.substr(kVersion.size()));
    } else if (line.starts_with(kRemoved)) {
      message.removed.emplace_back(line.substr(kRemoved.size()));
    } else if (line.starts_with(kLive)) {
      message.moved.emplace_back(line.substr(kLive.size()));
    } else if (line.starts_with(kPipeline)) {
      message.pipelines.emplace_back(line.substr(kPipeline.size()));
    } else if (line.starts_with(kRemovedPipeline)) {
      message.removed_pipelines.emplace_back(line.substr(kRemovedPipeline.size()));
    }
  }
  return message;
}

}  // namespace sojourn
