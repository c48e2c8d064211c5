// A Transfer is one request of the HttpClient on its way: libcurl's handle with all options, what has come of the reply
// so far, and which addresses were refused.
//
// Each address is judged by its bytes when libcurl is about to connect to it, after the name was resolved, so that a
// name which means another address each time helps nobody; and once more when a connection that was kept is about to
// carry the request, since it may have been made for a request that could reach further.
//
// Thread: its loop; libcurl calls back on it.
// Owner:  the HttpClient. REQUIRES: start() before easy(); its handle is removed from the driver before it goes.
#pragma once

#include <curl/curl.h>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/address_rules.h"
#include "runtime/base/result.h"
#include "runtime/outgoing/http_client.h"

namespace sojourn {

class Transfer {
 public:
  Transfer(std::uint64_t number, OutgoingRequest request, Reach reach, HttpClient::Done done);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // Checks the request and sets the handle up. `trusted`: a file of certificates instead of the system's, or empty.
  Status start(const std::string& trusted);
  // What came of it. Once.
  Result<OutgoingReply> end(CURLcode code);

  // The Transfer of a handle that start() set up.
  static Transfer& of(CURL* easy);
  CURL* easy() const { return easy_.get(); }
  std::uint64_t number() const { return number_; }
  HttpClient::Done take_done() { return std::move(done_); }
  // Whether a thread of libcurl may still be asking for the host's address, though nobody waits for it.
  bool is_looking_up() const;

  static constexpr std::size_t kReplyHeadMax = 64u << 10;  // bytes, interim replies too

 private:
  struct FreeEasy {
    void operator()(CURL* easy) const { ::curl_easy_cleanup(easy); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
  };

  static std::size_t on_header(char* data, std::size_t, std::size_t length, void* user);
  static std::size_t on_body(char* data, std::size_t, std::size_t length, void* user);
  static curl_socket_t on_open(void* user, curlsocktype purpose, curl_sockaddr* address);
  static int on_connected(void* user, char* peer, char* own, int peer_port, int own_port);

  void set_options(const std::string& trusted);
  void set_reach();
  void set_request();
  bool add_field(const std::string& line);
  bool take_header(std::string_view line);
  bool may_connect(const IpAddress& address);
  std::string stage() const;
  Error unreached(CURLcode code) const;

  const std::uint64_t number_;
  const OutgoingRequest request_;
  const Reach reach_;
  HttpClient::Done done_;
  std::string origin_;
  bool is_literal_ = false;
  std::unique_ptr<curl_slist, FreeList> fields_;
  std::unique_ptr<CURL, FreeEasy> easy_;
  char words_[CURL_ERROR_SIZE] = {};  // libcurl's, of an error
  OutgoingReply reply_;
  std::size_t head_bytes_ = 0;
  bool head_is_whole_ = false;
  bool head_is_too_long_ = false;
  std::string refused_;  // the first address that may not be reached, and why
  int connects_ = 0;     // tried at addresses that may be reached
};

}  // namespace sojourn
