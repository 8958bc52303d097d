"""One peer, one piece of work, one process. Prints as JSON how long it took without the start of Python and the
imports, which the peer is not to blame for.

python benches/peers/speed_peer.py fit word TRAIN.csv MODEL
python benches/peers/speed_peer.py predict word TEXTS.csv MODEL LABELS
"""

import argparse
import csv
import json
import pickle
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

# benches/peers/peers.py chooses these by cross-validation for the tweets of `sentiment`; of passes it takes one.
SETTINGS = {"C": 1, "class_weight": "balanced"}
EPOCHS = 25
PASSES = 5


def columns(table: Path, *names: str) -> list[list[str]]:
    """csv.reader: half the time of csv.DictReader."""
    csv.field_size_limit(1 << 30)
    with table.open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        header = next(reader)
        at = [header.index(name) for name in names]
        rows = [[row[i] for i in at] for row in reader]
    return [[row[i] for row in rows] for i in range(len(names))]


def write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(lines), encoding="utf-8")


# A peer imports on construction, before the clock runs, and nothing of the other peers. `alone` is the part of
# the time that the program itself took, where Python reads and normalises for it.
class ScikitLearn:
    alone: float | None = None

    def __init__(self, name: str) -> None:
        import linear

        self.linear = linear
        self.vectoriser = linear.word_and_char if name == "word+char" else linear.word

    def fit(self, texts: list[str], labels: list[str], model: Path, tolerance: float | None) -> None:
        features, logistic = self.vectoriser(), self.linear.logistic(SETTINGS)
        if tolerance is not None:
            logistic.set_params(tol=tolerance, max_iter=10_000)
        logistic.fit(features.fit_transform(texts).tocsr(), labels)
        with model.open("wb") as file:
            pickle.dump((features, logistic), file)

    def predict(self, texts: list[str], model: Path) -> list[str]:
        with model.open("rb") as file:
            features, logistic = pickle.load(file)
        return list(logistic.predict(features.transform(texts)))


class FastText:
    alone: float | None = None

    def __init__(self, _: str) -> None:
        import fasttext
        import lines

        self.fasttext, self.lines = fasttext, lines

    def fit(self, texts: list[str], labels: list[str], model: Path, _: float | None) -> None:
        words, line = self.lines.fasttext_words, self.lines.fasttext_line
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "train.txt"
            write(path, (line(labels[row], words(texts[row])) for row in self.lines.order(len(texts))))
            began = time.perf_counter()
            fitted = self.fasttext.train_supervised(str(path), epoch=EPOCHS, **self.lines.FASTTEXT)
            fitted.save_model(str(model))
            self.alone = time.perf_counter() - began

    def predict(self, texts: list[str], model: Path) -> list[str]:
        words = [self.lines.fasttext_words(text) for text in texts]
        began = time.perf_counter()
        found, _ = self.fasttext.load_model(str(model)).predict(words)
        self.alone = time.perf_counter() - began
        return [label.removeprefix("__label__") for (label,) in found]


class VowpalWabbit:
    """Reads and writes files, as its program does: half the time of one call for each text."""

    alone: float | None = None

    def __init__(self, _: str) -> None:
        import lines
        from vowpalwabbit import Workspace

        self.lines, self.workspace = lines, Workspace

    @staticmethod
    def _names(model: Path) -> Path:
        return model.with_suffix(".labels")

    def _run(self, options: str) -> None:
        began = time.perf_counter()
        with self.workspace(options):
            pass
        self.alone = time.perf_counter() - began

    def fit(self, texts: list[str], labels: list[str], model: Path, _: float | None) -> None:
        counts = Counter(labels)
        names = sorted(counts)
        numbers = {name: number for number, name in enumerate(names)}
        weights = {name: len(labels) / (len(names) * n) for name, n in counts.items()}
        words, line = self.lines.vw_words, self.lines.vw_line
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "train.vw"
            rows = ((labels[row], texts[row]) for row in self.lines.order(len(texts)))
            write(path, (line(numbers[label], weights[label], words(text)) for label, text in rows))
            self._run(f"{self.lines.vw_options(len(names), PASSES, path)} -f {model}")
        write(self._names(model), (f"{name}\n" for name in names))

    def predict(self, texts: list[str], model: Path) -> list[str]:
        names = self._names(model).read_text(encoding="utf-8").split()
        with tempfile.TemporaryDirectory() as folder:
            path, found = Path(folder) / "texts.vw", Path(folder) / "labels"
            write(path, (f"{self.lines.vw_words(text)}\n" for text in texts))
            self._run(f"-t -i {model} --quiet --data {path} -p {found}")
            return [names[int(number) - 1] for number in found.read_text(encoding="utf-8").split()]


PEERS: dict[str, Any] = {
    "word": ScikitLearn,
    "word+char": ScikitLearn,
    "fasttext": FastText,
    "vw": VowpalWabbit,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    steps = parser.add_subparsers(required=True, dest="step")
    for step in ("fit", "predict"):
        which = steps.add_parser(step)
        which.add_argument("peer", choices=PEERS)
        which.add_argument("table", type=Path)
        which.add_argument("model", type=Path)
        if step == "fit":
            which.add_argument("--tolerance", type=float, help="of scikit-learn's solver")
        else:
            which.add_argument("labels", type=Path)
    args = parser.parse_args()
    peer = PEERS[args.peer](args.peer)

    wall, cpu = time.perf_counter(), time.process_time()
    if args.step == "fit":
        texts, labels = columns(args.table, "text", "sentiment")
        peer.fit(texts, labels, args.model, args.tolerance)
    else:
        (texts,) = columns(args.table, "text")
        write(args.labels, (f"{label}\n" for label in peer.predict(texts, args.model)))
    took = {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "alone": peer.alone}
    print(json.dumps(took))


if __name__ == "__main__":
    main()
