#include "runtime/sandbox/warden/warden_fixture.h"

#include <cerrno>
#include <cstring>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <sojourn/abi.h>

#include "runtime/crypto/sha256.h"
#include "runtime/sandbox/protocol/payload.h"
#include "runtime/sandbox/warden/warden.h"

namespace sojourn {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kNobody = 65534;

bool readable(int fd, std::chrono::milliseconds patience = kPatience) {
  pollfd ready{fd, POLLIN, 0};
  return ::poll(&ready, 1, static_cast<int>(patience.count())) > 0;
}

// One packet or piece of a stream with up to two descriptors and the sender's pid.
ssize_t receive(int fd, void* bytes, std::size_t size, UniqueFd* first, UniqueFd* second, pid_t* pid) {
  iovec piece{bytes, size};
  alignas(cmsghdr) char ancillary[256];
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = ancillary;
  message.msg_controllen = sizeof ancillary;
  const ssize_t count = ::recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
  if (count < 0) return count;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_type == SCM_RIGHTS && first != nullptr && second != nullptr) {
      int fds[2] = {-1, -1};
      std::memcpy(fds, CMSG_DATA(part), std::min<std::size_t>(sizeof fds, part->cmsg_len - CMSG_LEN(0)));
      first->reset(fds[0]);
      second->reset(fds[1]);
    }
    if (part->cmsg_type == SCM_CREDENTIALS && pid != nullptr) {
      ucred credentials{};
      std::memcpy(&credentials, CMSG_DATA(part), sizeof credentials);
      *pid = credentials.pid;
    }
  }
  return count;
}

std::string read_everything(int fd) {
  std::string text;
  char bytes[4096];
  while (readable(fd, std::chrono::milliseconds(100))) {
    const ssize_t count = ::read(fd, bytes, sizeof bytes);
    if (count <= 0) break;
    text.append(bytes, static_cast<std::size_t>(count));
  }
  return text;
}

std::string file_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

[[noreturn]] void be_warden(const WardenFixture& fixture, int link, TestUser user) {
  if (user == TestUser::kNobody) {
    if (::setresgid(kNobody, kNobody, kNobody) != 0 || ::setresuid(kNobody, kNobody, kNobody) != 0) ::_exit(99);
  }
  WardenOptions options;
  options.link = link;
  options.artifacts_directory = fixture.data + "/" + fixture.artifacts_name;
  options.stems_directory = fixture.data + "/stems";
  ::_exit(run_warden(options));
}

}  // namespace

bool eventually(const std::function<bool()>& holds) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

// ---- warden

