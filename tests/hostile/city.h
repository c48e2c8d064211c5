// One server with an innocent neighbour, for every case of the hostile suite: an act is deployed into it and called,
// while the neighbour serves 50 requests a second and must see no error.
//
// Thread: one. The city is made by the first case that needs it.
#pragma once

#include <memory>
#include <string>

#include "tests/harness/footprint.h"
#include "tests/harness/server.h"
#include "tests/harness/steady_load.h"

namespace sojourn::test {

struct City {
  City();
  Server server;
  Footprint before;
  long long tmp_bytes_before = 0;
  std::unique_ptr<SteadyLoad> neighbour;
};

City& city();

// Bytes of files in the host's /tmp that belong to the users that this server gives to its templates.
long long host_tmp_bytes();

// Deploys an act, by the name of its file, for the length of a case.
class Act {
 public:
  explicit Act(const std::string& name, const std::string& query = "");
  ~Act();
  Act(const Act&) = delete;
  Act& operator=(const Act&) = delete;
  const Reply& deployed() const { return deployed_; }
  Reply call(const std::string& query = "");
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  Reply deployed_;
};

void check_neighbour();

// The act survives and says `body`.
void answers(const std::string& name, const std::string& body, const std::string& query = "");
// The act ends its instance; the caller gets `code` with `words` in the message, and the next call is served alike.
void fails(const std::string& name, int status, const std::string& code, const std::string& words,
           const std::string& query = "");
// The act is refused at its deploy, with `words` in the reason.
void refused(const std::string& name, const std::string& words);
// The act survives and says a number.
int number_said(const std::string& name, const std::string& query = "");

}  // namespace sojourn::test
