#include "runtime/sandbox/policy/seccomp_filter.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/filter.h>
#include <sched.h>
#include <signal.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "runtime/sandbox/policy/seccomp_load.h"
#include "runtime/sandbox/policy/seccomp_rules.h"
#include "runtime/sandbox/policy/system_calls.h"

namespace sojourn {
namespace {

// Any of these flags would make a namespace: NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
constexpr scmp_datum_t kNamespaceFlags = 0x7E020000;

constexpr int kAllowedPrctls[] = {
    PR_SET_NAME,
    PR_GET_NAME,
    PR_GET_DUMPABLE,
    PR_GET_NO_NEW_PRIVS,
    PR_SET_NO_NEW_PRIVS,
    PR_GET_TIMERSLACK,
    PR_SET_TIMERSLACK,
    PR_GET_SECCOMP,
    PR_CAPBSET_READ,
    PR_GET_PDEATHSIG,
    0x53564d41 /* PR_SET_VMA: malloc names its memory */,
};

// Calls that are harmless or not by what is asked of them.
void add_calls_with_arguments(RuleSet& rules, std::uint32_t fatal) {
  // Threads, and the template's forks; never into new namespaces. clone3 hides its flags in memory, where a filter
  // cannot look: ENOSYS sends the C library to clone.
  rules.add(SCMP_ACT_ALLOW, "clone", {argument(0, SCMP_CMP_MASKED_EQ, kNamespaceFlags, 0)});
  // unshare(CLONE_THREAD) changes nothing; it fails in a process that has more than one thread, which is how a
  // template without /proc learns whether initialisation left one.
  rules.add(SCMP_ACT_ALLOW, "unshare", {argument(0, SCMP_CMP_EQ, CLONE_THREAD)});
  rules.add(fatal, "unshare", {argument(0, SCMP_CMP_NE, CLONE_THREAD)});
  // Limits are read, never set.
  rules.add(SCMP_ACT_ALLOW, "prlimit64", {argument(2, SCMP_CMP_EQ, 0)});
  rules.add(kRefuseCall, "prlimit64", {argument(2, SCMP_CMP_NE, 0)});
  for (const int option : kAllowedPrctls)
    rules.add(SCMP_ACT_ALLOW, "prctl", {argument(0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(option))});
  for (const unsigned long request : {static_cast<unsigned long>(FIONREAD), static_cast<unsigned long>(FIONBIO)})
    rules.add(SCMP_ACT_ALLOW, "ioctl", {argument(1, SCMP_CMP_EQ, request)});
  // Owners and leases of descriptors deliver signals to others; locks, flags and duplicates do not.
  for (const int command : {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW,
                            F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_GETPIPE_SZ, F_GET_SEALS, F_ADD_SEALS})
    rules.add(SCMP_ACT_ALLOW, "fcntl", {argument(1, SCMP_CMP_EQ, static_cast<scmp_datum_t>(command))});
}

bool is_connecting_call(const char* name) {
  return std::any_of(std::begin(kConnectingCalls), std::end(kConnectingCalls),
                     [&](const AllowedCall& call) { return std::strcmp(call.name, name) == 0; });
}

// A filter cannot see which socket a call is for, nor what address stands in memory. It need not: the only sockets
// there can be are Unix stream sockets, the network namespace is empty, and the mount view holds no socket but those of
// /fn/connect, since bind is refused to everybody inside.
void add_connecting_calls(RuleSet& rules) {
  constexpr scmp_datum_t kType = ~static_cast<scmp_datum_t>(SOCK_NONBLOCK | SOCK_CLOEXEC);
  rules.add(SCMP_ACT_ALLOW, "socket",
            {argument(0, SCMP_CMP_EQ, AF_UNIX), argument(1, SCMP_CMP_MASKED_EQ, kType, SOCK_STREAM),
             argument(2, SCMP_CMP_EQ, 0)});
  rules.add(kRefuseCall, "socket", {argument(0, SCMP_CMP_NE, AF_UNIX)});
  for (const int type : {SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW}) {
    rules.add(
        kRefuseCall, "socket",
        {argument(0, SCMP_CMP_EQ, AF_UNIX), argument(1, SCMP_CMP_MASKED_EQ, kType, static_cast<scmp_datum_t>(type))});
  }
  for (const AllowedCall& call : kConnectingCalls) {
    if (std::strcmp(call.name, "socket") == 0 || std::strcmp(call.name, "getsockopt") == 0 ||
        std::strcmp(call.name, "setsockopt") == 0)
      continue;
    rules.add(SCMP_ACT_ALLOW, call.name);
  }
  for (const int option : {SO_ERROR, SO_TYPE})
    rules.add(SCMP_ACT_ALLOW, "getsockopt",
              {argument(1, SCMP_CMP_EQ, SOL_SOCKET), argument(2, SCMP_CMP_EQ, static_cast<scmp_datum_t>(option))});
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO, SO_KEEPALIVE})
    rules.add(SCMP_ACT_ALLOW, "setsockopt",
              {argument(1, SCMP_CMP_EQ, SOL_SOCKET), argument(2, SCMP_CMP_EQ, static_cast<scmp_datum_t>(option))});
}

