// RecentTokens remembers which token a text was found to be, so that a client who calls again and again is not hashed
// again and again. It holds the texts in memory, as the requests that brought them did; it is never written anywhere.
//
// Thread: one loop's. REQUIRES: clear() before the table that find() is given changes.
// Bound:  kRecentTokensMax texts; a new one takes the place of another.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "gateway/tokens.h"

namespace sojourn {

inline constexpr std::size_t kRecentTokensMax = 64;

class RecentTokens {
 public:
  // As TokenTable::find.
  const Token* find(std::string_view text, const TokenTable& tokens);
  void clear();

 private:
  struct Entry {
    std::string text;
    const Token* token = nullptr;
  };
  std::array<Entry, kRecentTokensMax> entries_;
};

}  // namespace sojourn
