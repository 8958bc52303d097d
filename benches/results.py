"""Makes docs/RESULTS.md, in two steps: the slow one need not be repeated to change the wording.

python benches/results.py run --data DIR --out target/results
python benches/speed.py run --data DIR --out target/results
python benches/results.py write --from target/results > docs/RESULTS.md
"""

import argparse
import shutil
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from results import passages, public, speed
from results.plan import Run, runs
from results.runner import ROOT, Runner, say
from results.tables import Kept, code, counted, listed, table

PEERS_PYTHON = "target/peers/bin/python"


def _missing(kept: Kept, planned: list[Run]) -> str:
    names = [run.name for run in planned if run.name not in kept.runs]
    if not names:
        return f"All {counted(len(planned), 'run')} are there."
    return (
        f"**{counted(len(names), 'run')} of {len(planned)} {'is' if len(names) == 1 else 'are'} missing**, and a"
        f" dash stands for each figure of them: {listed([code(name) for name in names])}."
    )


def _builds(kept: Kept) -> str:
    """More than one build means that rows are not strictly comparable: the reader must know."""
    builds = {(run["build"]["version"], run["build"]["sha256"]) for run in kept.runs.values() if run["build"]}
    if not builds:
        return ""
    versions = sorted({version for version, _ in builds})
    several = f", in {len(builds)} different builds: rows may differ by more than their settings"
    return f"Ours is {listed(versions)}{several if len(builds) > 1 else ', one build for all runs'}."


def _remake(kept: Kept, planned: list[Run]) -> Iterator[str]:
    yield "## How to remake"
    yield (
        "`just results DIR`, with DIR a folder of the public sets: `tweeteval_stance/`, `tweeteval_sentiment/`,"
        " `l3s_gn1/` with `train.csv` and `dev.csv`, and `imdb/` with `train.csv`; columns `text`, the label"
        " (`stance`, `sentiment`, `kind`), and `target` or `page` where there is one. What is in `target/results`"
        " already is not run again; `python benches/results.py run` and `python benches/speed.py run` have `--only`"
        " and `--force`."
    )
    files = {}
    for run in kept.runs.values():
        for step in run["steps"]:
            files.update(step["inputs"])
    rows = (
        [code(name.replace("OUT/", "target/results/")), facts["rows"], code(facts["sha256"])]
        for name, facts in sorted(files.items())
    )
    yield "The files that were read; those in `target/results` are made from the others:"
    yield table(["file", "rows", "SHA-256"], rows)
    versions = (ROOT / "benches/peers/requirements.txt").read_text(encoding="utf-8").split()
    yield f"{_builds(kept)} The peers ran on {listed([code(version) for version in versions])}.".strip()
    yield "The command lines, `python` being that of the peers:"
    lines = []
    for run in planned:
        if run.name in kept.runs:
            lines += [f"# {run.name}", *(step["command"] for step in kept.runs[run.name]["steps"])]
    yield "\n".join(["```sh", *lines, "```"])


def _document(kept: Kept, planned: list[Run], folder: Path) -> Iterator[str]:
    yield "# Results"
    yield "Written by `just results DIR` from what the commands printed; do not edit."
    yield _missing(kept, planned)
    yield from public.part(kept)
    yield from passages.part(kept)
    yield from speed.part(folder)
    yield from _remake(kept, planned)


def _run(args: argparse.Namespace) -> int:
    planned = [run for run in runs() if not args.only or any(fnmatch(run.name, only) for only in args.only)]
    if args.list:
        for run in planned:
            print(run.name, *(f"  {command.shown()}" for command in run.commands), sep="\n")
        return 0
    if not planned:
        say(f"no run is called {listed(args.only)}; --list shows all")
        return 2
    program = shutil.which(args.bin)
    if args.data is None or program is None:
        say("--data is needed" if args.data is None else f"there is no program {args.bin}; give --bin")
        return 2
    python = str(Path(args.peers_python).absolute())
    runner = Runner(args.data.resolve(), args.out.resolve(), str(Path(program).resolve()), python)
    failed = runner.carry_out(planned, args.force)
    if failed:
        say(f"{counted(len(failed), 'run')} failed: {listed(failed)}")
    return 1 if failed else 0


def _write(args: argparse.Namespace) -> int:
    planned = runs()
    kept = Kept.read(args.folder, planned)
    if not kept.runs:
        say(f"nothing is in {args.folder}; `run` first")
        return 2
    sys.stdout.reconfigure(encoding="utf-8")
    print("\n\n".join(text for text in _document(kept, planned, args.folder) if text))
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    steps = parser.add_subparsers(required=True)
    run = steps.add_parser("run", help="run what is not there yet, one JSON file for each run")
    run.add_argument("--data", type=Path, help="folder of the public sets")
    run.add_argument("--out", type=Path, default=Path("target/results"), help="where the files go")
    run.add_argument("--only", nargs="+", metavar="NAME", help="names of runs; * stands for anything")
    run.add_argument("--force", action="store_true", help="run what is there as well")
    run.add_argument("--list", action="store_true", help="print names and command lines, run nothing")
    run.add_argument("--bin", default="standpoint", help="the program to measure")
    run.add_argument(
        "--peers-python", default=PEERS_PYTHON, help="a Python with benches/peers/requirements.txt"
    )
    run.set_defaults(act=_run)
    write = steps.add_parser("write", help="print the document")
    write.add_argument(
        "--from", type=Path, default=Path("target/results"), dest="folder", help="where they are"
    )
    write.set_defaults(act=_write)
    args = parser.parse_args()
    return args.act(args)


if __name__ == "__main__":
    sys.exit(main())
