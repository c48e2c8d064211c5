#include "loader/function_mentions.h"

#include <variant>

#include "loader/names.h"

namespace sojourn {
namespace {

std::string indexed(std::string_view key, std::size_t index, std::string_view below) {
  return std::string(key) + "[" + std::to_string(index) + "]." + std::string(below);
}

}  // namespace

std::vector<FunctionMention> mentions_of(const std::vector<Trigger>& triggers) {
  std::vector<FunctionMention> mentions;
  for (std::size_t i = 0; i < triggers.size(); ++i) {
    const auto* followed = std::get_if<FunctionTrigger>(&triggers[i].on);
    if (followed != nullptr) mentions.push_back({indexed("triggers", i, "function.name"), followed->function});
  }
  return mentions;
}

std::vector<FunctionMention> mentions_of(const std::vector<Step>& steps) {
  std::vector<FunctionMention> mentions;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto* call = std::get_if<CallStep>(&steps[i].act);
    if (call != nullptr) mentions.push_back({indexed("steps", i, "call"), call->function});
  }
  return mentions;
}

std::vector<FunctionMention> mentions_of(const Pipeline& pipeline) {
  std::vector<FunctionMention> mentions = mentions_of(pipeline.triggers);
  for (FunctionMention& called : mentions_of(pipeline.steps)) mentions.push_back(std::move(called));
  return mentions;
}

std::string no_such_function(std::string_view name, std::span<const std::string_view> known) {
  return "there is no function `" + std::string(name) + "`" + did_you_mean(name, known);
}

}  // namespace sojourn
