// Tokens say who calls and what the caller may do. A token is 256 random bits behind the prefix `sjt_`; only its
// SHA-256 is kept, in tokens.json (0600) of the data directory. docs/api.md lists the scopes.
//
// A TokenTable is an immutable snapshot that every loop reads without a lock; the TokenStore changes the file and
// makes a new table each time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/scope.h"
#include "runtime/base/clock.h"
#include "runtime/base/digest.h"
#include "runtime/base/result.h"

namespace sojourn {

inline constexpr std::string_view kTokenPrefix = "sjt_";
inline constexpr std::size_t kTokenLength = 4 + 64;  // bytes: the prefix and 64 hex digits
inline constexpr std::size_t kTokensMax = 10'000;

struct Token {
  std::string name;
  std::vector<Scope> scopes;
  Digest hash;
  std::int64_t created_at = 0;  // seconds since the epoch

  bool allows(Verb verb, std::string_view function) const { return sojourn::allows(scopes, verb, function); }
};

// Thread: any; nothing in it changes after it was made. Pointers into it live as long as it.
class TokenTable {
 public:
  explicit TokenTable(std::vector<Token> tokens);

  // The token with this text, or null. Found by its hash, which tells an attacker who measures time nothing.
  const Token* find(std::string_view text) const;
  const Token* named(std::string_view name) const;
  const std::vector<Token>& all() const { return tokens_; }  // by name

 private:
  std::vector<Token> tokens_;
  std::map<Digest, std::size_t> by_hash_;
};
using TokenTablePtr = std::shared_ptr<const TokenTable>;

struct NewToken {
  std::string text;  // shown once
  Token token;
};

// Thread: one at a time; every change blocks for the disk.
// Owner:  the gateway. The directory belongs to one running server.
class TokenStore {
 public:
  // Reads tokens.json, or begins with the token `admin`, whose text goes to admin.token (0600).
  static Result<std::unique_ptr<TokenStore>> open(std::string directory, const Clock& clock);

  // kConflict when the name is taken, kBadRequest when it is no name or nothing is in scope.
  Result<NewToken> create(std::string_view name, std::vector<Scope> scopes);
  // kTokenNotFound; kConflict for the last token that may administer.
  Status revoke(std::string_view name);

  TokenTablePtr table() const { return table_; }

 private:
  TokenStore(std::string directory, const Clock& clock) : directory_(std::move(directory)), clock_(clock) {}
  NewToken make(std::string_view name, std::vector<Scope> scopes) const;
  Status begin();
  Status load(std::string_view text);
  Status save(std::vector<Token> tokens);  // the new table stands only when the file does

  std::string directory_;
  const Clock& clock_;
  TokenTablePtr table_ = std::make_shared<const TokenTable>(std::vector<Token>{});
};

}  // namespace sojourn
