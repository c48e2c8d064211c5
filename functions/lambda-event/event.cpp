#include "functions/lambda-event/event.h"

#include <array>
#include <ctime>

#include "functions/lambda-event/base64.h"

namespace built_in {
namespace {

std::string text(std::string_view view) {
  return std::string(view);
}

// Repeated names joined by commas, as payload format 2.0 has them.
void put_joined(Json& into, const std::string& name, std::string_view value) {
  if (!into.contains(name)) {
    into[name] = text(value);
  } else {
    into[name] = into[name].get<std::string>() + "," + text(value);
  }
}

Json cookies_of(const sojourn::Request& request) {
  Json cookies = Json::array();
  for (const std::string& line : request.headers("cookie")) {
    std::string_view rest = line;
    while (!rest.empty()) {
      const std::size_t semicolon = rest.find(';');
      std::string_view one = rest.substr(0, semicolon);
      rest = semicolon == std::string_view::npos ? std::string_view() : rest.substr(semicolon + 1);
      while (one.starts_with(' ')) one.remove_prefix(1);
      if (!one.empty()) cookies.push_back(text(one));
    }
  }
  return cookies;
}

// 12/Mar/2020:19:03:58 +0000
std::string common_log_time(std::chrono::system_clock::time_point now) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 40> formatted{};
  const std::size_t size = std::strftime(formatted.data(), formatted.size(), "%d/%b/%Y:%H:%M:%S +0000", &parts);
  return {formatted.data(), size};
}

Json context_of(const sojourn::Request& request, const sojourn::Context& context,
                std::chrono::system_clock::time_point now) {
  const std::string host = request.header("host").value_or("");
  const auto epoch = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  return {{"accountId", "anonymous"},
          {"apiId", text(context.name())},
          {"domainName", host},
          {"domainPrefix", host.substr(0, host.find('.'))},
          {"http",
           {{"method", text(request.method())},
            {"path", text(request.path())},
            {"protocol", "HTTP/1.1"},
            {"sourceIp", text(request.remote_address())},
            {"userAgent", request.header("user-agent").value_or("")}}},
          {"requestId", text(context.call_id())},
          {"routeKey", "$default"},
          {"stage", "$default"},
          {"time", common_log_time(now)},
          {"timeEpoch", epoch}};
}

[[noreturn]] void refuse(const std::string& what) {
  throw sojourn::Error(502, "lambda-event: the function's response: " + what);
}

std::string body_of(const Json& response) {
  const auto found = response.find("body");
  if (found == response.end() || found->is_null()) return {};
  if (!found->is_string()) return found->dump();
  const bool encoded = response.value("isBase64Encoded", false);
  if (!encoded) return found->get<std::string>();
  auto bytes = base64_decode(found->get_ref<const std::string&>());
  if (!bytes) refuse("isBase64Encoded is true and the body is no base64");
  return *std::move(bytes);
}

void put_headers(const Json& response, sojourn::Response& reply) {
  const auto headers = response.find("headers");
  if (headers != response.end()) {
    if (!headers->is_object()) refuse("headers is no object");
    for (const auto& [name, value] : headers->items()) {
      if (value.is_structured()) refuse("the header " + name + " is no text");
      reply.header(name, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  const auto cookies = response.find("cookies");
  if (cookies == response.end()) return;
  if (!cookies->is_array()) refuse("cookies is no list");
  for (const Json& cookie : *cookies) {
    if (!cookie.is_string()) refuse("a cookie is no text");
    reply.add_header("set-cookie", cookie.get<std::string>());
  }
}

}  // namespace

Json event_of(const sojourn::Request& request, const sojourn::Context& context,
              std::chrono::system_clock::time_point now) {
  Json event = {{"version", "2.0"},
                {"routeKey", "$default"},
                {"rawPath", text(request.path())},
                {"rawQueryString", text(request.raw_query())}};
  if (Json cookies = cookies_of(request); !cookies.empty()) event["cookies"] = std::move(cookies);
  Json headers = Json::object();
  for (const auto& [name, value] : request.headers()) {
    if (name != "cookie") put_joined(headers, text(name), value);
  }
  event["headers"] = std::move(headers);
  Json query = Json::object();
  for (const auto& [name, value] : request.queries()) put_joined(query, name, value);
  if (!query.empty()) event["queryStringParameters"] = std::move(query);
  event["requestContext"] = context_of(request, context, now);
  const std::string body = text(request.body());
  const bool plain = is_utf8(body);
  if (!body.empty()) event["body"] = plain ? body : base64_encode(body);
  event["isBase64Encoded"] = !plain;
  return event;
}

sojourn::Response response_of(const sojourn::Response& returned) {
  const Json response = parse_or_discard(returned.body());
  if (!response.is_object() || !response.contains("statusCode")) {
    return sojourn::Response::bytes(text(returned.body()), "application/json");
  }
  const Json& status = response["statusCode"];
  if (!status.is_number_integer() || status < 200 || status > 599) refuse("statusCode is no number from 200 to 599");
  sojourn::Response reply = sojourn::Response::bytes(body_of(response), "application/json");
  reply.status(status.get<int>());
  put_headers(response, reply);
  return reply;
}

}  // namespace built_in
