// limit-http-server: the least that an HTTP/1.1 server on libuv and llhttp can do. It is the limit for a gateway built
// on both: one loop, no routes, no time-outs, no accounting, no other process.
//
// A request without a body gets the bytes of --reply, as they stand: bench/run takes them from the product, so that
// both send the same. A request with a body gets --echo-head, a Content-Length and its own body back: the body is
// copied once out of the read buffer and once into the reply.
//
// Prints `ready PORT` on standard output.
#include <csignal>
#include <cstdio>
#include <fstream>
#include <llhttp.h>
#include <sstream>
#include <string>
#include <uv.h>

#include "bench/measure/arguments.h"
#include "bench/measure/fail.h"

namespace bench {
namespace {

constexpr std::size_t kReadBuffer = 64 << 10;

std::string file_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail_errno(path.c_str());
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void check(int result, const char* what) {
  if (result < 0) fail((std::string(what) + ": " + uv_strerror(result)).c_str());
}

struct Server {
  uv_tcp_t listener;
  llhttp_settings_t callbacks;
  std::string reply;
  std::string echo_head;
  char read_buffer[kReadBuffer];
};

struct Connection {
  uv_tcp_t tcp;
  llhttp_t parser;
  uv_write_t write;
  Server* server;
  std::string body;
  std::string unsent;
};

Connection* of(llhttp_t* parser) {
  return static_cast<Connection*>(parser->data);
}

void close(Connection* connection) {
  auto* handle = reinterpret_cast<uv_handle_t*>(&connection->tcp);
  if (uv_is_closing(handle)) return;
  uv_close(handle, [](uv_handle_t* closed) { delete static_cast<Connection*>(closed->data); });
}

// What the socket does not take at once is written when there is room: one reply is under way at a time, since the
// load never sends a request before it has the last reply.
void send(Connection* connection, const std::string& bytes) {
  auto* stream = reinterpret_cast<uv_stream_t*>(&connection->tcp);
  uv_buf_t all = uv_buf_init(const_cast<char*>(bytes.data()), static_cast<unsigned>(bytes.size()));
  const int taken = uv_try_write(stream, &all, 1);
  if (taken == static_cast<int>(bytes.size())) return;
  if (taken < 0 && taken != UV_EAGAIN) return close(connection);
  connection->unsent.assign(bytes, static_cast<std::size_t>(taken < 0 ? 0 : taken));
  uv_buf_t rest = uv_buf_init(connection->unsent.data(), static_cast<unsigned>(connection->unsent.size()));
  uv_write(&connection->write, stream, &rest, 1, nullptr);
}

int on_message_begin(llhttp_t* parser) {
  of(parser)->body.clear();
  return 0;
}

int on_headers_complete(llhttp_t* parser) {
  of(parser)->body.reserve(parser->content_length);
  return 0;
}

int on_body(llhttp_t* parser, const char* data, std::size_t size) {
  of(parser)->body.append(data, size);
  return 0;
}

int on_message_complete(llhttp_t* parser) {
  Connection* connection = of(parser);
  const std::string& body = connection->body;
  if (body.empty()) {
    send(connection, connection->server->reply);
    return 0;
  }
  const std::string length = std::to_string(body.size());
  std::string reply;
  reply.reserve(connection->server->echo_head.size() + body.size() + 64);
  reply.append(connection->server->echo_head).append("Content-Length: ").append(length).append("\r\n\r\n").append(body);
  send(connection, reply);
  return 0;
}

void on_room_wanted(uv_handle_t* handle, std::size_t, uv_buf_t* room) {
  *room = uv_buf_init(static_cast<Connection*>(handle->data)->server->read_buffer, kReadBuffer);
}

void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* bytes) {
  auto* connection = static_cast<Connection*>(stream->data);
  if (count == 0) return;
  if (count < 0 || llhttp_execute(&connection->parser, bytes->base, static_cast<std::size_t>(count)) != HPE_OK) {
    close(connection);
  }
}

void on_connection(uv_stream_t* listener, int status) {
  check(status, "accept");
  auto* connection = new Connection{};
  connection->server = static_cast<Server*>(listener->data);
  check(uv_tcp_init(listener->loop, &connection->tcp), "tcp");
  connection->tcp.data = connection;
  auto* stream = reinterpret_cast<uv_stream_t*>(&connection->tcp);
  check(uv_accept(listener, stream), "accept");
  check(uv_tcp_nodelay(&connection->tcp, 1), "nodelay");
  llhttp_init(&connection->parser, HTTP_REQUEST, &connection->server->callbacks);
  connection->parser.data = connection;
  check(uv_read_start(stream, on_room_wanted, on_read), "read");
}

void listen(Server& server) {
  uv_loop_t* loop = uv_default_loop();
  check(uv_tcp_init(loop, &server.listener), "tcp");
  server.listener.data = &server;
  sockaddr_in address{};
  check(uv_ip4_addr("127.0.0.1", 0, &address), "address");
  check(uv_tcp_bind(&server.listener, reinterpret_cast<sockaddr*>(&address), 0), "bind");
  check(uv_listen(reinterpret_cast<uv_stream_t*>(&server.listener), 1024, on_connection), "listen");
  int size = sizeof address;
  check(uv_tcp_getsockname(&server.listener, reinterpret_cast<sockaddr*>(&address), &size), "port");
  std::printf("ready %d\n", ntohs(address.sin_port));
  std::fflush(stdout);
}

}  // namespace
}  // namespace bench

int main(int count, char** values) {
  using namespace bench;
  static Server server{};
  Arguments arguments(count, values);
  server.reply = file_bytes(arguments.required("reply"));
  server.echo_head = file_bytes(arguments.required("echo-head"));
  arguments.finish();

  std::signal(SIGPIPE, SIG_IGN);  // a load that ends in the middle of a reply
  llhttp_settings_init(&server.callbacks);
  server.callbacks.on_message_begin = on_message_begin;
  server.callbacks.on_headers_complete = on_headers_complete;
  server.callbacks.on_body = on_body;
  server.callbacks.on_message_complete = on_message_complete;
  listen(server);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
