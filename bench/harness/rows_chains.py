"""Rows about chains of decorators: D1, D2."""
from .figures import interleave, median, ratio, spoiled
from .machine import SERVER_CPU
from .rows_warm import each, errors

FUSED_LINKS = 5


def fused(stage):
    """The function with five links that only hand on, and the same function bare, on the same server."""
    links = [{"use": "pass", "fuse": True}] * FUSED_LINKS
    stage.product.deploy("pass", stage.programs.object("pass"))
    stage.product.apply("chains", {"hello-fused": (stage.programs.object("hello"), {"decorators": links})})

    def act(path):
        return stage.get_hello(stage.product, path=path, connections=32)
    paths = ["/function/hello-fused", "/function/hello"]
    for path in paths:
        act(path)
    ours, bare = interleave(stage.rounds, lambda: act(paths[0]), lambda: act(paths[1]))
    figure = ratio("D1", "CPU µs a request", each(ours, "cpu_us"), each(bare, "cpu_us"))
    return [spoiled(figure, errors(ours, bare))]


def separate(stage):
    """What one link in a sandbox of its own adds to the latency, everything on one CPU: four messages, CALL and NEXT,
    RESULT and REPLY, which is two round trips of the limit."""
    stage.product.deploy("pass", stage.programs.object("pass"))
    stage.product.apply("chain", {"hello-wrapped": (stage.programs.object("hello"), {"decorators": [{"use": "pass"}]})})

    def act(path):
        return stage.get_hello(stage.product, SERVER_CPU, path=path, connections=1)
    paths = ["/function/hello-wrapped", "/function/hello"]
    for path in paths:
        act(path)
    added, hops, failed = [], [], 0
    for _ in range(stage.rounds):
        wrapped, bare = act(paths[0]), act(paths[1])
        failed += errors([wrapped], [bare])
        added.append(wrapped["latency"]["p50_us"] - bare["latency"]["p50_us"])
        hops.append(2 * stage.programs.run("limit-ping-pong", [], SERVER_CPU)["p50_us"])
    figure = ratio("D2", "µs added, µs of two ping-pongs", added, hops)
    figure.detail |= {"added µs": median(added)}
    return [spoiled(figure, failed)]


MEASURES = {
    ("D1",): fused,
    ("D2",): separate,
}
