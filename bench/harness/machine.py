"""What the figures were measured on, and how quiet it was."""
import datetime
import os
import platform
import re
import subprocess
import time
from pathlib import Path

SERVER_CPU = {0}
LOAD_CPU = {1} if (os.cpu_count() or 1) > 1 else {0}


def describe():
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": cpu_model(),
        "cpus": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "kernel": platform.release(),
        "system": system_name(),
        "user": "root" if os.geteuid() == 0 else "ordinary user",
        "commit": commit(),
    }


def cpu_model():
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()


def system_name():
    found = re.search(r'PRETTY_NAME="(.*)"', Path("/etc/os-release").read_text())
    return found[1] if found else platform.system()


def commit():
    here = Path(__file__).parent
    try:
        head = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=here, capture_output=True, text=True)
        return head.stdout.strip()
    except OSError:
        return ""


def _cpu_ticks():
    values = [int(value) for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return sum(values[:8]), values[3] + values[4]


def busy_share(seconds=0.3):
    """How much of all CPUs somebody uses while the benchmark itself does nothing."""
    total, idle = _cpu_ticks()
    time.sleep(seconds)
    total_after, idle_after = _cpu_ticks()
    return 1 - (idle_after - idle) / max(1, total_after - total)
