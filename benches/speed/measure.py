"""Runs programs one after the other, and takes the time and the memory of each."""

import json
import os
import resource
import shlex
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from results.runner import real, say

# Of numerical libraries: on sparse matrices more threads cost the peers time.
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}

# How our own programs for measuring are called by a reader.
CARGO = {name: f"cargo bench --bench {name} --" for name in ("limit", "solver")}

Run = dict[str, Any]
"""`wall` and `cpu` in seconds, `peak_mb`; `inside`, what the program printed of itself as JSON."""


class Failed(Exception):
    pass


@dataclass(frozen=True)
class Bench:
    """Where things are. Command lines are written as readers see them: DIR is the folder of the public sets,
    OUT that of all that is made here. A trial is for trying the script: few rows, two rounds."""

    data: Path
    out: Path
    programs: dict[str, str]
    trial: bool

    def rows(self, n: int) -> int:
        """A trial has 2,000 for each 100,000, and 2,000 at least."""
        return max(2000, n // 50) if self.trial else n

    def rounds(self, n: int) -> int:
        return min(n, 2) if self.trial else n

    def real(self, shown: str) -> str:
        return real(shown, self.data, self.out, self.programs)

    def path(self, shown: str) -> Path:
        return Path(self.real(shown))

    def run(self, line: str) -> Run:
        """Whole processes: from the start of the program to its end. ` > FILE` sends its stdout there."""
        line, _, into = line.partition(" > ")
        words = [self.real(word) for word in shlex.split(line)]
        stdout, stderr = (self.out / name for name in ("stdout", "stderr"))
        opened = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        actions = [
            (os.POSIX_SPAWN_OPEN, 1, self.real(into) if into else str(stdout), opened, 0o644),
            (os.POSIX_SPAWN_OPEN, 2, str(stderr), opened, 0o644),
        ]
        began = time.perf_counter()
        child = os.posix_spawn(words[0], words, {**os.environ, **ONE_THREAD}, file_actions=actions)
        _, status, usage = os.wait4(child, 0)
        wall = time.perf_counter() - began
        said = stderr.read_text(encoding="utf-8", errors="replace")
        if status != 0:
            raise Failed(f"{line}: {said[-2000:].strip()}")
        run = {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss / 1024}
        printed = "" if into else stdout.read_text(encoding="utf-8")
        if printed.startswith(("{", "[")):
            run["inside"] = json.loads(printed)
        if shlex.split(line)[0] == "valgrind":
            run["instructions"] = _collected(said)
        return run

    def alternated(self, lines: dict[str, str], rounds: int) -> dict[str, Any]:
        """Each of the commands in turn, so that what else the machine does meets all of them alike."""
        runs: dict[str, list[Run]] = {name: [] for name in lines}
        for _ in range(self.rounds(rounds)):
            for name, line in lines.items():
                runs[name].append(self.run(line))
        for name, of_name in runs.items():
            say(f"  {name}: {median(run['wall'] for run in of_name):.3f} s")
        return {name: {"command": shown(line), "runs": runs[name]} for name, line in lines.items()}


def shown(line: str) -> str:
    """A command line as one would type it."""
    program, _, rest = line.partition(" ")
    return f"{CARGO.get(program, program)} {rest}".replace("OUT/", "target/results/speed/")


def _collected(said: str) -> int:
    """What callgrind says that it counted."""
    (line,) = (line for line in said.splitlines() if "Collected :" in line)
    return int(line.split()[-1])


def machine() -> dict[str, Any]:
    """`least_mb` is below what the peak of any program seems to be: the kernel begins its count with ours."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    least = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"processor": models[0] if models else "unknown", "cores": os.cpu_count(), "least_mb": least}
