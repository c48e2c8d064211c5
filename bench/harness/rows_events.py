"""Rows about events over HTTP: Q1 (what the journal takes from many senders), E1 (schedules that wait)."""
import json
import re
import time

from .figures import Figure, interleave, median, ratio, spoiled
from .machine import SERVER_CPU
from .rows_warm import each, errors

SENDERS = 64
EVENT_SIZE = 1 << 10   # bytes
SCHEDULES = 1000
IDLE_SECONDS = 10


def counters(stage):
    """Synced batches, and pieces of work, since the gateway began."""
    text = stage.product.request("GET", "/metrics")[1].decode()
    batches = int(re.search(r'sojourn_journal_batches_total\{outlives="power_cut"\} (\d+)', text)[1])
    return batches, int(re.search(r"sojourn_journal_work_total (\d+)", text)[1])


def enqueue(stage):
    before = counters(stage)
    result = stage.load(stage.product, "/queues/bench", method="POST", body_size=EVENT_SIZE, connections=SENDERS,
                        status=202, judge="status")
    after = counters(stage)
    result["batch"] = result["requests"] / max(1, after[0] - before[0])
    return result


def group_commit(stage, batch):
    arguments = ["--directory", stage.product.data, "--size", EVENT_SIZE, "--batch", max(1, round(batch)),
                 "--seconds", stage.seconds]
    return stage.programs.run("limit-group-commit", arguments, SERVER_CPU)


def durable_enqueue(stage):
    """The floor commits as many rows at once as the product did in the round before."""
    batches = [enqueue(stage)["batch"]]  # warm up

    def act():
        result = enqueue(stage)
        batches.append(result["batch"])
        return result
    ours, floor = interleave(stage.rounds, act, lambda: group_commit(stage, batches[-1]))
    figure = ratio("Q1", "events/s", each(ours, "per_second"), each(floor, "per_second"))
    figure.detail |= {
        "events a synced batch": round(median(batches[1:]), 1),
        "accept p50 and p99 µs": [median(each(ours, "latency", name)) for name in ("p50_us", "p99_us")],
        "floor's commit p50 and p99 µs": [median(each(floor, "commit", name)) for name in ("p50_us", "p99_us")],
        "CPU µs an event": round(median(each(ours, "cpu_us")), 1)}
    return [spoiled(figure, errors(ours))]


def idle_share(stage):
    """Of one CPU, while nobody asks for anything."""
    time.sleep(2)  # what was begun has ended
    before, began = stage.product.meter.used_us(), time.time()
    time.sleep(IDLE_SECONDS)
    return (stage.product.meter.used_us() - before) / 1e6 / (time.time() - began)


def idle_schedules(stage):
    product = stage.product
    empty = idle_share(stage)
    pipelines = {f"yearly-{i}": {"triggers": [{"cron": {"schedule": f"{i % 60} {i % 24} 1 1 *"}}],
                                 "steps": [{"call": "hello"}]} for i in range(SCHEDULES)}
    text = json.dumps({"sojourn": 1, "name": "schedules", "pipelines": pipelines})
    body = json.dumps({"manifest": text, "file": "bench.yaml", "artifacts": {}})
    product.expect("PUT", "/api/v1/manifests/schedules", body)
    full = idle_share(stage)
    return [Figure("E1", max(0.0, full - empty), {"unit": "of one CPU", "ours": round(full, 5),
                                                  "limit": round(empty, 5)})]


MEASURES = {
    ("Q1",): durable_enqueue,
    ("E1",): idle_schedules,
}
