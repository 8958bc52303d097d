"""Runs what a user would pick instead of standpoint: one JSON object per line on stdout.

python benches/peers/peers.py --data DIR --set stance
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

import linear
import online
from sets import SETS, LabelledSet, Settings, Task


@dataclass(frozen=True)
class Peer:
    """`run` fits on a part and predicts texts, once for each of the settings that it is given."""

    grid: Callable[[LabelledSet], list[Settings]]
    run: Callable[..., list[np.ndarray]]


PEERS = {
    "word": Peer(linear.grid(1, 10, 100), linear.run(linear.word, linear.logistic)),
    "word+char": Peer(linear.grid(1, 10, 100), linear.run(linear.word_and_char, linear.logistic)),
    "word+char-svm": Peer(linear.grid(0.1, 0.3, 1), linear.run(linear.word_and_char, linear.svm)),
    "nbsvm": Peer(linear.grid(0.1, 1), linear.run(linear.presence, linear.NbSvm)),
    "fasttext": Peer(online.fasttext_grid, online.fasttext_run),
    "vw": Peer(online.vw_grid, online.vw_run),
}


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def cross_validated(labelled: LabelledSet, task: Task, peer: Peer, choices: list[Settings]) -> list[float]:
    """The measure of each of the settings, on the predictions of all folds together: a fold of a
    small set can have next to no case of a label."""
    part, n_folds = (task.train.third(), 3) if labelled.large else (task.train, 5)
    pooled = np.empty((len(choices), len(part.texts)), dtype=object)
    for fit, held_out in part.folds(n_folds):
        asked = [part.texts[row] for row in held_out]
        pooled[:, held_out] = peer.run(part.take(fit), asked, choices)
    return [labelled.value(part.labels, predicted.astype(str)) for predicted in pooled]


def results(labelled: LabelledSet, name: str) -> Iterator[dict[str, Any]]:
    """One setting for all targets, the best in the mean over them; then a model for each."""
    peer = PEERS[name]
    choices = peer.grid(labelled)
    began = time.perf_counter()
    values = np.array([cross_validated(labelled, task, peer, choices) for task in labelled.tasks])
    for settings, value in zip(choices, values.mean(axis=0)):
        say(f"{labelled.name} {name}: {settings} cross-validated {value:.4f}")
    best = int(values.mean(axis=0).argmax())
    say(f"{labelled.name} {name}: chosen in {time.perf_counter() - began:.0f} s")

    def line(target: str | None, value: float, n: int, cv: float, seconds: float) -> dict[str, Any]:
        return {
            "set": labelled.name,
            "peer": name,
            "split": labelled.split,
            "target": target,
            "metric": labelled.metric,
            "value": round(value, 4),
            "n": n,
            "settings": choices[best],
            "cv": round(cv, 4),
            "seconds": round(seconds, 2),
        }

    lines = []
    for task, cv in zip(labelled.tasks, values[:, best]):
        began = time.perf_counter()
        (predicted,) = peer.run(task.train, task.dev.texts, [choices[best]])
        seconds = time.perf_counter() - began
        value = labelled.value(task.dev.labels, predicted)
        lines.append((value, len(predicted), float(cv), seconds))
        yield line(task.target, *lines[-1])
    if len(lines) > 1:
        value, n, cv, seconds = zip(*lines)
        yield line("mean", float(np.mean(value)), sum(n), float(np.mean(cv)), sum(seconds))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets, see README.md")
    parser.add_argument("--set", choices=SETS, required=True, dest="name")
    parser.add_argument("--peer", choices=PEERS, action="append", help="may be repeated; all if not given")
    parser.add_argument("--threads", type=int, default=1, help="of numerical libraries")
    args = parser.parse_args()

    labelled = SETS[args.name](args.data)
    with threadpool_limits(args.threads):
        for name in args.peer or PEERS:
            for result in results(labelled, name):
                print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
