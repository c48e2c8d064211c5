"""A run's outcome: a table for people; JSON and a picture in bench/results/."""
import json
import time
from pathlib import Path

from .goals import GOALS
from .picture import svg

RESULTS = Path(__file__).resolve().parent.parent / "results"


def verdict(figure):
    return "no figure" if figure.value is None else GOALS[figure.row].verdict(figure.value)


def value_text(figure):
    if figure.value is None:
        return "–"
    return f"{figure.value:.0f}" if GOALS[figure.row].bound == 0 else f"{figure.value:.2f}"


def line(figure):
    goal, detail = GOALS[figure.row], figure.detail
    measured = f"{detail['ours']:g} / {detail['limit']:g} {detail['unit']}" if detail.get("unit") else ""
    ratios = detail.get("ratios", [])
    spread = f"{min(ratios):.2f}–{max(ratios):.2f}" if len(ratios) > 1 else ""
    words = [figure.row, goal.bound_text(), value_text(figure), verdict(figure), spread, measured]
    return words + ["; ".join(filter(None, [figure.note, noise_text(detail)]))]


def noise_text(detail):
    busy = detail.get("others_busy", 0)
    return f"others used {busy:.0%} of the CPUs" if busy > 0.1 else ""


def table(figures):
    rows = [["row", "goal", "figure", "verdict", "rounds", "ours / limit", "note"]] + [line(f) for f in figures]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths[:-1]))
    return "\n".join(lines)


def save(machine, options, figures):
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / (time.strftime("%Y-%m-%d-%H%M%S", time.gmtime()) + ".json")
    content = {"machine": machine, "options": options, "rows": [
        {"row": figure.row, "text": GOALS[figure.row].text, "goal": GOALS[figure.row].bound_text(),
         "figure": figure.value, "verdict": verdict(figure), "note": figure.note, **figure.detail}
        for figure in figures]}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    path.with_suffix(".svg").write_text(svg(machine, figures))
    return path
