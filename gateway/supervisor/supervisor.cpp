#include "gateway/supervisor/supervisor.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/supervisor/backoff.h"
#include "gateway/supervisor/child_process.h"
#include "gateway/supervisor/data_directory.h"
#include "gateway/supervisor/listen_address.h"
#include "gateway/supervisor/role.h"
#include "gateway/supervisor_link.h"

namespace sojourn {
namespace {

using std::chrono::milliseconds;
using Time = std::chrono::steady_clock::time_point;

constexpr milliseconds kOrphanPatience{1000};  // for a warden to leave when its gateway is gone
constexpr milliseconds kStopPatience{35'000};  // for the gateway, which lets calls finish for 30 s
constexpr milliseconds kStandStillMax{2000};   // of a process that was stopped (SIGSTOP) and not continued
constexpr rlim_t kDescriptorsWanted = 1u << 20;

Time now() {
  return std::chrono::steady_clock::now();
}

// One of our processes, running or waiting to be started again.
struct Child {
  pid_t pid = -1;
  Time started;
  Time due;                     // when to start it again
  std::optional<Time> kill_at;  // it was asked to leave, and has until then
  std::optional<Time> stopped;  // by SIGSTOP, since then
  Backoff backoff;

  bool running() const { return pid > 0; }
};

class Supervisor {
 public:
  Supervisor(const ServeOptions& options, DataDirectory data, ListeningSockets listening)
      : options_(options),
        log_(STDERR_FILENO, options.log_level),
        data_(std::move(data)),
        listening_(std::move(listening)) {}

  int run();

 private:
  Status watch_signals();
  void turn();
  milliseconds until_next() const;

  void start_what_is_due();
  Status start_gateway();
  Status start_warden();
  Status start_broker();
  void start_apply();
  void started(Child& child, const Result<pid_t>& pid, std::string_view what);

  void on_signals();
  void on_stop_signal(int number);
  void on_link();
  void on_ready();
  void reap();
  void note_standing(pid_t pid, int status);
  void on_gateway_end(int status);
  void on_warden_end(int status);
  void on_broker_end(int status);
  void on_apply_end(int status);
  void announce();
  void give_up(std::string_view who);
  void kill_overdue();

  bool finished() const { return stopping_ && !gateway_.running() && !warden_.running() && !broker_.running(); }
  std::string url() const;

  const ServeOptions& options_;
  Log log_;
  DataDirectory data_;
  ListeningSockets listening_;
  UniqueFd signals_;
  UniqueFd link_;  // to the gateway
  Child gateway_;
  Child warden_;
  Child broker_;
  pid_t apply_ = -1;
  int wardens_started_ = 0;
  bool ready_ = false;  // the first gateway said so; `apply` may still run
  bool stopping_ = false;
  int exit_code_ = 0;
};

struct LinkPair {
  UniqueFd ours;
  UniqueFd theirs;
};

Result<LinkPair> make_link() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return system_error("socketpair", errno);
  }
  return LinkPair{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// Clients on this host reach a server that listens everywhere through the loopback.
std::string Supervisor::url() const {
  const std::string text = listening_.address.text();
  if (text.starts_with("0.0.0.0:")) return "http://127.0.0.1" + text.substr(7);
  if (text.starts_with("[::]:")) return "http://[::1]" + text.substr(4);
  return "http://" + text;
}

// Handled by reading a descriptor, so that no code of ours runs inside a signal handler.
Status Supervisor::watch_signals() {
  sigset_t watched;
  ::sigemptyset(&watched);
  for (const int number : {SIGTERM, SIGINT, SIGCHLD}) ::sigaddset(&watched, number);
  // nohup says so by having it ignored; a blocked signal would come all the same.
  struct sigaction hang_up {};
  ::sigaction(SIGHUP, nullptr, &hang_up);
  if (hang_up.sa_handler != SIG_IGN) ::sigaddset(&watched, SIGHUP);
  ::sigprocmask(SIG_BLOCK, &watched, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  signals_.reset(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_) return system_error("signalfd", errno);
  return {};
}

int Supervisor::run() {
  if (const Status watching = watch_signals(); !watching) {
    log_.error(watching.error().text());
    return 1;
  }
  while (!finished()) {
    start_what_is_due();
    turn();
  }
  data_.withdraw();
  return exit_code_;
}

void Supervisor::turn() {
  std::array<pollfd, 2> wanted{{{signals_.get(), POLLIN, 0}, {link_.get(), POLLIN, 0}}};
  if (::poll(wanted.data(), wanted.size(), static_cast<int>(until_next().count())) < 0) return;
  if (wanted[1].revents != 0) on_link();
  if (wanted[0].revents != 0) on_signals();
  kill_overdue();
}

milliseconds Supervisor::until_next() const {
  Time next = now() + std::chrono::hours(1);
  for (const Child* child : {&gateway_, &warden_, &broker_}) {
    if (child->kill_at) next = std::min(next, *child->kill_at);
    if (child->stopped) next = std::min(next, *child->stopped + kStandStillMax);
  }
  // The others wait for a gateway first, and only then for their time.
  for (const Child* child : {&gateway_, &warden_, &broker_}) {
    const bool may_start = child == &gateway_ || gateway_.running();
    if (!stopping_ && may_start && !child->running()) next = std::min(next, child->due);
  }
  return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(next - now()));
}

void Supervisor::start_what_is_due() {
  if (stopping_) return;
  if (!gateway_.running() && now() >= gateway_.due) {
    if (const Status status = start_gateway(); !status) log_.error(status.error().at("gateway").text());
  }
  if (gateway_.running() && !warden_.running() && now() >= warden_.due) {
    if (const Status status = start_warden(); !status) log_.error(status.error().at("warden").text());
  }
  if (gateway_.running() && !broker_.running() && now() >= broker_.due) {
    if (const Status status = start_broker(); !status) log_.error(status.error().at("broker").text());
  }
}

void Supervisor::started(Child& child, const Result<pid_t>& pid, std::string_view what) {
  child.started = now();
  child.kill_at.reset();
  child.stopped.reset();
  if (!pid) {
    child.due = now() + std::max(milliseconds(100), child.backoff.next(milliseconds(0)));
    return;
  }
  child.pid = *pid;
  log_.info("process started", {{"role", what}, {"pid", std::to_string(*pid)}});
}

Status Supervisor::start_gateway() {
  Result<LinkPair> link = make_link();
  if (!link) return link.error();
  GatewayRole role;
  role.data = data_.path().string();
  role.url = url();
  role.sockets = static_cast<int>(listening_.sockets.size());
  role.dev = options_.dev;
  role.allow_private = options_.dev || options_.allow_private;
  for (const auto& directory : options_.files) role.files.push_back(directory.string());
  if (options_.dev && role.files.empty()) role.files.emplace_back("/");
  role.behind_proxy = options_.behind_proxy;
  role.check_loopback_host = listening_.address.is_loopback() && !options_.behind_proxy;
  role.log_level = options_.log_level;

  ChildOptions child{arguments(role), child_environment(), {}, STDERR_FILENO, gateway_identity()};
  child.descriptors = {{link->theirs.get(), kRoleLinkFd}, {data_.lock(), kRoleLockFd}};
  for (std::size_t i = 0; i < listening_.sockets.size(); ++i) {
    child.descriptors.emplace_back(listening_.sockets[i].get(), kRoleListeningFd + static_cast<int>(i));
  }
  const Result<pid_t> pid = start_child(child);
  started(gateway_, pid, "gateway");
  if (!pid) return pid.error();
  link_ = std::move(link->ours);
  return {};
}

Status Supervisor::start_warden() {
  Result<LinkPair> link = make_link();
  if (!link) return link.error();
  const WardenRole role{data_.path().string(), options_.allow_reduced, options_.log_level};
  ChildOptions child{arguments(role), child_environment(), {}, STDERR_FILENO, std::nullopt};
  child.descriptors = {{link->theirs.get(), kRoleLinkFd}};
  const Result<pid_t> pid = start_child(child);
  started(warden_, pid, "warden");
  if (!pid) return pid.error();
  ++wardens_started_;
  // The gateway gets the other end; our copies go, so that either process sees the other's end at once.
  return send_link_message(link_.get(), LinkMessage::kWarden, link->ours.get());
}

Status Supervisor::start_broker() {
  Result<LinkPair> link = make_link();
  if (!link) return link.error();
  const BrokerRole role{options_.dev || options_.allow_private, options_.log_level};
  ChildOptions child{arguments(role), child_environment(), {}, STDERR_FILENO, broker_identity()};
  child.descriptors = {{link->theirs.get(), kRoleLinkFd}};
  const Result<pid_t> pid = start_child(child);
  started(broker_, pid, "broker");
  if (!pid) return pid.error();
  return send_link_message(link_.get(), LinkMessage::kBroker, link->ours.get());
}

void Supervisor::start_apply() {
  ChildOptions child{{"apply", "-f", options_.apply->string(), "--data", data_.path().string()},
                     child_environment(),
                     {},
                     STDERR_FILENO,
                     std::nullopt};
  const Result<pid_t> pid = start_child(child);
  if (pid) {
    apply_ = *pid;
    return;
  }
  log_.error(pid.error().at("apply").text());
  announce();
}

void Supervisor::on_signals() {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    if (info.ssi_signo != SIGCHLD) on_stop_signal(static_cast<int>(info.ssi_signo));
  }
  reap();
}

void Supervisor::on_stop_signal(int number) {
  const bool again = stopping_;
  log_.info(again ? "stopping at once" : "stopping", {{"signal", ::strsignal(number)}});
  stopping_ = true;
  if (apply_ > 0) ::kill(apply_, SIGKILL);
  for (Child* child : {&gateway_, &warden_, &broker_}) {
    if (child->running() && again) ::kill(child->pid, SIGKILL);
  }
  if (again || !gateway_.running()) return;
  // The others follow by themselves when the gateway, having let its calls finish, is gone.
  ::kill(gateway_.pid, SIGTERM);
  gateway_.kill_at = now() + kStopPatience;
}

void Supervisor::on_link() {
  const Result<LinkPacket> packet = receive_link_message(link_.get());
  if (!packet || packet->message == LinkMessage::kClosed) return link_.reset();
  if (packet->message == LinkMessage::kReady) on_ready();
}

void Supervisor::on_ready() {
  if (ready_) return;
  ready_ = true;
  const Status published = data_.publish({url(), ::getpid(), std::string(product_version())});
  if (!published) log_.error(published.error().text());
  if (options_.apply) return start_apply();
  announce();
}

void Supervisor::announce() {
  if (stopping_) return;
  const std::string line = "sojourn: ready on http://" + listening_.address.text() + "\n";
  [[maybe_unused]] const ssize_t told = ::write(STDOUT_FILENO, line.data(), line.size());
}

void Supervisor::reap() {
  constexpr int kHow = WNOHANG | WUNTRACED | WCONTINUED;
  int status = 0;
  for (pid_t pid = ::waitpid(-1, &status, kHow); pid > 0; pid = ::waitpid(-1, &status, kHow)) {
    if (WIFSTOPPED(status) || WIFCONTINUED(status)) {
      note_standing(pid, status);
      continue;
    }
    if (pid == gateway_.pid) on_gateway_end(status);
    if (pid == warden_.pid) on_warden_end(status);
    if (pid == broker_.pid) on_broker_end(status);
    if (pid == apply_) on_apply_end(status);
  }
}

// Who debugs a process does not come here: what a tracer stops is reported to the tracer.
void Supervisor::note_standing(pid_t pid, int status) {
  for (Child* child : {&gateway_, &warden_, &broker_}) {
    if (child->pid != pid) continue;
    child->stopped.reset();
    if (WIFSTOPPED(status)) child->stopped = now();
  }
}

void Supervisor::on_gateway_end(int status) {
  gateway_.pid = -1;
  gateway_.kill_at.reset();
  link_.reset();
  for (Child* child : {&warden_, &broker_}) {
    if (child->running()) child->kill_at = now() + kOrphanPatience;
  }
  if (stopping_) return;
  log_.error("the gateway ended", {{"how", exit_text(status)}});
  if (!ready_ && WIFEXITED(status)) return give_up("gateway");
  gateway_.due = now() + gateway_.backoff.next(now() - gateway_.started);
}

void Supervisor::on_warden_end(int status) {
  const bool orphan = warden_.kill_at.has_value();
  warden_.pid = -1;
  warden_.kill_at.reset();
  if (stopping_) return;
  if (orphan) {
    warden_.due = now();
    return;
  }
  log_.error("the warden ended", {{"how", exit_text(status)}});
  // A host that lacks walls lacks them at the next start too.
  if (wardens_started_ == 1 && WIFEXITED(status) && WEXITSTATUS(status) != 0) return give_up("warden");
  warden_.due = now() + warden_.backoff.next(now() - warden_.started);
}

// Without a broker everything but new connections of functions goes on.
void Supervisor::on_broker_end(int status) {
  const bool orphan = broker_.kill_at.has_value();
  broker_.pid = -1;
  broker_.kill_at.reset();
  if (stopping_) return;
  if (!orphan) log_.error("the broker ended", {{"how", exit_text(status)}});
  broker_.due = orphan ? now() : now() + broker_.backoff.next(now() - broker_.started);
}

void Supervisor::on_apply_end(int status) {
  apply_ = -1;
  if (status != 0 && !stopping_) {
    log_.error("the manifest was not applied; what was deployed before is served",
               {{"file", options_.apply->string()}, {"how", exit_text(status)}});
  }
  announce();
}

void Supervisor::give_up(std::string_view who) {
  const std::string line =
      "sojourn serve: the " + std::string(who) +
      " could not start; the log above says why, and `sojourn status --doctor` what this host lacks\n";
  [[maybe_unused]] const ssize_t told = ::write(STDERR_FILENO, line.data(), line.size());
  exit_code_ = 1;
  stopping_ = true;
  for (Child* child : {&gateway_, &warden_, &broker_}) {
    if (child->running()) ::kill(child->pid, SIGKILL);
  }
}

void Supervisor::kill_overdue() {
  for (Child* child : {&gateway_, &warden_, &broker_}) {
    const bool overdue = child->kill_at && now() >= *child->kill_at;
    const bool stands_still = child->stopped && now() >= *child->stopped + kStandStillMax;
    if (!child->running() || (!overdue && !stands_still)) continue;
    if (stands_still) log_.error("a process was stopped and nobody continued it: it is killed, and started again");
    ::kill(child->pid, SIGKILL);
    child->stopped.reset();
    if (overdue) child->kill_at = now() + kOrphanPatience;
  }
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = std::max(limit.rlim_max, kDescriptorsWanted);
  const rlimit raised{wanted, wanted};
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Status check_reach(const ServeOptions& options, const ListenAddress& address) {
  if (address.is_loopback()) return {};
  const std::string start = "listen address " + address.text() + ": ";
  if (options.dev) {
    return Error(ErrorCode::kBadRequest, start +
                                             "--dev opens every function to whoever reaches the server, so it is "
                                             "for loopback addresses only; drop --dev or listen on 127.0.0.1");
  }
  if (!options.behind_proxy) {
    return Error(ErrorCode::kBadRequest, start +
                                             "tokens would travel in clear text beyond this host; listen on "
                                             "127.0.0.1, or pass --behind-proxy when a proxy in front does TLS");
  }
  return {};
}

// What is relative starts where the server was started, and stays so.
Result<ServeOptions> with_absolute_files(ServeOptions options) {
  for (std::filesystem::path& directory : options.files) {
    if (directory.empty()) return Error(ErrorCode::kBadRequest, "--files: the name of the directory is empty");
    std::error_code fault;
    std::filesystem::path absolute = std::filesystem::absolute(directory, fault);
    if (fault) return system_error("--files " + directory.string(), fault.value(), ErrorCode::kBadRequest);
    directory = std::move(absolute);
  }
  return options;
}

int refuse(const Error& error) {
  const std::string line = "sojourn serve: " + error.text() + "\n";
  [[maybe_unused]] const ssize_t told = ::write(STDERR_FILENO, line.data(), line.size());
  return error.code() == ErrorCode::kBadRequest ? 2 : 1;
}

}  // namespace

int default_workers() {
  cpu_set_t set;
  const int cpus = ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  return cpus <= 4 ? 1 : std::min(cpus / 4, 16);
}

int serve(const ServeOptions& options) {
  const Result<ListenAddress> address = parse_listen_address(options.listen);
  if (!address) return refuse(address.error());
  if (const Status reach = check_reach(options, *address); !reach) return refuse(reach.error());
  const Result<ServeOptions> complete = with_absolute_files(options);
  if (!complete) return refuse(complete.error());
  ::umask(022);
  raise_descriptor_limit();
  Result<DataDirectory> data = DataDirectory::open(options.data, gateway_identity());
  if (!data) return refuse(data.error());
  Result<ListeningSockets> sockets =
      open_listening_sockets(*address, options.workers > 0 ? options.workers : default_workers());
  if (!sockets) return refuse(sockets.error());
  return Supervisor(*complete, std::move(*data), std::move(*sockets)).run();
}

}  // namespace sojourn
