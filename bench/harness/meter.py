"""Counts CPU time and memory of a server and of every process it ever started.

Where a cgroup of the first version can be made for cpuacct, the kernel counts, exactly and with processes that have
ended. Elsewhere it is the sum over the process tree of what /proc says, with reaped children: right as long as every
process is reaped by another of the tree, in steps of a clock tick."""
import os
import time
from pathlib import Path

CPUACCT = Path("/sys/fs/cgroup/cpuacct")
TICK_US = 1e6 / os.sysconf("SC_CLK_TCK")


class CgroupMeter:
    kind = "cpuacct"

    def __init__(self, name):
        self.directory = CPUACCT / f"sojourn-bench-{os.getpid()}-{name}"
        self.directory.mkdir()
        self.usage_file = str(self.directory / "cpuacct.usage")

    def enter(self):
        """Called in the child, before it becomes the server."""
        (self.directory / "cgroup.procs").write_text(str(os.getpid()))

    def used_us(self):
        return int(Path(self.usage_file).read_text()) / 1e3

    def processes(self):
        found = []
        for file in self.directory.rglob("cgroup.procs"):
            found += [int(line) for line in file.read_text().split()]
        return found

    def close(self):
        deadline = time.time() + 5
        while self.processes() and time.time() < deadline:
            time.sleep(0.02)
        for directory in sorted(self.directory.rglob("*/"), reverse=True):
            remove_group(directory)
        remove_group(self.directory)


def remove_group(directory):
    try:
        directory.rmdir()
    except OSError:
        pass


class TreeMeter:
    kind = "/proc"
    usage_file = ""

    def __init__(self, _name):
        self.root = None

    def enter(self):
        pass

    def used_us(self):
        return sum(ticks_of(process) for process in self.processes()) * TICK_US

    def processes(self):
        return [] if self.root is None else [self.root] + descendants(self.root)

    def close(self):
        pass


def make_meter(name):
    if os.access(CPUACCT / "cgroup.procs", os.W_OK):
        try:
            return CgroupMeter(name)
        except OSError:
            pass
    return TreeMeter(name)


def ticks_of(process):
    """User and system time, its own and that of the children it has reaped."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(int(field) for field in fields[11:15])


def parents():
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                pass
    return found


def descendants(root):
    parent_of = parents()
    found, edge = [], {root}
    while edge:
        edge = {child for child, parent in parent_of.items() if parent in edge}
        found += sorted(edge)
    return found


def pss_kib(processes):
    """Proportional set size: pages shared by n processes count 1/n for each."""
    total = 0
    for process in processes:
        try:
            for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        except OSError:
            pass
    return total
