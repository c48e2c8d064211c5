#include "gateway/tokens.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "loader/names.h"
#include "runtime/base/durable_file.h"
#include "runtime/crypto/random.h"
#include "runtime/crypto/sha256.h"

namespace sojourn {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kFileSizeMax = 16u << 20;  // bytes
constexpr mode_t kPrivate = 0600;

std::string to_text(const std::vector<Token>& tokens) {
  Json list = Json::array();
  for (const Token& token : tokens) {
    Json scopes = Json::array();
    for (const Scope& scope : token.scopes) scopes.push_back(scope.text());
    list.push_back(
        {{"name", token.name}, {"scopes", scopes}, {"sha256", token.hash.hex()}, {"createdAt", token.created_at}});
  }
  return Json{{"format", 1}, {"tokens", list}}.dump(1) + "\n";
}

std::optional<Token> from_json(const Json& item) {
  Token token;
  token.name = item.at("name").get<std::string>();
  token.created_at = item.at("createdAt").get<std::int64_t>();
  const auto hash = Digest::from_hex(item.at("sha256").get<std::string>());
  if (!hash) return std::nullopt;
  token.hash = *hash;
  for (const Json& text : item.at("scopes")) {
    auto scope = parse_scope(text.get<std::string>());
    if (!scope.ok()) return std::nullopt;
    token.scopes.push_back(std::move(*scope));
  }
  return token;
}

bool may_administer(const Token& token) {
  return token.allows(Verb::kAdmin, "");
}

}  // namespace

TokenTable::TokenTable(std::vector<Token> tokens) : tokens_(std::move(tokens)) {
  std::ranges::sort(tokens_, {}, &Token::name);
  for (std::size_t i = 0; i < tokens_.size(); ++i) by_hash_[tokens_[i].hash] = i;
}

const Token* TokenTable::find(std::string_view text) const {
  if (text.size() != kTokenLength || !text.starts_with(kTokenPrefix)) return nullptr;
  const auto found = by_hash_.find(Sha256::of(text));
  return found == by_hash_.end() ? nullptr : &tokens_[found->second];
}

const Token* TokenTable::named(std::string_view name) const {
  const auto found = std::ranges::lower_bound(tokens_, name, {}, &Token::name);
  return found == tokens_.end() || found->name != name ? nullptr : &*found;
}

Result<std::unique_ptr<TokenStore>> TokenStore::open(std::string directory, const Clock& clock) {
  std::unique_ptr<TokenStore> store(new TokenStore(std::move(directory), clock));
  auto content = read_file(store->directory_ + "/tokens.json", kFileSizeMax);
  if (!content.ok()) return content.error();
  Status ready = content->missing ? store->begin() : store->load(content->text);
  if (!ready.ok()) return ready.error().at("tokens");
  return store;
}

// admin.token is written first: a start that broke off between the two files is simply made again.
Status TokenStore::begin() {
  NewToken made = make("admin", {Scope{Verb::kAdmin, {}}});
  Status written = replace_file(directory_ + "/admin.token", made.text + "\n", kPrivate);
  return written.ok() ? save({std::move(made.token)}) : written;
}

NewToken TokenStore::make(std::string_view name, std::vector<Scope> scopes) const {
  NewToken made{std::string(kTokenPrefix) + random_hex(32), {}};
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock_.wall().time_since_epoch()).count();
  made.token = Token{std::string(name), std::move(scopes), Sha256::of(made.text), now};
  return made;
}

Status TokenStore::load(std::string_view text) {
  const Error damaged(
      ErrorCode::kStoreUnavailable,
      directory_ + "/tokens.json is damaged: bring back a copy, or remove it to begin with a new admin token");
  try {
    const Json file = Json::parse(text);
    std::vector<Token> tokens;
    for (const Json& item : file.at("tokens")) {
      auto token = from_json(item);
      if (!token) return damaged;
      tokens.push_back(std::move(*token));
    }
    table_ = std::make_shared<const TokenTable>(std::move(tokens));
    return {};
  } catch (const Json::exception&) {
    return damaged;
  }
}

Status TokenStore::save(std::vector<Token> tokens) {
  auto table = std::make_shared<const TokenTable>(std::move(tokens));
  Status written = replace_file(directory_ + "/tokens.json", to_text(table->all()), kPrivate);
  if (written.ok()) table_ = std::move(table);
  return written;
}

Result<NewToken> TokenStore::create(std::string_view name, std::vector<Scope> scopes) {
  if (Status fits = check_name("token", name); !fits.ok()) return fits.error().as(ErrorCode::kBadRequest);
  if (scopes.empty()) return Error(ErrorCode::kBadRequest, "a token needs at least one scope");
  if (table_->named(name)) {
    return Error(ErrorCode::kConflict, "there is a token `" + std::string(name) + "` already; revoke it first");
  }
  if (table_->all().size() >= kTokensMax) {
    return Error(ErrorCode::kConflict, "there are " + std::to_string(kTokensMax) + " tokens, the most there may be");
  }
  NewToken made = make(name, std::move(scopes));
  std::vector<Token> tokens = table_->all();
  tokens.push_back(made.token);
  if (Status saved = save(std::move(tokens)); !saved.ok()) return saved.error();
  return made;
}

Status TokenStore::revoke(std::string_view name) {
  const Token* token = table_->named(name);
  if (!token) return Error(ErrorCode::kTokenNotFound, "there is no token `" + std::string(name.substr(0, 64)) + "`");
  const auto administrators = std::ranges::count_if(table_->all(), may_administer);
  if (may_administer(*token) && administrators == 1) {
    return Error(ErrorCode::kConflict,
                 "`" + token->name + "` is the last token with scope admin; create another first");
  }
  std::vector<Token> tokens = table_->all();
  std::erase_if(tokens, [&](const Token& one) { return one.name == name; });
  return save(std::move(tokens));
}

}  // namespace sojourn
