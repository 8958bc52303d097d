"""Learners that are programs of their own and take lines of text: fastText and Vowpal Wabbit."""

import re
import tempfile
from pathlib import Path

import fasttext
import numpy as np
from vowpalwabbit import Workspace

from sets import SEED, LabelledSet, Part, Settings


def fasttext_words(text: str) -> str:
    """Lower case, some punctuation apart, on one line: as its tutorial has it."""
    return " ".join(re.sub(r"([.!?,'/()])", r" \1 ", text.lower()).split())


def shuffled(train: Part) -> Part:
    """Neither program shuffles; files sorted by label or page would mislead them."""
    return train.take(np.random.default_rng(SEED).permutation(len(train.texts)))


def fasttext_grid(labelled: LabelledSet) -> list[Settings]:
    return [{"epoch": epoch} for epoch in ((5, 25) if labelled.large else (5, 25, 100))]


def fasttext_run(train: Part, texts: list[str], choices: list[Settings]) -> list[np.ndarray]:
    train = shuffled(train)
    asked = [fasttext_words(text) for text in texts]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.txt"
        lines = (
            f"__label__{label} {fasttext_words(text)}\n" for label, text in zip(train.labels, train.texts)
        )
        path.write_text("".join(lines), encoding="utf-8")
        predictions = []
        for settings in choices:
            model = fasttext.train_supervised(
                str(path),
                wordNgrams=2,
                lr=0.5,
                dim=50,
                bucket=200_000,
                thread=1,
                seed=SEED,
                verbose=0,
                **settings,
            )
            labels, _ = model.predict(asked)
            predictions.append(np.array([label.removeprefix("__label__") for (label,) in labels]))
        return predictions


def vw_grid(labelled: LabelledSet) -> list[Settings]:
    weights = (None, "balanced") if labelled.skewed else (None,)
    return [{"passes": passes, "class_weight": weight} for passes in (1, 5, 20) for weight in weights]


def vw_words(text: str) -> str:
    """Lower case, all punctuation apart; its format gives `|` and `:` a meaning."""
    words = " ".join(re.findall(r"\w+|[^\w\s]", text.lower()))
    return "| " + words.replace("|", "PIPE").replace(":", "COLON")


def vw_run(train: Part, texts: list[str], choices: list[Settings]) -> list[np.ndarray]:
    train = shuffled(train)
    labels, numbers, counts = np.unique(train.labels, return_inverse=True, return_counts=True)
    asked = [vw_words(text) for text in texts]
    examples = [vw_words(text) for text in train.texts]
    predictions = []
    for settings in choices:
        weights = np.ones(len(labels))
        if settings["class_weight"] == "balanced":
            weights = len(examples) / (len(labels) * counts)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "train.vw"
            lines = (
                f"{number + 1} {weights[number]:.6f} {text}\n" for number, text in zip(numbers, examples)
            )
            path.write_text("".join(lines), encoding="utf-8")
            with Workspace(
                f"--oaa {len(labels)} --loss_function logistic --ngram 2 -b 22 --holdout_off --quiet"
                f" --passes {settings['passes']} --data {path} --cache_file {path}.cache"
            ) as model:
                predictions.append(labels[[model.predict(text) - 1 for text in asked]])
    return predictions
