// The functions that triggers follow and steps call: where each is named, and the words for one that is not there.
//
// Thread: any; pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loader/pipeline.h"

namespace sojourn {

struct FunctionMention {
  std::string path;       // below the pipeline or function: "steps[2].call"
  std::string reference;  // NAME or NAME@N, as written

  std::string_view name() const { return std::string_view(reference).substr(0, reference.find('@')); }
};

std::vector<FunctionMention> mentions_of(const std::vector<Trigger>& triggers);
std::vector<FunctionMention> mentions_of(const std::vector<Step>& steps);
std::vector<FunctionMention> mentions_of(const Pipeline& pipeline);  // of both

// "there is no function `ehco`, did you mean `echo`?"
std::string no_such_function(std::string_view name, std::span<const std::string_view> known);

}  // namespace sojourn
