// An Exchange is one HTTP request and its reply on a connection; a Responder answers it. The connection makes the
// exchange when a head is complete, asks the Router who answers, and hands replies to the client in request order.
//
// Thread:  the connection's loop.
// Owner:   the connection owns its exchanges, an exchange owns its responder. An exchange lives until its reply is
//          handed to the kernel or the client is gone; then the responder is dropped, which is how it learns.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "runtime/base/error.h"
#include "runtime/base/header_field.h"
#include "runtime/loop/loop.h"

namespace sojourn {

class Exchange;

class Responder {
 public:
  virtual ~Responder() = default;  // also: nobody waits any more

  // The next piece of the body, only after Exchange::stream_body. Call Exchange::body_consumed when it is dealt with.
  virtual void on_body_piece(Exchange&, std::string_view) {}
  // The request is whole: answer now or later.
  virtual void on_request(Exchange& exchange) = 0;
  // What was written with write() has left the buffer: there is room again.
  virtual void on_room(Exchange&) {}
};

// All views live as long as the exchange.
struct RequestHead {
  std::string_view method;
  std::string_view target;               // as sent
  std::string_view path;                 // decoded once and normalised; begins with '/'
  std::string_view query;                // raw, without '?'
  int minor_version = 1;                 // HTTP/1.minor
  std::span<const HeaderField> headers;  // names lower-case

  // The first field of that name (lower-case), or an empty view.
  std::string_view header(std::string_view name) const;
};

class Exchange {
 public:
  virtual const RequestHead& head() const = 0;
  virtual std::string_view remote() const = 0;   // the peer's address without port
  virtual std::string_view call_id() const = 0;  // X-Call-Id of the reply: made for the exchange unless set
  virtual void set_call_id(std::string_view id) = 0;
  virtual Loop& loop() = 0;

  // Before the body: how many bytes of it are allowed (default 6 MiB; more is 413 naming the limit), and whether it is
  // gathered (body(), the default) or comes in pieces. To be called from Router::route only.
  virtual void set_body_limit(std::size_t bytes) = 0;
  virtual void stream_body() = 0;
  virtual void body_consumed(std::size_t bytes) = 0;
  virtual std::string_view body() const = 0;  // whole, after on_request

  // One of: reply, fail, or begin, write*, end. Framing fields (Content-Length, Transfer-Encoding, Connection), Date,
  // Server and X-Call-Id are the connection's; the rest is the responder's.
  virtual void reply(int status, std::span<const HeaderField> headers, std::string_view body) = 0;
  // A platform error: X-Sojourn-Error and the JSON body of docs/errors.md. `more`: Retry-After and the like.
  virtual void fail(const Error& error, std::span<const HeaderField> more = {}) = 0;
  virtual void begin(int status, std::span<const HeaderField> headers) = 0;
  virtual void write(std::string_view chunk) = 0;
  virtual std::size_t unsent() const = 0;  // bytes written that the client has not taken
  virtual void end() = 0;
  // The reply broke off in the middle: the connection is closed so that the client can tell.
  virtual void abort() = 0;

 protected:
  ~Exchange() = default;
};

// Chooses who answers. Called once per request, when its head is complete and has passed every check.
class Router {
 public:
  virtual ~Router() = default;
  // Sets the body's limit on the exchange, and returns the responder; or replies at once and returns nullptr (the
  // connection then discards a small body or closes).
  virtual std::unique_ptr<Responder> route(Exchange& exchange) = 0;
};

}  // namespace sojourn
