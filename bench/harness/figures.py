"""Ratios out of interleaved rounds: A and B in turn, the order changing, and the median of A/B over the rounds. What
disturbs the machine for longer than a round then disturbs both."""
import statistics
from dataclasses import dataclass, field
from typing import Optional

median = statistics.median


@dataclass
class Figure:
    """One row's outcome."""
    row: str
    value: Optional[float] = None   # the ratio; None when there is none
    detail: dict = field(default_factory=dict)
    note: str = ""                  # why there is no figure, or what to know about it


def interleave(count, act_a, act_b):
    """The results of both acts, `count` of each, in turn."""
    results_a, results_b = [], []
    for turn in range(count):
        if turn % 2 == 0:
            results_a.append(act_a())
            results_b.append(act_b())
        else:
            results_b.append(act_b())
            results_a.append(act_a())
    return results_a, results_b


def ratio(row, unit, ours, limit, note=""):
    """A figure of our values over the limit's, round by round."""
    quotients = [a / b for a, b in zip(ours, limit)]
    detail = {"unit": unit, "ours": round(median(ours), 3), "limit": round(median(limit), 3),
              "ratios": [round(quotient, 3) for quotient in quotients]}
    return Figure(row, median(quotients), detail, note)


def spoiled(figure, errors):
    """A figure with failed requests in it is none."""
    if errors == 0:
        return figure
    figure.detail["errors"] = errors
    figure.value = None
    figure.note = f"{errors} failed requests"
    return figure
