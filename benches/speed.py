"""Measures how fast ours and the peers are: the section "Speed" of docs/RESULTS.md.

python benches/speed.py run --data DIR --out target/results
python benches/results.py write --from target/results > docs/RESULTS.md

Nothing else should run on the machine meanwhile. Groups that are in speed.json already are not measured again.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from results.runner import ROOT, build, say, write
from results.tables import counted, listed
from speed.groups import GROUPS
from speed.measure import CARGO, Bench, Failed, machine

PEERS_PYTHON = "target/peers/bin/python"
# What only some groups need.
NEEDED = {"predict-word": ("limit",), "solver": ("solver",), "instructions": ("valgrind",)}


def _built() -> dict[str, str]:
    """Our own programs for measuring, by name."""
    command = ["cargo", "bench", "--no-run", "--quiet", "--message-format", "json"]
    for name in CARGO:
        command += ["--bench", name]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    # The program itself is built along with them: it is not the one to measure.
    built = (message for message in messages if message.get("target", {}).get("kind") == ["bench"])
    return {message["target"]["name"]: message["executable"] for message in built}


def _programs(args: argparse.Namespace, names: list[str]) -> dict[str, str]:
    """Where they are; those that are not there are left out."""
    needed = {program for name in names for program in NEEDED.get(name, ())}
    found = {"standpoint": shutil.which(args.bin), "python": shutil.which(args.peers_python)}
    found |= {"valgrind": shutil.which("valgrind"), "limit": args.limit, "solver": args.solver}
    if any(found[name] is None for name in needed & set(CARGO)):
        found |= _built()
    return {name: str(Path(program).absolute()) for name, program in found.items() if program}


def run(args: argparse.Namespace) -> int:
    path = args.out.resolve() / "speed.json"
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"groups": {}}
    # A trial is never kept in place of a measurement.
    there = {name for name, group in kept["groups"].items() if args.quick or not group["trial"]}
    names = [name for name in GROUPS if not args.only or any(fnmatch(name, only) for only in args.only)]
    if not names:
        say(f"no group is called {listed(args.only)}; there are {listed(list(GROUPS))}")
        return 2
    names = [name for name in names if args.force or name not in there]
    programs = _programs(args, names)
    missing = [name for name in ("standpoint", "python") if name not in programs]
    if missing:
        say(f"there is no program for {listed(missing)}; give --bin and --peers-python")
        return 2
    out = path.parent / ("speed-trial" if args.quick else "speed")
    out.mkdir(parents=True, exist_ok=True)
    bench = Bench(args.data.resolve(), out, programs, args.quick)
    # Command lines name the peers' scripts from there.
    os.chdir(ROOT)
    failed = []
    for number, name in enumerate(names, 1):
        say(f"[{number}/{len(names)}] {name}")
        if any(program not in programs for program in NEEDED.get(name, ())):
            say(f"  left out: {listed(NEEDED[name])} is not there")
            continue
        try:
            measured = {"trial": args.quick, "build": build(programs["standpoint"]), **GROUPS[name](bench)}
        except (Failed, LookupError, OSError, ValueError) as error:
            say(f"  FAILED: {error}")
            failed.append(name)
            continue
        kept["groups"][name] = measured
        kept["machine"] = machine()
        write(path, json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    if failed:
        say(f"{counted(len(failed), 'group')} failed: {listed(failed)}")
    return 1 if failed else 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    step = parser.add_subparsers(required=True).add_parser("run", help="measure what is not there yet")
    step.add_argument("--data", type=Path, required=True, help="folder of the public sets")
    step.add_argument("--out", type=Path, default=Path("target/results"), help="where speed.json goes")
    step.add_argument("--only", nargs="+", metavar="NAME", help=f"{listed(list(GROUPS))}; * is anything")
    step.add_argument("--force", action="store_true", help="measure what is there as well")
    step.add_argument("--quick", action="store_true", help="few rows and two rounds, to try the script")
    step.add_argument("--bin", default="standpoint", help="the program to measure")
    step.add_argument(
        "--peers-python", default=PEERS_PYTHON, help="a Python with benches/peers/requirements.txt"
    )
    for name in CARGO:
        step.add_argument(f"--{name}", metavar="PROGRAM", help=f"benches/{name}.rs [default: cargo builds it]")
    step.set_defaults(act=run)
    args = parser.parse_args()
    return args.act(args)


if __name__ == "__main__":
    sys.exit(main())
