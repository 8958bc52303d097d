"""The tables that programs are timed on, made of the public sets a row at a time: what this process holds would
seem to be the programs' memory."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice, repeat
from pathlib import Path

from speed.measure import Bench

TRAIN = "DIR/tweeteval_sentiment/train.csv"
DEV = "DIR/tweeteval_sentiment/dev.csv"
TWEETS = 100_000
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")

Rows = Iterator[Sequence[str]]


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    csv.field_size_limit(1 << 30)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield row["text"], row["sentiment"]


def _made(bench: Bench, shown: str, header: Sequence[str], rows: Callable[[], Rows], n: int) -> str:
    """The first n of the rows, over and over if need be; whole or not at all."""
    path = bench.path(shown)
    if not path.exists():
        partial = path.with_suffix(".partial")
        with partial.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(islice(chain.from_iterable(each() for each in repeat(rows)), n))
        partial.replace(path)
    return shown


def train(bench: Bench) -> str:
    """All of it, and of a trial a part."""
    if not bench.trial:
        return TRAIN
    rows = bench.rows(TWEETS)
    return _made(bench, "OUT/train.csv", ("text", "sentiment"), lambda: _rows(bench.path(TRAIN)), rows)


def tweets(bench: Bench, n: int) -> str:
    """Tweets to predict, those of train."""
    path = bench.path(TRAIN)
    return _made(bench, f"OUT/tweets_{n}.csv", ("text",), lambda: ((text,) for text, _ in _rows(path)), n)


def sentences(bench: Bench, n: int) -> str:
    """Sentences of reviews, each with its review's label. The reviews are sorted by label: here one of each in
    turn, so that a part of them has both."""
    path = bench.path("DIR/imdb/train.csv")

    def of_label(label: str) -> Rows:
        return (row for row in _rows(path) if row[1] == label)

    def rows() -> Rows:
        for text, label in chain.from_iterable(zip(of_label("neg"), of_label("pos"))):
            yield from ((part, label) for part in SENTENCE_END.split(text) if part)

    return _made(bench, f"OUT/sentences_{n}.csv", ("text", "sentiment"), rows, n)


def one(bench: Bench) -> tuple[str, str]:
    """One short text, as a page and as a table."""
    text = "They handed in their permits, and nobody asked them why."
    bench.path("OUT/one.txt").write_text(f"{text}\n", encoding="utf-8")
    return "OUT/one.txt", _made(bench, "OUT/one.csv", ("text",), lambda: iter([(text,)]), 1)


def column(path: Path, name: str) -> list[str]:
    with path.open(newline="", encoding="utf-8") as file:
        return [row[name] for row in csv.DictReader(file)]
