// A whole conversation with the server: any bytes, sent at once and in pieces of a size that the first byte says. Both
// must lead to the same requests and the same replies, and to an end. The paths say how a request is answered: late,
// in a stream, in the middle of its body, or not at all.
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <sys/socket.h>

#include "gateway/http/connection_set.h"

namespace {

using namespace sojourn;

// What happened: what the router saw and what the client got.
struct Outcome {
  // In no order: a request that came together with a late one before it is answered first. The replies are in order.
  std::multiset<std::string> seen;
  std::string replies;
  bool depends_on_pieces = false;
};

struct Responses final : Router {
  Outcome* outcome = nullptr;
  std::unique_ptr<Responder> route(Exchange& exchange) override;
};

void answer(Exchange& exchange, Outcome& outcome) {
  const std::string text = std::string(exchange.head().method) + " " + std::string(exchange.head().path) + "?" +
                           std::string(exchange.head().query) + "\n" + std::string(exchange.body());
  outcome.seen.insert(text);
  exchange.reply(200, {}, text);
}

struct AtOnce final : Responder {
  explicit AtOnce(Outcome& to) : outcome(to) {}
  void on_request(Exchange& exchange) override { answer(exchange, outcome); }
  Outcome& outcome;
};

struct Late final : Responder {
  explicit Late(Outcome& to) : outcome(to) {}
  void on_request(Exchange& exchange) override {
    exchange.loop().post([alive = std::weak_ptr<int>(life), &exchange, this] {
      if (alive.lock()) answer(exchange, outcome);
    });
  }
  Outcome& outcome;
  std::shared_ptr<int> life = std::make_shared<int>();
};

struct Streaming final : Responder {
  void on_request(Exchange& exchange) override {
    exchange.begin(200, {});
    exchange.write("piece");
    exchange.write(exchange.body());
    exchange.end();
  }
};

// Begins its reply with the first piece of the body, and may break off.
struct Eager final : Responder {
  void on_body_piece(Exchange& exchange, std::string_view bytes) override {
    if (!begun) exchange.begin(200, {});
    begun = true;
    exchange.write(bytes);
    exchange.body_consumed(bytes.size());
    if (bytes.ends_with("!")) exchange.abort();
  }
  void on_request(Exchange& exchange) override { begun ? exchange.end() : exchange.reply(204, {}, {}); }
  bool begun = false;
};

std::unique_ptr<Responder> Responses::route(Exchange& exchange) {
  const std::string_view path = exchange.head().path;
  if (path == "/late") return std::make_unique<Late>(*outcome);
  if (path == "/stream") return std::make_unique<Streaming>();
  if (path == "/small") {  // a body that is too large and not well formed either is refused for what is seen first
    outcome->depends_on_pieces = true;
    exchange.set_body_limit(3);
  }
  if (path == "/eager") {
    outcome->depends_on_pieces = true;
    exchange.stream_body();
    return std::make_unique<Eager>();
  }
  if (path == "/refused") {
    exchange.fail(Error(ErrorCode::kUnauthorized, "no token"), {});
    return nullptr;
  }
  return std::make_unique<AtOnce>(*outcome);
}

// Date and call id differ from one run to the next; and which of the two parsers says first what is wrong, and so the
// text of a refusal, depends on the pieces.
std::string without_changing_fields(std::string replies) {
  for (const std::string_view name :
       {"\r\nDate: ", "\r\nX-Call-Id: ", "\r\nContent-Length: ", "\"message\":\"", "\"callId\":\""}) {
    for (std::size_t at = 0; (at = replies.find(name, at)) != std::string::npos; ++at) {
      const std::size_t end = replies.find_first_of("\r\"", at + name.size());
      replies.erase(at + name.size(), std::min(end, replies.size()) - at - name.size());
    }
  }
  // Sent only to a client that waits for it.
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  for (std::size_t at = 0; (at = replies.find(kContinue, at)) != std::string::npos;)
    replies.erase(at, kContinue.size());
  return replies;
}

void print(const char* how, const Outcome& outcome) {
  std::fprintf(stderr, "%s:\n", how);
  for (const std::string& request : outcome.seen) std::fprintf(stderr, "%s\n", request.c_str());
  std::fprintf(stderr, "%s\n", outcome.replies.c_str());
}

class Conversation {
 public:
  Conversation(Loop& loop, ConnectionSet& connections, std::string_view bytes, std::size_t step)
      : loop_(loop), connections_(connections), bytes_(bytes), step_(step) {}

  std::string run() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) std::abort();
    client_.reset(ends[1]);
    loop_.post([this, server = ends[0]] {
      connections_.admit(UniqueFd(server), "fuzz");
      turn();
    });
    loop_.run();
    return without_changing_fields(std::move(received_));
  }

 private:
  // Two turns for each piece: the server reads one before the next is sent.
  void turn() {
    if (++turns_ > kTurnsMax) {
      std::fputs("the connection does not end\n", stderr);
      std::abort();
    }
    if (turns_ % 2 == 0) send();
    if (receive()) return loop_.post([this] { turn(); });
    client_.reset();
    loop_.post([this] { loop_.post([this] { loop_.stop(); }); });
  }
  void send() {
    if (bytes_.empty()) {
      ::shutdown(client_.get(), SHUT_WR);
      return;
    }
    const std::size_t size = std::min(step_, bytes_.size());
    const ssize_t sent = ::send(client_.get(), bytes_.data(), size, MSG_NOSIGNAL);
    if (sent > 0) bytes_.remove_prefix(static_cast<std::size_t>(sent));
    if (sent < 0 && errno != EAGAIN) bytes_ = {};
  }
  // False: the server has closed.
  bool receive() {
    char buffer[16 * 1024];
    for (;;) {
      const ssize_t got = ::recv(client_.get(), buffer, sizeof buffer, 0);
      if (got < 0 && errno == EAGAIN) return true;
      if (got <= 0) return false;
      received_.append(buffer, static_cast<std::size_t>(got));
    }
  }

  static constexpr int kTurnsMax = 200'000;
  Loop& loop_;
  ConnectionSet& connections_;
  std::string_view bytes_;
  const std::size_t step_;
  UniqueFd client_;
  std::string received_;
  int turns_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Never dropped: handles of the loop live as long as the program.
  static auto& loop = *new Loop;
  static auto& router = *new Responses;
  static auto& counters = *new HttpCounters;
  static auto& connections = *new ConnectionSet(loop, router, HttpOptions{}, counters);
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);

  Outcome whole;
  router.outcome = &whole;
  whole.replies = Conversation(loop, connections, bytes, bytes.size()).run();
  Outcome in_pieces;
  router.outcome = &in_pieces;
  in_pieces.replies = Conversation(loop, connections, bytes, 1 + data[0] % 64u).run();

  if (counters.open.get() != 0) std::abort();
  if (whole.depends_on_pieces || in_pieces.depends_on_pieces) return 0;
  if (whole.seen != in_pieces.seen || whole.replies != in_pieces.replies) {
    print("whole", whole);
    print("in pieces", in_pieces);
    std::abort();
  }
  return 0;
}
