// bench-sequence makes requests one after another over one keep-alive connection, as --script names them, and prints
// the status and the time of each: one JSON array on one line.
//
// The script has a line per step:
//   LABEL METHOD PATH [FILE]   a request, with the file as its body; timed from its first byte to the reply's last
//   sleep MILLISECONDS
// Requests below /api/ carry the token that stands in --token-file.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <vector>

#include "bench/load/endpoint.h"
#include "bench/load/reply_reader.h"
#include "bench/measure/arguments.h"
#include "bench/measure/clock.h"
#include "bench/measure/fail.h"

namespace bench {
namespace {

struct Step {
  std::string label;
  std::string request;  // empty: sleep
  int sleep_ms = 0;
};

std::string file_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail_errno(path.c_str());
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

// Every body is read before the first request is sent.
std::vector<Step> read_script(const std::string& script, const std::string& address, const std::string& token) {
  std::ifstream lines(script);
  if (!lines) fail_errno(script.c_str());
  std::vector<Step> steps;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    Step step;
    words >> step.label;
    if (step.label == "sleep") {
      words >> step.sleep_ms;
    } else {
      std::string method, path, body_file;
      words >> method >> path >> body_file;
      const std::string body = body_file.empty() ? "" : file_bytes(body_file);
      const bool administers = !token.empty() && path.starts_with("/api/");
      const std::string fields = administers ? "Authorization: Bearer " + token + "\r\n" : "";
      step.request = request_bytes(address, method, path, fields, body);
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

void send_all(int fd, const std::string& bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    sent += static_cast<std::size_t>(must(::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL), "send"));
  }
}

Reply receive(int fd, ReplyReader& reader) {
  for (;;) {
    if (const auto reply = reader.whole()) return *reply;
    if (reader.broken()) fail("the reply is not understood");
    const std::span<char> room = reader.room();
    const ssize_t got = must(::recv(fd, room.data(), room.size(), 0), "recv");
    if (got == 0) fail("the server closed the connection");
    reader.added(static_cast<std::size_t>(got));
  }
}

void print_reply(const Step& step, const Reply& reply, Nanoseconds taken, const char* separator) {
  std::printf(R"(%s{"label": "%s", "status": %d, "us": %.3f})", separator, step.label.c_str(), reply.status,
              static_cast<double>(taken) / 1e3);
  if (reply.status >= 400) {
    std::fprintf(stderr, "%s: %d %.*s\n", step.label.c_str(), reply.status, static_cast<int>(reply.body.size()),
                 reply.body.data());
  }
}

}  // namespace
}  // namespace bench

int main(int count, char** values) {
  using namespace bench;
  Arguments arguments(count, values);
  const std::string address = arguments.required("address");
  const std::string script = arguments.required("script");
  const std::string token_file = arguments.text("token-file");
  arguments.finish();

  std::string token = token_file.empty() ? "" : file_bytes(token_file);
  while (token.ends_with('\n')) token.pop_back();
  const std::vector<Step> steps = read_script(script, address, token);
  const sojourn::UniqueFd socket_fd = connect_to(address);
  ReplyReader reader;
  const char* separator = "[";
  for (const Step& step : steps) {
    if (step.request.empty()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(step.sleep_ms));
      continue;
    }
    const Nanoseconds begin = now_ns();
    send_all(socket_fd.get(), step.request);
    const Reply reply = receive(socket_fd.get(), reader);
    print_reply(step, reply, now_ns() - begin, separator);
    reader.next();
    separator = ", ";
  }
  std::puts(*separator == '[' ? "[]" : "]");
}
