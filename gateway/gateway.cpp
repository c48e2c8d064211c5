#include "gateway/gateway.h"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <thread>
#include <unistd.h>
#include <utility>

#include "gateway/built_ins/built_ins.h"
#include "gateway/chain_maker.h"
#include "gateway/deployer.h"
#include "gateway/events/event_desk.h"
#include "gateway/guards/built_in_guards.h"
#include "gateway/http/http_server.h"
#include "gateway/secret_desk.h"
#include "gateway/site.h"
#include "gateway/supervisor_link.h"
#include "gateway/token_desk.h"
#include "gateway/worker.h"
#include "runtime/base/signals_blocked.h"
#include "runtime/call/function_state.h"

namespace sojourn {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kDrainHttp{28'000};  // for requests under way
constexpr milliseconds kDrainCalls{1'500};  // for calls whose client has gone
constexpr milliseconds kWardenLook{2};      // between two looks for the warden's first word
constexpr milliseconds kWardenPatience{10'000};

// What bodies and replies of slow clients may take: an eighth of the machine's memory, shared by the loops.
std::size_t held_bytes_max(std::size_t loops) {
  const auto pages = static_cast<std::size_t>(std::max(::sysconf(_SC_PHYS_PAGES), 0L));
  const std::size_t memory = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return std::max<std::size_t>(memory / 8 / loops, 64u << 20);
}

// What the gateway keeps on disk.
struct Stores {
  std::unique_ptr<ArtifactStore> artifacts;
  std::unique_ptr<Repository> repository;
  std::unique_ptr<TokenStore> tokens;
  std::unique_ptr<SecretStore> secrets;
  std::unique_ptr<StateStore> state;

  static Result<Stores> open(const std::string& directory, const Log& log) {
    Stores stores;
    auto artifacts = ArtifactStore::open(directory + "/artifacts", {});
    if (!artifacts.ok()) return artifacts.error();
    stores.artifacts = std::move(*artifacts);
    auto repository = Repository::open(directory + "/deployments.git", Clock::system());
    if (!repository.ok()) return repository.error();
    stores.repository = std::move(*repository);
    auto tokens = TokenStore::open(directory, Clock::system());
    if (!tokens.ok()) return tokens.error();
    stores.tokens = std::move(*tokens);
    auto secrets = SecretStore::open(directory, Clock::system());
    if (!secrets.ok()) return secrets.error();
    stores.secrets = std::move(*secrets);
    auto state = StateStore::open(directory + "/state.db", StateLimits{}, Clock::system(), log);
    if (!state.ok()) return state.error();
    stores.state = std::move(*state);
    return stores;
  }
};

// Everything of the process, made in this order and ended in the reverse one.
class Gateway {
 public:
  Gateway(const GatewayOptions& options, Stores stores, BuiltIns built_ins);

  Status listen();
  int run();

 private:
  static std::vector<std::unique_ptr<Loop>> make_loops(std::size_t count);
  std::vector<Loop*> loops() const;
  RuntimeOptions runtime_options();
  Result<ChainPtr> resolve(std::string_view reference) const;
  Loop& home() { return *loops_.front(); }

  void watch_supervisor();
  void on_supervisor_message();
  void look_for_warden();
  void tell_ready();
  void keep_log_line(const FunctionLogLine& line);

  void start_threads();
  void on_stop_signal();
  void drain();
  void on_part_drained();
  void stop();

  const GatewayOptions options_;
  const Log log_;
  Stores stores_;
  HostLibraries libraries_;
  LogStore logs_;
  CallIdWindow call_ids_;
  std::vector<std::unique_ptr<Loop>> loops_;
  FunctionState function_state_;
  EventDesk events_;  // its journal closes after everything that hands something in
  Runtime runtime_;
  Site site_;
  SerialThread store_thread_;
  const BuiltIns built_ins_;
  BuiltInGuards guards_;
  ChainMaker chains_;
  Deployer deployer_;
  TokenDesk token_desk_;
  SecretDesk secret_desk_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<HttpServer>> servers_;
  std::vector<std::thread> threads_;

  std::optional<FdWatcher> supervisor_;
  std::optional<Timer> warden_look_;
  MonotonicTime warden_awaited_until_{};
  std::vector<std::unique_ptr<SignalWatcher>> signals_;
  std::size_t draining_parts_ = 0;
};

std::vector<std::unique_ptr<Loop>> Gateway::make_loops(std::size_t count) {
  std::vector<std::unique_ptr<Loop>> loops;
  for (std::size_t i = 0; i < count; ++i) loops.push_back(std::make_unique<Loop>());
  return loops;
}

std::vector<Loop*> Gateway::loops() const {
  std::vector<Loop*> borrowed;
  for (const auto& loop : loops_) borrowed.push_back(loop.get());
  return borrowed;
}

RuntimeOptions Gateway::runtime_options() {
  RuntimeOptions options;
  options.artifact = [this](const Digest& digest) -> Result<FileIdentity> {
    auto opened = stores_.artifacts->open(digest);
    if (!opened.ok()) return opened.error();
    return opened->identity;
  };
  options.artifact_copy = [this](const Digest& digest, std::uint32_t copy) -> Result<FileIdentity> {
    auto opened = stores_.artifacts->open_copy(digest, copy);
    if (!opened.ok()) return opened.error();
    return opened->identity;
  };
  options.secrets = [this](const Version& version) { return stores_.secrets->table()->texts(version.config.secrets); };
  options.state = &function_state_;
  options.events = &events_;
  options.resolve = [this](std::string_view reference) { return resolve(reference); };
  options.on_log = [this](const FunctionLogLine& line) { keep_log_line(line); };
  return options;
}

// On the loop of the call, so by what that loop knows to be deployed.
Result<ChainPtr> Gateway::resolve(std::string_view reference) const {
  for (const auto& worker : workers_) {
    if (worker->loop().on_loop_thread()) return worker->routes()->chain_of(reference);
  }
  return Error(ErrorCode::kInternal, "a call from a thread that is no loop's");
}

Gateway::Gateway(const GatewayOptions& options, Stores stores, BuiltIns built_ins)
    : options_(options),
      log_(options.log_fd, options.log_level),
      stores_(std::move(stores)),
      loops_(make_loops(options.listening.size())),
      function_state_(*stores_.state, log_),
      events_(site_, home(), options.data_directory + "/events"),
      runtime_(loops(), log_, runtime_options()),
      site_{options_, log_, runtime_, *stores_.artifacts, libraries_, logs_, call_ids_},
      built_ins_(std::move(built_ins)),
      chains_(guards_, built_ins_),
      deployer_(site_, home(), *stores_.repository, store_thread_, chains_),
      token_desk_(site_, home(), *stores_.tokens, store_thread_),
      secret_desk_(site_, home(), *stores_.secrets, store_thread_) {
  site_.deployer = &deployer_;
  deployer_.on_removed = [this](const std::string& name) {
    stores_.state->with([&](StateTable& table, MonotonicTime) { return table.clear(name), 0; });
  };
  deployer_.on_deployed = [this] { events_.deployed(); };
  site_.token_desk = &token_desk_;
  site_.secret_desk = &secret_desk_;
  site_.events = &events_;
  site_.guards = &guards_;
  site_.started = std::chrono::steady_clock::now();
  HttpOptions http;
  http.host_check = options_.check_loopback_host ? HostCheck::kLoopbackOnly : HostCheck::kAny;
  http.quota = std::make_shared<ConnectionQuota>();
  // Behind a proxy or on the loopback one address stands for many clients: only the limit of all connections holds.
  if (options_.behind_proxy || options_.check_loopback_host) {
    http.limits.connections_per_address_max = http.limits.connections_max;
  }
  http.limits.held_bytes_max = held_bytes_max(loops_.size());
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    workers_.push_back(std::make_unique<Worker>(site_, *loops_[i], i, deployer_.routes(), stores_.tokens->table(),
                                                stores_.secrets->table()));
    servers_.push_back(std::make_unique<HttpServer>(*loops_[i], *workers_.back(), http));
    site_.workers.push_back(workers_.back().get());
    site_.servers.push_back(servers_.back().get());
  }
}

Status Gateway::listen() {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    UniqueFd own(::fcntl(options_.listening[i], F_DUPFD_CLOEXEC, 0));
    if (!own) return system_error("listening socket", errno);
    if (Status listening = servers_[i]->listen(std::move(own)); !listening.ok()) return listening;
  }
  return {};
}

int Gateway::run() {
  for (const int signal : {SIGTERM, SIGINT}) {
    signals_.push_back(std::make_unique<SignalWatcher>(home(), signal, [this] { on_stop_signal(); }));
  }
  watch_supervisor();
  events_.open();
  start_threads();
  log_.info("gateway started", {{"url", options_.public_url}, {"workers", std::to_string(loops_.size())}});
  home().run();
  for (std::thread& thread : threads_) thread.join();
  servers_.front().reset();
  log_.info("gateway stopped");
  return 0;
}

// Signals go to the home loop: the other threads are born with all of them blocked.
void Gateway::start_threads() {
  const SignalsBlocked blocked;
  for (std::size_t i = 1; i < loops_.size(); ++i) {
    threads_.emplace_back([this, i] {
      loops_[i]->run();
      servers_[i].reset();  // with its connections, on the thread that they belong to
    });
  }
}

// --- the supervisor and the warden ---

void Gateway::watch_supervisor() {
  if (options_.supervisor < 0) return;
  ::fcntl(options_.supervisor, F_SETFL, ::fcntl(options_.supervisor, F_GETFL) | O_NONBLOCK);
  supervisor_.emplace(home(), options_.supervisor);
  supervisor_->watch(FdWatcher::kReadable, [this](int) { on_supervisor_message(); });
  warden_awaited_until_ = std::chrono::steady_clock::now() + kWardenPatience;
  warden_look_.emplace(home());
  warden_look_->repeat(kWardenLook, [this] { look_for_warden(); });
}

void Gateway::on_supervisor_message() {
  auto packet = receive_link_message(options_.supervisor);
  if (!packet.ok()) return log_.error(packet.error().text());
  if (packet->message == LinkMessage::kWarden) {
    log_.debug("a warden is there");
    runtime_.attach_warden(std::move(packet->descriptor));
  }
  if (packet->message == LinkMessage::kBroker) runtime_.attach_broker(std::move(packet->descriptor));
  if (packet->message == LinkMessage::kClosed) {
    log_.warn("the supervisor is gone: the gateway ends too");
    supervisor_->stop();
    drain();
  }
}

void Gateway::look_for_warden() {
  const bool there = runtime_.walls() != 0;
  if (!there && std::chrono::steady_clock::now() < warden_awaited_until_) return;
  warden_look_->stop();
  if (!there) log_.error("no warden has answered: functions cannot run until one does");
  tell_ready();
  deployer_.warm();
}

void Gateway::tell_ready() {
  const Status told = send_link_message(options_.supervisor, LinkMessage::kReady);
  if (!told.ok()) log_.error(told.error().text());
}

void Gateway::keep_log_line(const FunctionLogLine& line) {
  LogEntry entry;
  entry.time = Clock::system().wall();
  entry.function = line.version->function;
  entry.version = line.version->number;
  entry.call_id = line.call_id;
  entry.level = line.level;
  entry.stream = line.stream;
  entry.text = line.text;
  entry.fields = line.fields;
  logs_.append(entry);
}

// --- the end ---

void Gateway::on_stop_signal() {
  if (site_.draining) {
    log_.warn("told to stop a second time: what still runs is cut off");
    return stop();
  }
  drain();
}

// First no new requests and no new events, an answer to every old request, and an end of every job under way; then
// calls whose clients left; then the loops, and last the journal.
void Gateway::drain() {
  if (site_.draining.exchange(true)) return;
  log_.info("draining");
  logs_.wake_followers();
  draining_parts_ = servers_.size() + 1;
  events_.drain(kDrainHttp, [this] { on_part_drained(); });
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    loops_[i]->post(
        [this, i] { servers_[i]->drain(kDrainHttp, [this] { home().post([this] { on_part_drained(); }); }); });
  }
}

void Gateway::on_part_drained() {
  if (--draining_parts_ == 0) runtime_.drain(kDrainCalls, [this] { stop(); });
}

void Gateway::stop() {
  signals_.clear();
  supervisor_.reset();
  warden_look_.reset();
  events_.end_work();
  for (std::size_t i = 1; i < loops_.size(); ++i) {
    loops_[i]->post([loop = loops_[i].get()] { loop->stop(); });
  }
  home().stop();
}

}  // namespace

int run_gateway(const GatewayOptions& options) {
  const Log log(options.log_fd, options.log_level);
  auto stores = Stores::open(options.data_directory, log);
  if (!stores.ok()) {
    log.error("the gateway does not start", {{"reason", stores.error().text()}});
    return 1;
  }
  auto built_ins = BuiltIns::inspect(HostLibraries());
  const Status installed = built_ins.ok() ? built_ins->install(*stores->artifacts) : Status(built_ins.error());
  if (!installed.ok()) {
    log.error("the gateway does not start", {{"reason", installed.error().text()}});
    return 1;
  }
  Gateway gateway(options, std::move(*stores), *std::move(built_ins));
  if (Status listening = gateway.listen(); !listening.ok()) {
    log.error("the gateway does not start", {{"reason", listening.error().text()}});
    return 1;
  }
  return gateway.run();
}

}  // namespace sojourn
