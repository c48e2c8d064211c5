#include "runtime/call/scripted_warden.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/sandbox/host/passed_fds.h"

namespace sojourn {
namespace {

// The process that plays warden and template.
class Stage {
 public:
  Stage(int link, const SandboxScript& script) : link_(link), script_(script) {}

  [[noreturn]] void run() {
    WardenHello hello{};
    hello.type = WardenMessageType::kHello;
    hello.walls = kWallSeccomp;
    send_packet(link_, &hello, sizeof hello, nullptr, 0);
    while (true) turn();
  }

 private:
  struct Template {
    int control;
    int log;
    bool gone = false;
    std::map<pid_t, std::uint32_t> instances;
  };

  void turn() {
    std::vector<pollfd> polled = {{link_, POLLIN, 0}};
    std::vector<std::uint64_t> ids;
    for (const auto& [id, one] : templates_) {
      if (one.gone) continue;
      polled.push_back({one.control, POLLIN, 0});
      ids.push_back(id);
    }
    ::poll(polled.data(), polled.size(), 1);
    if (polled[0].revents != 0) on_link();
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (polled[i + 1].revents != 0) on_control(ids[i]);
    }
    reap();
  }

  void on_link() {
    alignas(8) char bytes[kWardenMessageMax];
    const ssize_t count = ::recv(link_, bytes, sizeof bytes, 0);
    if (count <= 0) ::_exit(0);
    WardenMessageType type;
    std::memcpy(&type, bytes, sizeof type);
    if (type == WardenMessageType::kAdopt) {
      AdoptRequest request;
      std::memcpy(&request, bytes, sizeof request);
      adopt(request);
    } else if (type == WardenMessageType::kKill && !script_.deaf_to_kills) {
      KillRequest request;
      std::memcpy(&request, bytes, sizeof request);
      if (request.pid != 0) {
        ::kill(request.pid, SIGKILL);
      } else {
        end_template(request.id, SIGKILL);
      }
    }
  }

  void adopt(const AdoptRequest& request) {
    AdoptReply reply{};
    reply.id = request.id;
    reply.type = WardenMessageType::kAdopted;
    if (script_.adoption_error != 0) {
      reply.type = WardenMessageType::kRefused;
      reply.error = script_.adoption_error;
      std::strcpy(reply.step.data(), "link artifact");
      send_packet(link_, &reply, sizeof reply, nullptr, 0);
      return;
    }
    int control[2];
    int log[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) != 0 || ::pipe(log) != 0) ::_exit(1);
    templates_[request.id] = {control[1], log[1], false, {}};
    const int fds[] = {control[0], log[0]};
    send_packet(link_, &reply, sizeof reply, fds, 2);
    ::close(control[0]);
    ::close(log[0]);
  }

  void on_control(std::uint64_t id) {
    Template& one = templates_[id];
    char bytes[4096];
    PassedFds passed;
    const ssize_t count = receive_packet(one.control, bytes, sizeof bytes, passed);
    if (count <= 0) return end_template(id, 0);
    TemplateMessage type;
    std::memcpy(&type, bytes, sizeof type);
    if (type == TemplateMessage::kLoad) return load(id, one);
    if (type == TemplateMessage::kFork) {
      ForkHead head;
      std::memcpy(&head, bytes, sizeof head);
      fork_instance(one, head.serial, passed);
    }
  }

  void load(std::uint64_t id, Template& one) {
    if (script_.load == SandboxScript::Load::kNeverAnswers) return;
    if (script_.load == SandboxScript::Load::kCrashes) return end_template(id, SIGSEGV);
    std::string packet;
    PayloadWriter out(packet);
    LoadedHead head{};
    head.type = TemplateMessage::kLoaded;
    head.outcome = script_.outcome;
    out.fixed(head);
    out.text(script_.reason);
    send_packet(one.control, packet.data(), packet.size(), nullptr, 0);
  }

  void fork_instance(Template& one, std::uint32_t serial, PassedFds& passed) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::signal(SIGPIPE, SIG_IGN);
      for (const auto& [id, other] : templates_) {
        if (!other.gone) ::close(other.control);
      }
      ::close(link_);
      void* const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, passed.fds[2].get(), 0);
      ScriptedInstance instance(passed.fds[0].get(), passed.fds[1].get(), static_cast<ClaimPage*>(page));
      script_.instance(instance);
      ::_exit(0);
    }
    one.instances[pid] = serial;
    ForkedBody body{};
    body.type = TemplateMessage::kForked;
    body.serial = serial;
    send_packet(one.control, &body, sizeof body, nullptr, 0);
  }

  void end_template(std::uint64_t id, int status) {
    Template& one = templates_[id];
    if (std::exchange(one.gone, true)) return;
    for (const auto& [pid, serial] : one.instances) ::kill(pid, SIGKILL);
    ::close(one.control);
    ::close(one.log);
    DiedReport report{};
    report.type = WardenMessageType::kDied;
    report.status = status;
    report.id = id;
    send_packet(link_, &report, sizeof report, nullptr, 0);
  }

  void reap() {
    int status = 0;
    for (pid_t pid = ::waitpid(-1, &status, WNOHANG); pid > 0; pid = ::waitpid(-1, &status, WNOHANG)) {
      for (auto& [id, one] : templates_) {
        const auto found = one.instances.find(pid);
        if (found == one.instances.end()) continue;
        ExitBody body{};
        body.type = TemplateMessage::kExit;
        body.serial = found->second;
        body.status = status;
        one.instances.erase(found);
        if (!one.gone) send_packet(one.control, &body, sizeof body, nullptr, 0);
        break;
      }
    }
  }

  int link_;
  const SandboxScript& script_;
  std::map<std::uint64_t, Template> templates_;
};

}  // namespace

