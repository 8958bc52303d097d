"""Carries out runs and keeps what they print: one JSON file for each."""

import csv
import hashlib
import io
import json
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from results.plan import Command, Run

ROOT = Path(__file__).parents[2]
COUNTED = ("page", "source", "target", "topic")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def kept_at(out: Path, name: str) -> Path:
    return out / f"{name}.json"


def _rows(path: Path) -> list[dict[str, str]]:
    csv.field_size_limit(1 << 30)
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(path: Path, text: str) -> None:
    """Whole or not at all: a file that is there counts as done."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8", newline="")
    partial.replace(path)


def _write_rows(path: Path, rows: Iterable[dict[str, str]]) -> None:
    rows = list(rows)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write(path, text.getvalue())


def real(shown: str, data: Path, out: Path, programs: dict[str, str]) -> str:
    """A word of a command line as it is on this machine: DIR is the folder of the sets, OUT that of what is made."""
    for placeholder, folder in (("DIR/", data), ("OUT/", out)):
        if shown.startswith(placeholder):
            return str(folder / shown.removeprefix(placeholder))
    return programs.get(shown, shown)


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def build(program: str) -> dict[str, str]:
    """Which build of ours was measured."""
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return {"version": version.stdout.strip(), "sha256": digest(Path(program))}


@cache
def _facts(path: Path) -> dict[str, Any]:
    """What a reader needs to know whether it is the same file."""
    rows = _rows(path)
    counted = {name: len({row[name] for row in rows}) for name in COUNTED if rows and name in rows[0]}
    return {"rows": len(rows), "sha256": digest(path), "different": counted}


@dataclass(frozen=True)
class Runner:
    data: Path
    out: Path
    program: str
    peers_python: str

    def prepare(self, name: str) -> None:
        """Makes the sets that are not used as they come, the same way as benches/peers/sets.py."""
        made = self.out / "data"
        if name == "imdb" and not (made / "imdb_dev.csv").exists():
            rows = _rows(self.data / "imdb" / "train.csv")
            _write_rows(made / "imdb_train.csv", (row for i, row in enumerate(rows) if i % 5 != 4))
            _write_rows(made / "imdb_dev.csv", (row for i, row in enumerate(rows) if i % 5 == 4))
        if name == "l3s" and not (made / "l3s_dev.csv").exists():
            for part in ("train", "dev"):
                rows = _rows(self.data / "l3s_gn1" / f"{part}.csv")
                _write_rows(made / f"l3s_{part}.csv", (row for row in rows if row["kind"] != "opinion"))

    def real(self, shown: str) -> str:
        programs = {"standpoint": self.program, "python": self.peers_python, "DIR": str(self.data)}
        return real(shown, self.data, self.out, programs)

    def step(self, command: Command) -> dict[str, Any]:
        """Carries out one command. What it says on stderr goes to ours."""
        say(f"  {command.shown()}")
        words = shlex.split(command.line)
        for folder in ("models", "predictions"):
            (self.out / folder).mkdir(parents=True, exist_ok=True)
        began = time.perf_counter()
        done = subprocess.run(
            [self.real(word) for word in words], cwd=ROOT, stdout=subprocess.PIPE, check=True
        )
        stdout = done.stdout.decode()
        seconds = time.perf_counter() - began
        if command.into:
            write(Path(self.real(command.into)), stdout)
        read = (word for word in words if word.endswith(".csv") and word != command.predictions)
        return {
            "command": command.shown(),
            "seconds": round(seconds, 2),
            "inputs": {word: _facts(ROOT / self.real(word)) for word in read},
            "output": _parsed(command, stdout),
            "predictions": self.predictions(command),
        }

    def predictions(self, command: Command) -> dict[str, list[str]] | None:
        """By column. A table without a task, as `--tasks` may have it, is read without it."""
        if command.predictions is None:
            return None
        rows = _rows(Path(self.real(command.predictions)))
        columns = ["page", *(name for task in command.tasks for name in (task, f"pred_{task}"))]
        return {name: [row[name] for row in rows] for name in columns if name in rows[0]}

    def run(self, run: Run) -> None:
        self.prepare(run.name.split(".")[0])
        steps = [self.step(command) for command in run.commands]
        # A peer does not depend on the build.
        ours = any(command.line.startswith("standpoint ") for command in run.commands)
        kept = {"name": run.name, "build": build(self.program) if ours else None, "steps": steps}
        write(kept_at(self.out, run.name), json.dumps(kept, ensure_ascii=False) + "\n")

    def carry_out(self, runs: list[Run], force: bool) -> list[str]:
        """Carries out those that are not there yet. Returns the names of those that failed: one failure
        must not cost the others."""
        failed = []
        for number, run in enumerate(runs, 1):
            if not force and _is_there(self.out, run):
                say(f"[{number}/{len(runs)}] {run.name}: there already")
                continue
            say(f"[{number}/{len(runs)}] {run.name}")
            try:
                self.run(run)
            except (subprocess.CalledProcessError, OSError, ValueError) as error:
                say(f"  FAILED: {error}")
                failed.append(run.name)
        return failed


def _parsed(command: Command, stdout: str) -> Any:
    match command.reads:
        case "json":
            return json.loads(stdout)
        case "values":
            return list(_values(stdout))
        case _:
            return None


def _values(text: str) -> Iterator[Any]:
    """JSON values, one after the other."""
    decoder = json.JSONDecoder()
    while text := text.lstrip():
        value, end = decoder.raw_decode(text)
        yield value
        text = text[end:]


def _is_there(out: Path, run: Run) -> bool:
    """A run whose command lines have changed since is not there."""
    path = kept_at(out, run.name)
    if not path.exists():
        return False
    steps = json.loads(path.read_text(encoding="utf-8"))["steps"]
    return [step["command"] for step in steps] == [command.shown() for command in run.commands]
