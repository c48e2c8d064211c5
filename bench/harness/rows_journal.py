"""Rows about the journal by itself, without HTTP and sandboxes: Q2 (against JetStream), Q4 (with a backlog)."""
import json
import shutil
import subprocess

from .figures import interleave, median, ratio
from .machine import LOAD_CPU, SERVER_CPU
from .programs import Broken
from .rows_peers import with_peer

BATCHES = [1, 10, 100]
BACKLOG = 1_000_000  # events
Q2 = [f"Q2/{batch}" for batch in BATCHES]


def cycles(stage, batch, backlog=0):
    """Accept, lease and complete so many at once; both threads may use every CPU, as JetStream and its client may."""
    directory = stage.scratch / "journal"
    directory.mkdir()
    try:
        arguments = ["--directory", directory, "--batch", batch, "--seconds", stage.seconds, "--backlog", backlog]
        return stage.programs.run("bench-journal", arguments, SERVER_CPU | LOAD_CPU)
    finally:
        shutil.rmtree(directory)


def jetstream_cycles(stage, peer, batch):
    command = [f"{peer.files.name}/client", peer.address, str(batch), str(stage.seconds)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Broken(f"the client of JetStream failed: {done.stderr.strip()[-300:]}")
    return json.loads(done.stdout)


def against_jetstream(stage, peer):
    figures = []
    for batch in BATCHES:
        ours, theirs = interleave(stage.rounds, lambda: cycles(stage, batch)["per_second"],
                                  lambda: jetstream_cycles(stage, peer, batch)["per_second"])
        figures.append(ratio(f"Q2/{batch}", "events/s", ours, theirs))
    return figures


def with_backlog(stage):
    """The CPU time of an event; every round makes its backlog anew."""
    ours, empty = interleave(min(stage.rounds, 3), lambda: cycles(stage, 100, BACKLOG), lambda: cycles(stage, 100))
    figure = ratio("Q4", "CPU µs an event", [one["cpu_us"] for one in ours], [one["cpu_us"] for one in empty])
    figure.detail["events/s with backlog"] = median(one["per_second"] for one in ours)
    figure.detail["events/s without"] = median(one["per_second"] for one in empty)
    return [figure]


MEASURES = {
    tuple(Q2): with_peer(Q2, "jetstream", against_jetstream),
    ("Q4",): with_backlog,
}
