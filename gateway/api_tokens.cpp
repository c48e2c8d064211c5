// /api/v1/tokens: who may do what. A token's text is in one reply of its life, that of its making.
#include "gateway/api.h"
#include "gateway/json_views.h"
#include "gateway/token_desk.h"

namespace sojourn {
namespace {

Json describe(const Token& token) {
  Json scopes = Json::array();
  for (const Scope& scope : token.scopes) scopes.push_back(scope.text());
  return {{"name", token.name}, {"scopes", std::move(scopes)}, {"createdAt", rfc3339(token.created_at)}};
}

struct Wish {
  std::string name;
  std::vector<Scope> scopes;
};

Result<Wish> read_wish(ApiCall& call) {
  const auto body = json_body(call);
  if (!body.ok()) return body.error();
  const auto name = body->find("name");
  const auto scopes = body->find("scopes");
  if (name == body->end() || !name->is_string() || scopes == body->end() || !scopes->is_array()) {
    return Error(ErrorCode::kBadRequest, "the body has to be {\"name\": \"ci\", \"scopes\": [\"deploy\"]}");
  }
  Wish wish{*name->get_ptr<const std::string*>(), {}};
  for (const auto& text : *scopes) {
    if (!text.is_string()) return Error(ErrorCode::kBadRequest, "each scope has to be a string");
    auto scope = parse_scope(*text.get_ptr<const std::string*>());
    if (!scope.ok()) return scope.error();
    wish.scopes.push_back(std::move(*scope));
  }
  return wish;
}

}  // namespace

void list_tokens(ApiCall& call) {
  const auto page = page_of(call);
  if (!page.ok()) return call.fail(page.error());
  Json items = Json::array();
  std::string last;
  bool more = false;
  for (const Token& token : call.request().tokens->all()) {
    if (token.name <= page->after) continue;
    more = items.size() == page->limit;
    if (more) break;
    items.push_back(describe(token));
    last = token.name;
  }
  call.reply_list(std::move(items), more ? last : "");
}

void create_token(ApiCall& call) {
  auto wish = read_wish(call);
  if (!wish.ok()) return call.fail(wish.error());
  call.site().token_desk->create(std::move(wish->name), std::move(wish->scopes),
                                 [later = call.later()](const Result<NewToken>& made) {
                                   later([made](ApiCall& waiting) {
                                     if (!made.ok()) return waiting.fail(made.error());
                                     Json body = describe(made->token);
                                     body["token"] = made->text;
                                     waiting.reply(201, body);
                                   });
                                 });
}

void revoke_token(ApiCall& call) {
  call.site().token_desk->revoke(call.name(), [later = call.later(), name = call.name()](const Status& revoked) {
    later([name, revoked](ApiCall& waiting) {
      if (!revoked.ok()) return waiting.fail(revoked.error());
      waiting.reply(200, {{"name", name}});
    });
  });
}

}  // namespace sojourn
