"""Rows about chains of decorators: D1."""
from .figures import interleave, ratio, spoiled
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


MEASURES = {
    ("D1",): fused,
}
