"""The part on speed: what was reached of the goals, and every table that it comes from."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from results.goals import SAME_RECALL, goals
from results.tables import code, counted, listed, number, table
from results.timings import OURS, Speed, short, spread
from speed.groups import GROUPS

FEATURES = {
    "word+char": "word 1-3-grams and characters 2-5 within words",
    "word": "word 1-2-grams",
}


def _how(speed: Speed) -> Iterator[str]:
    groups = speed.groups.values()
    if any(group["trial"] for group in groups):
        yield "**A trial of the script on few rows: not all of this is a measurement.**"
    missing = [code(name) for name in GROUPS if name not in speed.groups]
    if missing:
        yield f"**Not measured: {listed(missing)}**; `python benches/speed.py run` does it."
    builds = len({group["build"]["sha256"] for group in groups})
    machine = speed.machine
    yield (
        f"On {machine['processor']}, {counted(machine['cores'], 'core')}; ours in"
        f" {'one build' if builds == 1 else f'**{builds} different builds**'}. Programs take turns (ours, a peer,"
        " ours); figures are medians, in brackets the least and the most. Ours is timed as a whole process, from"
        " start to end; a peer is compared by its time *inside* the process, without Python's start and imports,"
        " which is kinder to it. Numerical libraries have one thread. A peak below that of the script that starts"
        f" the programs, {short(machine['least_mb'])} MB, is not seen."
    )
    yield (
        "Peers are set up as in [benches/peers](../benches/peers/README.md), fitted on the tweets of `sentiment`;"
        f" macro recall is on its dev part, and no more than {SAME_RECALL:g} apart counts as the same."
    )


def _systems(speed: Speed, group: str) -> str:
    systems = speed.systems(group)
    header = ["", "seconds", "CPU", "peak MB", "inside: seconds", "CPU", "model MB", "macro recall", "time by ours"]
    rows = []
    for name, timed in systems.items():
        row = [name, spread(timed.values("wall")), short(timed.whole("cpu")), short(timed.whole("peak_mb"))]
        row += [spread(timed.inside("seconds")), short(timed.cpu)] if timed.is_peer else ["", ""]
        known = "model_mb" in timed.kept
        row += [short(timed.kept["model_mb"]), number(timed.kept["macro_recall"])] if known else ["", ""]
        rows.append([*row, short(timed.seconds / systems[OURS].seconds)])
    return table(header, rows)


def _rounds(speed: Speed, group: str) -> str:
    return counted(len(speed.systems(group)[OURS].kept["runs"]), "round")


def _alone(speed: Speed, group: str) -> str:
    """What is left of a peer's time without Python's share."""
    alone = [
        f"{name} {short(median(timed.inside('alone')))}"
        for name, timed in speed.systems(group).items()
        if timed.inside("alone")
    ]
    if not alone:
        return ""
    return (
        f"Of the seconds inside, the program itself took: {listed(alone)}. The rest is Python's, for reading the table"
        " and normalising the texts."
    )


def _predicting(speed: Speed) -> Iterator[str]:
    for group, features in (("predict-char", "word+char"), ("predict-word", "word")):
        if group not in speed.groups:
            continue
        kept = speed.groups[group]
        yield f"### Predicting: {FEATURES[features]}"
        yield (
            f"{kept['passages']:,} tweets ({short(kept['mb'])} MB), those of train over and over; one thread,"
            f" {_rounds(speed, group)}. Ours writes the table with labels and probabilities, a peer the labels alone."
        )
        yield _systems(speed, group)
        yield _alone(speed, group)
        limits = {name: timed.inside("mb_per_s") for name, timed in speed.systems(group).items()}
        said = [f"{name} at {short(median(rates))} MB/s" for name, rates in limits.items() if rates]
        if said:
            yield (
                "Hashing is the limit: a program that reads the file, lower-cases it, splits it into words, hashes"
                f" (XXH3) each, and does nothing with them: {listed(said)} without its start."
            )


def _threads(speed: Speed) -> Iterator[str]:
    kept = speed.groups.get("threads")
    if not kept:
        return
    yield "### Two threads"
    rows = []
    for features, found in kept["features"].items():
        one, two = (speed.threads(features)[k] for k in ("1", "2"))
        walls = [spread(timed.values("wall")) for timed in (one, two)]
        same = "yes" if found["same_bytes"] else "**no**"
        rows.append([FEATURES[features], *walls, short(one.seconds / two.seconds), same])
    yield f"Predicting the same {kept['passages']:,} tweets."
    yield table(["", "one thread, seconds", "two threads, seconds", "one by two", "same bytes"], rows)


def _above(loss: float, least: float) -> str:
    return "0" if loss == least else f"{loss / least - 1:.0e}"


def _tried(losses: list[dict[str, Any]]) -> str:
    least = min(each["loss"] for each in losses)
    return listed([f"{float(each['tolerance']):g} ({_above(each['loss'], least)})" for each in losses])


def _training(speed: Speed) -> Iterator[str]:
    if "train-char" in speed.groups:
        yield f"### Training: {FEATURES['word+char']}"
        yield (
            f"Reading, vectorising and one fit with one penalty; one thread, {_rounds(speed, 'train-char')}. Calibrated,"
            " ours makes five out-of-fold fits besides, and its last fit stops at a millionth of the first gradient."
            " Both have the loosest tolerance whose loss is within 1e-4 of the least that they found, each on its own"
            " matrix, for the two split words differently. Tried, in brackets how far above the least: by scikit-learn"
            f" {_tried(speed.groups['train-char']['losses'])}; by ours {_tried(speed.groups['train-char']['ours'])}. The"
            " solvers are compared on one matrix below."
        )
        yield _systems(speed, "train-char")
    if "train-word" in speed.groups:
        yield f"### Training: {FEATURES['word']}"
        yield (
            f"One thread, {_rounds(speed, 'train-word')}. Vowpal Wabbit makes five passes; ours stops within 1e-4 of the"
            f" least loss, where it tried, in brackets how far above: {_tried(speed.groups['train-word']['ours'])}."
            " Calibrated makes five fits besides."
        )
        yield _systems(speed, "train-word")
        yield _alone(speed, "train-word")


def _solver(speed: Speed) -> Iterator[str]:
    kept = speed.groups.get("solver")
    if not kept:
        return
    yield "### The solver alone"
    yield (
        f"Negative against the rest, word 1-3-grams and characters 2-5: a matrix of {kept['rows']:,} rows,"
        f" {kept['columns']:,} columns and {kept['values']:,} values, the same file for both; C of 1, one thread,"
        f" {_rounds(speed, 'solver')}. Each has the loosest tolerance whose loss, by one formula, is within 1e-4 of"
        " the least that either found. Seconds are those of the fit, without reading. Ours fits weights for both classes,"
        " LIBLINEAR for one."
    )
    rows = []
    for name, timed in speed.systems("solver").items():
        above = _above(timed.kept["loss"], kept["best_loss"])
        rows.append([name, timed.kept["tolerance"], above, spread(timed.inside("seconds"))])
    yield table(["", "tolerance", "loss above the least", "seconds"], rows)


def _start(speed: Speed) -> Iterator[str]:
    systems = speed.systems("start")
    if not systems:
        return
    yield "### Start to first answer"
    yield (
        f"One short text, whole processes with Python's start and imports, {_rounds(speed, 'start')}: ours with the"
        " default model, scikit-learn with its model of words and characters, fastText with that of words."
    )
    rows = [
        [name, spread([1000 * wall for wall in timed.values("wall")]), short(timed.whole("peak_mb"))]
        for name, timed in systems.items()
    ]
    yield table(["", "ms", "peak MB"], rows)


def _size(speed: Speed) -> Iterator[str]:
    sizes = speed.sizes()
    if sizes:
        yield "### Cost against size"
        yield (
            "Predicting all four tasks with the default model. Passages are sentences of the Large Movie Review"
            " Dataset, over and over, each a page of its own."
        )
        rows = []
        for n, by_threads in sizes.items():
            row = [f"{n:,}"]
            for timed in (by_threads[k] for k in ("1", "2")):
                cost = [short(timed.seconds / n * 1e6), short(timed.whole("peak_mb"))]
                row += [spread(timed.values("wall")), *cost]
            rows.append(row)
        columns = ("seconds", "µs a passage", "peak MB")
        header = [f"{threads}: {columns[0]}" for threads in ("one thread", "two threads")]
        yield table(["passages", header[0], *columns[1:], header[1], *columns[1:]], rows)
    million = speed.systems("million-train").get(OURS)
    if million:
        kept = speed.groups["million-train"]
        yield (
            f"Training on {kept['passages']:,} of these sentences, each with its review's label, on all cores, one"
            f" run: {short(million.seconds)} seconds, {short(million.cpu)} of CPU, at the peak"
            f" {short(million.whole('peak_mb'))} MB, a model of {short(kept['model_mb'])} MB."
        )
    counts = speed.groups.get("instructions", {}).get("per_passage", {})
    said = [f"{count:,.0f} with {FEATURES[features]}" for features, count in counts.items()]
    if said:
        yield f"Predicting a tweet takes, as callgrind counts instructions without the start: {listed(said)}."


def _commands(kept: Any) -> Iterator[str]:
    """Those that were timed, wherever they are in a group."""
    if isinstance(kept, dict):
        if "command" in kept:
            yield kept["command"]
        for value in kept.values():
            yield from _commands(value)


def _remake(speed: Speed) -> Iterator[str]:
    lines = []
    for name in GROUPS:
        commands = list(_commands(speed.groups.get(name)))
        lines += [f"# {name}", *commands] if commands else []
    yield "The command lines that were timed; `python benches/speed.py run` makes the files that they read:"
    yield "\n".join(["```sh", *lines, "```"])


def part(folder: Path) -> Iterator[str]:
    speed = Speed.read(folder)
    yield "## Speed"
    if not speed.groups:
        yield "**Not measured**: `python benches/speed.py run` does it."
        return
    yield from _how(speed)
    header = ["goal", "asked", "reached", "macro recall: ours, the peer's", ""]
    yield table(header, (goal.row() for goal in goals(speed)))
    for section in (_predicting, _threads, _training, _solver, _start, _size, _remake):
        yield from section(speed)
