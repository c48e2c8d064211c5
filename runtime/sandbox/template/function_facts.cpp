#include "runtime/sandbox/template/function_facts.h"

namespace sojourn {

bool FunctionFacts::read(PayloadReader& reader, std::uint32_t version, std::uint32_t env_count,
                         std::uint32_t secret_count) {
  version_ = std::to_string(version);
  name_ = reader.text();
  with_ = reader.text();
  return read_pairs(reader, env_count, env_) && read_pairs(reader, secret_count, secrets_) && reader.ok();
}

bool FunctionFacts::read_pairs(PayloadReader& reader, std::uint32_t count, Pairs& pairs) {
  pairs.clear();
  for (std::uint32_t index = 0; index < count && reader.ok(); ++index) {
    const std::string_view key = reader.text();
    pairs.emplace_back(key, reader.text());
  }
  return reader.ok();
}

int FunctionFacts::look_up(const Pairs& pairs, std::string_view key, sj_bytes* out) {
  for (const auto& [name, text] : pairs) {
    if (name != key) continue;
    *out = bytes_of(text);
    return SJ_OK;
  }
  return SJ_EMISSING;
}

int FunctionFacts::value(int what, sj_bytes key, sj_bytes* out) const {
  switch (what) {
    case SJ_NAME:
      *out = bytes_of(name_);
      return SJ_OK;
    case SJ_VERSION:
      *out = bytes_of(version_);
      return SJ_OK;
    case SJ_WITH:
      return with_value(with_, out);
    case SJ_ENV:
      return look_up(env_, view(key), out);
    case SJ_SECRET:
      return look_up(secrets_, view(key), out);
    default:
      return SJ_EMISSING;
  }
}

}  // namespace sojourn
