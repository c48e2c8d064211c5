#include "loader/fused_check.h"

#include "loader/elf_gate.h"

namespace sojourn {
namespace {

std::string unique_symbol(std::string_view whose, const std::string& symbol) {
  return std::string(whose) + " symbol `" + symbol +
         "` is STB_GNU_UNIQUE, which all objects of a process share; compile it with -fno-gnu-unique (or use "
         "-fvisibility=hidden, or leave out `fuse`)";
}

std::string kind_or_abi(const EntryNote& link, const EntryNote& function) {
  if (link.kind != EntryKind::kDecorator)
    return "it is a " + std::string(name(link.kind)) + ", and only a decorator can stand around a function";
  if (link.abi_major == function.abi_major) return "";
  return "it is built for Sojourn ABI " + std::to_string(link.abi_major) + ", the function for ABI " +
         std::to_string(function.abi_major);
}

// What the decorator's own configuration gives it and its place inside the function would take.
std::string what_it_loses(const FunctionConfig& config) {
  std::string keys;
  const auto loses = [&](std::string_view key, std::size_t count) {
    if (count > 0) keys.append(keys.empty() ? "`" : ", `").append(key).append("`");
  };
  loses("secrets", config.secrets.size());
  loses("connect", config.connect.size());
  loses("calls", config.calls.size());
  loses("env", config.env.size());
  loses("decorators", config.decorators.size());
  if (keys.empty()) return "";
  return "it has " + keys + " of its own, and a fused link has the function's; leave out `fuse` to keep it a link of " +
         "its own";
}

std::string reason(const Version& decorator, const Version& function) {
  if (std::string why = kind_or_abi(decorator.entry, function.entry); !why.empty()) return why;
  if (std::string why = what_it_loses(decorator.config); !why.empty()) return why;
  if (const std::string& symbol = decorator.artifact.unique_symbol; !symbol.empty())
    return unique_symbol("its", symbol);
  if (const std::string& symbol = function.artifact.unique_symbol; !symbol.empty())
    return unique_symbol("the function's", symbol);
  return "";
}

}  // namespace

std::string why_not_fused(const Version& decorator, const Version& function) {
  const std::string why = reason(decorator, function);
  return why.empty() ? "" : "cannot be fused: " + why;
}

}  // namespace sojourn
