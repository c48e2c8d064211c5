#include "gateway/cli/api_client.h"

#include <algorithm>
#include <cstring>
#include <curl/curl.h>
#include <memory>
#include <strings.h>

#include "gateway/cli/json_fields.h"

namespace sojourn::cli {
namespace {

constexpr long kConnectPatienceSeconds = 10;
constexpr long kPageSize = 1000;

// What curl's callbacks see of one request.
struct Transfer {
  const ApiRequest& request;
  ApiReply reply;
  std::size_t sent = 0;
};

std::size_t on_header(char* data, std::size_t, std::size_t length, void* user) {
  auto& reply = static_cast<Transfer*>(user)->reply;
  std::string_view line(data, length);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {
    reply.headers.clear();  // a 100 Continue came before
    return length;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return length;
  std::string_view value = line.substr(colon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  reply.headers.emplace_back(line.substr(0, colon), value);
  return length;
}

std::size_t on_body(char* data, std::size_t, std::size_t length, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view piece(data, length);
  if (transfer.request.on_body) {
    transfer.request.on_body(piece);
  } else {
    transfer.reply.body.append(piece);
  }
  return length;
}

std::size_t on_read(char* into, std::size_t, std::size_t room, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view body = transfer.request.body;
  const std::size_t length = std::min(room, body.size() - transfer.sent);
  std::memcpy(into, body.data() + transfer.sent, length);
  transfer.sent += length;
  if (transfer.request.on_sent) transfer.request.on_sent(transfer.sent, body.size());
  return length;
}

// The body may be asked for again, when a kept connection turned out to be closed.
int on_seek(void* user, curl_off_t offset, int origin) {
  if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Transfer*>(user)->sent = static_cast<std::size_t>(offset);
  return CURL_SEEKFUNC_OK;
}

struct FreeEasy {
  void operator()(CURL* handle) const { ::curl_easy_cleanup(handle); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;

struct FreeList {
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

void append(List& list, const std::string& line) {
  if (curl_slist* const longer = ::curl_slist_append(list.get(), line.c_str()); longer != nullptr) {
    static_cast<void>(list.release());
    list.reset(longer);
  }
}

List header_lines(const Connection& connection, const ApiRequest& request) {
  List list;
  bool has_type = false;
  bool has_authorization = false;
  for (const auto& [name, value] : request.headers) {
    has_type |= ::strcasecmp(name.c_str(), "Content-Type") == 0;
    has_authorization |= ::strcasecmp(name.c_str(), "Authorization") == 0;
    append(list, value.empty() ? name + ";" : name + ": " + value);
  }
  if (!has_type && !request.body.empty()) append(list, "Content-Type: application/octet-stream");
  if (!has_authorization && !connection.token.empty()) append(list, "Authorization: Bearer " + connection.token);
  return list;
}

void set_body(CURL* easy, const ApiRequest& request, Transfer& transfer) {
  const bool sends = !request.body.empty() || request.method == "PUT" || request.method == "POST";
  if (request.method == "HEAD") {
    ::curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (sends) {
    ::curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    ::curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    ::curl_easy_setopt(easy, CURLOPT_READDATA, &transfer);
    ::curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
    ::curl_easy_setopt(easy, CURLOPT_SEEKDATA, &transfer);
    ::curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  ::curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

Error cannot_reach(const std::string& url, CURLcode code, const char* details) {
  std::string text = "cannot reach " + url + ": ";
  text += details[0] != '\0' ? details : ::curl_easy_strerror(code);
  if (code == CURLE_COULDNT_CONNECT) text += "; start a server with `sojourn serve`, or name another with --server";
  return Error(ErrorCode::kInternal, text);
}

}  // namespace

std::string_view ApiReply::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key.size() == name.size() && ::strncasecmp(key.data(), name.data(), name.size()) == 0) return value;
  }
  return {};
}

Result<ApiReply> ApiClient::send(const ApiRequest& request) const {
  static const CURLcode initialised = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  const Easy easy(initialised == CURLE_OK ? ::curl_easy_init() : nullptr);
  if (!easy) return Error(ErrorCode::kInternal, "libcurl could not be initialised");

  Transfer transfer{request, {}, 0};
  char details[CURL_ERROR_SIZE] = "";
  const std::string url = connection_.url + request.path;
  const List headers = header_lines(connection_, request);
  ::curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  ::curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  ::curl_easy_setopt(easy.get(), CURLOPT_PATH_AS_IS, 1L);
  ::curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(easy.get(), CURLOPT_USERAGENT, "sojourn");
  ::curl_easy_setopt(easy.get(), CURLOPT_CONNECTTIMEOUT, kConnectPatienceSeconds);
  ::curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, details);
  ::curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  ::curl_easy_setopt(easy.get(), CURLOPT_HEADERFUNCTION, on_header);
  ::curl_easy_setopt(easy.get(), CURLOPT_HEADERDATA, &transfer);
  ::curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, on_body);
  ::curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &transfer);
  set_body(easy.get(), request, transfer);

  const CURLcode code = ::curl_easy_perform(easy.get());
  long status = 0;
  ::curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  // A server may refuse an upload, and close, before it took all of it: its reply says why.
  const bool refused_early = code == CURLE_SEND_ERROR && status >= 400;
  if (code != CURLE_OK && !refused_early) return cannot_reach(connection_.url, code, details);
  transfer.reply.status = static_cast<int>(status);
  return std::move(transfer.reply);
}

Result<nlohmann::json> ApiClient::call(const ApiRequest& request) const {
  const Result<ApiReply> reply = send(request);
  if (!reply) return reply.error();
  if (reply->status >= 400) return reply_error(*reply);
  nlohmann::json json = nlohmann::json::parse(reply->body, nullptr, false);
  if (json.is_discarded()) {
    return Error(ErrorCode::kInternal,
                 connection_.url + request.path + ": the reply is no JSON; is this a Sojourn server?");
  }
  return json;
}

Result<nlohmann::json> ApiClient::list(const std::string& path) const {
  nlohmann::json all = nlohmann::json::array();
  const std::string base =
      path + (path.find('?') == std::string::npos ? "?" : "&") + "limit=" + std::to_string(kPageSize);
  for (std::string after;;) {
    ApiRequest request;
    request.path = after.empty() ? base : base + "&after=" + encode(after);
    Result<nlohmann::json> page = call(request);
    if (!page) return page.error();
    for (nlohmann::json& item : items(*page)) all.push_back(std::move(item));
    std::string next = text(*page, "next");
    if (next.empty() || next == after) break;
    after = std::move(next);
  }
  return nlohmann::json{{"items", std::move(all)}, {"next", nullptr}};
}

std::string encode(std::string_view text) {
  constexpr std::string_view kUnreserved = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos) {
      result += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    result += '%';
    result += kDigits[byte >> 4];
    result += kDigits[byte & 15];
  }
  return result;
}

Error reply_error(const ApiReply& reply) {
  const nlohmann::json json = nlohmann::json::parse(reply.body, nullptr, false);
  std::string message = text(member(json, "error"), "message");
  if (message.empty()) message = "the server answered " + std::to_string(reply.status);
  if (reply.status == 401) message += "; pass --token, or set SOJOURN_TOKEN";
  return Error(ErrorCode::kInternal, message);
}

}  // namespace sojourn::cli
