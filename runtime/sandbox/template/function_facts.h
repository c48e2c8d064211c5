// What a function may ask about itself, whatever call it is in: its name, version, configuration, environment and
// secrets. A template knows all but the secrets, from LOAD; an instance has its own from CONFIG.
//
// Thread: made before user code runs, only read afterwards; any.
// Owner:  the template or the instance. Answers point into it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sojourn/abi.h>

#include "runtime/sandbox/protocol/payload.h"

namespace sojourn {

class FunctionFacts {
 public:
  FunctionFacts() = default;
  FunctionFacts(const FunctionFacts&) = delete;
  FunctionFacts& operator=(const FunctionFacts&) = delete;

  // Takes the texts that follow a LoadHead (after its symbol) or a ConfigHead: name, with, environment, secrets.
  // False when they are not all there.
  bool read(PayloadReader& reader, std::uint32_t version, std::uint32_t env_count, std::uint32_t secret_count);

  const std::string& name() const { return name_; }
  const std::string& version() const { return version_; }
  const std::string& with() const { return with_; }

  // SJ_NAME, SJ_VERSION, SJ_ENV, SJ_SECRET and SJ_WITH; SJ_EMISSING for everything else.
  int value(int what, sj_bytes key, sj_bytes* out) const;

 private:
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  static bool read_pairs(PayloadReader& reader, std::uint32_t count, Pairs& pairs);
  static int look_up(const Pairs& pairs, std::string_view key, sj_bytes* out);

  std::string name_;
  std::string version_;
  std::string with_;
  Pairs env_;
  Pairs secrets_;
};

// The answer to SJ_WITH.
inline int with_value(std::string_view with, sj_bytes* out) {
  if (with.empty()) return SJ_EMISSING;
  *out = {with.data(), with.size()};
  return SJ_OK;
}

inline std::string_view view(sj_bytes bytes) {
  return {bytes.data, bytes.size};
}
inline sj_bytes bytes_of(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace sojourn
