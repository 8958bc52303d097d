"""The labelled sets: how each is read, split, measured and cross-validated.

python benches/peers/sets.py --data DIR --set sentiment

prints as CSV the rows of a large set that settings are chosen on, for others to choose on the same.
"""

import argparse
import csv
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score, f1_score, recall_score
from sklearn.model_selection import GroupKFold, StratifiedKFold

SEED = 1

Settings = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """Labelled texts; `pages` says which of them must not be parted by a fold."""

    texts: list[str]
    labels: np.ndarray
    pages: np.ndarray | None = None

    def take(self, rows: np.ndarray) -> "Part":
        pages = None if self.pages is None else self.pages[rows]
        return Part([self.texts[row] for row in rows], self.labels[rows], pages)

    def third(self) -> "Part":
        """A random third, of the pages where there are any: what settings are chosen on."""
        units = np.arange(len(self.texts)) if self.pages is None else np.unique(self.pages)
        shuffled = np.random.default_rng(SEED).permutation(units)
        kept = shuffled[: len(units) // 3]
        return self.take(np.sort(kept) if self.pages is None else np.flatnonzero(np.isin(self.pages, kept)))

    def folds(self, n: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Rows to fit on and rows to predict, for each of n folds."""
        if self.pages is None:
            return StratifiedKFold(n, shuffle=True, random_state=SEED).split(self.texts, self.labels)
        return GroupKFold(n).split(self.texts, self.labels, self.pages)


@dataclass(frozen=True)
class Task:
    """What one model is fitted on and reported on."""

    target: str | None
    train: Part
    dev: Part


@dataclass(frozen=True)
class LabelledSet:
    """A set, its measure, and how settings are chosen on it."""

    name: str
    tasks: list[Task]
    split: str
    metric: str
    large: bool
    skewed: bool

    def value(self, gold: np.ndarray, predicted: np.ndarray) -> float:
        return float(METRICS[self.metric](gold, predicted))


METRICS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "accuracy": accuracy_score,
    "macro_recall": lambda gold, predicted: recall_score(gold, predicted, average="macro"),
    "macro_f1": lambda gold, predicted: f1_score(gold, predicted, average="macro"),
    "f_avg": lambda gold, predicted: f1_score(
        gold, predicted, labels=["favor", "against"], average="macro", zero_division=0
    ),
}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _part(rows: list[dict[str, str]], label: str, page: str | None = None) -> Part:
    pages = np.array([row[page] for row in rows]) if page else None
    return Part([row["text"] for row in rows], np.array([row[label] for row in rows]), pages)


def stance(data: Path) -> LabelledSet:
    train, dev = (_rows(data / "tweeteval_stance" / f"{part}.csv") for part in ("train", "dev"))
    tasks = []
    for target in sorted({row["target"] for row in train}):
        parts = ([row for row in rows if row["target"] == target] for rows in (train, dev))
        tasks.append(Task(target, *(_part(rows, "stance") for rows in parts)))
    return LabelledSet("stance", tasks, "train -> dev", "f_avg", large=False, skewed=True)


def sentiment(data: Path) -> LabelledSet:
    parts = (
        _part(_rows(data / "tweeteval_sentiment" / f"{part}.csv"), "sentiment") for part in ("train", "dev")
    )
    return LabelledSet(
        "sentiment", [Task(None, *parts)], "train -> dev", "macro_recall", large=True, skewed=True
    )


def l3s(data: Path) -> LabelledSet:
    """Without `opinion`, which dev has none of."""
    parts = []
    for part in ("train", "dev"):
        rows = [row for row in _rows(data / "l3s_gn1" / f"{part}.csv") if row["kind"] != "opinion"]
        parts.append(_part(rows, "kind", page="page"))
    return LabelledSet("l3s", [Task(None, *parts)], "train -> dev", "macro_f1", large=True, skewed=True)


def imdb(data: Path) -> LabelledSet:
    """Every fifth row is held out, for there is no dev part."""
    part = _part(_rows(data / "imdb" / "train.csv"), "sentiment")
    held_out = np.arange(len(part.texts)) % 5 == 4
    task = Task(None, part.take(np.flatnonzero(~held_out)), part.take(np.flatnonzero(held_out)))
    split = "rows % 5 != 4 -> rows % 5 == 4"
    return LabelledSet("imdb", [task], split, "accuracy", large=True, skewed=False)


SETS: dict[str, Callable[[Path], LabelledSet]] = {
    "stance": stance,
    "sentiment": sentiment,
    "l3s": l3s,
    "imdb": imdb,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets, see README.md")
    parser.add_argument("--set", choices=SETS, required=True, dest="name")
    args = parser.parse_args()

    labelled = SETS[args.name](args.data)
    if not labelled.large:
        parser.error(f"settings for {args.name} are chosen on all of train")
    part = labelled.tasks[0].train.third()
    label = "kind" if args.name == "l3s" else "sentiment"
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if part.pages is None:
        writer.writerow(["text", label])
        writer.writerows(zip(part.texts, part.labels, strict=True))
    else:
        writer.writerow(["page", "text", label])
        writer.writerows(zip(part.pages, part.texts, part.labels, strict=True))


if __name__ == "__main__":
    main()
