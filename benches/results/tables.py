"""Reading what was kept, and the small forms of which the document is made."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from results.plan import Run
from results.runner import kept_at

DASH = "–"


@dataclass(frozen=True)
class Metric:
    """A figure with the ends of its 95 % interval, where it has one."""

    value: float
    lo: float | None = None
    hi: float | None = None
    n: int | None = None
    n_pages: int | None = None

    def holds(self, value: float) -> bool | None:
        """Whether the interval does; None if there is none."""
        return None if self.lo is None or self.hi is None else self.lo <= value <= self.hi

    def __str__(self) -> str:
        if self.lo is None or self.hi is None:
            return f"{self.value:.3f}"
        return f"{self.value:.3f} ({self.lo:.3f}–{self.hi:.3f})"


@dataclass(frozen=True)
class Kept:
    """The runs that are there, by name. Whatever is asked for and not there is None: the document has a
    dash there and goes on."""

    runs: dict[str, dict[str, Any]]

    @classmethod
    def read(cls, folder: Path, planned: Iterable[Run]) -> "Kept":
        there = ((run.name, kept_at(folder, run.name)) for run in planned)
        return cls({name: json.loads(path.read_text("utf-8")) for name, path in there if path.exists()})

    def output(self, name: str, command: str) -> Any:
        """What the first command of a run that begins so printed."""
        steps = self.runs.get(name, {}).get("steps", ())
        return next((step["output"] for step in steps if step["command"].startswith(command)), None)

    def predictions(self, name: str) -> Any:
        """The columns of predictions of a run."""
        steps = self.runs.get(name, {}).get("steps", ())
        return next((step["predictions"] for step in steps if step["predictions"]), None)


def figure(evaluation: Any, task: str, metric: str, part: str | None = None) -> Metric | None:
    """One metric out of `standpoint.evaluation/1`, or out of a part of it of the same shape."""
    found = ((evaluation or {}).get("tasks") or {}).get(task) or {}
    found = (found.get(part) or {}) if part else found
    fields = (found.get("metrics") or {}).get(metric) or {}
    if fields.get("value") is None:
        return None
    return Metric(fields["value"], *(fields.get(name) for name in ("lo", "hi", "n", "n_pages")))


def plain(metric: Metric | None) -> float | None:
    return None if metric is None else metric.value


def mean(values: Sequence[float | None]) -> float | None:
    """None if any is missing: a mean over fewer would look like the others and not be it."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None


def number(value: float | None) -> str:
    return DASH if value is None else f"{value:.3f}"


def change(value: float | None) -> str:
    """Zero has no sign, from whichever side it was rounded."""
    if value is None:
        return DASH
    return "0.000" if abs(value) < 0.0005 else f"{value:+.3f}".replace("-", "−")


def bold(text: str, outside: bool | None) -> str:
    """The mark of what is outside an interval."""
    return f"**{text}**" if outside else text


def difference(a: Metric | None, b: Metric | None) -> float | None:
    return None if a is None or b is None else a.value - b.value


def cell(value: object) -> str:
    return DASH if value is None else str(value)


def code(text: str) -> str:
    return f"`{text}`"


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    def line(cells: Iterable[object]) -> str:
        return "| " + " | ".join(cell(each) for each in cells) + " |"

    return "\n".join([line(header), "|" + "---|" * len(header), *(line(row) for row in rows)])


def listed(names: Sequence[str]) -> str:
    """a, b and c"""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def counted(n: int, one: str, many: str | None = None) -> str:
    return f"{n} {one if n == 1 else many or one + 's'}"
