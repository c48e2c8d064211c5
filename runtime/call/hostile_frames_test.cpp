// Instances that break the rules of their channel: the call fails, the gateway stands, the next call is served.
#include <cstring>
#include <doctest/doctest.h>
#include <random>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/call/runtime_stage.h"

namespace sojourn {
namespace {

using namespace std::chrono_literals;
using Attack = std::function<void(ScriptedInstance&, const ScriptedCall&)>;

// The path /attack does it, every other is answered.
SandboxScript attacking(Attack attack) {
  SandboxScript script;
  script.instance = [attack = std::move(attack)](ScriptedInstance& instance) {
    instance.start();
    while (true) {
      const ScriptedCall call = instance.next_call();
      if (call.path == "/attack") {
        attack(instance, call);
      } else {
        instance.reply(call, "fine");
      }
    }
  };
  return script;
}

struct Aftermath {
  std::string outcome;
  std::string text;
  bool same_instance = false;
};

Aftermath suffer(Attack attack, std::uint64_t reply_limit = 6u << 20) {
  RuntimeStage stage(attacking(std::move(attack)));
  const auto version = stage.version();
  version->config.reply_limit = reply_limit;
  version->config.timeout = 2s;
  version->config.instances.max = 1;
  REQUIRE(stage.prepare(version)->ok());
  NotedCaller& victim = stage.call(version, "/attack");
  NotedCaller& neighbour = stage.call(version, "/");
  CHECK(stage.run_until([&] { return stage.all_done(); }));
  CHECK(neighbour.outcome() == "200 fine");
  CHECK(victim.ends == 1);
  NotedCaller& next = stage.call(version, "/");
  CHECK(stage.run_until([&] { return next.done(); }));
  CHECK(next.outcome() == "200 fine");
  return {victim.outcome(), victim.failure ? victim.failure->text : std::string(),
          stage.runtime->stats(version).crashes == 0};
}

void send_header(ScriptedInstance& instance, FrameHeader header) {
  instance.write_raw({reinterpret_cast<const char*>(&header), sizeof header});
}

void reply_with(ScriptedInstance& instance, const ScriptedCall& call, std::string name, std::string value) {
  instance.reply(call, "body", 200, {{std::move(name), std::move(value)}});
}

}  // namespace

TEST_CASE("hostile: random bytes are a broken reply") {
  CHECK(suffer([](ScriptedInstance& instance, const ScriptedCall&) {
          instance.write_raw(std::string(4096, '\x5a'));
        }).outcome == "broken_reply");
}

TEST_CASE("hostile: a frame of another version is a broken reply") {
  CHECK(suffer([](ScriptedInstance& instance, const ScriptedCall& call) {
          FrameHeader header;
          header.version = 9;
          header.type = FrameType::kReply;
          header.call = call.frame.call;
          send_header(instance, header);
        }).outcome == "broken_reply");
}

TEST_CASE("hostile: a length beyond the limit is refused before anything is kept") {
  const Aftermath after = suffer([](ScriptedInstance& instance, const ScriptedCall& call) {
    FrameHeader header;
    header.type = FrameType::kReply;
    header.call = call.frame.call;
    header.length = 0xFFFFFFFF;
    send_header(instance, header);
  });
  CHECK(after.outcome == "broken_reply");
  CHECK(after.text.find("256 KiB") != std::string::npos);
}

TEST_CASE("hostile: a frame that only begins ends at the deadline") {
  CHECK(suffer([](ScriptedInstance& instance, const ScriptedCall& call) {
          FrameHeader header;
          header.type = FrameType::kReply;
          header.call = call.frame.call;
          header.length = 1000;
          send_header(instance, header);
          ::pause();
        }).outcome == "deadline");
}

TEST_CASE("hostile: a reply to a call that is not running is a broken reply") {
  CHECK(suffer([](ScriptedInstance& instance, const ScriptedCall& call) {
          instance.send(FrameType::kReply, call.frame.call + 7, reply_payload(200, "x"));
        }).outcome == "broken_reply");
}

TEST_CASE("hostile: after a second reply the instance is gone and nobody else gets it") {
  CHECK(suffer([](ScriptedInstance& instance, const ScriptedCall& call) {
          instance.reply(call, "first");
          instance.reply(call, "second");
          ::pause();
        }).outcome == "200 first");
}

TEST_CASE("hostile: frames that instances do not send are a broken reply") {
  for (const FrameType type : {FrameType::kCall, FrameType::kConfig, FrameType::kGrant, static_cast<FrameType>(0),
                               static_cast<FrameType>(200), FrameType::kReady, FrameType::kHello}) {
    CHECK(suffer([type](ScriptedInstance& instance, const ScriptedCall& call) {
            instance.send(type, call.frame.call, "12345678");
          }).outcome == "broken_reply");
  }
}

TEST_CASE("hostile: a body without a reply and a reply inside a body are broken replies") {
  CHECK(suffer([](ScriptedInstance& instance, const ScriptedCall& call) {
          instance.send(FrameType::kBody, call.frame.call, "x");
        }).outcome == "broken_reply");
  CHECK(suffer([](ScriptedInstance& instance, const ScriptedCall& call) {
          instance.send(FrameType::kReply, call.frame.call, reply_payload(200, {}, {}, 10), kBodyFollows);
          instance.send(FrameType::kReply, call.frame.call, reply_payload(200, "x"));
        }).outcome == "broken_reply");
}

TEST_CASE("hostile: header injection and framing fields fail the call but not the instance") {
  const std::pair<std::string, std::string> kFields[] = {{"x-a", "1\r\nset-cookie: b"},
                                                         {"x-a", std::string("a\0b", 3)},
                                                         {"x a", "1"},
                                                         {"", "1"},
                                                         {"x:y", "1"},
                                                         {"transfer-encoding", "chunked"},
                                                         {"content-length", "3"},
                                                         {"content-length", "4x"}};
  for (const auto& field : kFields) {
    const Aftermath after = suffer([field](ScriptedInstance& instance, const ScriptedCall& call) {
      reply_with(instance, call, field.first, field.second);
    });
    CHECK(after.outcome == "broken_reply");
    CHECK(after.same_instance);
  }
}

TEST_CASE("hostile: a status outside 200 to 599 is a broken reply") {
  for (const int status : {0, 101, 199, 600, -1}) {
    CHECK(suffer([status](ScriptedInstance& instance, const ScriptedCall& call) {
            instance.reply(call, "x", status);
          }).outcome == "broken_reply");
  }
}

TEST_CASE("reply: names come in lower case, a right Content-Length and hop-by-hop fields are left out") {
  RuntimeStage stage(attacking([](ScriptedInstance& instance, const ScriptedCall& call) {
    instance.reply(call, "body", 200,
                   {{"Content-Length", "4"}, {"Connection", "close"}, {"Keep-Alive", "x"}, {"X-Name", "  value "}});
  }));
  NotedCaller& caller = stage.call(stage.version(), "/attack");
  REQUIRE(stage.run_until([&] { return caller.done(); }));
  CHECK(caller.outcome() == "200 body");
  CHECK(caller.headers == decltype(caller.headers){{"x-name", "value"}});
}

TEST_CASE("hostile: a reply over its limit names the limit, announced or endless") {
  const Aftermath announced = suffer(
      [](ScriptedInstance& instance, const ScriptedCall& call) {
        instance.send(FrameType::kReply, call.frame.call, reply_payload(200, {}, {}, 1u << 30), kBodyFollows);
      },
      1u << 20);
  CHECK(announced.outcome == "broken_reply");
  CHECK(announced.text.find("1MiB") != std::string::npos);
  const Aftermath endless = suffer(
      [](ScriptedInstance& instance, const ScriptedCall& call) {
        instance.send(FrameType::kReply, call.frame.call, reply_payload(200, {}, {}, 1000), kBodyFollows);
        while (true) instance.send(FrameType::kBody, call.frame.call, std::string(60'000, 'x'));
      },
      1u << 20);
  CHECK(endless.outcome == "broken_reply");
  CHECK(endless.text.find("1MiB") != std::string::npos);
}

TEST_CASE("hostile: a passed descriptor is closed and is a broken reply") {
  CHECK(suffer([](ScriptedInstance& instance, const ScriptedCall& call) {
          const std::string payload = reply_payload(200, "x");
          FrameHeader header;
          header.type = FrameType::kReply;
          header.call = call.frame.call;
          header.length = static_cast<std::uint32_t>(payload.size());
          std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
          bytes += payload;
          iovec piece{bytes.data(), bytes.size()};
          alignas(cmsghdr) char ancillary[CMSG_SPACE(sizeof(int))] = {};
          msghdr message{};
          message.msg_iov = &piece;
          message.msg_iovlen = 1;
          message.msg_control = ancillary;
          message.msg_controllen = sizeof ancillary;
          cmsghdr* const part = CMSG_FIRSTHDR(&message);
          part->cmsg_level = SOL_SOCKET;
          part->cmsg_type = SCM_RIGHTS;
          part->cmsg_len = CMSG_LEN(sizeof(int));
          const int fd = 1;
          std::memcpy(CMSG_DATA(part), &fd, sizeof fd);
          ::sendmsg(instance.channel(), &message, 0);
        }).outcome == "broken_reply");
}

TEST_CASE("hostile: requests for what this version does not offer are answered and bounded") {
  CHECK(suffer([](ScriptedInstance& instance, const ScriptedCall& call) {
          instance.send(FrameType::kConnect, call.frame.call, "x");
          FrameHeader header;
          std::string payload;
          instance.read_frame(header, payload);
          const bool unavailable = header.type == FrameType::kOutcome && payload == std::string("\xF8\xFF\xFF\xFF");
          instance.reply(call, unavailable ? "unavailable" : "surprise");
        }).outcome == "200 unavailable");
  CHECK(suffer([](ScriptedInstance& instance, const ScriptedCall& call) {
          while (true) instance.send(FrameType::kConnect, call.frame.call, "x");
        }).outcome == "broken_reply");
}

TEST_CASE("hostile: a flood of log is cut at its limit and counted") {
  RuntimeStage stage(attacking([](ScriptedInstance& instance, const ScriptedCall& call) {
    for (int i = 0; i < 200; ++i) instance.write_log(std::string(10'000, 'y') + "\n");
    instance.reply(call, "done");
  }));
  const auto version = stage.version();
  NotedCaller& caller = stage.call(version, "/attack");
  REQUIRE(stage.run_until([&] { return caller.done(); }));
  CHECK(caller.outcome() == "200 done");
  std::size_t size = 0;
  for (const std::string& line : stage.lines) size += line.size();
  CHECK(size < 80'000);
  CHECK(stage.lines.back().find("64KiB") != std::string::npos);
}

TEST_CASE("hostile: whatever bytes come, the gateway stands and serves on") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 60; ++round) {
    const unsigned round_seed = static_cast<unsigned>(random());
    RuntimeStage stage(attacking([round_seed](ScriptedInstance& instance, const ScriptedCall& call) {
      std::mt19937 own(round_seed);
      const auto pick = [&](std::uint32_t below) { return static_cast<std::uint32_t>(own()) % below; };
      for (std::uint32_t i = 0, count = 1 + pick(12); i < count; ++i) {
        std::string payload = pick(2) == 0 ? reply_payload(200, "x", {{"a", "b"}}) : std::string(pick(300), 'z');
        for (std::uint32_t flips = pick(4); flips > 0 && !payload.empty(); --flips) {
          payload[pick(static_cast<std::uint32_t>(payload.size()))] = static_cast<char>(own());
        }
        FrameHeader header;
        header.type = static_cast<FrameType>(pick(24));
        header.flags = static_cast<std::uint16_t>(pick(4));
        header.call = call.frame.call + (pick(8) == 0 ? 1 : 0);
        header.stream = pick(4) == 0 ? 1 : 0;
        header.length = static_cast<std::uint32_t>(payload.size()) + (pick(10) == 0 ? pick(100) : 0);
        send_header(instance, header);
        instance.write_raw(payload);
      }
      if (pick(2) == 0) ::_exit(0);
    }));
    const auto version = stage.version();
    version->config.timeout = 100ms;
    NotedCaller& victim = stage.call(version, "/attack");
    CHECK(stage.run_until([&] { return victim.done(); }, 3000ms));
    // Half a frame swallows the next reply of the same instance: that call ends at its deadline, and with it the
    // instance.
    bool served = false;
    for (int attempt = 0; attempt < 4 && !served; ++attempt) {
      NotedCaller& next = stage.call(version, "/");
      CHECK(stage.run_until([&] { return next.done(); }, 3000ms));
      served = next.outcome() == "200 fine";
    }
    CHECK_MESSAGE(served, "round seed ", round_seed);
  }
}

}  // namespace sojourn
