#include "runtime/outgoing/transfer.h"

#include <algorithm>
#include <sys/socket.h>
#include <utility>

#include "runtime/base/ascii.h"
#include "runtime/base/duration_text.h"
#include "runtime/outgoing/request_check.h"

namespace sojourn {
namespace {

constexpr std::chrono::milliseconds kTimeoutMax = std::chrono::hours(24);
constexpr long kIdleSecondsMax = 60;         // a connection that waits for its next request
constexpr long kConnectionSecondsMax = 600;  // however busy it is

// Of a line as it came: its end goes too.
std::string_view bare(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

curl_off_t time_of(CURL* easy, CURLINFO what) {
  curl_off_t microseconds = 0;
  ::curl_easy_getinfo(easy, what, &microseconds);
  return microseconds;
}

}  // namespace

Transfer::Transfer(std::uint64_t number, OutgoingRequest request, Reach reach, HttpClient::Done done)
    : number_(number), request_(std::move(request)), reach_(reach), done_(std::move(done)) {}

Transfer& Transfer::of(CURL* easy) {
  char* self = nullptr;
  ::curl_easy_getinfo(easy, CURLINFO_PRIVATE, &self);
  return *reinterpret_cast<Transfer*>(self);
}

Status Transfer::start(const std::string& trusted) {
  const auto url = check_url(request_.url);
  if (!url.ok()) return url.error();
  origin_ = url->origin;
  is_literal_ = url->is_literal;
  if (Status head = check_head(request_); !head.ok()) return head.error().at(origin_);
  easy_.reset(::curl_easy_init());
  if (!easy_) return Error(ErrorCode::kNoCapacity, origin_ + ": no memory for a request");
  for (const auto& [name, value] : request_.headers) {
    // libcurl's way to send a field without a value.
    if (!add_field(value.empty() ? name + ";" : name + ": " + value)) {
      return Error(ErrorCode::kNoCapacity, origin_ + ": no memory for the headers");
    }
  }
  set_options(trusted);
  set_reach();
  set_request();
  return {};
}

bool Transfer::add_field(const std::string& line) {
  curl_slist* const longer = ::curl_slist_append(fields_.get(), line.c_str());
  if (longer == nullptr) return false;
  static_cast<void>(fields_.release());
  fields_.reset(longer);
  return true;
}

void Transfer::set_options(const std::string& trusted) {
  CURL* const easy = easy_.get();
  const auto timeout = std::clamp(request_.timeout, std::chrono::milliseconds(1), kTimeoutMax);
  ::curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  ::curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, words_);
  ::curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  ::curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout.count()));
  ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // A request that ends while its name is looked up leaves the thread that asks behind; to wait would stop the loop.
  ::curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  ::curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, kIdleSecondsMax);
  ::curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, kConnectionSecondsMax);
  ::curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  ::curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  ::curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  ::curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!trusted.empty()) ::curl_easy_setopt(easy, CURLOPT_CAINFO, trusted.c_str());
  ::curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  ::curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
}

// Nothing of the environment, of files in a home directory or of a reply decides where a request goes.
void Transfer::set_reach() {
  CURL* const easy = easy_.get();
  ::curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  ::curl_easy_setopt(easy, CURLOPT_PROXY, "");
  ::curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  ::curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  ::curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  ::curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  ::curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_open);
  ::curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  ::curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &Transfer::on_connected);
  ::curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
}

void Transfer::set_request() {
  CURL* const easy = easy_.get();
  ::curl_easy_setopt(easy, CURLOPT_URL, request_.url.c_str());
  const std::string& method = request_.method;
  if (method == "HEAD") {
    ::curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (!request_.body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
    ::curl_easy_setopt(easy, CURLOPT_POST, 1L);
    ::curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    ::curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_.body.data());
    ::curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
  } else {
    ::curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
  }
  const auto is_named = [this](std::string_view wanted) {
    return std::any_of(request_.headers.begin(), request_.headers.end(),
                       [&](const auto& field) { return lower_case(field.first) == wanted; });
  };
  add_field("Expect:");  // no wait for a 100 Continue that few send
  if (!is_named("content-type")) add_field("Content-Type:");
  ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fields_.get());
  ::curl_easy_setopt(easy, CURLOPT_USERAGENT, is_named("user-agent") ? nullptr : "Sojourn");
}