Result<std::vector<sock_filter>> template_program(StemKind kind, std::uint32_t fatal) {
  RuleSet rules(kUnknownCall);
  for (const AllowedCall& call : kAllowedCalls) rules.add(SCMP_ACT_ALLOW, call.name);
  for (const char* name : kRefusedCalls) {
    if (kind == StemKind::kClosed || !is_connecting_call(name)) rules.add(kRefuseCall, name);
  }
  if (kind == StemKind::kConnecting) add_connecting_calls(rules);
  for (const char* name : kFatalCalls) rules.add(fatal, name);
  add_calls_with_arguments(rules, fatal);
  return rules.compile();
}

// What the template may and an instance may not: processes of its own, and descriptors through sockets. Clients of
// /fn/connect may read into several buffers: whoever is at the other end has no descriptor for them.
Result<std::vector<sock_filter>> instance_program(StemKind kind) {
  RuleSet rules(SCMP_ACT_ALLOW);
  rules.add(kRefuseCall, "clone", {argument(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)});
  if (kind == StemKind::kClosed) rules.add(kRefuseCall, "recvmsg");
  return rules.compile();
}

std::vector<FatalCallName> fatal_call_names() {
  std::vector<const char*> calls(std::begin(kFatalCalls), std::end(kFatalCalls));
  calls.push_back("unshare");
  std::vector<FatalCallName> names;
  for (const char* const call : calls) {
    FatalCallName name{};
    name.number = seccomp_syscall_resolve_name(call);
    std::strncpy(name.name, call, sizeof name.name - 1);
    if (name.number >= 0) names.push_back(name);
  }
  return names;
}

bool append(int file, const void* data, std::size_t size) {
  return ::write(file, data, size) == static_cast<ssize_t>(size);
}

}  // namespace

Result<UniqueFd> build_filters(StemKind kind, FatalCalls fatal) {
  const bool named = fatal == FatalCalls::kName;
  auto for_template = template_program(kind, named ? SCMP_ACT_TRAP : SCMP_ACT_KILL_PROCESS);
  if (!for_template) return for_template.error().at("template filter");
  auto for_instance = instance_program(kind);
  if (!for_instance) return for_instance.error().at("instance filter");

  UniqueFd file(::memfd_create("sojourn-filters", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) return system_error("filters: memfd_create", errno);
  const std::vector<FatalCallName> names = named ? fatal_call_names() : std::vector<FatalCallName>();
  const FilterFileHead head{static_cast<std::uint32_t>(for_template->size()),
                            static_cast<std::uint32_t>(for_instance->size()), static_cast<std::uint32_t>(names.size()),
                            0};
  if (!append(file.get(), &head, sizeof head) ||
      !append(file.get(), for_template->data(), for_template->size() * sizeof(sock_filter)) ||
      !append(file.get(), for_instance->data(), for_instance->size() * sizeof(sock_filter)) ||
      !append(file.get(), names.data(), names.size() * sizeof(FatalCallName)))
    return system_error("filters: write", errno);
  if (::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
    return system_error("filters: seal", errno);
  return file;
}

}  // namespace sojourn
