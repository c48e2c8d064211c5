"""The servers that rows share: the product and the raw server, both on the server's CPU, started when first asked for."""
import tempfile
import time
from pathlib import Path

from .machine import LOAD_CPU
from .product import Product
from .programs import Server

HELLO = "/function/hello"
ECHO = "/function/echo"
HELLO_BODY = "hello\n"


class Stage:
    def __init__(self, programs, rounds, seconds, data_parent=None, against_itself=False):
        self.programs = programs
        self.rounds = rounds
        self.seconds = seconds
        self.data_parent = data_parent
        self.against_itself = against_itself  # the raw server stands in for the product: shows the noise
        self._product = None
        self._raw = {}
        self._files = tempfile.TemporaryDirectory(prefix="sojourn-bench-")
        self.scratch = Path(self._files.name)

    @property
    def product(self):
        if self._product is None:
            self._product = Product(self.programs, self.data_parent)
            for name in ["hello", "echo"]:
                self._product.deploy(name, self.programs.object(name))
        return self._product

    @property
    def subject(self):
        return self.raw_server("raw-again") if self.against_itself else self.product

    @property
    def raw(self):
        return self.raw_server("raw")

    def raw_server(self, name, path=HELLO):
        """A raw server that sends the bytes with which the product answers a GET of `path`."""
        if name not in self._raw:
            self._raw[name] = self._start_raw(name, path)
        return self._raw[name]

    def _start_raw(self, name, path):
        hello, echo = self._replies(path)
        reply_file, head_file = self.scratch / f"reply-{name}", self.scratch / f"echo-head-{name}"
        reply_file.write_bytes(hello)
        lines = [line for line in echo.partition(b"\r\n\r\n")[0].split(b"\r\n")
                 if not line.lower().startswith(b"content-length:")]
        head_file.write_bytes(b"".join(line + b"\r\n" for line in lines))
        command = [self.programs.bench / "limit-http-server", "--reply", reply_file, "--echo-head", head_file]
        server = Server(name, command, r"ready (\d+)")
        server.address = f"127.0.0.1:{server.ready}"
        return server

    def _replies(self, path):
        if self.against_itself:
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
            return head + b"Content-Length: 6\r\n\r\nhello\n", head + b"\r\n"
        return self.product.raw_reply(path), self.product.raw_reply(ECHO, b"1")

    def load(self, server, path, cpus=LOAD_CPU, **options):
        """One run of the load against a server, with the CPU time that the server took for it."""
        options.setdefault("seconds", self.seconds)
        server.shorten_log()
        before = server.meter.used_us()
        result = self.programs.load(server.address, path, cpus, **options)
        time.sleep(0.03)  # what the server does after its last reply belongs to it
        result["cpu_us"] = (server.meter.used_us() - before) / max(1, result["requests"])
        result["cpu_share"] = result["cpu_us"] * result["per_second"] / 1e6
        return result

    def get_hello(self, server, cpus=LOAD_CPU, path=HELLO, **options):
        return self.load(server, path, cpus, expect=HELLO_BODY, **options)

    def close(self):
        for server in [self._product, *self._raw.values()]:
            if server is not None:
                server.stop()
        self._files.cleanup()
