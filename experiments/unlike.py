"""How often pages of held-out sources are called unlike the training pages, and how often foreign text is.

python experiments/unlike.py [--by source] [--draws 20] [--pages table.csv ...] > table.md

For each source of the project's pages (each value of --by) a model is trained on all others, once with its sources
known and once with pages alone; then `predict` reads draws of 1, 5 and 20 pages of the source left out. A warning
there is a false alarm. Foreign pages (--pages: tables with a column text and, where there are pages, page; and the
texts below) are read by a model of all sources.
"""

import argparse
import csv
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STANDPOINT = os.environ.get("STANDPOINT", str(ROOT / "target/release/standpoint"))
TABLES = ["data/passages.csv", "data/passages_2.csv"]
SIZES = [1, 5, 20]
# What is new to a model depends on its words alone: the rest may be small.
QUICK = ["--tasks", "kind", "--word-ngrams", "1-1", "--char-ngrams", "0-0", "--no-calibration"]
SIGN = "look unlike those that the model learnt from"
FOREIGN = {
    "German news": """Der Gemeinderat hat am Dienstagabend nach langer Debatte beschlossen, die Turnhalle zu sanieren.
Die Kosten sollen sich auf rund zwei Millionen Euro belaufen, teilte der Bürgermeister mit.
Mehrere Anwohner hatten zuvor gegen die geplante Schließung während der Bauarbeiten protestiert.""",
    "code logs": """INFO worker-3 fetched chunk checksum ok retry none latency ms
WARN scheduler queue depth exceeds threshold, spilling to disk partition
ERROR java.lang.NullPointerException at com.example.Foo.bar Foo.java
DEBUG tcp keepalive socket fd closed by peer, reconnecting with backoff
INFO gc pause young generation heap before after collected bytes promoted""",
    "football live blog": """Corner to the visitors, swung in by the left-back and headed clear at the near post.
Substitution: the winger limps off, hamstring by the look of it, and the youngster comes on.
GOAL! A scuffed volley wrongfoots the goalkeeper and trickles in off the upright.
Yellow card for a cynical trip on halfway. Free-kick floated to the penalty spot, offside.
Stoppage time: three minutes. The striker skies it over the crossbar from six yards.""",
    "medical abstract": """Background: the efficacy of adjuvant chemotherapy in resected pancreatic adenocarcinoma is debated.
Methods: patients were randomised to gemcitabine or observation; the primary endpoint was disease-free survival.
Results: median survival was longer in the treatment arm, hazard ratio below one, with grade three neutropenia.
Conclusions: adjuvant therapy delayed recurrence; biomarkers of response warrant prospective validation.""",
    "recipe": """Preheat the oven and butter a shallow baking dish. Whisk the eggs with caster sugar until pale and fluffy.
Fold in the sifted flour and ground almonds, then stir through the zest of a lemon.
Spoon into the tin, scatter with flaked almonds and bake until a skewer comes out clean.
Leave to cool on a rack, dust with icing sugar and serve with crème fraîche.""",
}


def run(*arguments: str) -> str:
    done = subprocess.run([STANDPOINT, *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"standpoint {' '.join(arguments)}: {done.stderr}")
    return done.stderr


def read(path: str) -> list[dict[str, str]]:
    csv.field_size_limit(1 << 30)
    with open(ROOT / path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def by_page(rows: list[dict[str, str]]) -> list[list[dict[str, str]]]:
    pages: dict[str, list[dict[str, str]]] = {}
    for number, row in enumerate(rows):
        pages.setdefault(row.get("page") or str(number), []).append(row)
    return list(pages.values())


def write(path: Path, rows: list[dict[str, str]], columns: list[str]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, extrasaction="ignore")
        table.writeheader()
        table.writerows(rows)


def alarms(folder: Path, model: Path, pages: list, size: int, draws: int) -> float | None:
    """The share of draws that are warned of; each page once where one page is drawn."""
    deal = random.Random(size)
    if len(pages) < size:
        return None
    if size == 1:
        deals = [[page] for page in deal.sample(pages, min(draws, len(pages)))]
    else:
        deals = [deal.sample(pages, size) for _ in range(draws if len(pages) > size else 1)]
    found = 0
    for pages in deals:
        rows = [{"page": str(i), "text": row["text"]} for i, page in enumerate(pages) for row in page]
        write(folder / "pages.csv", rows, ["page", "text"])
        found += SIGN in run("predict", str(folder / "pages.csv"), "-m", str(model), "-o", str(folder / "out.csv"))
    return found / len(deals)


def shown(shares: list[float | None]) -> str:
    return " | ".join("" if share is None else f"{100 * share:.0f} %" for share in shares)


def train(folder: Path, rows: list[dict[str, str]], columns: list[str]) -> Path:
    write(folder / "train.csv", rows, columns)
    model = folder / "model.standpoint"
    run("train", str(folder / "train.csv"), *QUICK, "-o", str(model))
    return model


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--by", default="source")
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--pages", nargs="*", default=[])
    asked = parser.parse_args()
    rows = []
    for table in TABLES:
        rows += [{**row, "page": f"{table} {row['page']}", "known": row.get(asked.by) or "first"} for row in read(table)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        head = " | ".join(str(size) for size in SIZES)
        for known in ["source", "page"]:
            columns = ["page", "text", "kind"] + (["source"] if known == "source" else [])
            print(f"\nFalse alarms, {known}s held apart\n\n| {asked.by} left out | {head} pages |\n|---|---|---|---|")
            sums: list[list[float]] = [[] for _ in SIZES]
            for source in sorted({row["known"] for row in rows}):
                others = [{**row, "source": row["known"]} for row in rows if row["known"] != source]
                model = train(folder, others, columns)
                pages = by_page([row for row in rows if row["known"] == source])
                found = [alarms(folder, model, pages, size, asked.draws) for size in SIZES]
                for of_size, share in zip(sums, found):
                    of_size += [] if share is None else [share]
                print(f"| {source} | {shown(found)} |", flush=True)
            print(f"| mean | {shown([sum(s) / len(s) for s in sums])} |")
        model = train(folder, [{**row, "source": row["known"]} for row in rows], ["page", "text", "kind", "source"])
        print(f"\nForeign pages that are warned of\n\n| pages | {head} pages |\n|---|---|---|---|")
        foreign = {name: [[{"text": line} for line in text.splitlines()]] for name, text in FOREIGN.items()}
        foreign |= {Path(path).stem: by_page(read(path)) for path in asked.pages}
        for label, pages in foreign.items():
            print(f"| {label} | {shown([alarms(folder, model, pages, size, asked.draws) for size in SIZES])} |", flush=True)


if __name__ == "__main__":
    main()
