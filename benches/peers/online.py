"""Learners that are programs of their own and take lines of text: fastText and Vowpal Wabbit."""

import tempfile
from pathlib import Path

import fasttext
import numpy as np
from vowpalwabbit import Workspace

from lines import FASTTEXT, fasttext_line, fasttext_words, order, vw_line, vw_options, vw_words
from sets import LabelledSet, Part, Settings


def shuffled(train: Part) -> Part:
    return train.take(order(len(train.texts)))


def fasttext_grid(labelled: LabelledSet) -> list[Settings]:
    return [{"epoch": epoch} for epoch in ((5, 25) if labelled.large else (5, 25, 100))]


def fasttext_run(train: Part, texts: list[str], choices: list[Settings]) -> list[np.ndarray]:
    train = shuffled(train)
    asked = [fasttext_words(text) for text in texts]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.txt"
        lines = (fasttext_line(label, fasttext_words(text)) for label, text in zip(train.labels, train.texts))
        path.write_text("".join(lines), encoding="utf-8")
        predictions = []
        for settings in choices:
            model = fasttext.train_supervised(str(path), **FASTTEXT, **settings)
            labels, _ = model.predict(asked)
            predictions.append(np.array([label.removeprefix("__label__") for (label,) in labels]))
        return predictions


def vw_grid(labelled: LabelledSet) -> list[Settings]:
    weights = (None, "balanced") if labelled.skewed else (None,)
    return [{"passes": passes, "class_weight": weight} for passes in (1, 5, 20) for weight in weights]


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
            lines = (vw_line(number, weights[number], text) for number, text in zip(numbers, examples))
            path.write_text("".join(lines), encoding="utf-8")
            with Workspace(vw_options(len(labels), settings["passes"], path)) as model:
                predictions.append(labels[[model.predict(text) - 1 for text in asked]])
    return predictions
