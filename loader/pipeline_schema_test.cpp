#include "loader/pipeline_schema.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "loader/manifest.h"
#include "loader/trigger_schema.h"

namespace sojourn {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

Manifest parse(std::string_view text) {
  auto manifest = parse_manifest(text, "sojourn.yaml");
  REQUIRE_MESSAGE(manifest.ok(), manifest.error().text());
  return std::move(*manifest);
}

std::string refusal(std::string_view text) {
  const auto manifest = parse_manifest(text, "sojourn.yaml");
  REQUIRE_FALSE(manifest.ok());
  return manifest.error().text();
}

Pipeline pipeline(const std::string& lines) {
  return parse("sojourn: 1\npipelines:\n  p:\n" + lines).pipelines.at(0).pipeline;
}

// The refusal of one line under `p:`, which stands in line 6; what a pipeline needs stands before it.
std::string refusal_of(const std::string& line) {
  return refusal("sojourn: 1\npipelines:\n  p:\n    triggers: [{event: {}}]\n    steps: [{call: a}]\n    " + line +
                 "\n");
}
// The refusal of one trigger, and of one step, in line 4 behind column 16 or 13.
std::string refusal_of_trigger(const std::string& trigger) {
  return refusal("sojourn: 1\npipelines:\n  p:\n    triggers: [" + trigger + "]\n    steps: [{call: a}]\n");
}
std::string refusal_of_hook(const std::string& rest) {
  return refusal_of_trigger("{webhook: {path: /h, " + rest + "}}");
}
std::string refusal_of_step(const std::string& step) {
  return refusal("sojourn: 1\npipelines:\n  p:\n    steps: [" + step + "]\n    triggers: [{event: {}}]\n");
}

bool has(const std::string& text, std::string_view part) {
  const bool found = text.find(part) != std::string::npos;
  if (!found) MESSAGE(text);
  return found;
}

constexpr std::string_view kFull = R"(sojourn: 1
pipelines:
  new-user:
    triggers:
      - webhook:
          path: /accounts
          verify:
            scheme: standard-webhooks
            secrets: [accounts-2026, {name: accounts-2025, notAfter: 2026-03-01T00:00:00Z}]
          idHeader: X-Delivery
          bodyLimit: 1MiB
          respond: {status: 200, body: thanks}
      - webhook: {path: /git, verify: {scheme: github, secrets: hub}}
      - webhook: {path: /own, verify: {scheme: hmac, secrets: own, header: X-Sign, encoding: base64, algorithm: sha512}}
      - webhook: {path: /token, verify: {scheme: bearer, secrets: own, header: X-Token}}
      - webhook: {path: /open, verify: {scheme: none, insecure: true}}
      - event: {}
        match: {prefix: {type: com.example.}, not: {exists: {/test: true}}}
      - cron: {schedule: "0 3 * * 1-5", timezone: Europe/Berlin, catchup: all}
      - queue: {name: mails, batch: 10}
      - files: {directory: /srv/in, glob: "*.csv", settle: 2s}
      - function: {name: resize, outcome: failure}
    match:
      exact: {type: user.created, /user/active: true, /user/age: 42}
      numeric: {/user/score: {gte: 10, lt: 99.5}}
      any: [{suffix: {subject: .png}}, {all: [{exists: {/x: false}}]}]
    key: [/user/id, type]
    onDeadLetter: hold
    dedupe: {window: 24h}
    defaults: {timeout: 10s, retry: {attempts: 3, backoff: {kind: linear, initial: 2s, max: 1m, jitter: equal}}, concurrency: 2}
    steps:
      - {id: enrich, call: profile-enrich@7, timeout: 24h}
      - {call: crm, deadLetter: false, concurrency: 4, retry: {attempts: 9}}
      - {emit: {type: com.example.user.onboarded}}
      - {enqueue: mails}
      - post: {url: "https://example.com/in?x=1", sign: partner, body: data, headers: {X-From: sojourn}}
)";

}  // namespace

