// Connects out; the path chooses how, the query where.
#include <cerrno>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <sojourn/function.h>

namespace {

using sojourn::Context, sojourn::Request, sojourn::Response;

int at_start = -1;

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  const int fd_;
};

// Says `text` and that it is all, and reads the answer to its end.
std::string converse(int fd, const std::string& text) {
  if (::send(fd, text.data(), text.size(), MSG_NOSIGNAL) < 0) return std::string("send: ") + ::strerrorname_np(errno);
  ::shutdown(fd, SHUT_WR);
  std::string answer;
  char bytes[4096];
  for (ssize_t count; (count = ::recv(fd, bytes, sizeof bytes, 0)) > 0;)
    answer.append(bytes, static_cast<std::size_t>(count));
  return answer;
}

// As a library would, that knows nothing of Sojourn.
int connect_by_path(const std::string& name) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = "/fn/connect/" + name;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  const int error = errno;
  ::close(fd);
  errno = error;
  return -1;
}

}  // namespace

void start(sojourn::StartContext& context) {
  if (context.env("AT_START")) at_start = context.connect("db");
}
SOJOURN_START(start)

Response connecting(const Request& request, Context& context) {
  const std::string path(request.path());
  const std::string name = request.query("name").value_or("db");
  const std::string text = request.query("text").value_or("hello");
  if (path == "/path") {
    const Socket socket(connect_by_path(name));
    return Response::text(socket.get() < 0 ? ::strerrorname_np(errno) : converse(socket.get(), text));
  }
  if (path == "/start") return Response::text(converse(at_start, text));
  if (path == "/hold") {  // keeps it open for the life of the instance
    const int fd = context.connect(name);
    ::send(fd, "held", 4, MSG_NOSIGNAL);
    return Response::text("held");
  }
  try {
    const Socket socket(context.connect(name));
    return Response::text(converse(socket.get(), text));
  } catch (const sojourn::Refused& refused) {
    return Response::text("refused " + std::to_string(refused.code()) + ": " + refused.what());
  } catch (const sojourn::Error& error) {
    return Response::text("error " + std::to_string(error.status()) + ": " + error.what());
  }
}
SOJOURN_FUNCTION(connecting)