ScriptedWarden::ScriptedWarden(SandboxScript script) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) std::abort();
  link_.reset(pair[0]);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::signal(SIGPIPE, SIG_IGN);
    ::close(pair[0]);
    Stage(pair[1], script).run();
  }
  ::close(pair[1]);
}

ScriptedWarden::~ScriptedWarden() {
  die();
}

void ScriptedWarden::die() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void ScriptedInstance::read_all(char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t count = ::read(channel_, bytes, size);
    if (count <= 0) ::_exit(0);
    bytes += count;
    size -= static_cast<std::size_t>(count);
  }
}

void ScriptedInstance::write_raw(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(channel_, bytes.data(), bytes.size());
    if (count <= 0) ::_exit(0);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void ScriptedInstance::write_log(std::string_view bytes) {
  [[maybe_unused]] const ssize_t count = ::write(log_, bytes.data(), bytes.size());
}

bool ScriptedInstance::read_frame(FrameHeader& header, std::string& payload) {
  read_all(reinterpret_cast<char*>(&header), sizeof header);
  payload.resize(header.length);
  read_all(payload.data(), payload.size());
  return true;
}

void ScriptedInstance::send(FrameType type, std::uint64_t call, std::string_view payload, std::uint16_t flags) {
  FrameHeader header;
  header.type = type;
  header.flags = flags;
  header.call = call;
  header.length = static_cast<std::uint32_t>(payload.size());
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  write_raw(bytes.append(payload));
}

void ScriptedInstance::hello() {
  const Hello body{1, 0};
  send(FrameType::kHello, 0, {reinterpret_cast<const char*>(&body), sizeof body});
}

void ScriptedInstance::ready(std::string_view failed) {
  std::string payload;
  PayloadWriter out(payload);
  out.fixed(ReadyHead{failed.empty() ? 0u : 1u});
  out.text(failed);
  send(FrameType::kReady, 0, payload);
}

void ScriptedInstance::start() {
  hello();
  FrameHeader header;
  read_frame(header, config_);
  ready();
}

ScriptedCall ScriptedInstance::read_call() {
  ScriptedCall call;
  std::string payload;
  do {
    read_frame(call.frame, payload);
    if (call.frame.type == FrameType::kGrant) ::_exit(0);
  } while (call.frame.type != FrameType::kCall);
  PayloadReader in(payload);
  call.head = in.fixed<CallHead>();
  call.call_id = in.text();
  in.text();
  call.method = in.text();
  call.path = in.text();
  call.query = in.text();
  in.text();
  for (std::uint32_t i = 0; i < call.head.header_count; ++i) {
    const std::string name(in.text());
    call.headers.emplace_back(name, in.text());
  }
  call.body = in.rest();
  if ((call.frame.flags & kBodyFollows) == 0) return call;
  FrameHeader header;
  for (read_frame(header, payload); header.type == FrameType::kBody; read_frame(header, payload)) call.body += payload;
  return call;
}

bool ScriptedInstance::claim(const ScriptedCall& call) {
  std::uint32_t expected = claim_word(call.frame.call, ClaimState::kQueued);
  return claims_->words[call.frame.slot].compare_exchange_strong(expected,
                                                                 claim_word(call.frame.call, ClaimState::kStarted));
}

ScriptedCall ScriptedInstance::next_call() {
  ScriptedCall call = read_call();
  while (!claim(call)) call = read_call();
  return call;
}

std::string reply_payload(int status, std::string_view body,
                          const std::vector<std::pair<std::string, std::string>>& headers,
                          std::optional<std::uint64_t> body_size) {
  std::string payload;
  PayloadWriter out(payload);
  out.fixed(ReplyHead{status, static_cast<std::uint32_t>(headers.size()), body_size.value_or(body.size())});
  for (const auto& [name, value] : headers) {
    out.text(name);
    out.text(value);
  }
  out.raw(body);
  return payload;
}

void ScriptedInstance::reply(const ScriptedCall& call, std::string_view body, int status,
                             std::vector<std::pair<std::string, std::string>> headers) {
  send(FrameType::kReply, call.frame.call, reply_payload(status, body, headers));
}

}  // namespace sojourn
