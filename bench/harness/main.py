"""bench/run: measures the rows asked for, prints the table, keeps the JSON."""
import argparse
import os
import sys
import traceback

from . import machine, report, rows_chains, rows_cold, rows_events, rows_fresh, rows_guards, rows_journal, rows_memory, \
    rows_peers, rows_warm
from .cpu_share import CpuShare
from .figures import Figure
from .goals import GOALS
from .programs import TREE, Broken, Programs
from .stage import Stage

MEASURES = {**rows_warm.MEASURES, **rows_chains.MEASURES, **rows_guards.MEASURES, **rows_fresh.MEASURES,
            **rows_cold.MEASURES, **rows_memory.MEASURES, **rows_peers.MEASURES, **rows_journal.MEASURES, **rows_events.MEASURES}


def parse_arguments():
    parser = argparse.ArgumentParser(prog="bench/run", description="Measures Sojourn against the least that this "
                                     "machine can do, as ratios within one run. Goals that are missed are no failure "
                                     "of the run: it exits 0 unless the benchmark itself is broken.")
    parser.add_argument("--build", default=TREE / "build" / "release", help="build directory (default build/release)")
    parser.add_argument("--rows", default="", help="only these, by name or beginning: W1,F,C1b")
    parser.add_argument("--rounds", type=int, default=5, help="of ours and limit in turn (default 5)")
    parser.add_argument("--seconds", type=float, default=1.0, help="a load lasts (default 1)")
    parser.add_argument("--data", help="where the data directory is made (default: the system's temporary directory)")
    parser.add_argument("--noise", action="store_true", help="the raw server against itself: what ratios of 1 look like")
    return parser.parse_args()


def wanted(rows, names):
    return not names or any(row.startswith(name) for row in rows for name in names)


def measure(stage, rows, act):
    """Never fails as a whole: a row that cannot be measured says why."""
    busy = machine.busy_share()
    try:
        figures = act(stage)
    except Broken as broken:
        figures = [Figure(row, note=str(broken)) for row in rows]
    except Exception as error:  # noqa: BLE001: the other rows are still worth having
        traceback.print_exc()
        figures = [Figure(row, note=f"{type(error).__name__}: {error}") for row in rows]
    for figure in figures:
        figure.detail["others_busy"] = round(busy, 2)
    return figures


def run(stage, arguments):
    names = [name for name in arguments.rows.split(",") if name]
    figures = []
    for rows, act in MEASURES.items():
        if not wanted(rows, names) or (arguments.noise and act not in rows_warm.MEASURES.values()):
            continue
        print(f"measuring {', '.join(rows)} …", file=sys.stderr)
        figures += measure(stage, rows, act)
    order = list(GOALS)
    return sorted(figures, key=lambda figure: order.index(figure.row))


def main():
    arguments = parse_arguments()
    about = machine.describe()
    try:
        programs = Programs(arguments.build)
    except Broken as broken:
        print(f"bench/run: {broken}", file=sys.stderr)
        return 1
    share = CpuShare()
    stage = Stage(programs, arguments.rounds, arguments.seconds, arguments.data, arguments.noise)
    try:
        figures = run(stage, arguments)
    except KeyboardInterrupt:
        return 130
    finally:
        stage.close()
        share.give_back()
    print(f"{about['cpu']}, {about['cpus']} CPUs, kernel {about['kernel']}, {about['system']}, {about['user']}, "
          f"{about['date']}, commit {about['commit']}")
    print(report.table(figures))
    if not arguments.noise:
        options = {"rounds": arguments.rounds, "seconds": arguments.seconds, "load": os.getloadavg()[0],
                   "cpu share taken": share.taken}
        print(f"\nkept in {report.save(about, options, figures).relative_to(TREE)}")
    return 0
