"""The goals: what each row compares, and the ratio that it must hold. Figures are ratios within one run and never
absolute, since the same program differs twofold between two machines, and between two hours on one of them."""
from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class Goal:
    row: str
    text: str
    bound: float
    beyond: Optional[float] = None  # what would be better than asked for
    at_least: bool = False          # the figure must not be below the bound, rather than not above

    def verdict(self, figure: float) -> str:
        if self.beyond is not None and self._holds(figure, self.beyond):
            return "beyond"
        return "reached" if self._holds(figure, self.bound) else "not reached"

    def bound_text(self) -> str:
        return ("≥ " if self.at_least else "≤ ") + f"{self.bound:g}"

    def _holds(self, figure: float, bound: float) -> bool:
        return figure >= bound if self.at_least else figure <= bound


GOALS = {goal.row: goal for goal in [
    Goal("W1", "warm GET hello, 32 connections: CPU a request / raw server sending the same bytes", 1.4, 1.25),
    Goal("W2/32", "requests a second, server on one CPU, 32 connections / raw server", 0.70, 0.85, at_least=True),
    Goal("W2/256", "the same, 256 connections", 0.70, 0.85, at_least=True),
    Goal("W3", "p50 added to the raw server's, one CPU / socket-pair ping-pong", 2.0, 1.0),
    Goal("W4/workerd", "warm GET hello: CPU a request / workerd", 1 / 9),
    Goal("W4/of-watchdog", "the same / OpenFaaS of-watchdog", 1 / 14),
    Goal("W4/functions-framework", "the same / functions-framework (node)", 1 / 40),
    Goal("W4/fastcgi", "the same / nginx with a C++ FastCGI program", 1 / 8),
    Goal("W5/errors", "256 connections: failed requests", 0),
    Goal("W5/tail", "256 connections: p99 / p50", 3),
    Goal("W6/1KiB", "echo of 1 KiB: CPU a request / raw echo", 1.5),
    Goal("W6/1MiB", "echo of 1 MiB: CPU a request / raw echo", 1.3),
    Goal("G1", "a decision of rate-limit by a header: CPU / 1 µs", 1.0, 0.25),
    Goal("G2", "a hit of cache: requests a second, server on one CPU, 32 connections / raw server", 0.80, at_least=True),
    Goal("F1", "fresh process per call: CPU / fork, exit and wait", 1.7, 1.5),
    Goal("F2/closed", "fresh process per call, one CPU: p50 / fork, exit and wait", 1.1, 0.8),
    Goal("F2/paced", "the same at a quarter of the fork rate", 0.35, 0.2),
    Goal("C1", "artifact stored to first reply / bare cold sandbox", 1.2, 0.35),
    Goal("C1b", "upload to first reply / bare cold sandbox and the fsyncs", 1.2),
    Goal("C2", "first call with no instance / fork, exit and wait", 1.5),
    Goal("D1", "five fused links that only hand on: CPU a request / the bare function", 1.10),
    Goal("D2", "p50 that one separate link adds, one CPU / two socket-pair ping-pongs", 1.2),
    Goal("Q1", "durable enqueue over HTTP, 64 senders: events a second / SQLite's own group commit of as many rows", 0.6,
         at_least=True),
    Goal("Q2/1", "an event accepted, leased and completed: events a second / JetStream, which does not sync", 2.0,
         at_least=True),
    Goal("Q2/10", "the same, 10 at once", 2.0, at_least=True),
    Goal("Q2/100", "the same, 100 at once", 2.0, at_least=True),
    Goal("Q4", "the same, 100 at once: CPU an event with a backlog of 1,000,000 / without", 1.2),
    Goal("E1", "1000 schedules that wait, nobody asks: share of one CPU above that of an empty server", 0.001),
    Goal("M1/100", "memory an idle instance, 100 of them / bare forks", 1.6),
    Goal("M1/1000", "memory an idle instance, 1000 of them / bare forks", 1.6),
    Goal("M2", "gateway, template and one instance: memory / workerd", 1 / 10),
]}
