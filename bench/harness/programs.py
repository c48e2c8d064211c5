"""Starts the benchmark's own programs: limits, load generator, and servers that announce themselves."""
import json
import os
import re
import signal
import subprocess
from pathlib import Path

from .machine import LOAD_CPU, SERVER_CPU
from .meter import make_meter

TREE = Path(__file__).resolve().parent.parent.parent


LOG_MAX = 256 << 20


class Broken(Exception):
    """The benchmark itself cannot go on; the text says what to do."""


class Programs:
    """Where the programs lie: a build directory."""

    def __init__(self, build):
        self.build = Path(build).resolve()
        self.bench = self.build / "bench"
        self.check_built()

    def check_built(self):
        for name in ["bench-load", "bench-sequence", "limit-http-server", "hello.so", "echo.so"]:
            if not (self.bench / name).exists():
                raise Broken(f"{self.bench / name} is missing: run `make build`, or name another build by --build")

    def object(self, name):
        return self.bench / f"{name}.so"

    def object_arguments(self, name):
        return ["--object", str(self.object(name)), "--symbol", entry_symbol(self.object(name))]

    def run(self, name, arguments, cpus, meter=None):
        """Runs a program to its end; the JSON it printed."""
        command = [str(self.bench / name), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, preexec_fn=placed(cpus, meter))
        if done.returncode != 0:
            raise Broken(f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}")
        return json.loads(done.stdout)

    def load(self, address, path, cpus=LOAD_CPU, **options):
        """One run of the load generator. CPU time is read around it by the caller."""
        arguments = ["--address", address, "--path", path]
        for name, value in options.items():
            arguments += ["--" + name.replace("_", "-"), value]
        return self.run("bench-load", arguments, cpus)


def entry_symbol(path):
    """The symbol that the object's own note gives for its entry."""
    found = re.search(rb"Sojourn\0.*?symbol=([A-Za-z0-9_]+)", path.read_bytes(), re.DOTALL)
    if found is None:
        raise Broken(f"{path} has no Sojourn note")
    return found[1].decode()


def placed(cpus, meter=None):
    """What a child does before it becomes the program: take its place on the CPUs and in its meter."""
    def place():
        os.sched_setaffinity(0, cpus & os.sched_getaffinity(0) or os.sched_getaffinity(0))
        if meter is not None:
            meter.enter()
    return place


class Server:
    """A process that serves until stop(), metered with all its children."""

    def __init__(self, name, command, ready, cpus=SERVER_CPU, environment=None):
        self.name = name
        self.meter = make_meter(name)
        self.log = open(f"/tmp/sojourn-bench-{os.getpid()}-{name}.log", "a+")
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True,
            env={**os.environ, **(environment or {})}, preexec_fn=placed(cpus, self.meter))
        self.meter.root = self.process.pid
        self.ready = self._await(ready)

    def _await(self, ready):
        for line in self.process.stdout:
            found = re.search(ready, line)
            if found:
                return found[1] if found.groups() else found[0]
        self.process.wait()
        raise Broken(f"{self.name} ended before it was ready: {self.log_tail()}")

    def log_tail(self):
        self.log.flush()
        return Path(self.log.name).read_text()[-800:].strip()

    def shorten_log(self):
        """A server that logs each request writes gigabytes in a benchmark."""
        if os.fstat(self.log.fileno()).st_size > LOG_MAX:
            os.truncate(self.log.name, 0)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.meter.close()
        self.log.close()
        os.unlink(self.log.name)
