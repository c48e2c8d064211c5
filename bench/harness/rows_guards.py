"""Rows about guards, which act in the gateway before a sandbox is spent: G1, G2."""
from .figures import interleave, ratio, spoiled
from .machine import SERVER_CPU
from .rows_warm import each, errors, saturation

CACHED = "/function/hello-cached"
DECISION_NS_MAX = 1000


def decision(stage):
    """One decision of rate-limit. The one goal that is a time: a microsecond of CPU."""
    taken = [stage.programs.run("bench-guard-decision", [], SERVER_CPU)["ns"] for _ in range(stage.rounds)]
    return [ratio("G1", "ns of CPU", taken, [DECISION_NS_MAX] * len(taken))]


def cache_hit(stage):
    """Hits, against the raw server sending the very bytes of one."""
    links = [{"use": "cache", "with": {"ttl": "1h"}}]
    stage.product.apply("guards", {"hello-cached": (stage.programs.object("hello"), {"decorators": links})})
    stage.product.raw_reply(CACHED)
    raw = stage.raw_server("raw-cached", CACHED)

    def act(server):
        return stage.get_hello(server, path=CACHED, connections=32)
    act(stage.product)
    act(raw)
    ours, theirs = interleave(stage.rounds, lambda: act(stage.product), lambda: act(raw))
    rate = ratio("G2", "requests/s", each(ours, "per_second"), each(theirs, "per_second"), saturation(theirs))
    return [spoiled(rate, errors(ours, theirs))]


MEASURES = {
    ("G1",): decision,
    ("G2",): cache_hit,
}
