#include "gateway/recent_tokens.h"

#include <functional>

#include "runtime/crypto/random.h"

namespace sojourn {

const Token* RecentTokens::find(std::string_view text, const TokenTable& tokens) {
  Entry& entry = entries_[std::hash<std::string_view>()(text) % entries_.size()];
  if (entry.token != nullptr && equal_in_constant_time(entry.text, text)) return entry.token;
  const Token* const found = tokens.find(text);
  if (found != nullptr) entry = {std::string(text), found};
  return found;
}

void RecentTokens::clear() {
  for (Entry& entry : entries_) entry = {};
}

}  // namespace sojourn
