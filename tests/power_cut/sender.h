// A Sender is a process that hands events to a journal of its own opening, and writes the number of each that was
// acknowledged to a ledger. It also leases and completes jobs, whose batches need no sync, between the others.
//
// Thread: the test's. REQUIRES: the calling process has one thread.
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

#include "runtime/database/database.h"
#include "runtime/event/journal/records.h"

namespace sojourn {

class Sender {
 public:
  // Numbers from `first` on; the ledger is a file outside of the journal's disk.
  Sender(const std::string& directory, const std::string& ledger, int first, Durability durability);
  ~Sender() { kill(); }
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  void kill();

  static std::vector<int> acknowledged(const std::string& ledger);
  // The event of a number: what is sent, and what has to be there; its data does not always fit a row.
  static Acceptance acceptance(int number);
  static std::string run_id(int number) { return "run-" + std::to_string(number); }

 private:
  pid_t process_ = -1;
};

}  // namespace sojourn
