"""What fastText and Vowpal Wabbit are given: lines of text, and their settings. Needs neither of them, so that
each can be started without the other."""

import re
from pathlib import Path

import numpy as np

SEED = 1

FASTTEXT = {
    "wordNgrams": 2,
    "lr": 0.5,
    "dim": 50,
    "bucket": 200_000,
    "thread": 1,
    "seed": SEED,
    "verbose": 0,
}


def order(n: int) -> np.ndarray:
    """Neither program shuffles; files sorted by label or page would mislead them."""
    return np.random.default_rng(SEED).permutation(n)


def fasttext_words(text: str) -> str:
    """Lower case, some punctuation apart, on one line: as its tutorial has it."""
    return " ".join(re.sub(r"([.!?,'/()])", r" \1 ", text.lower()).split())


def fasttext_line(label: str, words: str) -> str:
    return f"__label__{label} {words}\n"


def vw_options(n_labels: int, passes: int, data: Path) -> str:
    return (
        f"--oaa {n_labels} --loss_function logistic --ngram 2 -b 22 --holdout_off --quiet"
        f" --passes {passes} --data {data} --cache_file {data}.cache"
    )


def vw_words(text: str) -> str:
    """Lower case, all punctuation apart; its format gives `|` and `:` a meaning."""
    words = " ".join(re.findall(r"\w+|[^\w\s]", text.lower()))
    return "| " + words.replace("|", "PIPE").replace(":", "COLON")


def vw_line(number: int, weight: float, words: str) -> str:
    """Its labels count from 1."""
    return f"{number + 1} {weight:.6f} {words}\n"
