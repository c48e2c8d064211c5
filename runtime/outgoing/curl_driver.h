// The CurlDriver lets libcurl's transfers run on a Loop: libcurl says which sockets it waits for and until when, the
// driver watches them, and the loop never waits. Names are looked up on threads of libcurl's own.
//
// Connections that are kept for the next transfer are at most kKeptConnectionsMax, and none is older than libcurl's
// options of the transfer say.
//
// Thread: its loop.
// Owner:  the HttpClient. REQUIRES: every handle was removed before the driver goes.
#pragma once

#include <curl/curl.h>
#include <functional>
#include <map>
#include <memory>

#include "runtime/loop/loop.h"

namespace sojourn {

class CurlDriver {
 public:
  // A transfer ended and its handle is no longer the driver's. It may add and remove handles.
  using OnEnd = std::function<void(CURL* easy, CURLcode code)>;

  CurlDriver(Loop& loop, OnEnd on_end);
  ~CurlDriver();
  CurlDriver(const CurlDriver&) = delete;
  CurlDriver& operator=(const CurlDriver&) = delete;

  // Begins in a later turn. False: libcurl has no memory.
  [[nodiscard]] bool add(CURL* easy);
  void remove(CURL* easy);

  static constexpr long kKeptConnectionsMax = 32;

 private:
  struct Socket {
    std::unique_ptr<FdWatcher> watcher;
    int interest = 0;
  };

  static int on_socket(CURL*, curl_socket_t fd, int what, void* user, void*);
  static int on_timer(CURLM*, long delay_ms, void* user);
  void watch(curl_socket_t fd, int what);
  void on_ready(curl_socket_t fd, int ready);
  void act(curl_socket_t fd, int events);

  Loop& loop_;
  OnEnd on_end_;
  Timer timer_;
  std::map<curl_socket_t, Socket> sockets_;
  CURLM* multi_;
};

}  // namespace sojourn
