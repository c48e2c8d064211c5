// ForkServer is the template after its walls are up: it waits on its control socket for what to load, and then
// forks an instance for each FORK, reaping and reporting those that ended. As pid 1 of its namespace it reaps whatever
// else ends in there too.
//
// Thread: the template's only thread.
// Owner:  main, for the life of the process. The end of the control socket ends it, and with it every instance.
#pragma once

#include <vector>

#include "runtime/sandbox/protocol/template_control.h"
#include "runtime/sandbox/template/function_facts.h"
#include "runtime/sandbox/template/module.h"
#include "runtime/sandbox/template/walls.h"

namespace sojourn {

class ForkServer {
 public:
  explicit ForkServer(const Walls& walls) : walls_(walls) {}
  ForkServer(const ForkServer&) = delete;
  ForkServer& operator=(const ForkServer&) = delete;

  // Serves until the control socket ends. Returns in the template only; a child never comes back.
  void run();

 private:
  struct Child {
    pid_t pid;
    std::uint32_t serial;
  };

  bool receive();
  void on_load(std::string_view packet);
  void on_fork(std::string_view packet, const int* fds, std::size_t fd_count);
  void reap();
  void send(const void* message, std::size_t size);
  void send_loaded(LoadedHead head, const std::string& reason);

  const Walls& walls_;
  FunctionFacts facts_;
  Module module_;
  bool loaded_ = false;
  std::vector<Child> children_;
};

}  // namespace sojourn
