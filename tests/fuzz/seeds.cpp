// Writes the inputs that the fuzzers start from: fuzz_seeds DIRECTORY makes one folder per target. They come from the
// tests' own table of requests, from the examples' manifest, from objects that this build made, and from frames as a
// well-behaved instance sends them.
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "gateway/http/request_cases.h"
#include "runtime/sandbox/protocol/frame.h"
#include "runtime/sandbox/protocol/payload.h"
#include "tests/fuzz/instance_steps.h"

namespace {

using namespace sojourn;

class Folder {
 public:
  explicit Folder(const std::filesystem::path& path) : path_(path) { std::filesystem::create_directories(path); }
  void add(const std::string& bytes) {
    std::ofstream(path_ / std::to_string(++count_), std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

 private:
  std::filesystem::path path_;
  int count_ = 0;
};

std::string read_file(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

void write_requests(const std::filesystem::path& directory) {
  Folder heads(directory / "http_head");
  Folder conversations(directory / "http_connection");
  for (const http_test::RequestCase& one : http_test::all_request_cases()) {
    heads.add(one.bytes);
    conversations.add('\x02' + one.bytes + one.bytes);
  }
  for (const std::string path : {"late", "stream", "small", "eager", "refused"}) {
    const std::string post = "POST /" + path + " HTTP/1.1\r\nHost: h\r\n";
    const std::string request = post + "Content-Length: 5\r\n\r\nhello";
    conversations.add('\x07' + request + request);
    conversations.add('\x03' + request + "GET /other HTTP/1.1\r\nHost: h\r\n\r\n");
    conversations.add('\x03' + post + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" + request);
    conversations.add('\x05' + post + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello" + request);
  }
}

void write_manifests(const std::filesystem::path& directory, const std::string& example) {
  Folder manifests(directory / "manifest");
  manifests.add(read_file(example));
  manifests.add("sojourn: 1\nname: shop\nfunctions:\n  a: {artifact: one.so, timeout: 5s, env: {K: \"v\\u00e9\"}}\n");
  manifests.add("{\"sojourn\": 1, \"functions\": {\"a\": {\"artifact\": \"a.so\", \"instances\": {\"max\": 3}}}}");
  manifests.add(
      "sojourn: 1\npipelines:\n  p:\n    triggers:\n      - webhook: {path: /a, verify: {scheme: hmac, secrets: [k, "
      "{name: l, "
      "notAfter: 2026-03-01T00:00:00Z}], timestamp: X-T, signed: \"{timestamp}.{body}\"}, respond: {status: 200, body: "
      "ok}}\n      - {cron: {schedule: \"0 3 * * 1-5\", timezone: Europe/Berlin, catchup: all}}\n      - {event: {}, "
      "match: "
      "{any: [{prefix: {type: a.}}, {not: {exists: {/x: true}}}], numeric: {/n: {gte: 1, lt: 2.5}}}}\n    key: [/u, "
      "type]\n    "
      "defaults: {retry: {attempts: 3, backoff: {kind: linear, jitter: equal}}}\n    steps: [{call: f@2, timeout: "
      "24h}, {emit: "
      "{type: t}}, {enqueue: q}, {post: {url: \"https://[2001:db9::1]:8/x?y\", headers: {A: b}}}]\n");
  manifests.add("a: &x [1, 'it''s', \"two\", |\n  text\n  more\n]\nb: *x\n? c\n: !!str d\n");
  manifests.add("- >-\n  folded\n\n  text\n- ~\n- 1.5e3\n- {a: [b, {c: d}]}\n");
}

std::string frame(FrameType type, std::uint16_t flags, std::uint64_t call, const std::string& payload) {
  FrameHeader header;
  header.type = type;
  header.flags = flags;
  header.call = call;
  header.length = static_cast<std::uint32_t>(payload.size());
  return std::string(reinterpret_cast<const char*>(&header), sizeof header) + payload;
}

std::string reply_payload(std::uint64_t body_size, const std::string& body) {
  std::string payload;
  PayloadWriter out(payload);
  out.fixed(ReplyHead{200, 2, body_size});
  for (const std::string_view text : {"Content-Type", "text/plain", "x-a", "b"}) out.text(text);
  out.raw(body);
  return payload;
}

template <class Fixed>
std::string with_texts(const Fixed& head, std::initializer_list<std::string_view> texts) {
  std::string payload;
  PayloadWriter out(payload);
  out.fixed(head);
  for (const std::string_view text : texts) out.text(text);
  return payload;
}

// The frame as a step of the instance's fuzzer.
std::string step(FrameType type, std::uint8_t flags, std::uint8_t call, const std::string& payload, char stream = 0) {
  const char head[] = {static_cast<char>(InstanceStep::kFrame),
                       static_cast<char>(type),
                       static_cast<char>(flags),
                       static_cast<char>(call),
                       stream,
                       static_cast<char>(payload.size() & 0xFF),
                       static_cast<char>(payload.size() >> 8)};
  return std::string(head, sizeof head) + payload;
}

void write_instances(const std::filesystem::path& directory) {
  Folder instances(directory / "instance");
  const std::string turn(1, static_cast<char>(InstanceStep::kTurn));
  const std::string begin = step(FrameType::kHello, 0, 0, with_texts(Hello{1, 0}, {})) +
                            step(FrameType::kReady, 0, 0, with_texts(ReadyHead{0}, {""})) + turn;
  const std::string answers[] = {
      step(FrameType::kReply, 0, 1, reply_payload(2, "hi")),
      step(FrameType::kReply, kBodyFollows, 1, reply_payload(2, "")) + step(FrameType::kBody, 0, 1, "hi") + turn +
          step(FrameType::kBodyEnd, 0, 1, ""),
      step(FrameType::kReply, kBodyFollows | kStreamed, 1, reply_payload(0, "")) + turn +
          step(FrameType::kBody, 0, 1, std::string(300, 'b')) + step(FrameType::kBodyEnd, 0, 1, ""),
      step(FrameType::kError, 0, 1, with_texts(ErrorBody{422, 0, 0}, {"type", "message"})),
      step(FrameType::kLog, 0, 1, with_texts(LogHead{1, 0, 1}, {"text", "name", "value"})),
      step(FrameType::kState, 0, 1, "state") + step(FrameType::kBye, 0, 0, ""),
      step(FrameType::kEmit, 0, 1, with_texts(EmitHead{4, 1, 0}, {"", "type", "com.example.made"}) + "data", 1),
      step(FrameType::kEmit, kBodyFollows, 1, with_texts(EmitHead{4, 2, 0}, {"queue", "type", "t", "id", "7"}), 1) +
          step(FrameType::kBody, 0, 1, "da", 1) + turn + step(FrameType::kBody, 0, 1, "ta", 1) +
          step(FrameType::kBodyEnd, 0, 1, "", 1),
  };
  for (const char one_shot : {'\0', '\1'}) {
    for (const std::string& answer : answers) {
      for (const std::string& second : answers) instances.add(one_shot + begin + answer + turn + second + turn);
    }
  }
  instances.add('\0' + step(FrameType::kHello, 0, 0, with_texts(Hello{1, 0}, {})) +
                step(FrameType::kReady, 0, 0, with_texts(ReadyHead{1}, {"no model"})));
  for (char what = 0; what < 5; ++what) {
    const char acts[] = {static_cast<char>(InstanceStep::kGateway), what, 0};
    instances.add('\0' + begin + std::string(acts, sizeof acts) + turn + answers[0] + turn);
  }
  for (const InstanceStep act : {InstanceStep::kDescriptor, InstanceStep::kDrain}) {
    instances.add('\0' + begin + static_cast<char>(act) + turn + answers[0]);
  }
}

void write_frames(const std::filesystem::path& directory) {
  const std::string from_instance = frame(FrameType::kHello, 0, 0, with_texts(Hello{1, 0}, {})) +
                                    frame(FrameType::kReady, 0, 0, with_texts(ReadyHead{0}, {""})) +
                                    frame(FrameType::kReply, 0, 1, reply_payload(2, "hi")) +
                                    frame(FrameType::kReply, kBodyFollows, 2, reply_payload(9, "")) +
                                    frame(FrameType::kBody, 0, 2, "some body") + frame(FrameType::kBodyEnd, 0, 2, "");
  CallHead call{};
  call.body_size = 9;
  const std::string request = with_texts(call, {"id", "", "POST", "/x", "q", "127.0.0.1"});
  const std::string from_gateway =
      frame(FrameType::kConfig, 0, 0, with_texts(ConfigHead{1, 0, 1024, 1024, 0, 0}, {"name", ""})) +
      frame(FrameType::kCall, 0, 1, request + "some body") + frame(FrameType::kCall, kBodyFollows, 2, request) +
      frame(FrameType::kBody, 0, 2, "some body") + frame(FrameType::kBodyEnd, 0, 2, "") +
      frame(FrameType::kCredit, 0, 2, with_texts(Credit{1024}, {})) + frame(FrameType::kCancel, 0, 2, "") +
      frame(FrameType::kGrant, 0, 0, with_texts(Grant{0}, {}));
  Folder frames(directory / "frame");
  Folder channels(directory / "channel");
  for (const char first : {'\0', '\1', '\7', '\x81'}) {
    frames.add(first + from_instance);
    channels.add(first + from_gateway);
  }
}

void write_signatures(const std::filesystem::path& directory) {
  Folder signatures(directory / "signature");
  const std::string hex(64, 'a');
  signatures.add('\0' + ("sha256=" + hex) + "\n\n\nbody");
  signatures.add('\1' + ("v0=" + hex) + "\n1614265330\n\nbody");
  signatures.add("\2v1,AAAA v1a,g0hM v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\n1614265330\nmsg_1\nbody");
  signatures.add("\3t=1614265330,v1=" + hex + ",v0=6ffbb5\n\n\nbody");
}

void write_events(const std::filesystem::path& directory) {
  Folder events(directory / "cloud_event");
  const std::string attributes = R"({"specversion":"1.0","id":"1","source":"/s","type":"t")";
  const std::string json =
      attributes + R"(,"time":"2018-04-05T17:31:00.5Z","n":-7,"b":true,"data":{"a":[1.10,"\u00e9"]}})";
  const std::string text = attributes + R"(,"datacontenttype":"text/plain","subject":"\u20ac","data":"a\"b"})";
  const std::string bytes = attributes + R"(,"datacontenttype":"image/png","data_base64":"AP8="})";
  for (const std::string& event : {json, text, bytes}) events.add('\x03' + event);
  events.add("\x01[" + json + "," + text + " ]");
  events.add(
      "\x02"
      "ce-specversion:1.0\nce-id:1\nce-source:/s\nce-type:t\nce-subject:%E2%82%AC%20%22\n"
      "ce-x:\"a \\\"b\"\ncontent-type:application/json\n\n{\"a\": 1}\n");
  // Digits are the dialects in their order.
  Folder matches(directory / "event_match");
  matches.add(
      "0type \"user.created\"\n4/age x\n6\n1type user.\n3/id false\n.\n\nuser.created\n/id\n{\"age\":42,\"id\":[1.0]}");
  matches.add("7\n5\n0/a~1b/0 42\n.\n6\n.\n.\n2source x\n\nt\nsubject\n{\"a/b\":[42.0]}");
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::fputs("usage: fuzz_seeds DIRECTORY MANIFEST [OBJECT...]\n", stderr);
    return 2;
  }
  const std::filesystem::path directory = arguments[1];
  write_requests(directory);
  write_manifests(directory, arguments[2]);
  write_frames(directory);
  write_instances(directory);
  write_signatures(directory);
  write_events(directory);
  Folder objects(directory / "elf_gate");
  for (int i = 3; i < count; ++i) objects.add(read_file(arguments[i]));
  return 0;
}
