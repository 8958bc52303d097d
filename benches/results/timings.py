"""Reading speed.json, and the figures that are taken from it."""

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from results.tables import DASH

OURS = "standpoint"


def short(value: float | None) -> str:
    """As many digits as say something."""
    if value is None:
        return DASH
    return f"{value:,.{3 if value < 1 else 2 if value < 10 else 1 if value < 100 else 0}f}"


def spread(values: list[float]) -> str:
    """The median, and in brackets the least and the most."""
    ends = f" ({short(min(values))}–{short(max(values))})" if len(values) > 1 else ""
    return short(median(values)) + ends


@dataclass(frozen=True)
class Timed:
    """The runs of one command. A peer's `seconds` and `cpu` are those inside its process."""

    name: str
    kept: dict[str, Any]

    def values(self, what: str) -> list[float]:
        return [run[what] for run in self.kept["runs"]]

    def inside(self, what: str) -> list[float]:
        """What the program printed of itself; empty if it did not."""
        found = (run.get("inside", {}).get(what) for run in self.kept["runs"])
        return [value for value in found if value is not None]

    def whole(self, what: str) -> float:
        return median(self.values(what))

    @property
    def is_peer(self) -> bool:
        return bool(self.inside("cpu"))

    @property
    def seconds(self) -> float:
        return median(self.inside("seconds")) if self.is_peer else self.whole("wall")

    @property
    def cpu(self) -> float:
        return median(self.inside("cpu")) if self.is_peer else self.whole("cpu")


@dataclass(frozen=True)
class Speed:
    """The groups that are there."""

    groups: dict[str, Any]
    machine: dict[str, Any]

    @classmethod
    def read(cls, folder: Path) -> "Speed":
        path = folder / "speed.json"
        kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return cls(kept.get("groups", {}), kept.get("machine", {}))

    def systems(self, group: str) -> dict[str, Timed]:
        systems = self.groups.get(group, {}).get("systems", {})
        return {name: Timed(name, kept) for name, kept in systems.items()}

    def threads(self, features: str) -> dict[str, Timed]:
        """Ours by the number of threads."""
        found = self.groups.get("threads", {}).get("features", {}).get(features, {})
        return {k: Timed(OURS, kept) for k, kept in found.get("threads", {}).items()}

    def sizes(self) -> dict[int, dict[str, Timed]]:
        """Ours by the number of passages, ascending, and of threads."""
        found = self.groups.get("size", {}).get("sizes", {})
        return {
            n: {k: Timed(OURS, kept) for k, kept in found[str(n)].items()} for n in sorted(map(int, found))
        }
