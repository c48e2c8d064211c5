"""Rows about memory: M1, what one more idle instance takes."""
import time

from .figures import ratio
from .machine import SERVER_CPU
from .meter import pss_kib
from .programs import Server


def bare_forks(stage, count):
    """KiB for each of `count` forks, above what the forking process takes alone."""
    def total(instances):
        command = [stage.programs.bench / "limit-idle-forks", "--instances", instances,
                   *stage.programs.object_arguments("hello")]
        server = Server("forks", command, "ready", SERVER_CPU)
        time.sleep(0.2)
        kib = pss_kib(server.meter.processes())
        server.process.stdin.close()
        server.stop()
        return kib
    return (total(count) - total(0)) / count


def idle_instances(stage, count):
    product, name = stage.product, f"idle-{count}"

    def total(instances):
        product.deploy(name, stage.programs.object("hello"), instances__min=instances, instances__max=count)
        product.await_instances(name, instances)
        time.sleep(1)
        return pss_kib(product.meter.processes())
    with_one = total(1)
    each = (total(count) - with_one) / (count - 1)
    product.request("DELETE", f"/api/v1/functions/{name}")
    return each


def memory(row, count):
    def measure(stage):
        ours, bare = idle_instances(stage, count), bare_forks(stage, count)
        return [ratio(row, "KiB PSS an instance", [ours], [bare])]
    return measure


MEASURES = {("M1/100",): memory("M1/100", 100), ("M1/1000",): memory("M1/1000", 1000)}
