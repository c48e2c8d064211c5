"""Rows about a process of its own for every call: F1, F2."""
from .figures import interleave, median, ratio, spoiled
from .machine import SERVER_CPU
from .meter import make_meter
from .rows_warm import each, errors

FRESH = "/function/fresh"


def fork_floor(stage, pause_ms=0):
    meter = make_meter("floor")
    arguments = stage.programs.object_arguments("hello") + ["--seconds", stage.seconds, "--pause-ms", pause_ms]
    if meter.usage_file:
        arguments += ["--usage", meter.usage_file]
    result = stage.programs.run("limit-fork-floor", arguments, SERVER_CPU, meter)
    meter.close()
    return result


def deploy_fresh(stage):
    stage.product.deploy("fresh", stage.programs.object("hello"), isolation="fresh")


def fresh_cpu(stage):
    deploy_fresh(stage)

    def act():
        return stage.get_hello(stage.product, path=FRESH, connections=8)
    act()
    ours, floor = interleave(stage.rounds, act, lambda: fork_floor(stage))
    figure = ratio("F1", "CPU µs a call", each(ours, "cpu_us"), each(floor, "cpu_us"))
    figure.detail["calls/s"] = round(median(each(ours, "per_second")))
    return [spoiled(figure, errors(ours))]


def fresh_latency(stage):
    deploy_fresh(stage)

    def closed():
        return stage.get_hello(stage.product, SERVER_CPU, path=FRESH, connections=1)

    closed()
    ours, floor = interleave(stage.rounds, closed, lambda: fork_floor(stage))
    floor_p50 = each(floor, "wall", "p50_us")
    in_turn = ratio("F2/closed", "p50 µs", each(ours, "latency", "p50_us"), floor_p50)

    quarter = round(0.25 * 1e6 / median(floor_p50))

    def paced():
        return stage.get_hello(stage.product, SERVER_CPU, path=FRESH, connections=4, rate=quarter)
    calm, floor = interleave(stage.rounds, paced, lambda: fork_floor(stage))
    at_pace = ratio("F2/paced", "p50 µs", each(calm, "from_sent", "p50_us"), each(floor, "wall", "p50_us"))
    at_pace.detail |= {"calls/s": quarter, "p99 µs": median(each(calm, "from_sent", "p99_us")),
                       "p50 µs from when due": median(each(calm, "latency", "p50_us"))}
    return [spoiled(in_turn, errors(ours)), spoiled(at_pace, errors(calm))]


MEASURES = {("F1",): fresh_cpu, ("F2/closed", "F2/paced"): fresh_latency}
