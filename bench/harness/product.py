"""Starts Sojourn as a user would, and talks to it over its HTTP API."""
import hashlib
import http.client
import json
import re
import shutil
import socket
import tempfile
import time
import urllib.parse
from pathlib import Path

from .programs import Broken, Server


class Product(Server):
    def __init__(self, programs, data_parent=None, name="product"):
        binary = programs.build / "bin" / "sojourn"
        if not binary.exists():
            raise Broken(f"{binary} is missing: run `make build`, or name another build by --build")
        self.data = Path(tempfile.mkdtemp(prefix="sojourn-bench-", dir=data_parent))
        command = [binary, "serve", "--dev", "--listen", "127.0.0.1:0", "--data", self.data]
        super().__init__(name, command, r"ready on http://(\S+)")
        self.address = self.ready
        self.token_file = self.data / "admin.token"

    def stop(self):
        super().stop()
        shutil.rmtree(self.data, ignore_errors=True)

    def request(self, method, path, body=None):
        """Status and body of one request with the admin's token."""
        connection = http.client.HTTPConnection(self.address, timeout=60)
        fields = {"Authorization": "Bearer " + self.token_file.read_text().strip()}
        connection.request(method, path, body=body, headers=fields)
        reply = connection.getresponse()
        content = reply.read()
        connection.close()
        return reply.status, content

    def deploy(self, name, path, **options):
        """Uploads a function; options by the key path of the manifest, `instances__max=4` for instances.max."""
        status, content = self.request("PUT", api_path(name, options), Path(path).read_bytes() if path else b"")
        if status not in (200, 201):
            raise Broken(f"deploy of {name} failed: {status} {content.decode(errors='replace')}")
        return json.loads(content)

    def apply(self, manifest, functions):
        """Applies a manifest of functions, each a path and its keys beside `artifact`."""
        artifacts, entries = {}, {}
        for name, (path, keys) in functions.items():
            content = Path(path).read_bytes()
            digest = "sha256:" + hashlib.sha256(content).hexdigest()
            self.expect("PUT", "/api/v1/artifacts/" + digest, content)
            artifacts[Path(path).name] = digest
            entries[name] = {"artifact": Path(path).name, **keys}
        text = json.dumps({"sojourn": 1, "name": manifest, "functions": entries})
        body = json.dumps({"manifest": text, "file": "bench.yaml", "artifacts": artifacts})
        self.expect("PUT", "/api/v1/manifests/" + manifest, body)

    def expect(self, method, path, body):
        status, content = self.request(method, path, body)
        if status not in (200, 201):
            raise Broken(f"{method} {path} failed: {status} {content.decode(errors='replace')}")

    def stats(self, name):
        return json.loads(self.request("GET", f"/api/v1/functions/{name}")[1])["stats"]

    def await_instances(self, name, count, seconds=60):
        deadline = time.time() + seconds
        while time.time() < deadline:
            if self.stats(name)["instances"] == count:
                return
            time.sleep(0.05)
        raise Broken(f"{name} has {self.stats(name)['instances']} instances after {seconds} s, not {count}")

    def raw_reply(self, path, body=b""):
        """The very bytes of a reply, for the raw server to send the same."""
        host, port = self.address.split(":")
        method = "POST" if body else "GET"
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.address}\r\nContent-Length: {len(body)}\r\n"
        head += "Content-Type: application/json\r\n\r\n"
        with socket.create_connection((host, int(port)), 10) as connection:
            connection.sendall(head.encode() + body)
            return receive_reply(connection)


def receive_reply(connection):
    received = b""
    while True:
        head, end, rest = received.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        if end and length and len(rest) >= int(length[1]):
            return received
        piece = connection.recv(65536)
        if not piece or (end and not length):
            raise Broken(f"a reply without Content-Length: {received[:300]!r}")
        received += piece


def api_path(name, options):
    query = urllib.parse.urlencode({key.replace("__", "."): value for key, value in options.items()})
    return f"/api/v1/functions/{name}" + ("?" + query if query else "")
