#include "loader/fused_check.h"

#include <vector>

#include "loader/deployment.h"
#include "loader/elf_gate.h"

namespace sojourn {
namespace {

Error refused(std::string text) {
  return Error(ErrorCode::kRefused, std::move(text));
}

Status check_unique(const ObjectFacts& facts) {
  if (facts.unique_symbol.empty()) return {};
  return refused("cannot be fused: its symbol `" + facts.unique_symbol +
                 "` is STB_GNU_UNIQUE, which all objects of a process share; compile it with -fno-gnu-unique (or use "
                 "-fvisibility=hidden, or leave out `fuse`)");
}

Status check_kind(const EntryNote& link, const EntryNote& function) {
  if (link.kind != EntryKind::kDecorator) {
    return refused("cannot be fused: `" + link.name + "` is a " + std::string(name(link.kind)) +
                   "; only a decorator can stand around a function");
  }
  if (link.abi_major == function.abi_major) return {};
  return refused("cannot be fused: it is built for Sojourn ABI " + std::to_string(link.abi_major) +
                 ", the function for ABI " + std::to_string(function.abi_major));
}

// What the decorator's own configuration gives it and its place inside the function would take.
Status check_config(const FunctionConfig& config) {
  std::vector<std::string> lost;
  if (!config.secrets.empty()) lost.emplace_back("secrets");
  if (!config.connect.empty()) lost.emplace_back("connect");
  if (!config.calls.empty()) lost.emplace_back("calls");
  if (!config.env.empty()) lost.emplace_back("env");
  if (!config.decorators.empty()) lost.emplace_back("decorators");
  if (lost.empty()) return {};
  std::string keys;
  for (const std::string& key : lost) keys.append(keys.empty() ? "`" : ", `").append(key).append("`");
  return refused("cannot be fused: it has " + keys +
                 " of its own, and a fused link has the function's; leave out `fuse` to keep it a link of its own");
}

Status check_link(const FuseRequest& link, const EntryNote& function) {
  if (Status status = check_kind(*link.entry, function); !status) return status;
  if (link.config != nullptr) {
    if (Status status = check_config(*link.config); !status) return status;
  }
  return check_unique(*link.facts);
}

}  // namespace

Status check_fused(const ObjectFacts& function, const EntryNote& entry, std::span<const FuseRequest> links) {
  if (links.empty()) return {};
  if (links.size() > kFusedMax) {
    return refused("has " + std::to_string(links.size()) + " fused decorators, the limit is " +
                   std::to_string(kFusedMax));
  }
  std::size_t with_bytes = 0;
  for (const FuseRequest& link : links) {
    with_bytes += link.with.size();
    if (Status status = check_link(link, entry); !status) return status.error().at("decorators: " + link.use);
  }
  if (with_bytes > kFusedWithMax) {
    return refused("the `with` of its fused decorators together are " + std::to_string(with_bytes) +
                   " bytes, the limit is " + std::to_string(kFusedWithMax));
  }
  return check_unique(function);
}

}  // namespace sojourn
