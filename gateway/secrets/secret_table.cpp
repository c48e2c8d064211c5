#include "gateway/secrets/secret_table.h"

#include <algorithm>

#include "loader/names.h"

namespace sojourn {
namespace {

std::string_view name_of(const SecretPtr& secret) {
  return secret->name;
}

}  // namespace

SecretTable::SecretTable(std::vector<SecretPtr> secrets) : secrets_(std::move(secrets)) {
  std::ranges::sort(secrets_, {}, name_of);
}

const Secret* SecretTable::find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(secrets_, name, {}, name_of);
  return found == secrets_.end() || (*found)->name != name ? nullptr : found->get();
}

Result<SecretTexts> SecretTable::texts(const std::vector<std::string>& names) const {
  SecretTexts texts;
  for (const std::string& name : names) {
    const Secret* secret = find(name);
    if (secret == nullptr) {
      return Error(ErrorCode::kNoCapacity, "the secret `" + name + "`, which the function names, is not set");
    }
    texts.emplace(name, secret->value);
  }
  return texts;
}

Status SecretTable::has(std::string_view name) const {
  if (find(name) != nullptr) return {};
  std::vector<std::string_view> known;
  for (const SecretPtr& secret : secrets_) known.push_back(secret->name);
  return Error(ErrorCode::kRefused, "there is no secret `" + std::string(name) + "`" + did_you_mean(name, known) +
                                        " (`sojourn secrets set " + std::string(name) + "` makes it)");
}

}  // namespace sojourn
