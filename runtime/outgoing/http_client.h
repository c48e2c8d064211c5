// The HttpClient sends requests of the platform's own to the outside: a pipeline's posts, callbacks of asynchronous
// calls. It follows no redirects, uses no proxy of the environment, speaks http and https with certificates checked,
// and judges each address that it is about to connect to, after the name was resolved.
//
// Thread: its loop.
// Owner:  the gateway. Dropping it ends what is under way; `done` is then not called.
// Bound:  kSendsMax requests under way; a reply's body is read up to kReplyKeptMax, the rest is dropped; its head is at
//         most 64 KiB. A lookup of a name that outlives its request counts as under way for kLookupMax.
// Errors: kForbidden: an address that may not be reached. kDeadline: no whole reply in time. kBadRequest: the URL, the
//         method or a header. kNoCapacity: too many under way. kUnreached otherwise: name, connection, TLS, a reply
//         that broke off; the text says which. Texts name scheme, host and port, and never the path, which may be a
//         secret.
//
// Headers that frame a message (content-length, connection, host and the like) are the client's own and refused.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/loop/loop.h"

namespace sojourn {

struct OutgoingRequest {
  std::string method = "POST";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::chrono::milliseconds timeout{30'000};  // for all of it
  bool is_private = false;                    // a loopback or private address will do, where the server permits that
};

struct OutgoingReply {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  bool is_cut = false;  // the body was longer than kReplyKeptMax
};

class HttpClient {
 public:
  enum class PrivateAddresses { kRefused, kPermitted };

  // `trusted`: a file with the certificates to trust; empty: the system's.
  HttpClient(Loop& loop, PrivateAddresses addresses, std::string trusted = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  using Done = std::function<void(Result<OutgoingReply>)>;
  // `done` in a later turn; it may send, cancel, and drop the client. The number is for cancel().
  std::uint64_t send(OutgoingRequest request, Done done);
  // Nobody waits any more: `done` will not be called.
  void cancel(std::uint64_t number);

  static constexpr std::size_t kSendsMax = 256;
  static constexpr std::size_t kReplyKeptMax = 64u << 10;  // bytes
  static constexpr std::chrono::seconds kLookupMax{30};    // what a resolver takes at most by its defaults

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sojourn