std::size_t Transfer::on_header(char* data, std::size_t, std::size_t length, void* user) {
  return static_cast<Transfer*>(user)->take_header({data, length}) ? length : 0;
}

bool Transfer::take_header(std::string_view line) {
  head_bytes_ += line.size();
  head_is_too_long_ = head_bytes_ > kReplyHeadMax;
  if (head_is_too_long_) return false;
  if (line.starts_with("HTTP/")) {  // of the reply, or of another one after an interim reply
    reply_.headers.clear();
    head_is_whole_ = false;
    return true;
  }
  line = bare(line);
  if (line.empty()) head_is_whole_ = true;
  const std::size_t colon = line.find(':');
  if (head_is_whole_ || colon == std::string_view::npos) return true;  // trailers are dropped
  reply_.headers.emplace_back(lower_case(bare(line.substr(0, colon))), bare(line.substr(colon + 1)));
  return true;
}

std::size_t Transfer::on_body(char* data, std::size_t, std::size_t length, void* user) {
  auto* self = static_cast<Transfer*>(user);
  const std::size_t room = HttpClient::kReplyKeptMax - self->reply_.body.size();
  self->reply_.body.append(data, std::min(room, length));
  self->reply_.is_cut = length > room;
  return self->reply_.is_cut ? 0 : length;  // 0 ends the transfer and closes the connection
}

bool Transfer::may_connect(const IpAddress& address) {
  const AddressKind kind = kind_of(address);
  const bool is_metadata = is_metadata_service(address);
  if (may_reach(reach_, kind) && !is_metadata) return true;
  if (!refused_.empty()) return false;
  refused_ = text_of(address) + " is " + (is_metadata ? "a cloud's metadata service" : std::string(kind_text(kind)));
  if (!is_metadata && may_reach(Reach::kPrivate, kind)) {
    refused_ += request_.is_private ? ", which only `serve --allow-private` or `--dev` permits"
                                    : ", which needs `private: true` for a post, and `serve --dev` for a callback";
  }
  return false;
}

curl_socket_t Transfer::on_open(void* user, curlsocktype purpose, curl_sockaddr* address) {
  auto* self = static_cast<Transfer*>(user);
  const auto judged = address_of(address->addr);
  if (purpose != CURLSOCKTYPE_IPCXN || !judged || !self->may_connect(*judged)) return CURL_SOCKET_BAD;
  ++self->connects_;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address->protocol);
}

int Transfer::on_connected(void* user, char* peer, char*, int, int) {
  auto* self = static_cast<Transfer*>(user);
  const auto judged = parse_address(peer);
  return judged && self->may_connect(*judged) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

bool Transfer::is_looking_up() const {
  return easy_ && !is_literal_ && time_of(easy(), CURLINFO_NAMELOOKUP_TIME_T) == 0;
}

std::string Transfer::stage() const {
  if (is_looking_up()) return "its name was still being looked up";
  if (time_of(easy(), CURLINFO_CONNECT_TIME_T) == 0) return "it did not take the connection";
  if (time_of(easy(), CURLINFO_PRETRANSFER_TIME_T) == 0) return "TLS was not agreed on";
  return time_of(easy(), CURLINFO_STARTTRANSFER_TIME_T) == 0 ? "it did not begin to reply" : "its reply did not end";
}

Error Transfer::unreached(CURLcode code) const {
  const std::string words = words_[0] != 0 ? words_ : ::curl_easy_strerror(code);
  return Error(ErrorCode::kUnreached, origin_ + ": " + words);
}

Result<OutgoingReply> Transfer::end(CURLcode code) {
  if (head_is_too_long_) {
    return Error(ErrorCode::kUnreached,
                 origin_ + ": the head of its reply is longer than " + std::to_string(kReplyHeadMax) + " bytes");
  }
  if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && reply_.is_cut)) {
    long status = 0;
    ::curl_easy_getinfo(easy(), CURLINFO_RESPONSE_CODE, &status);
    reply_.status = static_cast<int>(status);
    return std::move(reply_);
  }
  if (code == CURLE_OPERATION_TIMEDOUT) {
    return Error(ErrorCode::kDeadline,
                 origin_ + ": no whole reply within " + duration_text(request_.timeout) + ": " + stage());
  }
  const bool was_refused = code == CURLE_ABORTED_BY_CALLBACK || connects_ == 0;
  if (!refused_.empty() && was_refused) return Error(ErrorCode::kForbidden, origin_ + ": " + refused_);
  return unreached(code);
}

}  // namespace sojourn
