#include "gateway/token_desk.h"

#include <memory>
#include <utility>

#include "gateway/worker.h"

namespace sojourn {

void TokenDesk::create(std::string name, std::vector<Scope> scopes, std::function<void(Result<NewToken>)> done) {
  const Status accepted = store_.run([this, name = std::move(name), scopes = std::move(scopes), done] {
    auto made = std::make_shared<Result<NewToken>>(tokens_.create(name, scopes));
    hand_out(tokens_.table(), [made, done] { done(std::move(*made)); });
  });
  if (!accepted.ok()) home_.post([error = accepted.error(), done] { done(error); });
}

void TokenDesk::revoke(std::string name, std::function<void(Status)> done) {
  const Status accepted = store_.run([this, name = std::move(name), done] {
    const Status revoked = tokens_.revoke(name);
    hand_out(tokens_.table(), [revoked, done] { done(revoked); });
  });
  if (!accepted.ok()) home_.post([error = accepted.error(), done] { done(error); });
}

void TokenDesk::hand_out(TokenTablePtr table, std::function<void()> done) {
  const auto left = std::make_shared<std::size_t>(site_.workers.size());  // counted on the home loop
  for (Worker* worker : site_.workers) {
    worker->loop().post([this, worker, table, left, done] {
      worker->set_tokens(table);
      home_.post([left, done] {
        if (--*left == 0) done();
      });
    });
  }
}

}  // namespace sojourn
