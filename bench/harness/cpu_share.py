"""Takes nearly all of the CPUs' time for the benchmark and what it starts, as long as it runs, so that a compiler at
work next to it disturbs less. A cgroup of the first version with a high share does that, and changes nothing in how the
measured processes compete among themselves; where it cannot be made, nothing happens."""
import os
from pathlib import Path

CPU = Path("/sys/fs/cgroup/cpu")
SHARE = 262144  # the most there is; an ordinary group has 1024


class CpuShare:
    def __init__(self):
        self.directory = CPU / f"sojourn-bench-{os.getpid()}"
        self.taken = False
        if not os.access(CPU / "cgroup.procs", os.W_OK):
            return
        self.home = CPU / own_group().lstrip("/")
        try:
            self.directory.mkdir()
            (self.directory / "cpu.shares").write_text(str(SHARE))
            (self.directory / "cgroup.procs").write_text(str(os.getpid()))
            self.taken = True
        except OSError:
            self.give_back()

    def give_back(self):
        """REQUIRES: everything that was started has ended."""
        try:
            (self.home / "cgroup.procs").write_text(str(os.getpid()))
            for group in sorted(self.directory.rglob("*/"), reverse=True):
                group.rmdir()
            self.directory.rmdir()
        except OSError:
            pass


def own_group():
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if "cpu" in controllers.split(","):
            return path
    return "/"
