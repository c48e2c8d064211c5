// What a deployment commit's message says, for people in its first line and for the history in the lines after it:
//
//   deploy hello@3
//
//   Version: hello@3          made by this commit
//   Removed: old
//   Live: api@2               became live without being made
//   Pipeline: orders@2        made by this commit
//   Removed-Pipeline: old
//
// The numbers of a version's commit are found through these lines, since a tree cannot hold its own commit's id.
//
// Thread: any; pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "loader/change.h"

namespace sojourn {

struct CommitMessage {
  std::string subject;
  std::vector<std::string> versions;           // NAME@N
  std::vector<std::string> removed;            // NAME
  std::vector<std::string> moved;              // NAME@N
  std::vector<std::string> pipelines;          // NAME@N
  std::vector<std::string> removed_pipelines;  // NAME

  bool concerns(std::string_view name) const;  // of a function or a pipeline
};

// `subject` is used when it is not empty; its line breaks and control characters become spaces.
CommitMessage describe_change(std::string_view subject, const ResolvedChange& change);

std::string commit_message_text(const CommitMessage& message);
CommitMessage parse_commit_message(std::string_view text);

}  // namespace sojourn
