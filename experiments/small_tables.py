"""What a small labelled table is worth: the default, its base classifier alone, and scikit-learn.

python experiments/small_tables.py DATA [--draws 10] [--sizes 50,100,200,400,800,1600] [--sets stance,...] [--without-peer] > table.md

DATA is a folder of the public sets (docs/RESULTS.md names them); sets that are not there are left out. Tables are
drawn from what may be trained on: whole pages where a set has pages, rows elsewhere, the same rows for all three.
They are judged on other pages, or rows, of the same set. Cells are means of macro F1 over the draws.
"""

import argparse
import csv
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STANDPOINT = os.environ.get("STANDPOINT", str(ROOT / "target/release/standpoint"))
WAYS = {"default": [], "base alone": ["--no-calibration"]}
# Passages of a set that its models are judged on, at most.
JUDGED = 3000
# By name the label column and the rows; the processes that fit are forked with it.
SETS: dict[str, tuple[str, list[dict[str, str]]]] = {}


def rows_of(*paths: Path) -> list[dict[str, str]]:
    rows = []
    for path in paths:
        with path.open(newline="", encoding="utf-8") as file:
            rows += csv.DictReader(file)
    return rows


def read_sets(data: Path) -> None:
    def add(name: str, task: str, rows: list[dict[str, str]]) -> None:
        kept = [name for name in ("page", "seq", "text") if name in rows[0]]
        SETS[name] = (task, [{key: row[key] for key in [*kept, task]} for row in rows if row[task]])

    stance = data / "tweeteval_stance/train.csv"
    if stance.exists():
        rows = rows_of(stance)
        for target in sorted({row["target"] for row in rows}):
            add(f"stance: {target}", "stance", [row for row in rows if row["target"] == target])
    for name, path, task in [
        ("tweets' sentiment", "tweeteval_sentiment/train.csv", "sentiment"),
        ("IMDB", "imdb/train.csv", "sentiment"),
        ("L3S pages", "l3s_gn1/train.csv", "kind"),
    ]:
        if (data / path).exists():
            add(name, task, rows_of(data / path))
    own = rows_of(ROOT / "data/passages.csv", ROOT / "data/passages_2.csv")
    for task in ("kind", "stance", "voice", "sentiment"):
        add(f"our pages: {task}", task, own)


def drawn(rows: list[dict[str, str]], task: str, size: int, seed: int):
    """About so many rows to train on, and others to judge by; nothing if there are not enough."""
    deal = random.Random(seed)
    pages: dict[str, list[dict[str, str]]] = {}
    for number, row in enumerate(rows):
        pages.setdefault(row.get("page", str(number)), []).append(row)
    order = sorted(pages)
    deal.shuffle(order)
    train, test, n_pages = [], [], 0
    for page in order:
        if len(train) < size and (not train or len(train) + len(pages[page]) / 2 <= size):
            train += pages[page]
            n_pages += 1
        else:
            test += pages[page]
    labels = [row[task] for row in train]
    # Of one page, or one label, nothing can be chosen by pages held out.
    if n_pages < 2 or len(test) < 300 or len(set(labels)) < 2:
        return None
    return train, test[:JUDGED]


def write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, rows[0].keys())
        table.writeheader()
        table.writerows(rows)


def ours(train: Path, test: Path, task: str, options: list[str]) -> float | None:
    model = train.with_suffix(".standpoint")
    fit = [STANDPOINT, "train", str(train), "--tasks", task, *options, "-o", str(model), "--threads", "1"]
    if subprocess.run(fit, capture_output=True).returncode != 0:
        return None
    judge = [STANDPOINT, "evaluate", str(test), "-m", str(model), "--tasks", task, "--format", "json", "--threads", "1"]
    done = subprocess.run(judge, capture_output=True, text=True)
    model.unlink()
    if done.returncode != 0:
        return None
    return json.loads(done.stdout)["tasks"][task]["metrics"]["macro_f1"]["value"]


def theirs(train: list[dict[str, str]], test: list[dict[str, str]], task: str) -> float:
    """Logistic regression on words and characters, C by grouped cross-validation."""
    import warnings

    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score
    from sklearn.model_selection import GridSearchCV, GroupKFold
    from sklearn.pipeline import make_pipeline, make_union

    warnings.filterwarnings("ignore")
    features = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
    )
    model = make_pipeline(features, LogisticRegression(max_iter=300, class_weight="balanced"))
    groups = [row.get("page", str(number)) for number, row in enumerate(train)]
    texts, y = [row["text"] for row in train], [row[task] for row in train]
    folds = min(5, len(set(groups)))
    search = GridSearchCV(
        model,
        {"logisticregression__C": [0.3, 1, 3, 10, 30]},
        scoring="f1_macro",
        cv=GroupKFold(folds),
        error_score=0.0,
    )
    search.fit(texts, y, groups=groups)
    guessed = search.predict([row["text"] for row in test])
    gold = [row[task] for row in test]
    return f1_score(gold, guessed, average="macro", labels=sorted(set(gold) | set(guessed)))


def one(job) -> dict[str, float | None]:
    name, size, seed, folder, with_peer = job
    task, rows = SETS[name]
    found = drawn(rows, task, size, seed)
    if found is None:
        return {}
    train, test = found
    stem = Path(folder) / f"{list(SETS).index(name)}-{size}-{seed}"
    train_path, test_path = stem.with_suffix(".train.csv"), stem.with_suffix(".test.csv")
    write(train_path, train)
    write(test_path, test)
    scores = {way: ours(train_path, test_path, task, options) for way, options in WAYS.items()}
    train_path.unlink()
    test_path.unlink()
    if with_peer:
        scores["scikit-learn"] = theirs(train, test, task)
    return scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--sizes", default="50,100,200,400,800,1600")
    parser.add_argument("--sets", help="only those whose name holds one of these, separated by commas")
    parser.add_argument("--without-peer", action="store_true", help="leave out scikit-learn, which takes most of the time")
    given = parser.parse_args()
    sizes = [int(size) for size in given.sizes.split(",")]
    ways = [*WAYS] if given.without_peer else [*WAYS, "scikit-learn"]
    print(f"Macro F1, mean of {given.draws} draws: {' / '.join(ways)}.\n")
    print("| set |" + "".join(f" {size} |" for size in sizes))
    print("|---|" + "---|" * len(sizes))
    of_size: dict[int, list[list[float]]] = {size: [] for size in sizes}
    read_sets(given.data)
    fork = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(os.cpu_count(), fork) as pool:
        for name in SETS:
            if given.sets and not any(part in name for part in given.sets.split(",")):
                continue
            cells = []
            for size in sizes:
                jobs = [(name, size, seed, folder, not given.without_peer) for seed in range(given.draws)]
                scores = [of for of in pool.map(one, jobs) if of and None not in of.values()]
                if len(scores) < given.draws:
                    cells.append(f"- ({len(scores)} draws)" if scores else "-")
                    continue
                means = [sum(of[way] for of in scores) / len(scores) for way in ways]
                of_size[size].append(means)
                cells.append(" / ".join(f"{mean:.3f}" for mean in means))
            print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    means = []
    for size in sizes:
        all_sets = of_size[size]
        columns = [sum(column) / len(all_sets) for column in zip(*all_sets)] if all_sets else []
        means.append(" / ".join(f"{mean:.3f}" for mean in columns) or "-")
    print("| **mean** | " + " | ".join(means) + " |")
    print("\nWhere no figure stands the set has not enough rows to judge by, or a draw had one label or one page only.")


if __name__ == "__main__":
    sys.exit(main())
