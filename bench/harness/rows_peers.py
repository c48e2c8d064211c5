"""Rows against other servers: W4, M2. A peer that is not installed is left out by name."""
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from .figures import Figure, interleave, ratio, spoiled
from .machine import SERVER_CPU
from .meter import make_meter, pss_kib
from .product import Product
from .programs import Broken, placed
from .rows_warm import each, errors
from .stage import HELLO

PEERS = Path(__file__).resolve().parent.parent / "peers"
NOT_INSTALLED = 77


class Absent(Exception):
    pass


class Peer:
    """A server started by peers/NAME/start, until stop()."""

    def __init__(self, stage, name):
        self.meter = make_meter(name)
        self.files = tempfile.TemporaryDirectory(prefix=f"sojourn-bench-{name}-")
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        environment = {**os.environ, "PORT": str(port), "SCRATCH": self.files.name, "PROGRAMS": str(stage.programs.bench)}
        self.log_path = Path(self.files.name) / "log"
        with self.log_path.open("w") as log:
            self.process = subprocess.Popen([PEERS / name / "start"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=environment, start_new_session=True,
                                            preexec_fn=placed(SERVER_CPU, self.meter))
        self.meter.root = self.process.pid
        try:
            self._await(port)
        except Exception:
            self.stop()
            raise

    def _await(self, port):
        deadline = time.time() + 20
        while time.time() < deadline:
            if self.process.poll() is not None:
                words = self.log_path.read_text().strip()[-300:]
                raise Absent(words) if self.process.returncode == NOT_INSTALLED else Broken(words)
            try:
                socket.create_connection(("127.0.0.1", port), 0.5).close()
                return
            except OSError:
                time.sleep(0.05)
        raise Broken("did not listen within 20 s")

    def shorten_log(self):
        pass  # they are told to write none

    def stop(self):
        # The whole session that start leads, which nobody else is in.
        for sign in [signal.SIGTERM, signal.SIGKILL]:
            try:
                os.killpg(self.process.pid, sign)
                self.process.wait(3)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
        self.process.wait()
        self.meter.close()
        self.files.cleanup()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def with_peer(rows, name, act):
    def measure(stage):
        try:
            peer = Peer(stage, name)
        except Absent as absent:
            return [Figure(row, note=f"skipped: {absent}") for row in rows]
        try:
            return act(stage, peer)
        finally:
            peer.stop()
    return measure


def compare_cpu(row):
    def act(stage, peer):
        def ours():
            return stage.get_hello(stage.product, path=HELLO, connections=32)

        def theirs():
            return stage.get_hello(peer, path="/", connections=32)
        ours(), theirs()
        mine, others = interleave(stage.rounds, ours, theirs)
        return spoiled(ratio(row, "CPU µs a request", each(mine, "cpu_us"), each(others, "cpu_us")), errors(mine, others))
    return act


def against_workerd(stage, peer):
    cpu = compare_cpu("W4/workerd")(stage, peer)
    memory = ratio("M2", "KiB PSS", [lone_product_kib(stage)], [pss_kib(peer.meter.processes())])
    return [cpu, memory]


def lone_product_kib(stage):
    """A server of its own with one function and one instance."""
    product = Product(stage.programs, stage.data_parent, "lone")
    try:
        product.deploy("hello", stage.programs.object("hello"), instances__min=1, instances__max=1)
        product.await_instances("hello", 1)
        stage.get_hello(product, connections=1)
        return pss_kib(product.meter.processes())
    finally:
        product.stop()


MEASURES = {
    ("W4/workerd", "M2"): with_peer(["W4/workerd", "M2"], "workerd", against_workerd),
    **{(row,): with_peer([row], name, lambda stage, peer, row=row: [compare_cpu(row)(stage, peer)])
       for row, name in [("W4/of-watchdog", "of-watchdog"), ("W4/functions-framework", "functions-framework"),
                         ("W4/fastcgi", "fastcgi")]},
}
