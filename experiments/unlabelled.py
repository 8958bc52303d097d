"""What unlabelled pages are worth to a model of few labels, with an encoder of its teacher's and without.

python experiments/unlabelled.py [--encoder DIR] [--labelled 1000] [--draws 4] > table.md

The project's own pages, by whole writers: of a quarter of them the first pages, of --labelled passages in all, have
labels; another quarter judges; the pages of the other half have none, and shares of them are learnt from. Each draw
turns the quarters by one. Cells are means of macro F1 over the draws, with the standard error of the difference to the
first row over the draws. With --encoder (the program needs the feature `encoder`) the teacher reads the texts through it, too.
"""

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STANDPOINT = os.environ.get("STANDPOINT", str(ROOT / "target/release/standpoint"))
TASKS = ["kind", "stance", "voice", "sentiment"]
SHARES = [0.1, 0.25, 0.5, 1.0]


def run(*arguments: str) -> str:
    done = subprocess.run([STANDPOINT, *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"standpoint {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def write(path: Path, pages: list[list[dict[str, str]]], columns: list[str]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, extrasaction="ignore")
        table.writeheader()
        table.writerows(row for page in pages for row in page)


def drawn(writers: dict[str, list[list[dict[str, str]]]], turn: int, most: int):
    """Pages with labels, pages to judge by, and pages without."""
    names = sorted(writers)
    random.Random(1).shuffle(names)
    quarters = [names[start::4] for start in range(4)]
    quarters = quarters[turn:] + quarters[:turn]
    deal = random.Random(turn)

    def pages(names: list[str]) -> list[list[dict[str, str]]]:
        found = [page for name in names for page in writers[name]]
        deal.shuffle(found)
        return found

    labelled, n = [], 0
    for page in pages(quarters[0]):
        if n < most:
            labelled.append(page)
            n += len(page)
    return labelled, pages(quarters[1]), pages(quarters[2] + quarters[3])


def scores(test: Path, model: Path, encoder: list[str]) -> list[float]:
    found = json.loads(run("evaluate", str(test), "-m", str(model), "--format", "json", *encoder))
    return [found["tasks"][task]["metrics"]["macro_f1"]["value"] for task in TASKS]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder")
    parser.add_argument("--labelled", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=4)
    given = parser.parse_args()
    writers: dict[str, dict[str, list[dict[str, str]]]] = {}
    with (ROOT / "data/passages_2.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            writers.setdefault(row["writer"], {}).setdefault(row["page"], []).append(row)
    by_writer = {name: list(pages.values()) for name, pages in writers.items()}
    encoder = ["--encoder", given.encoder] if given.encoder else []

    ways: dict[str, list[list[float]]] = {}
    sizes: dict[float, list[int]] = {}
    labels, judged = [], []
    with tempfile.TemporaryDirectory() as folder:
        train, test, more = (Path(folder) / name for name in ("train.csv", "test.csv", "more.csv"))
        model = Path(folder) / "model.standpoint"
        for turn in range(given.draws):
            labelled, others, without = drawn(by_writer, turn, given.labelled)
            labels.append(sum(map(len, labelled)))
            judged.append(sum(map(len, others)))
            write(train, labelled, ["page", "seq", "text", *TASKS])
            write(test, others, ["page", "seq", "text", *TASKS])

            def add(way: str, options: list[str], judge: list[str]) -> None:
                run("train", str(train), "-o", str(model), *options)
                ways.setdefault(way, []).append(scores(test, model, judge))
                print(turn, way, [round(value, 3) for value in ways[way][-1]], file=sys.stderr)

            add("labelled passages alone", [], [])
            for share in SHARES:
                some = without[: round(share * len(without))]
                sizes.setdefault(share, []).append(sum(map(len, some)))
                write(more, some, ["page", "seq", "text"])
                add(f"{share} taught by words", ["--unlabelled", str(more)], [])
                if encoder:
                    add(f"{share} taught by words and encoder", ["--unlabelled", str(more), *encoder], [])
            if encoder:
                add("the teacher with its encoder", encoder, encoder)

    def mean(numbers: list[float]) -> float:
        return sum(numbers) / len(numbers)

    print(f"{mean(labels):.0f} labelled passages, {mean(judged):.0f} to judge by, means of {given.draws} draws of writers.\n")
    print("| learnt from | " + " | ".join(TASKS) + " |\n|---|" + "---|" * len(TASKS))
    first = ways["labelled passages alone"]
    for way, found in ways.items():
        share = next((share for share in SHARES if way.startswith(f"{share} ")), None)
        name = way if share is None else f"and {mean(sizes[share]):.0f} unlabelled, {way.split(' ', 1)[1]}"
        cells = []
        for task in range(len(TASKS)):
            value = mean([draw[task] for draw in found])
            gains = [draw[task] - alone[task] for draw, alone in zip(found, first)]
            if found is first:
                cells.append(f"{value:.3f}")
                continue
            spread = sum((gain - mean(gains)) ** 2 for gain in gains) / max(len(gains) - 1, 1)
            cells.append(f"{value:.3f} ({mean(gains):+.3f} ± {(spread / len(gains)) ** 0.5:.3f})")
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
