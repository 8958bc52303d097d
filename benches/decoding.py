"""Would decoding over the page help? Viterbi, and a second round of neighbours' probabilities.

Reads what `standpoint train --cv 5 --predictions FILE` wrote: cross-validated probabilities of every passage.
Both are fitted on the pages of the other folds. Needs scikit-learn, as benches/peers does.

    python benches/decoding.py predictions.csv --task kind
"""

import argparse
import csv
import json
from itertools import groupby

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, log_loss
from sklearn.preprocessing import StandardScaler

FOLDS = 5
NEAR = 5
LEAST = 3e-4  # probabilities below are as good as none


def pages_of(path: str, task: str) -> tuple[list[str], list[tuple[np.ndarray, np.ndarray]]]:
    """Labels, and for each page gold labels and probabilities in page order."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row[task]]
    labels = sorted({row[task] for row in rows})
    rows.sort(key=lambda row: (row["page"], float(row["seq"])))
    pages = []
    for _, on_page in groupby(rows, key=lambda row: row["page"]):
        page = list(on_page)
        gold = np.array([labels.index(row[task]) for row in page])
        p = np.array([[float(row[f"p_{task}_{label}"]) for label in labels] for row in page])
        pages.append((gold, p / p.sum(axis=1, keepdims=True)))
    return labels, pages


def viterbi(p: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """The best path, `gain` being what a label gains by the label before it."""
    score, back = np.log(np.maximum(p[0], LEAST)), []
    for row in p[1:]:
        steps = score[:, None] + gain
        back.append(steps.argmax(axis=0))
        score = steps.max(axis=0) + np.log(np.maximum(row, LEAST))
    path = [int(score.argmax())]
    for best in reversed(back):
        path.append(int(best[path[-1]]))
    return np.array(path[::-1])


def gains(golds: list[np.ndarray], k: int) -> np.ndarray:
    """ln of how much more frequent each label is after each other than anywhere."""
    pairs, counts = np.ones((k, k)), np.ones(k)
    for gold in golds:
        np.add.at(pairs, (gold[:-1], gold[1:]), 1)
        np.add.at(counts, gold, 1)
    return np.log(pairs / pairs.sum(axis=1, keepdims=True)) - np.log(counts / counts.sum())


def columns(p: np.ndarray) -> np.ndarray:
    """Own and neighbours' centred log probabilities, those near, and the rest of the page."""
    z = np.log(np.maximum(p, LEAST))
    z -= z.mean(axis=1, keepdims=True)
    n, k = z.shape
    padded = np.vstack([np.zeros((2, k)), z, np.zeros((2, k))])
    apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    near = np.where((apart > 0) & (apart <= NEAR), 1 / np.maximum(apart, 1), 0)
    near = near @ z / np.maximum(near.sum(axis=1, keepdims=True), 1)
    page = (p.sum(axis=0) - p) / max(1, n - 1)
    shifts = [padded[shift : shift + n] for shift in (0, 1, 3, 4)]
    return np.hstack([z, *shifts, near, page])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("predictions")
    parser.add_argument("--task", required=True)
    arguments = parser.parse_args()
    labels, pages = pages_of(arguments.predictions, arguments.task)
    folds = np.random.default_rng(1).permutation(len(pages)) % FOLDS
    gold = np.concatenate([page[0] for page in pages])
    once = np.concatenate([page[1] for page in pages])

    def macro_f1(predicted: np.ndarray) -> float:
        return round(float(f1_score(gold, predicted, average="macro")), 4)

    found: dict[str, object] = {
        "task": arguments.task,
        "one round": {"macro_f1": macro_f1(once.argmax(axis=1)), "log_loss": round(log_loss(gold, once), 4)},
    }
    of_fold = [gains([page[0] for page, f in zip(pages, folds) if f != fold], len(labels)) for fold in range(FOLDS)]
    for weight in (0.1, 0.3, 0.5, 1.0):
        paths = [viterbi(p, weight * of_fold[fold]) for (_, p), fold in zip(pages, folds)]
        found[f"viterbi, transitions x {weight}"] = {"macro_f1": macro_f1(np.concatenate(paths))}
    x = [columns(p) for _, p in pages]
    twice = [np.empty_like(p) for _, p in pages]
    for fold in range(FOLDS):
        kept = np.vstack([each for each, f in zip(x, folds) if f != fold])
        kept_gold = np.concatenate([page[0] for page, f in zip(pages, folds) if f != fold])
        scaler = StandardScaler().fit(kept)
        model = LogisticRegression(C=0.1, max_iter=1000).fit(scaler.transform(kept), kept_gold)
        for number in np.flatnonzero(folds == fold):
            twice[number] = model.predict_proba(scaler.transform(x[number]))
    second = np.concatenate(twice)
    found["two rounds"] = {"macro_f1": macro_f1(second.argmax(axis=1)), "log_loss": round(log_loss(gold, second), 4)}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