TEST_CASE("pipeline schema: every key arrives, over the pipeline's defaults") {
  const Manifest manifest = parse(kFull);
  const Pipeline& made = manifest.pipelines.at(0).pipeline;
  CHECK(manifest.pipelines[0].at.line == 3);
  CHECK(made.name == "new-user");
  REQUIRE(made.triggers.size() == 10);
  const auto& hook = std::get<WebhookTrigger>(made.triggers[0].on);
  CHECK(hook.path == "/accounts");
  CHECK(hook.secrets == std::vector<WebhookSecret>{{"accounts-2026", 0}, {"accounts-2025", 1'772'323'200}});
  CHECK(hook.signature == *known_scheme("standard-webhooks"));
  CHECK(hook.id_header == "x-delivery");
  CHECK(hook.body_limit == 1u << 20);
  CHECK(hook.reply == HookReply::kOk);
  CHECK(hook.reply_body == "thanks");
  CHECK(std::get<WebhookTrigger>(made.triggers[1].on).body_limit == 25u << 20);
  CHECK(std::get<WebhookTrigger>(made.triggers[2].on).signature.algorithm == HashKind::kSha512);
  CHECK(std::get<WebhookTrigger>(made.triggers[3].on).signature.header == "x-token");
  CHECK(std::get<WebhookTrigger>(made.triggers[4].on).scheme == WebhookScheme::kNone);
  REQUIRE(made.triggers[5].match);
  CHECK(made.triggers[5].match->parts.size() == 2);
  CHECK(std::get<CronTrigger>(made.triggers[6].on) == CronTrigger{"0 3 * * 1-5", "Europe/Berlin", CatchUp::kAll});
  CHECK(std::get<QueueTrigger>(made.triggers[7].on) == QueueTrigger{"mails", 10});
  CHECK(std::get<FilesTrigger>(made.triggers[8].on) == FilesTrigger{"/srv/in", "*.csv", 2s});
  CHECK(std::get<FunctionTrigger>(made.triggers[9].on) == FunctionTrigger{"resize", CallOutcome::kFailure});
  REQUIRE(made.match);
  REQUIRE(made.match->parts.size() == 5);
  CHECK(made.match->parts[0].value == "\"user.created\"");
  CHECK(made.match->parts[2].value == "42");
  CHECK(made.match->parts[3].at_least == 10);
  CHECK(made.match->parts[3].below == 99.5);
  CHECK(made.key == Lines{"/user/id", "type"});
  CHECK(made.order == KeyOrder::kHold);
  CHECK(made.dedupe == 24h);
  REQUIRE(made.steps.size() == 5);
  CHECK(made.steps[0].id == "enrich");
  CHECK(made.steps[0].timeout == 24h);
  CHECK(made.steps[0].retry.attempts == 3);
  CHECK(made.steps[1].id == "crm");
  CHECK(made.steps[1].timeout == 10s);
  CHECK_FALSE(made.steps[1].dead_letter);
  CHECK(made.steps[1].retry.attempts == 9);
  CHECK(made.steps[1].retry.jitter == Jitter::kEqual);
  CHECK(made.steps[2].id == "emit");
  CHECK(made.steps[3].id == "mails");
  CHECK(made.steps[4].id == "post");
  CHECK(std::get<PostStep>(made.steps[4].act).headers.at("x-from") == "sojourn");
}

TEST_CASE("pipeline schema: what is written reads back the same, and every secret is known with its place") {
  const Manifest manifest = parse(kFull);
  const Pipeline& made = manifest.pipelines.at(0).pipeline;
  const auto text = pipeline_to_json(made).dump();
  const auto again = pipeline_from_json("new-user", nlohmann::json::parse(text));
  REQUIRE_MESSAGE(again.ok(), again.error().text());
  CHECK(*again == made);
  CHECK(secrets_of(made) == Lines{"accounts-2025", "accounts-2026", "hub", "own", "partner"});
  Lines named;
  for (const SecretUse& use : manifest.secret_uses) named.push_back(use.name + " " + use.path);
  CHECK(std::ranges::count(named, "accounts-2025 pipelines.new-user.triggers[0].webhook.verify.secrets[1].name") == 1);
  CHECK(std::ranges::count(named, "partner pipelines.new-user.steps[4].post.sign") == 1);
}

TEST_CASE("pipeline schema: a trigger's match may stand beside it or inside, once") {
  const Pipeline inside = pipeline("    triggers: [{event: {match: {exact: {type: a}}}}]\n    steps: [{call: f}]\n");
  const Pipeline beside = pipeline("    triggers: [{event: {}, match: {exact: {type: a}}}]\n    steps: [{call: f}]\n");
  CHECK(inside == beside);
  CHECK(has(refusal_of_trigger("{event: {match: {exact: {type: a}}}, match: {exact: {type: a}}}"), "both beside it"));
}

TEST_CASE("pipeline schema: what a later version brings is refused by its name and place") {
  CHECK(refusal_of("tests: []") == "sojourn.yaml:6:5: pipelines.p.tests: is not available in this version of Sojourn");
  CHECK(refusal_of_trigger("{http: {}}") ==
        "sojourn.yaml:4:17: pipelines.p.triggers[0].http: is not available in this version of Sojourn");
  for (const std::string key :
       {"copy", "filter", "split", "shard", "expand", "merge", "each", "join", "reduce", "scatter", "delay", "reply"}) {
    CHECK(refusal_of_step("{id: x, " + key + ": {}}") ==
          "sojourn.yaml:4:21: pipelines.p.steps[0]." + key + ": is not available in this version of Sojourn");
  }
  CHECK(has(refusal_of_step("{call: f, from: x}"), "steps[0].from: is not available"));
}

TEST_CASE("pipeline schema: a pipeline has triggers and steps with names of their own") {
  CHECK(has(refusal("sojourn: 1\npipelines: {p: {steps: [{call: a}]}}\n"), "has no `triggers`"));
  CHECK(has(refusal("sojourn: 1\npipelines: {p: {triggers: [{event: {}}]}}\n"), "has no `steps`"));
  CHECK(has(refusal("sojourn: 1\npipelines: {p: {triggers: [{event: {}}], steps: []}}\n"),
            "steps: is an empty list; expected is a list of 1 to 64 steps"));
  CHECK(has(refusal("sojourn: 1\npipelines: {P: {}}\n"), "pipeline name `P` must begin with a letter a-z"));
  CHECK(has(refusal("sojourn: 1\npipelines: []\n"), "expected is a mapping of names to pipelines"));
  CHECK(has(refusal_of("trigers: []"), "did you mean `triggers`?"));
  CHECK(has(refusal_of_step("{call: f}, {call: f@2}"), "steps[1]: is a second step `f`; give one of them an `id`"));
  CHECK(has(refusal_of_step("{id: a, call: f}, {id: a, call: g}"), "give it another `id`"));
  CHECK(has(refusal_of_step("{id: a}"), "has to do one of call, emit, enqueue, post"));
  CHECK(has(refusal_of_step("{call: a, emit: {type: b}}"), "has to do one of"));
  CHECK(has(refusal_of_step("{call: A}"), "steps[0].call: is `A`; expected is a function's name, or NAME@N"));
  CHECK(has(refusal_of_step("{call: a, timeout: 25h}"), "is 25h; allowed is 1ms to 24h"));
  CHECK(has(refusal_of_step("{call: a, concurrency: 0}"), "allowed is 1 to 1000"));
  CHECK(has(refusal_of_step("{call: a, retry: {attempts: 101}}"), "allowed is 1 to 100"));
  CHECK(has(refusal_of_step("{call: a, retry: {backoff: {initial: 5m}}}"), "has initial 5m above max 2m"));
  CHECK(has(refusal_of_step("{call: a, retry: {backoff: {kind: expo}}}"), "constant, linear or exponential"));
  CHECK(has(refusal_of_step("{call: a, deadLetter: yes}"), "expected is true or false"));
  CHECK(has(refusal_of_step("{enqueue: Mails}"), "queue name `Mails`"));
  CHECK(has(refusal_of_step("{emit: {type: \"a b\"}}"), "without spaces"));
}

TEST_CASE("pipeline schema: a post goes to a URL that somebody outside may have") {
  CHECK(has(refusal_of_step("{post: {url: \"ftp://a\"}}"), "expected is a URL"));
  CHECK(has(refusal_of_step("{post: {url: \"https://u:p@a/\"}}"), "without a user"));
  CHECK(has(refusal_of_step("{post: {}}"), "has no `url`"));
  CHECK(has(refusal_of_step("{post: {url: \"http://127.0.0.1:9/x\"}}"), "it needs `private: true`"));
  CHECK(has(refusal_of_step("{post: {url: \"http://[::1]/x\"}}"), "it needs `private: true`"));
  CHECK(has(refusal_of_step("{post: {url: \"http://localhost\"}}"), "it needs `private: true`"));
  CHECK(has(refusal_of_step("{post: {url: \"http://a\", headers: {Host: b}}}"), "is not a header that can be set"));
  CHECK(has(refusal_of_step("{post: {url: \"http://a\", body: all}}"), "expected is event or data"));
  const Pipeline own =
      pipeline("    triggers: [{event: {}}]\n    steps: [{post: {url: \"http://127.0.0.1:9/x\", private: true}}]\n");
  CHECK(std::get<PostStep>(own.steps[0].act).is_private);
}

TEST_CASE("pipeline schema: a webhook says who may send, and in the words of its scheme") {
  CHECK(has(refusal_of_hook("verify: {scheme: none}"), "say `insecure: true` beside it"));
  CHECK(has(refusal_of_hook("verify: {scheme: none, insecure: false}"), "say `insecure: true` beside it"));
  CHECK(has(refusal_of_hook("verify: {scheme: none, insecure: true, secrets: a}"), "are not looked at"));
  CHECK(has(refusal_of_hook("verify: {scheme: github, secrets: a, insecure: true}"), "belongs to the scheme none"));
  CHECK(has(refusal_of_hook("verify: {scheme: github}"), "has no `secrets`"));
  CHECK(has(refusal_of_hook("verify: {secrets: a}"), "expected is a mapping with `scheme`"));
  CHECK(has(refusal_of_hook("verify: {scheme: githb, secrets: a}"), "did you mean `github`?"));
  CHECK(has(refusal_of_hook("verify: {scheme: github, secrets: []}"), "has 0 secrets; allowed is 1 to 8"));
  CHECK(has(refusal_of_hook("verify: {scheme: github, secrets: [a, a]}"), "names `a` twice"));
  CHECK(has(refusal_of_hook("verify: {scheme: github, secrets: a, prefix: x}"),
            "verify.prefix: is not an option of the scheme github; hmac takes all of them"));
  CHECK(has(refusal_of_hook("verify: {scheme: hmac, secrets: a, timestamp: X-Time}"), "has to say both or neither"));
  CHECK(has(refusal_of_hook("verify: {scheme: hmac, secrets: a, algoritm: sha1}"), "did you mean `algorithm`?"));
  CHECK(has(refusal_of_hook("verify: {scheme: github, secrets: [{name: a, notAfter: tomorrow}]}"), "RFC 3339"));
  CHECK(has(refusal_of_hook("verify: {scheme: github, secrets: [{notAfter: 2026-01-01T00:00:00Z}]}"), "has no `name`"));
  CHECK(has(refusal_of_hook("idHeader: x"), "has no `verify`"));
  CHECK(has(refusal_of_hook("verify: {scheme: github, secrets: a}, respond: later"), "expected is accepted or sync"));
  CHECK(has(refusal_of_hook("verify: {scheme: github, secrets: a}, respond: {status: 204}"), "expected is 200"));
  for (const std::string path : {"accounts", "/", "/a//b", "/a/", "/a/../b", "/a b", "/%61"}) {
    CHECK(has(refusal_of_trigger("{webhook: {path: \"" + path + "\", verify: {scheme: none, insecure: true}}}"),
              "expected is a path such as /accounts"));
  }
}

TEST_CASE("pipeline schema: a synchronous webhook needs a pipeline that is one call") {
  const std::string hook = "triggers: [{webhook: {path: /h, verify: {scheme: none, insecure: true}, respond: sync}}]\n";
  CHECK(pipeline("    " + hook + "    steps: [{call: a}]\n").steps.size() == 1);
  const std::string text = refusal("sojourn: 1\npipelines:\n  p:\n    " + hook + "    steps: [{call: a}, {call: b}]\n");
  CHECK(has(text, "sojourn.yaml:4:15: pipelines.p.triggers[0].webhook.respond: is sync, which needs"));
  CHECK(
      has(refusal("sojourn: 1\npipelines:\n  p:\n    " + hook + "    steps: [{enqueue: q}]\n"), "only step is a call"));
}

TEST_CASE("pipeline schema: triggers are of the forms that they have") {
  CHECK(has(refusal_of_trigger("{}"), "has to have one of webhook, event"));
  CHECK(has(refusal_of_trigger("{event: {}, cron: {schedule: \"* * * * *\"}}"), "has to have one of"));
  CHECK(has(refusal_of_trigger("{evnt: {}}"), "did you mean `event`?"));
  CHECK(has(refusal_of_trigger("{event: {type: a}}"), "triggers[0].event.type: is not a key that belongs here"));
  CHECK(has(refusal_of_trigger("{event: }"), "is null; expected is {}"));
  for (const std::string schedule : {"* * * *", "* * * * * *", "@fortnightly", "$ * * * *", ""}) {
    CHECK(has(refusal_of_trigger("{cron: {schedule: \"" + schedule + "\"}}"), "expected are five fields"));
  }
  CHECK(has(refusal_of_trigger("{cron: {timezone: UTC}}"), "has no `schedule`"));
  CHECK(has(refusal_of_trigger("{cron: {schedule: \"@daily\", timezone: \"../x\"}}"), "name of a time zone"));
  CHECK(has(refusal_of_trigger("{queue: {name: A}}"), "queue name `A`"));
  CHECK(has(refusal_of_trigger("{queue: {name: a, batch: 0}}"), "allowed is 1 to 256"));
  CHECK(has(refusal_of_trigger("{files: {directory: in}}"), "expected is a directory of the server"));
  CHECK(has(refusal_of_trigger("{files: {directory: /srv/../etc}}"), "expected is a directory of the server"));
  CHECK(has(refusal_of_trigger("{files: {directory: /srv, glob: a/b}}"), "without a slash"));
  CHECK(has(refusal_of_trigger("{function: {outcome: any}}"), "has no `name`"));
  CHECK(has(refusal_of_trigger("{function: {name: f, outcome: never}}"), "success, failure or any"));
}

TEST_CASE("pipeline schema: a match is of known dialects, bounded, and never null") {
  CHECK(refusal_of("match: {exact: {type: null}}") ==
        "sojourn.yaml:6:27: pipelines.p.match.exact.type: is null; a condition is never null; for a missing value use "
        "exists: {type: false}");
  CHECK(has(refusal_of("match: null"), "match: is null; expected is a mapping with one of exact, prefix"));
  CHECK(has(refusal_of("match: {}"), "expected is a mapping with one of"));
  CHECK(has(refusal_of("match: {exact: {}}"), "expected is a mapping of references"));
  CHECK(has(refusal_of("match: {exakt: {type: a}}"), "did you mean `exact`?"));
  CHECK(has(refusal_of("match: {exact: {type: 5}}"), "attributes of events are texts: quote it"));
  CHECK(has(refusal_of("match: {exact: {/a: [1]}}"), "expected is a text, a number, true or false"));
  CHECK(has(refusal_of("match: {exact: {Type: a}}"), "expected is an event's attribute such as type"));
  CHECK(has(refusal_of("match: {exact: {\"/a~2\": a}}"), "or a JSON Pointer"));
  CHECK(has(refusal_of("match: {exact: {\"header:x\": a}}"), "that is a reference of calls"));
  CHECK(has(refusal_of("match: {prefix: {type: \"\"}}"), "expected is a text that is not empty"));
  CHECK(has(refusal_of("match: {exists: {/a: 1}}"), "expected is true or false"));
  CHECK(has(refusal_of("match: {numeric: {type: {gt: 1}}}"), "compares an attribute"));
  CHECK(has(refusal_of("match: {numeric: {/a: {}}}"), "has no bound"));
  CHECK(has(refusal_of("match: {numeric: {/a: {gt: .inf}}}"), "expected is a number"));
  CHECK(has(refusal_of("match: {numeric: {/a: {gt: \"1\"}}}"),
            "gt: is the text `1`; expected is a number: write it without quotes"));
  CHECK(refusal_of("match: {numeric: {/a: {gt: one}}}").ends_with("gt: is `one`; expected is a number"));
  CHECK(has(refusal_of("match: {exists: {/a: \"true\"}}"),
            "is the text `true`; expected is true or false: write it without quotes"));
  CHECK(has(refusal_of("match: {any: []}"), "expected is a list of matches"));
  std::string deep = "{exact: {type: a}}";
  for (int i = 0; i < kMatchDepthMax; ++i) deep = "{not: " + deep + "}";
  CHECK(has(refusal_of("match: " + deep), "is 17 levels deep; the limit of a match is 16"));
  std::string wide = "match: {any: [";
  for (int i = 0; i < kMatchNodesMax; ++i) wide += "{exact: {type: a}}, ";
  CHECK(has(refusal_of(wide + "]}"), "has 257 conditions; the limit of a match is 256"));
}

TEST_CASE("pipeline schema: a key is one reference or a few") {
  CHECK(pipeline("    triggers: [{event: {}}]\n    steps: [{call: a}]\n    key: /user/id\n").key == Lines{"/user/id"});
  CHECK(has(refusal_of("key: []"), "expected is a reference"));
  CHECK(has(refusal_of("key: [a, b, c, d, e, f, g, h, i]"), "has 9 references; the limit is 8"));
  CHECK(has(refusal_of("key: [a, 5]"), "pipelines.p.key[1]: is the number 5"));
}

TEST_CASE("pipeline schema: what two triggers of a file both want is refused, with both places") {
  const std::string hook = "{webhook: {path: /h, verify: {scheme: none, insecure: true}}}";
  const std::string text = refusal("sojourn: 1\nfunctions: {f: {artifact: f.so, triggers: [" + hook +
                                   "]}}\npipelines:\n  p: {triggers: [" + hook + "], steps: [{call: f}]}\n");
  CHECK(text ==
        "sojourn.yaml:4:35: pipelines.p.triggers[0].webhook.path: leads to /hooks/h, as "
        "functions.f.triggers[0].webhook.path does");
  const std::string queue = "{triggers: [{queue: {name: q}}], steps: [{call: f}]}";
  CHECK(has(refusal("sojourn: 1\npipelines: {a: " + queue + ", b: " + queue + "}\n"),
            "pipelines.b.triggers[0].queue.name: takes from the queue `q`, as pipelines.a"));
  CHECK(has(
      refusal("sojourn: 1\nfunctions: {p: {artifact: f.so, triggers: [{event: {}}]}}\npipelines: {p: " + queue + "}\n"),
      "pipelines.p: has the name of a function with triggers"));
}

TEST_CASE("pipeline schema: differences name steps by their id") {
  const Pipeline before = parse(kFull).pipelines.at(0).pipeline;
  Pipeline after = before;
  after.steps[0].timeout = 20s;
  std::get<WebhookTrigger>(after.triggers[0].on).path = "/people";
  after.triggers.pop_back();
  after.steps.pop_back();
  after.key = {};
  after.steps.push_back({.id = "last", .act = EmitStep{"x"}, .retry = {}});
  const Lines lines = differences(before, after);
  for (const char* line :
       {"triggers[0].webhook.path /accounts → /people", "triggers[9] removed", "key [\"/user/id\",\"type\"] → none",
        "steps.enrich.timeout 24h → 20s", "steps.post removed", "steps.last added"}) {
    CHECK_MESSAGE(std::ranges::count(lines, line) == 1, line);
  }
  CHECK(lines.size() == 6);
  CHECK(differences(before, before).empty());
  Pipeline turned = before;
  std::swap(turned.steps[0], turned.steps[1]);
  CHECK(differences(before, turned) == Lines{"steps in another order"});
}

TEST_CASE("pipeline schema: a function's own triggers are a pipeline with one step") {
  const Manifest manifest = parse(
      "sojourn: 1\nfunctions:\n  api:\n    artifact: a.so\n    timeout: 7s\n    retry: {attempts: 2}\n    instances: "
      "{max: 3}\n    emits: [com.example.*, \"*\"]\n    enqueues: [mails]\n    triggers: [{queue: {name: q}}]\n");
  const FunctionConfig& config = manifest.functions.at(0).config;
  CHECK(config.emits == Lines{"com.example.*", "*"});
  CHECK(config.enqueues == Lines{"mails"});
  Version version;
  version.function = "api";
  version.config = config;
  const Pipeline made = pipeline_of(version);
  CHECK(made.name == "api");
  CHECK(made.triggers == config.triggers);
  REQUIRE(made.steps.size() == 1);
  CHECK(std::get<CallStep>(made.steps[0].act).function == "api");
  CHECK(made.steps[0].timeout == 7s);
  CHECK(made.steps[0].retry.attempts == 2);
  CHECK(made.steps[0].concurrency == 3);
}

TEST_CASE("pipeline schema: what a function may emit is a type, or a pattern with its star at the end") {
  const auto emits = [](const std::string& list) {
    return refusal("sojourn: 1\nfunctions: {f: {artifact: f.so, emits: " + list + "}}\n");
  };
  for (const std::string pattern : {"a*", "*.a", "a.*.b", ".*x"})
    CHECK(has(emits("[\"" + pattern + "\"]"), "stands alone"));
  CHECK(has(emits("[\"a b\"]"), "without spaces"));
  CHECK(has(emits("[a, a]"), "names `a` a second time"));
  CHECK(has(emits("a"), "expected is a list of event types"));
}

}  // namespace sojourn
