// The doctor looks at the host for what the sandbox's walls and the store stand on, and says what is missing and what
// to do about it. It only looks: a namespace is tried in a child that ends at once.
//
// Thread: one; forks.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sojourn::cli {

enum class Health {
  kGood,
  kAdvised,  // a second wall, or a matter of speed: serves without it
  kMissing,  // the security model requires it
};

std::string_view name(Health health);  // "ok", "advised", "MISSING"

struct Finding {
  Health health = Health::kGood;
  std::string what;    // "user namespace"
  std::string found;   // "available", "ABI 4", "tmpfs"
  std::string advice;  // what to do, empty when all is good
};

// `data` is the data directory, whose file system keeps what is deployed; it need not exist yet.
std::vector<Finding> examine_host(const std::filesystem::path& data);

}  // namespace sojourn::cli
