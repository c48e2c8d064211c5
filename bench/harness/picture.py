"""The outcome as a picture: a bar per row, as long as the part of its goal that it uses up; the line is the goal."""
from html import escape

from .goals import GOALS

ROW, LABEL, GOAL_AT, WIDTH = 26, 110, 500, 900
COLOURS = {"beyond": "#2e7d32", "reached": "#66a86a", "not reached": "#c0504d"}


def used(figure):
    """1 is exactly the goal, less is better."""
    goal = GOALS[figure.row]
    if goal.bound == 0:
        return 0 if figure.value == 0 else 2
    return goal.bound / max(figure.value, 1e-9) if goal.at_least else figure.value / goal.bound


def bar(index, figure):
    goal = GOALS[figure.row]
    top = 50 + index * ROW
    length = max(2, min(used(figure), 2) * (GOAL_AT - LABEL))
    colour = COLOURS[goal.verdict(figure.value)]
    words = f"{figure.value:.2f} (goal {goal.bound_text()})"
    return (f'<text x="{LABEL - 8}" y="{top + 13}" text-anchor="end">{escape(figure.row)}<title>{escape(goal.text)}'
            f'</title></text><rect x="{LABEL}" y="{top}" width="{length:.0f}" height="18" fill="{colour}"/>'
            f'<text x="{min(LABEL + length + 6, WIDTH - 150):.0f}" y="{top + 13}">{escape(words)}</text>')


def svg(machine, figures):
    shown = [figure for figure in figures if figure.value is not None]
    height = 70 + len(shown) * ROW
    title = f"{machine['cpu']}, {machine['cpus']} CPUs, kernel {machine['kernel']}, {machine['date']}"
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
             'font-family="sans-serif" font-size="13">',
             '<rect width="100%" height="100%" fill="white"/>',
             f'<text x="10" y="22" font-weight="bold">Sojourn against its goals</text>',
             f'<text x="200" y="22" fill="#666">{escape(title)}</text>',
             f'<line x1="{GOAL_AT}" y1="34" x2="{GOAL_AT}" y2="{height - 14}" stroke="#333" stroke-dasharray="4 3"/>',
             f'<text x="{GOAL_AT}" y="42" text-anchor="middle" font-size="11">goal</text>']
    lines += [bar(index, figure) for index, figure in enumerate(shown)]
    return "\n".join(lines + ["</svg>"]) + "\n"
