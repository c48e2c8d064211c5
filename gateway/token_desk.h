// The TokenDesk takes changes of tokens from any loop, has the store make them one at a time, and hands every loop the
// new table before the answer is given: who was told that a token is revoked finds it revoked.
//
// Thread: create, revoke and tokens' done on any loop's thread as told; the TokenStore is touched on the store thread.
// Owner:  the Gateway. The workers and the store thread outlive it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gateway/serial_thread.h"
#include "gateway/site.h"
#include "gateway/tokens.h"

namespace sojourn {

class TokenDesk {
 public:
  TokenDesk(Site& site, Loop& home, TokenStore& tokens, SerialThread& store)
      : site_(site), home_(home), tokens_(tokens), store_(store) {}

  // `done` comes on the home loop, when every loop has the new table.
  void create(std::string name, std::vector<Scope> scopes, std::function<void(Result<NewToken>)> done);
  void revoke(std::string name, std::function<void(Status)> done);

 private:
  void hand_out(TokenTablePtr table, std::function<void()> done);

  Site& site_;
  Loop& home_;
  TokenStore& tokens_;
  SerialThread& store_;
};

}  // namespace sojourn
