"""Rows about the first call: C1 (the artifact is stored), C1b (it is uploaded), C2 (the template is there)."""
import re
import shutil
import subprocess
import time

from .figures import interleave, median, ratio
from .machine import SERVER_CPU
from .rows_fresh import fork_floor
from .rows_warm import each

SAMPLES = 20      # first calls a round
FSYNCS_MAX = 4    # what the floor grants an upload
PAUSE_MS = 60     # between two first calls, and two of the limit: sandboxes made ahead have time to be made
SHORT_PAUSE_MS = 20


def cold_sandbox(stage, pause_ms=PAUSE_MS):
    arguments = stage.programs.object_arguments("hello") + ["--count", SAMPLES, "--pause-ms", pause_ms]
    return stage.programs.run("limit-cold-sandbox", arguments, SERVER_CPU)["total"]["p50_us"]


def durable_write(stage, size):
    arguments = ["--directory", stage.product.data, "--size", size, "--count", SAMPLES]
    result = stage.programs.run("limit-durable-write", arguments, SERVER_CPU)
    return (result["file"]["p50_us"] + result["name"]["p50_us"]) / 2


def play(stage, lines):
    """Runs the requests in turn over one connection; the time in µs of each by its label, in order."""
    script = stage.scratch / "script"
    script.write_text("".join(line + "\n" for line in lines))
    arguments = ["--address", stage.product.address, "--script", script, "--token-file", stage.product.token_file]
    times = {}
    for step in stage.programs.run("bench-sequence", arguments, SERVER_CPU):
        if step["status"] >= 400:
            raise RuntimeError(f"{step['label']} was answered with {step['status']}")
        times.setdefault(step["label"], []).append(step["us"])
    return times


def stored_to_reply(stage):
    """Every older version of a function has its artifact stored and no process: its first call makes everything."""
    product, made = stage.product, 0

    def act():
        nonlocal made
        first = made + 1
        for made in range(first, first + SAMPLES):
            product.deploy("cold", stage.programs.object("hello") if made == 1 else None, **{"env__N": made})
        product.deploy("cold", None, **{"env__N": "live"})
        made += 1
        time.sleep(1)  # the last deploys' templates are gone, and sandboxes made ahead are there again
        lines = []
        for version in range(first, first + SAMPLES):
            lines += [f"first GET /function/cold@{version}", f"sleep {PAUSE_MS}"]
        return median(play(stage, lines)["first"])
    ours, floor = interleave(stage.rounds, act, lambda: cold_sandbox(stage))
    figure = ratio("C1", "µs, median of a round", ours, floor)
    figure.detail["limit without pauses µs"] = cold_sandbox(stage, 0)
    return [figure]


def upload_to_reply(stage):
    content = stage.programs.object("hello").read_bytes()
    fsyncs, counted = count_fsyncs(stage, content)
    made = 0

    def act():
        nonlocal made
        lines = []
        for made in range(made + 1, made + 1 + SAMPLES):
            lines += [f"upload PUT /api/v1/functions/up-{made} {distinct_object(stage, content, made)}",
                      f"call GET /function/up-{made}", f"sleep {PAUSE_MS}"]
        times = play(stage, lines)
        return {"upload": median(times["upload"]), "call": median(times["call"]),
                "both": median(a + b for a, b in zip(times["upload"], times["call"]))}

    def floor():
        return cold_sandbox(stage) + min(fsyncs, FSYNCS_MAX) * durable_write(stage, len(content))
    act()
    ours, limit = interleave(stage.rounds, act, floor)
    note = "" if counted else "fsyncs not counted (no strace)"
    figure = ratio("C1b", "µs, median of a round", each(ours, "both"), limit, note)
    figure.detail |= {"upload µs": median(each(ours, "upload")), "first call µs": median(each(ours, "call")),
                      "fsyncs": fsyncs if counted else "unknown"}
    return [figure]


def distinct_object(stage, content, number):
    """The object under another hash: what follows the last section is not read by anybody."""
    path = stage.scratch / f"up-{number}.so"
    path.write_bytes(content + f"{time.time_ns()} {number}".encode())
    return path


def count_fsyncs(stage, content):
    """How many fsyncs one upload makes, as strace sees it; (4, False) where there is no strace."""
    if shutil.which("strace") is None:
        return FSYNCS_MAX, False
    log = stage.scratch / "fsyncs"
    # The root's direct children hold the gateway and the warden: neither traces nor is traced otherwise.
    processes = stage.product.meter.processes()
    command = ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync,sync_file_range,syncfs,sync", "-o", str(log)]
    for process in processes:
        command += ["-p", str(process)]
    tracer = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    stage.product.deploy("traced", distinct_object(stage, content, 0))
    time.sleep(0.3)
    tracer.terminate()
    tracer.wait()
    found = re.findall(r"(?:fsync|fdatasync|sync_file_range|syncfs|sync)\(", log.read_text())
    return (len(found), True) if found else (FSYNCS_MAX, False)


def zero_to_reply(stage):
    """Functions whose instances have idled away; their templates live."""
    product = stage.product
    names = [f"zero-{i}" for i in range(SAMPLES)]
    for name in names:
        product.deploy(name, stage.programs.object("hello"), instances__min=0, instances__idle="1s")

    def act():
        for name in names:
            product.await_instances(name, 0, 30)
        lines = [line for name in names for line in (f"first GET /function/{name}", f"sleep {SHORT_PAUSE_MS}")]
        return median(play(stage, lines)["first"])
    ours, floor = interleave(stage.rounds, act, lambda: fork_floor(stage, pause_ms=SHORT_PAUSE_MS)["wall"]["p50_us"])
    figure = ratio("C2", "µs, median of a round", ours, floor)
    figure.detail["limit without pauses µs"] = fork_floor(stage)["wall"]["p50_us"]
    return [figure]


MEASURES = {("C1",): stored_to_reply, ("C1b",): upload_to_reply, ("C2",): zero_to_reply}
