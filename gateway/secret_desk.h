// The SecretDesk takes changes of secrets from any loop, has the store make them one at a time, and gives the answer
// when they hold everywhere: every loop checks access by the new value, and no instance with the old one gets a new
// call.
//
// Thread: set and remove any; their `done` comes on the home loop. table() any. The SecretStore is changed on the store
//         thread only.
// Owner:  the Gateway. The workers, the runtime and the store thread outlive it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gateway/route_table.h"
#include "gateway/secrets/secret_store.h"
#include "gateway/serial_thread.h"
#include "gateway/site.h"

namespace sojourn {

class SecretDesk {
 public:
  SecretDesk(Site& site, Loop& home, SecretStore& secrets, SerialThread& store)
      : site_(site), home_(home), secrets_(secrets), store_(store) {}

  void set(std::string name, SecretText value, std::function<void(Result<StoredSecret>)> done);
  enum class Removal {
    kUnlessUsed,  // kConflict with the functions that name it
    kForced,      // those functions are refused until it is set again
  };
  void remove(std::string name, Removal removal, std::function<void(Status)> done);

  SecretTablePtr table() const { return secrets_.table(); }

 private:
  void remove_now(std::string name, std::function<void(Status)> done);
  void hand_out(std::string name, std::function<void()> done);

  Site& site_;
  Loop& home_;
  SecretStore& secrets_;
  SerialThread& store_;
};

// The functions whose live version names the secret, under `secrets`, `access` or `triggers`, and as `pipeline NAME`
// the pipelines that do; in order.
std::vector<std::string> users_of(std::string_view secret, const RouteTable& routes);

// Ok, or the refusal of the first that the configuration names and the table lacks.
Status check_secrets(const FunctionConfig& config, const SecretTable& table);

}  // namespace sojourn
