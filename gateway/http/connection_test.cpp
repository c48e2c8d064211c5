#include "gateway/http/connection.h"

#include <algorithm>
#include <mutex>

#include "gateway/http/http_test_server.h"

namespace sojourn::http_test {
namespace {

using namespace std::chrono_literals;

const std::string kGet = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n";
}

// Requests that wait for the test to answer them. Used on the loop's thread.
struct Waiting {
  std::vector<Exchange*> exchanges;
  std::atomic<int> asked{0};
  std::atomic<int> dropped{0};

  struct Later final : Responder {
    explicit Later(Waiting& to) : waiting(to) {}
    ~Later() override { ++waiting.dropped; }
    void on_request(Exchange& exchange) override {
      waiting.exchanges.push_back(&exchange);
      ++waiting.asked;
    }
    Waiting& waiting;
  };
  Choose choose() {
    return [this](Exchange&) { return std::make_unique<Later>(*this); };
  }
};

bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds patience = 5s) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

// A responder made of functions.
struct Made final : Responder {
  std::function<void(Exchange&, std::string_view)> piece;
  std::function<void(Exchange&)> request;
  std::function<void(Exchange&)> room;
  void on_body_piece(Exchange& exchange, std::string_view bytes) override { piece(exchange, bytes); }
  void on_request(Exchange& exchange) override {
    if (request) request(exchange);
  }
  void on_room(Exchange& exchange) override {
    if (room) room(exchange);
  }
};

std::unique_ptr<Made> on_request(std::function<void(Exchange&)> request) {
  auto made = std::make_unique<Made>();
  made->request = std::move(request);
  return made;
}

}  // namespace

TEST_CASE("connection: replies come in the order of the requests, whichever is ready first") {
  Waiting waiting;
  TestServer server({}, waiting.choose());
  TestClient client(server);
  client.send(get("/0") + get("/1") + get("/2"));
  REQUIRE(eventually([&] { return waiting.asked == 3; }));
  for (const std::size_t ready : {2u, 0u, 1u}) {
    server.on_loop([&] { waiting.exchanges[ready]->reply(200, {}, waiting.exchanges[ready]->head().path); });
  }
  for (const char* path : {"/0", "/1", "/2"}) CHECK(client.read_reply()->body == path);
}

TEST_CASE("connection: at most eight requests are in flight, then reading stops") {
  Waiting waiting;
  TestServer server({}, waiting.choose());
  TestClient client(server);
  std::string all;
  for (int i = 0; i < 20; ++i) all += get("/" + std::to_string(i));
  client.send(all);
  REQUIRE(eventually([&] { return waiting.asked == 8; }));
  std::this_thread::sleep_for(20ms);
  CHECK(waiting.asked == 8);
  server.on_loop([&] { waiting.exchanges[0]->reply(200, {}, "0"); });
  CHECK(eventually([&] { return waiting.asked == 9; }));
  for (std::size_t i = 1; i < 20; ++i) {
    REQUIRE(eventually([&] { return waiting.asked > static_cast<int>(i); }));
    server.on_loop([&] { waiting.exchanges[i]->reply(200, {}, std::to_string(i)); });
  }
  for (int i = 0; i < 20; ++i) CHECK(client.read_reply()->body == std::to_string(i));
}

TEST_CASE("connection: 100 Continue is sent when the body is wanted") {
  TestServer server;
  TestClient client(server);
  client.send("POST /x HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 5\r\n\r\n");
  CHECK(client.read_reply()->status == 100);
  client.send("hello");
  CHECK(client.read_reply()->body == "POST /x hello");
  client.send(kGet);
  CHECK(client.read_reply()->status == 200);
}

