// A function that names no secret and looks for one wherever it can: the platform's answers, its environment, files
// and descriptors, and its own memory. The value comes backwards, so that asking for it does not plant it.
#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <link.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sojourn/function.h>

extern char** environ;
extern "C" void* __libc_stack_end;

namespace {

using sojourn::Context, sojourn::Request, sojourn::Response;

struct Hunt {
  std::string_view backwards;
  std::string found;

  bool is_at(const char* place) const {
    for (std::size_t i = 0; i < backwards.size(); ++i) {
      if (place[i] != backwards[backwards.size() - 1 - i]) return false;
    }
    return true;
  }
  void look(const char* where, const char* bytes, std::size_t size) {
    if (bytes == nullptr || size < backwards.size()) return;
    for (std::size_t i = 0; i + backwards.size() <= size; ++i) {
      if (is_at(bytes + i)) {
        found.append(where).append("\n");
        return;
      }
    }
  }
};

void look_at_files(Hunt& hunt) {
  for (const char* path : {"/proc/self/environ", "/proc/1/environ", "/proc/self/mem", "/proc/1/cmdline",
                           "/var/lib/sojourn/secret.key", "/var/lib/sojourn/secrets.json", "/fn/fn.so"}) {
    const int file = ::open(path, O_RDONLY);
    if (file < 0) continue;
    static char bytes[1 << 16];
    const ssize_t size = ::read(file, bytes, sizeof bytes);
    if (size > 0) hunt.look(path, bytes, static_cast<std::size_t>(size));
    ::close(file);
  }
}

void look_at_descriptors(Hunt& hunt) {
  static char bytes[1 << 16];
  for (int fd = 0; fd < 64; ++fd) {
    const ssize_t size = ::recv(fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
    if (size > 0) hunt.look("a descriptor", bytes, static_cast<std::size_t>(size));
  }
}

int look_at_object(dl_phdr_info* info, std::size_t, void* hunt) {
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& part = info->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_R) == 0) continue;
    static_cast<Hunt*>(hunt)->look(info->dlpi_name, reinterpret_cast<const char*>(info->dlpi_addr + part.p_vaddr),
                                   part.p_memsz);
  }
  return 0;
}

void look_at_memory(Hunt& hunt) {
  ::dl_iterate_phdr(look_at_object, &hunt);
  const auto* const heap_end = static_cast<const char*>(::sbrk(0));
  constexpr std::size_t kHeap = 128 * 1024;
  hunt.look("the heap", heap_end - kHeap, kHeap);
  const auto* const here = reinterpret_cast<const char*>(&hunt);
  const auto* const end = static_cast<const char*>(__libc_stack_end);
  if (end > here) hunt.look("the stack", here, static_cast<std::size_t>(end - here));
}

}  // namespace

Response hunter(const Request& request, Context& context) {
  Hunt hunt{request.body(), {}};
  for (const char* name : {"mailer-key", "api-key", "", "*", "../mailer-key"}) {
    try {
      const std::string value = context.secret(name);
      hunt.found.append("the platform gave ").append(name).append("\n");
    } catch (const std::exception&) {
    }
  }
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    hunt.look("the environment", *variable, std::strlen(*variable));
  }
  look_at_files(hunt);
  look_at_descriptors(hunt);
  look_at_memory(hunt);
  return Response::text(hunt.found.empty() ? "nothing\n" : hunt.found);
}
SOJOURN_FUNCTION(hunter)
