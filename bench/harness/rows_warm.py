"""Rows about calls into instances that are there already: W1, W2, W3, W5, W6."""
from .figures import Figure, interleave, median, ratio, spoiled
from .machine import SERVER_CPU
from .stage import ECHO


def each(results, *keys):
    found = []
    for result in results:
        for key in keys:
            result = result[key]
        found.append(result)
    return found


def errors(*groups):
    return sum(result["errors"] for group in groups for result in group)


def warm_up(stage, act):
    act(stage.subject)
    act(stage.raw)


def hello_32(stage):
    def act(server):
        return stage.get_hello(server, connections=32)
    warm_up(stage, act)
    ours, raw = interleave(stage.rounds, lambda: act(stage.subject), lambda: act(stage.raw))
    failed = errors(ours, raw)
    cost = ratio("W1", "CPU µs a request", each(ours, "cpu_us"), each(raw, "cpu_us"))
    rate = ratio("W2/32", "requests/s", each(ours, "per_second"), each(raw, "per_second"), saturation(raw))
    return [spoiled(cost, failed), spoiled(rate, failed)]


def hello_256(stage):
    def act(server):
        return stage.get_hello(server, connections=256)
    warm_up(stage, act)
    ours, raw = interleave(stage.rounds, lambda: act(stage.subject), lambda: act(stage.raw))
    rate = ratio("W2/256", "requests/s", each(ours, "per_second"), each(raw, "per_second"), saturation(raw))
    tails = [result["latency"]["p99_us"] / result["latency"]["p50_us"] for result in ours]
    tail = Figure("W5/tail", median(tails), {
        "unit": "p99 µs over p50 µs", "ours": median(each(ours, "latency", "p99_us")),
        "limit": median(each(ours, "latency", "p50_us")), "ratios": [round(value, 2) for value in tails],
        "raw server's own": round(median(r["latency"]["p99_us"] / r["latency"]["p50_us"] for r in raw), 2)})
    lost = Figure("W5/errors", errors(ours), {"unit": "failed of requests", "ours": errors(ours),
                                              "limit": sum(each(ours, "requests"))})
    return [spoiled(rate, errors(ours, raw)), lost, tail]


def saturation(raw):
    """A server that was not kept busy shows the load generator's speed and not its own."""
    share = median(each(raw, "cpu_share"))
    return "" if share > 0.95 else f"the raw server's CPU was {share:.0%} busy: flatters us"


def added_latency(stage):
    def act(server):
        return stage.get_hello(server, SERVER_CPU, connections=1)

    def hop():
        return stage.programs.run("limit-ping-pong", [], SERVER_CPU)["p50_us"]
    warm_up(stage, act)
    added, hops, ours_p50, raw_p50, failed = [], [], [], [], 0
    for _ in range(stage.rounds):
        ours, raw = act(stage.subject), act(stage.raw)
        failed += ours["errors"] + raw["errors"]
        ours_p50.append(ours["latency"]["p50_us"])
        raw_p50.append(raw["latency"]["p50_us"])
        added.append(ours_p50[-1] - raw_p50[-1])
        hops.append(hop())
    figure = ratio("W3", "µs added, µs a ping-pong", added, hops)
    figure.detail |= {"our p50 µs": median(ours_p50), "raw p50 µs": median(raw_p50)}
    return [spoiled(figure, failed)]


def echo(row, size, connections):
    def measure(stage):
        def act(server):
            return stage.load(server, ECHO, method="POST", body_size=size, connections=connections)
        warm_up(stage, act)
        ours, raw = interleave(stage.rounds, lambda: act(stage.subject), lambda: act(stage.raw))
        figure = ratio(row, "CPU µs a request", each(ours, "cpu_us"), each(raw, "cpu_us"))
        return [spoiled(figure, errors(ours, raw))]
    return measure


MEASURES = {
    ("W1", "W2/32"): hello_32,
    ("W2/256", "W5/errors", "W5/tail"): hello_256,
    ("W3",): added_latency,
    ("W6/1KiB",): echo("W6/1KiB", 1 << 10, 32),
    ("W6/1MiB",): echo("W6/1MiB", 1 << 20, 4),
}