TEST_CASE("connection: 100 Continue waits for the replies before it") {
  Waiting waiting;
  TestServer server({}, waiting.choose());
  TestClient client(server);
  client.send(kGet + "POST /y HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  REQUIRE(eventually([&] { return waiting.asked == 1; }));
  CHECK(!client.read_reply(30ms).has_value());
  server.on_loop([&] { waiting.exchanges[0]->reply(200, {}, "first"); });
  CHECK(client.read_reply()->body == "first");
  CHECK(client.read_reply()->status == 100);
  client.send("hi");
  REQUIRE(eventually([&] { return waiting.asked == 2; }));
  server.on_loop([&] { waiting.exchanges[1]->reply(200, {}, waiting.exchanges[1]->body()); });
  CHECK(client.read_reply()->body == "hi");
}

TEST_CASE("connection: a refused expectation gets its reply at once and the connection closes") {
  TestServer server({}, [](Exchange& exchange) -> std::unique_ptr<Responder> {
    exchange.fail(Error(ErrorCode::kUnauthorized, "no token"));
    return nullptr;
  });
  TestClient client(server);
  client.send("POST /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  const auto reply = client.read_reply();
  CHECK(reply->status == 401);
  CHECK(reply->field("Connection") == "close");
  client.half_close();
  CHECK(client.ends_within(5s));
}

TEST_CASE("connection: a small body that nobody wants is read to its end, a large one ends the connection") {
  TestServer server({}, [](Exchange& exchange) -> std::unique_ptr<Responder> {
    exchange.fail(Error(ErrorCode::kUnauthorized, "no token"));
    return nullptr;
  });
  TestClient patient(server);
  patient.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 20\r\n\r\n" + kGet.substr(0, 10));
  CHECK(patient.read_reply()->status == 401);
  patient.send(kGet.substr(0, 10) + kGet);
  CHECK(patient.read_reply()->status == 401);

  TestClient large(server);
  large.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
  const auto reply = large.read_reply();
  CHECK(reply->status == 401);
  CHECK(reply->field("Connection") == "close");
  CHECK(large.ends_within(5s));
}

TEST_CASE("connection: a client that goes on sending a refused body still reads why") {
  TestServer server;
  TestClient client(server);
  client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 8000000\r\n\r\n");
  for (int i = 0; i < 5; ++i) client.send(std::string(100'000, 'a'));
  const auto reply = client.read_reply();
  REQUIRE(reply.has_value());
  CHECK(reply->status == 413);
  CHECK(reply->body.find("6 MiB, the limit") != std::string::npos);
}

TEST_CASE("connection: a chunked body over the limit is refused while it comes") {
  TestServer server({}, [](Exchange& exchange) {
    exchange.set_body_limit(10);
    return std::make_unique<Echo>();
  });
  TestClient client(server);
  client.send("POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n");
  CHECK(client.read_reply()->status == 413);
  TestClient within(server);
  within.send("POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\na\r\nhello worl\r\n0\r\n\r\n");
  CHECK(within.read_reply()->body == "POST /x hello worl");
}

TEST_CASE("connection: a body of 6 MiB goes in and out whole") {
  TestServer server;
  TestClient client(server);
  const std::string body(6 * 1024 * 1024, 'x');
  std::thread sender([&] {
    client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  });
  const auto reply = client.read_reply();
  sender.join();
  REQUIRE(reply.has_value());
  CHECK(reply->body.size() == body.size() + 8);
}

TEST_CASE("connection: half-close after a whole request still gets its reply") {
  Waiting waiting;
  TestServer server({}, waiting.choose());
  TestClient client(server);
  client.send(kGet + kGet);
  client.half_close();
  REQUIRE(eventually([&] { return waiting.asked == 2; }));
  std::this_thread::sleep_for(20ms);
  CHECK(waiting.dropped == 0);
  server.on_loop([&] {
    for (Exchange* exchange : waiting.exchanges) exchange->reply(200, {}, "late");
  });
  CHECK(client.read_reply()->body == "late");
  CHECK(client.read_reply()->body == "late");
  CHECK(client.ends_within(5s));
}

TEST_CASE("connection: when the client is gone its responders are dropped") {
  Waiting waiting;
  TestServer server({}, waiting.choose());
  {
    TestClient client(server);
    client.send(kGet + kGet);
    REQUIRE(eventually([&] { return waiting.asked == 2; }));
    const linger reset{1, 0};
    ::setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  }
  CHECK(eventually([&] { return waiting.dropped == 2; }));
  CHECK(server.until([](const HttpStats& stats) { return stats.open == 0; }));
}

TEST_CASE("connection: a responder is dropped once its reply is handed over") {
  Waiting waiting;
  TestServer server({}, waiting.choose());
  TestClient client(server);
  client.send(kGet);
  REQUIRE(eventually([&] { return waiting.asked == 1; }));
  CHECK(waiting.dropped == 0);
  server.on_loop([&] {
    waiting.exchanges[0]->reply(200, {}, "");
    CHECK(waiting.dropped == 0);
  });
  CHECK(client.read_reply()->status == 200);
  CHECK(eventually([&] { return waiting.dropped == 1; }));
}

TEST_CASE("connection: what a responder sends is stripped of the connection's own fields and of forged lines") {
  TestServer server({}, [](Exchange&) {
    return on_request([](Exchange& exchange) {
      const HeaderField fields[] = {{"connection", "x"},
                                    {"transfer-encoding", "chunked"},
                                    {"Content-Length", "99"},
                                    {"keep-alive", "x"},
                                    {"x-evil", "a\r\nset-cookie: b"},
                                    {"x-evil: b\r\nx", "c"},
                                    {"x-call-id", "mine"},
                                    {"x-good", "yes"}};
      exchange.set_call_id("11111111-2222-4333-8444-555555555555");
      exchange.reply(201, fields, "ok");
    });
  });
  TestClient client(server);
  client.send(kGet);
  const auto reply = client.read_reply();
  CHECK(reply->status == 201);
  CHECK(reply->body == "ok");
  CHECK(reply->field("x-good") == "yes");
  CHECK(reply->field("X-Call-Id") == "11111111-2222-4333-8444-555555555555");
  CHECK(reply->field("Date").ends_with(" GMT"));
  for (const char* gone : {"evil", "mine", "chunked", "cookie", "keep-alive", "99"}) {
    CHECK(reply->head.find(gone) == std::string::npos);
  }
}

TEST_CASE("connection: an error of the platform names its code, its text and the call") {
  TestServer server({}, [](Exchange&) {
    return on_request([](Exchange& exchange) {
      const HeaderField more{"retry-after", "3"};
      exchange.set_call_id("11111111-2222-4333-8444-555555555555");
      exchange.fail(Error(ErrorCode::kNoCapacity, "all \"busy\""), {&more, 1});
    });
  });
  TestClient client(server);
  client.send(kGet);
  const auto reply = client.read_reply();
  CHECK(reply->status == 503);
  CHECK(reply->field("X-Sojourn-Error") == "no_capacity");
  CHECK(reply->field("retry-after") == "3");
  CHECK(reply->field("content-type") == "application/json");
  CHECK(reply->body ==
        "{\"error\":{\"code\":\"no_capacity\",\"message\":\"all \\\"busy\\\"\","
        "\"callId\":\"11111111-2222-4333-8444-555555555555\"}}\n");
}

TEST_CASE("connection: 204 and 304 have neither a body nor a length") {
  for (const int status : {204, 304}) {
    TestServer server(
        {}, [=](Exchange&) { return on_request([=](Exchange& exchange) { exchange.reply(status, {}, "body"); }); });
    TestClient client(server);
    client.send(kGet + kGet);
    client.half_close();
    const std::string all = client.read_all();
    CHECK(all.find("body") == std::string::npos);
    CHECK(all.find("Content-Length") == std::string::npos);
  }
}

TEST_CASE("connection: a refused method says which are served") {
  TestServer server;
  TestClient client(server);
  client.send("TRACE / HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(client.read_reply()->field("Allow") == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
}

// --- streams ---

TEST_CASE("stream: pieces go out in chunks, and the connection goes on") {
  TestServer server({}, [](Exchange&) {
    return on_request([](Exchange& exchange) {
      exchange.begin(200, {});
      exchange.write("hello ");
      exchange.write("");
      exchange.write("world");
      exchange.end();
    });
  });
  TestClient client(server);
  client.send(kGet + kGet);
  for (int i = 0; i < 2; ++i) {
    const auto reply = client.read_reply();
    CHECK(reply->field("Transfer-Encoding") == "chunked");
    CHECK(reply->body == "hello world");
  }
}

TEST_CASE("stream: to 1.0 it ends with the connection, to HEAD it has no body") {
  TestServer server({}, [](Exchange&) {
    return on_request([](Exchange& exchange) {
      exchange.begin(200, {});
      exchange.write("hello");
      exchange.end();
    });
  });
  TestClient old(server);
  old.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto reply = old.read_reply();
  CHECK(reply->field("Transfer-Encoding").empty());
  CHECK(reply->body == "hello");
  CHECK(old.ended());

  TestClient head(server);
  head.send("HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  CHECK(head.read_all().ends_with("\r\n\r\n"));
}

TEST_CASE("stream: one that breaks off lacks its last chunk, and what was asked behind it gets no reply") {
  Waiting waiting;
  TestServer server({}, waiting.choose());
  TestClient client(server);
  client.send(kGet + kGet);
  REQUIRE(eventually([&] { return waiting.asked == 2; }));
  server.on_loop([&] {
    waiting.exchanges[1]->reply(200, {}, "behind");
    waiting.exchanges[0]->begin(200, {});
    waiting.exchanges[0]->write("part");
    waiting.exchanges[0]->abort();
  });
  const std::string all = client.read_all();
  CHECK(all.ends_with("4\r\npart\r\n"));
  CHECK(waiting.dropped == 2);
}

TEST_CASE("stream: a slow reader slows the writer, and what waits stays bounded") {
  constexpr std::size_t kWhole = 16 * 1024 * 1024;
  constexpr std::size_t kHigh = 128 * 1024;
  std::size_t written = 0;
  std::size_t unsent_max = 0;
  std::atomic<int> rooms{0};
  TestServer server({}, [&](Exchange&) {
    const auto write_on = [&](Exchange& exchange) {
      const std::string piece(16 * 1024, 'p');
      while (written < kWhole && exchange.unsent() < kHigh) {
        exchange.write(piece);
        written += piece.size();
        unsent_max = std::max(unsent_max, exchange.unsent());
      }
      if (written >= kWhole) exchange.end();
    };
    auto made = on_request([write_on](Exchange& exchange) {
      exchange.begin(200, {});
      write_on(exchange);
    });
    made->room = [write_on, &rooms](Exchange& exchange) {
      ++rooms;
      write_on(exchange);
    };
    return made;
  });
  TestClient client(server, 32 * 1024);
  client.send(kGet);
  std::this_thread::sleep_for(50ms);
  server.on_loop([&] { CHECK(written < kWhole); });
  const auto reply = client.read_reply();
  CHECK(reply->body.size() == kWhole);
  CHECK(unsent_max < kHigh + 64 * 1024);
  CHECK(rooms > 10);
}

TEST_CASE("stream: a body that its responder does not consume is not read") {
  constexpr std::size_t kWhole = 16 * 1024 * 1024;
  std::size_t held = 0;
  std::size_t got = 0;
  bool consumes = false;
  Exchange* uploading = nullptr;
  TestServer server({}, [&](Exchange& exchange) {
    exchange.set_body_limit(kWhole);
    exchange.stream_body();
    uploading = &exchange;
    auto made = on_request([&](Exchange& whole) { whole.reply(200, {}, std::to_string(got)); });
    made->piece = [&](Exchange& from, std::string_view bytes) {
      got += bytes.size();
      if (consumes) {
        from.body_consumed(bytes.size());
      } else {
        held += bytes.size();
      }
    };
    return made;
  });
  TestClient client(server);
  std::thread sender([&] {
    client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(kWhole) + "\r\n\r\n");
    client.send(std::string(kWhole, 'b'));
  });
  REQUIRE(server.until([](const HttpStats& stats) { return stats.bytes_in > 256 * 1024; }));
  std::this_thread::sleep_for(50ms);
  server.on_loop([&] {
    CHECK(held <= 256 * 1024 + 64 * 1024);
    consumes = true;
    uploading->body_consumed(held);
  });
  CHECK(client.read_reply()->body == std::to_string(kWhole));
  sender.join();
}

TEST_CASE("stream: a reply may begin before the body has ended") {
  TestServer server({}, [](Exchange& exchange) {
    exchange.stream_body();
    auto made = on_request([](Exchange& whole) { whole.end(); });
    made->piece = [begun = false](Exchange& from, std::string_view bytes) mutable {
      if (!begun) from.begin(200, {});
      begun = true;
      from.write(bytes);
      from.body_consumed(bytes.size());
    };
    return made;
  });
  TestClient client(server);
  client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab");
  REQUIRE(server.until([](const HttpStats& stats) { return stats.bytes_out > 0; }));
  client.send("cd");
  const auto reply = client.read_reply();
  CHECK(reply->body == "abcd");
  CHECK(reply->field("Connection") == "close");  // said before it was known that the body would end
}

TEST_CASE("stream: to 1.0 nothing follows a body that ends with the connection") {
  Waiting waiting;
  TestServer server({}, waiting.choose());
  TestClient client(server);
  const std::string old = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  client.send(old + old);
  REQUIRE(eventually([&] { return waiting.asked == 2; }));
  server.on_loop([&] {
    waiting.exchanges[1]->reply(200, {}, "behind");
    waiting.exchanges[0]->begin(200, {});
    waiting.exchanges[0]->write("the whole");
    waiting.exchanges[0]->end();
  });
  CHECK(client.read_reply()->body == "the whole");
  CHECK(eventually([&] { return waiting.dropped == 2; }));
}

TEST_CASE("stream: a reply may stream while the body of the next request comes in") {
  Waiting waiting;
  TestServer server({}, waiting.choose());
  TestClient client(server);
  client.send(kGet + "POST /y HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab");
  REQUIRE(eventually([&] { return waiting.asked == 1; }));
  server.on_loop([&] {
    waiting.exchanges[0]->begin(200, {});
    waiting.exchanges[0]->write("one");
  });
  client.send("cd");
  REQUIRE(eventually([&] { return waiting.asked == 2; }));
  server.on_loop([&] {
    waiting.exchanges[0]->end();
    waiting.exchanges[1]->reply(200, {}, waiting.exchanges[1]->body());
  });
  const auto first = client.read_reply();
  CHECK(first->body == "one");
  CHECK(first->field("Connection").empty());
  CHECK(client.read_reply()->body == "abcd");
}

TEST_CASE("stream: a body is read to its end although its responder stopped half way") {
  TestServer server({}, [](Exchange& exchange) {
    exchange.stream_body();
    auto made = std::make_unique<Made>();
    made->piece = [got = std::size_t{0}](Exchange& from, std::string_view bytes) mutable {
      got += bytes.size();
      if (got > 256 * 1024) from.fail(Error(ErrorCode::kConflict, "enough"));  // and nothing was consumed
    };
    return made;
  });
  TestClient client(server);
  std::thread sender([&] {
    client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 320000\r\n\r\n" + std::string(320'000, 'b') + kGet);
  });
  CHECK(client.read_reply()->status == 409);
  sender.join();
}

// --- time ---

namespace {

HttpOptions hasty() {
  HttpOptions options;
  options.limits.head_within = 80ms;
  options.limits.progress_within = 80ms;
  options.limits.keep_alive = 80ms;
  options.limits.linger = 80ms;
  return options;
}

}  // namespace

TEST_CASE("time: a head that does not end is answered 408, however it dribbles") {
  TestServer server(hasty());
  TestClient client(server);
  const auto began = std::chrono::steady_clock::now();
  for (const char c : std::string("GET /x HTTP/1.1\r\nHost: a.very.long.name.that.takes.its.time.to.come\r\n")) {
    client.send({&c, 1});
    std::this_thread::sleep_for(5ms);
    if (std::chrono::steady_clock::now() - began > 250ms) break;
  }
  const auto reply = client.read_reply();
  REQUIRE(reply.has_value());
  CHECK(reply->status == 408);
  CHECK(reply->field("X-Sojourn-Error") == "client_too_slow");
  CHECK(reply->body.find("0.08 s") != std::string::npos);
}

TEST_CASE("time: a body that stops, or comes too slowly, is answered 408") {
  TestServer server(hasty());
  TestClient stopped(server);
  stopped.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf");
  CHECK(stopped.read_reply()->status == 408);

  HttpOptions demanding = hasty();
  demanding.limits.bytes_per_second_min = 10'000;
  TestServer strict(demanding);
  TestClient dribbling(strict);
  dribbling.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n\r\n");
  for (int i = 0; i < 40; ++i) {
    dribbling.send("some");
    std::this_thread::sleep_for(5ms);
  }
  CHECK(dribbling.read_reply()->status == 408);
}

TEST_CASE("time: a body that comes steadily may take longer than any one wait") {
  TestServer server(hasty());
  TestClient client(server);
  client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 4000\r\n\r\n");
  for (int i = 0; i < 40; ++i) {
    client.send(std::string(100, 'a'));
    std::this_thread::sleep_for(8ms);
  }
  CHECK(client.read_reply()->status == 200);
}

TEST_CASE("time: an idle connection is closed without a word, one that waits for its reply is not") {
  Waiting waiting;
  TestServer server(hasty(), waiting.choose());
  TestClient idle(server);
  TestClient asking(server);
  asking.send(kGet);
  CHECK(idle.read_all().empty());
  std::this_thread::sleep_for(250ms);
  server.on_loop([&] { waiting.exchanges.at(0)->reply(200, {}, "at last"); });
  CHECK(asking.read_reply()->body == "at last");
  CHECK(asking.ends_within(5s));
}

TEST_CASE("time: a client that does not read its reply is cut off") {
  TestServer server(hasty(), [](Exchange&) {
    return on_request([](Exchange& exchange) { exchange.reply(200, {}, std::string(16 * 1024 * 1024, 'r')); });
  });
  TestClient client(server, 16 * 1024);
  client.send(kGet);
  CHECK(server.until([](const HttpStats& stats) { return stats.bytes_out > 0 && stats.open == 0; }));
  CHECK(client.read_all().size() < 16 * 1024 * 1024);
}

TEST_CASE("time: when replies wait in too much memory, the connections that hold most are closed") {
  HttpOptions options;
  options.limits.held_bytes_max = 24 * 1024 * 1024;
  options.limits.keep_alive = 80ms;  // the sweep follows the shortest limit
  TestServer server(options, [](Exchange& exchange) {
    const std::size_t size = exchange.head().path == "/large" ? 16 * 1024 * 1024 : 1024 * 1024;
    return on_request([size](Exchange& whole) { whole.reply(200, {}, std::string(size, 'r')); });
  });
  TestClient modest(server, 16 * 1024);
  modest.send(kGet);
  std::vector<std::unique_ptr<TestClient>> greedy;
  for (int i = 0; i < 3; ++i) {
    greedy.push_back(std::make_unique<TestClient>(server, 16 * 1024));
    greedy.back()->send(get("/large"));
  }
  CHECK(server.until([](const HttpStats& stats) { return stats.cut >= 2; }));
  CHECK(modest.read_reply()->body.size() == 1024 * 1024);
  CHECK(server.stats().cut <= 3);
}

TEST_CASE("time: a client that reads slowly but steadily is served to the end") {
  HttpOptions options = hasty();
  options.limits.progress_within = 200ms;
  TestServer server(options, [](Exchange&) {
    return on_request([](Exchange& exchange) { exchange.reply(200, {}, std::string(12 * 1024 * 1024, 'r')); });
  });
  TestClient client(server, 128 * 1024);
  client.send(kGet);
  std::size_t read = 0;
  for (int i = 0; i < 100; ++i) {  // 4 MiB/s: the kernel's buffer takes longer than progress_within to make room
    read += client.read_some(32 * 1024);
    std::this_thread::sleep_for(8ms);
  }
  read += client.read_all().size();
  CHECK(read > 12 * 1024 * 1024);
}

}  // namespace sojourn::http_test