WardenFixture::WardenFixture(TestUser as, std::string artifacts) : user(as), artifacts_name(std::move(artifacts)) {
  std::string pattern = (fs::temp_directory_path() / "sojourn-warden-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  data = pattern;
  ::mkdir((data + "/artifacts").c_str(), 0711);
  if (user == TestUser::kNobody) {
    REQUIRE(::chown(data.c_str(), kNobody, kNobody) == 0);
    REQUIRE(::chown((data + "/artifacts").c_str(), kNobody, kNobody) == 0);
  }
  start();
}

void WardenFixture::start_again() {
  // Verified again, but before the next warden cleans up.
  for (auto& [path, identity] : identities_) REQUIRE(::stat(path.c_str(), &identity) == 0);
  start();
}

void WardenFixture::start() {
  int pair[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
  link.reset(pair[0]);
  pid = ::fork();
  if (pid == 0) be_warden(*this, pair[1], user);
  ::close(pair[1]);
  const auto said = read_message(nullptr, nullptr);
  REQUIRE_MESSAGE(said.has_value(), "the warden ended before its hello");
  REQUIRE(said->size() == sizeof hello);
  std::memcpy(&hello, said->data(), sizeof hello);
}

WardenFixture::~WardenFixture() {
  if (pid > 0) stop();
  fs::remove_all(data);
}

std::string WardenFixture::store(const std::string& object, std::uint32_t copy) {
  const std::string bytes = file_bytes(object);
  REQUIRE_MESSAGE(!bytes.empty(), object);
  const std::string hex = Sha256::of(bytes).hex();
  const std::string directory = data + "/artifacts/" + hex.substr(0, 2);
  const std::string path = directory + "/" + hex + (copy == 0 ? "" : "." + std::to_string(copy));
  if (identities_.contains(path)) return path;
  ::mkdir(directory.c_str(), 0711);
  std::ofstream(path, std::ios::binary) << bytes;
  struct stat owner {};
  ::stat(data.c_str(), &owner);
  REQUIRE(::chmod(path.c_str(), 0444) == 0);
  if (owner.st_uid != ::geteuid()) {
    REQUIRE(::chown(directory.c_str(), owner.st_uid, owner.st_gid) == 0);
    REQUIRE(::chown(path.c_str(), owner.st_uid, owner.st_gid) == 0);
  }
  REQUIRE(::stat(path.c_str(), &identities_[path]) == 0);
  return path;
}

AdoptRequest WardenFixture::adopt_request(const std::string& path, const TestLimits& limits) {
  // As it was when it was stored: a gateway that verified it once does not look again.
  const struct stat& status = identities_.at(path);
  AdoptRequest request{};
  request.type = WardenMessageType::kAdopt;
  request.threads = limits.threads;
  request.id = next_id_++;
  request.digest = Digest::from_hex(fs::path(path).filename().string())->bytes;
  request.inode = status.st_ino;
  request.size = static_cast<std::uint64_t>(status.st_size);
  request.changed_ns = std::int64_t{status.st_ctim.tv_sec} * 1'000'000'000 + status.st_ctim.tv_nsec;
  request.memory = limits.memory;
  request.tmp = limits.tmp;
  request.instances_max = limits.instances_max;
  return request;
}

void WardenFixture::send_message(const void* message, std::size_t size) {
  REQUIRE(::send(link.get(), message, size, 0) == static_cast<ssize_t>(size));
}

std::optional<TestTemplate> WardenFixture::adopt(const std::string& object, const TestLimits& limits,
                                                 AdoptReply* refusal) {
  const AdoptRequest request = adopt_request(store(object), limits);
  send_message(&request, sizeof request);
  return await_adopted(refusal);
}

std::optional<TestTemplate> WardenFixture::adopt_chain(const std::string& object, const std::vector<std::string>& fused,
                                                       AdoptReply* refusal) {
  AdoptRequest request = adopt_request(store(object), {});
  request.fused = static_cast<std::uint32_t>(fused.size());
  std::map<std::string, std::uint32_t> seen{{object, 1}};
  std::uint32_t index = 0;
  for (const std::string& name : fused) {
    const std::uint32_t copy = seen[name]++;
    const std::string path = store(name, copy);
    const struct stat& status = identities_.at(path);
    AdoptMoreRequest more{};
    more.type = WardenMessageType::kAdoptMore;
    more.index = ++index;
    more.id = request.id;
    more.digest = Digest::from_hex(fs::path(store(name)).filename().string())->bytes;
    more.inode = status.st_ino;
    more.size = static_cast<std::uint64_t>(status.st_size);
    more.changed_ns = std::int64_t{status.st_ctim.tv_sec} * 1'000'000'000 + status.st_ctim.tv_nsec;
    more.copy = copy;
    send_message(&more, sizeof more);
  }
  send_message(&request, sizeof request);
  return await_adopted(refusal);
}

std::optional<TestTemplate> WardenFixture::await_adopted(AdoptReply* refusal) {
  for (;;) {
    TestTemplate made;
    const auto said = read_message(&made.control, &made.log);
    REQUIRE(said.has_value());
    if (said->size() == sizeof(DiedReport)) {
      DiedReport died{};
      std::memcpy(&died, said->data(), sizeof died);
      died_.push_back(died);
      continue;
    }
    REQUIRE(said->size() == sizeof(AdoptReply));
    AdoptReply reply{};
    std::memcpy(&reply, said->data(), sizeof reply);
    if (reply.type == WardenMessageType::kRefused) {
      if (refusal != nullptr)
        *refusal = reply;
      else
        FAIL("refused: " << std::string(reply.step.data()) << " errno " << reply.error);
      return std::nullopt;
    }
    made.id = reply.id;
    made.pid = reply.pid;
    return made;
  }
}

void WardenFixture::kill(std::uint64_t id, pid_t instance) {
  KillRequest request{};
  request.type = WardenMessageType::kKill;
  request.pid = instance;
  request.id = id;
  REQUIRE(::send(link.get(), &request, sizeof request, 0) == sizeof request);
}

DiedReport WardenFixture::next_died() {
  DiedReport died{};
  if (!died_.empty()) {
    died = died_.front();
    died_.erase(died_.begin());
    return died;
  }
  const auto said = read_message(nullptr, nullptr);
  REQUIRE(said.has_value());
  REQUIRE(said->size() == sizeof died);
  std::memcpy(&died, said->data(), sizeof died);
  return died;
}

int WardenFixture::stop() {
  link.reset();
  int status = 0;
  const bool ended = eventually([&] { return ::waitpid(pid, &status, WNOHANG) == pid; });
  CHECK(ended);
  pid = -1;
  return status;
}

void WardenFixture::kill_warden() {
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  pid = -1;
}

std::string WardenFixture::cgroup_name() const {
  struct stat status {};
  REQUIRE(::stat((data + "/stems").c_str(), &status) == 0);
  char name[64];
  std::snprintf(name, sizeof name, "sojourn-%llx-%llx", static_cast<unsigned long long>(status.st_dev),
                static_cast<unsigned long long>(status.st_ino));
  return name;
}

int cgroups_named(const std::string& name) {
  int count = 0;
  std::error_code ignored;
  for (const auto& entry : fs::recursive_directory_iterator("/sys/fs/cgroup", ignored))
    count += entry.path().filename() == name ? 1 : 0;
  return count;
}

int WardenFixture::stems() const {
  return static_cast<int>(std::distance(fs::directory_iterator(data + "/stems"), fs::directory_iterator()));
}

std::optional<std::string> WardenFixture::read_message(UniqueFd* first, UniqueFd* second) {
  char bytes[kWardenMessageMax];
  if (!readable(link.get())) return std::nullopt;
  const ssize_t size = receive(link.get(), bytes, sizeof bytes, first, second, nullptr);
  if (size <= 0) return std::nullopt;
  return std::string(bytes, static_cast<std::size_t>(size));
}

// ---- template

std::optional<std::string> TestTemplate::read_packet() {
  static char bytes[kTemplateMessageMax];
  if (!readable(control.get())) return std::nullopt;
  const ssize_t size = ::recv(control.get(), bytes, sizeof bytes, 0);
  if (size <= 0) return std::nullopt;
  return std::string(bytes, static_cast<std::size_t>(size));
}

std::optional<TestTemplate::Loaded> TestTemplate::load(std::string_view symbol, const std::vector<TestLink>& fused) {
  send_load(symbol, fused);
  return await_loaded();
}

void TestTemplate::send_load(std::string_view symbol, const std::vector<TestLink>& fused) {
  std::string packet;
  PayloadWriter out(packet);
  LoadHead head{};
  head.type = TemplateMessage::kLoad;
  head.version = 7;
  head.env_count = 1;
  head.fused_count = static_cast<std::uint32_t>(fused.size());
  out.fixed(head);
  for (const std::string_view text : {symbol, std::string_view("acts"), std::string_view("{}"),
                                      std::string_view("GREETING"), std::string_view("hello")})
    out.text(text);
  int number = 0;
  for (const TestLink& link : fused) {
    out.text(link.symbol);
    out.text("link@" + std::to_string(++number));
    out.text(link.with);
  }
  REQUIRE(::send(control.get(), packet.data(), packet.size(), MSG_NOSIGNAL) > 0);
}

std::optional<TestTemplate::Loaded> TestTemplate::await_loaded() {
  while (const auto said = read_packet()) {
    PayloadReader in(*said);
    if (PayloadReader(*said).fixed<TemplateMessage>() == TemplateMessage::kOpened) continue;
    Loaded loaded{in.fixed<LoadedHead>(), std::string(in.text())};
    REQUIRE(in.ok());
    REQUIRE(loaded.head.type == TemplateMessage::kLoaded);
    return loaded;
  }
  return std::nullopt;
}

TestInstance TestTemplate::fork() {
  TestInstance instance;
  int pair[2], log_pipe[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
  const int on = 1;
  REQUIRE(::setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0);
  REQUIRE(::pipe2(log_pipe, O_CLOEXEC) == 0);
  UniqueFd claims(::memfd_create("claims", MFD_CLOEXEC));
  REQUIRE(::ftruncate(claims.get(), 4096) == 0);
  void* const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, claims.get(), 0);
  REQUIRE(page != MAP_FAILED);
  instance.claims = static_cast<ClaimPage*>(page);
  instance.channel.reset(pair[0]);
  instance.log.reset(log_pipe[0]);
  instance.serial = next_serial_++;
  const UniqueFd far_channel(pair[1]), far_log(log_pipe[1]);

  ForkHead head{};
  head.type = TemplateMessage::kFork;
  head.serial = instance.serial;
  iovec piece{&head, sizeof head};
  alignas(cmsghdr) char ancillary[CMSG_SPACE(3 * sizeof(int))]{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = ancillary;
  message.msg_controllen = sizeof ancillary;
  cmsghdr* const part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(3 * sizeof(int));
  const int fds[] = {far_channel.get(), far_log.get(), claims.get()};
  std::memcpy(CMSG_DATA(part), fds, sizeof fds);
  REQUIRE(::sendmsg(control.get(), &message, MSG_NOSIGNAL) > 0);
  while (const auto said = read_packet()) {
    PayloadReader in(*said);
    if (PayloadReader(*said).fixed<TemplateMessage>() == TemplateMessage::kExit) {
      exits_.push_back(in.fixed<ExitBody>());
      continue;
    }
    const auto forked = in.fixed<ForkedBody>();
    REQUIRE(forked.type == TemplateMessage::kForked);
    CHECK(forked.serial == instance.serial);
    REQUIRE(forked.error == 0);
    break;
  }
  return instance;
}

std::optional<ExitBody> TestTemplate::next_exit() {
  if (!exits_.empty()) {
    const ExitBody exit = exits_.front();
    exits_.erase(exits_.begin());
    return exit;
  }
  const auto said = read_packet();
  if (!said) return std::nullopt;
  return PayloadReader(*said).fixed<ExitBody>();
}

std::string TestTemplate::read_log() {
  return read_everything(log.get());
}

// ---- instance

std::optional<TestInstance::Received> TestInstance::read_frame() {
  for (;;) {
    if (input_.size() >= sizeof(FrameHeader)) {
      FrameHeader header;
      std::memcpy(&header, input_.data(), sizeof header);
      REQUIRE(header.magic == kFrameMagic);
      REQUIRE(header.length <= kFramePayloadMax);
      if (input_.size() >= sizeof header + header.length) {
        Received received{header, input_.substr(sizeof header, header.length)};
        input_.erase(0, sizeof header + header.length);
        return received;
      }
    }
    char bytes[65536];
    if (!readable(channel.get())) return std::nullopt;
    const ssize_t count = receive(channel.get(), bytes, sizeof bytes, nullptr, nullptr, pid == 0 ? &pid : nullptr);
    if (count <= 0) return std::nullopt;
    input_.append(bytes, static_cast<std::size_t>(count));
  }
}

void TestInstance::send_frame(FrameType type, std::uint64_t call_number, std::string_view payload, std::uint32_t stream,
                              std::uint16_t flags) {
  FrameHeader header;
  header.type = type;
  header.flags = flags;
  header.stream = stream;
  header.call = call_number;
  header.length = static_cast<std::uint32_t>(payload.size());
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  bytes += payload;
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = ::send(channel.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return;
    sent += static_cast<std::size_t>(count);
  }
}

std::string TestInstance::start(const TestConfig& config) {
  const auto said_hello = read_frame();
  if (!said_hello) FAIL("no HELLO; its log: " << read_log());
  REQUIRE(said_hello->header.type == FrameType::kHello);
  REQUIRE(pid != 0);
  std::string payload;
  PayloadWriter out(payload);
  ConfigHead head{};
  head.version = 7;
  head.one_shot = config.one_shot ? 1 : 0;
  head.reply_limit = config.reply_limit;
  head.log_limit = config.log_limit;
  head.env_count = 1;
  head.secret_count = 1;
  out.fixed(head);
  for (const char* text : {"acts", "{}", "GREETING", "hello", "key", "secret"}) out.text(text);
  send_frame(FrameType::kConfig, 0, payload);
  const auto ready = read_frame();
  REQUIRE(ready.has_value());
  REQUIRE(ready->header.type == FrameType::kReady);
  PayloadReader in(ready->payload);
  const auto ready_head = in.fixed<ReadyHead>();
  const std::string reason(in.text());
  CHECK((ready_head.failed != 0) == !reason.empty());
  return reason;
}

std::uint64_t TestInstance::send_call(std::string_view path, std::string_view query, std::string_view body) {
  const std::uint64_t number = next_call_++;
  const bool follows = body.size() > kInlineBodyMax;
  std::string payload;
  PayloadWriter out(payload);
  CallHead head{};
  head.time_left_ns = 5'000'000'000;
  head.body_size = body.size();
  head.attempt = 1;
  head.header_count = 1;
  out.fixed(head);
  out.text("call-" + std::to_string(number));
  for (const std::string_view text : {std::string_view(""), std::string_view("GET"), path, query,
                                      std::string_view("127.0.0.1"), std::string_view("x-test"), std::string_view("1")})
    out.text(text);
  if (!follows) out.raw(body);
  const auto slot = static_cast<std::uint16_t>(number % kClaimSlots);
  claims->words[slot].store(claim_word(number, ClaimState::kQueued));
  FrameHeader header;
  header.type = FrameType::kCall;
  header.call = number;
  header.slot = slot;
  header.flags = follows ? kBodyFollows : 0;
  header.length = static_cast<std::uint32_t>(payload.size());
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  bytes += payload;
  REQUIRE(::send(channel.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  if (follows) {
    for (; !body.empty(); body.remove_prefix(std::min<std::size_t>(body.size(), kBodyChunkMax)))
      send_frame(FrameType::kBody, number, body.substr(0, kBodyChunkMax));
    send_frame(FrameType::kBodyEnd, number);
  }
  return number;
}

bool TestInstance::recall(std::uint64_t call_number) {
  std::uint32_t expected = claim_word(call_number, ClaimState::kQueued);
  return claims->words[call_number % kClaimSlots].compare_exchange_strong(
      expected, claim_word(call_number, ClaimState::kRecalled));
}

void TestInstance::give_credit(std::uint64_t call_number, std::uint32_t bytes) {
  const Credit credit{bytes};
  send_frame(FrameType::kCredit, call_number, {reinterpret_cast<const char*>(&credit), sizeof credit});
}

std::optional<TestReply> TestInstance::next_reply() {
  TestReply reply;
  while (const auto frame = read_frame()) {
    PayloadReader in(frame->payload);
    switch (frame->header.type) {
      case FrameType::kLog: {
        const auto head = in.fixed<LogHead>();
        std::string line = std::to_string(head.level) + " " + std::string(in.text());
        for (std::uint32_t index = 0; index < head.field_count; ++index) {
          line += " " + std::string(in.text());
          line += "=" + std::string(in.text());
        }
        reply.log.push_back(line);
        reply.log_dropped += head.dropped;
        continue;
      }
      case FrameType::kError: {
        const auto body = in.fixed<ErrorBody>();
        reply.failed = true;
        reply.status = body.status;
        reply.flags = body.flags;
        reply.retry_ms = body.retry_ms;
        reply.type = in.text();
        reply.body = in.text();
        return reply;
      }
      case FrameType::kReply: {
        const auto head = in.fixed<ReplyHead>();
        reply.status = head.status;
        for (std::uint32_t index = 0; index < head.header_count; ++index) {
          reply.headers.append(in.text()).append("=");
          reply.headers.append(in.text()).append(" ");
        }
        reply.body = in.rest();
        REQUIRE(in.ok());
        if ((frame->header.flags & kBodyFollows) == 0) return reply;
        continue;
      }
      case FrameType::kBody:
        reply.body += frame->payload;
        if (automatic_credit) give_credit(frame->header.call, frame->header.length);
        continue;
      case FrameType::kBodyEnd:
        return reply;
      case FrameType::kBye:
        continue;
      default:
        FAIL("a frame of type " << static_cast<int>(frame->header.type));
    }
  }
  return std::nullopt;
}

TestReply TestInstance::call(std::string_view path, std::string_view query, std::string_view body) {
  send_call(path, query, body);
  const auto reply = next_reply();
  if (!reply) FAIL("no reply to " << std::string(path) << "; its log: " << read_log());
  return *reply;
}

bool TestInstance::ended() {
  while (read_frame()) {
  }
  char byte;
  return ::recv(channel.get(), &byte, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET;
}

std::string TestInstance::read_log() {
  return read_everything(log.get());
}

}  // namespace sojourn
