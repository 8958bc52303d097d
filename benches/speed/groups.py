"""What is measured, group by group. A group is carried out and kept as a whole."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from results.runner import digest, say
from speed import data
from speed.measure import Bench

# What peers do: one fit of words alone, with class weights.
OURS = "--tasks sentiment --l2 1 --no-shape --no-calibration --min-df 2 --threads 1 --tolerance"
# Where it is not training that is timed.
TOLERANCE = "3e-4"
# What a user of ours does who wants probabilities that hold.
CALIBRATED = "standpoint, calibrated"
OURS_CALIBRATED = (
    "--tasks sentiment --l2 1 --nb-ratios never --no-shape --no-context --min-df 2"
    " --optimise balanced_accuracy --threads 1"
)
FEATURES = {
    "word+char": "--word-ngrams 1-3 --char-ngrams 2-5",
    "word": "--word-ngrams 1-2 --char-ngrams 0-0",
}
SPEED_PEER = "python benches/peers/speed_peer.py"
OPTIMUM = "python benches/peers/optimum.py"
# What speed_peer.py calls them.
PEERS = {
    "word+char": {"scikit-learn": "word+char"},
    "word": {"scikit-learn": "word", "fastText": "fasttext", "Vowpal Wabbit": "vw"},
}
WITHIN = 1e-4
TOLERANCES = ("1e-1", "3e-2", "1e-2", "3e-3", "1e-3", "3e-4", "1e-4", "1e-5", "1e-6")
SIZES = (1000, 10_000, 100_000, 1_000_000)
COUNTED = (2000, 4000)


def _stem(system: str) -> str:
    return system.replace(", ", "-").replace(" ", "-")


def _is_ours(system: str) -> bool:
    return system in ("standpoint", CALIBRATED)


def _fit(bench: Bench, system: str, features: str, model: str, more: str = "", tolerance: str = TOLERANCE) -> str:
    table = data.train(bench)
    if _is_ours(system):
        how = OURS_CALIBRATED if system == CALIBRATED else f"{OURS} {tolerance}"
        return f"standpoint train {table} {how} {FEATURES[features]} -o {model}"
    return f"{SPEED_PEER} fit {PEERS[features][system]} {table} {model}{more}"


def _predict(system: str, features: str, model: str, table: str, into: str) -> str:
    if _is_ours(system):
        # With -o it would wait for the disk, which peers do not.
        return f"standpoint predict {table} -m {model} --threads 1 > {into}"
    return f"{SPEED_PEER} predict {PEERS[features][system]} {table} {model} {into}"


def _fitted(bench: Bench, system: str, features: str) -> str:
    """The model of a system, fitted if there is none. Ours is fitted anew where the program is newer."""
    shown = f"OUT/{_stem(system)}.{features}.model"
    model, program = bench.path(shown), bench.path("standpoint")
    older = system == "standpoint" and model.exists() and model.stat().st_mtime < program.stat().st_mtime
    if older or not model.exists():
        say(f"  fits {system}, {features}")
        bench.run(_fit(bench, system, features, shown))
    return shown


def _facts(bench: Bench, system: str, features: str, model: str) -> dict[str, float]:
    """Size, and macro recall on dev, counted here for all alike."""
    into = f"OUT/dev.{_stem(system)}.csv"
    bench.run(_predict(system, features, model, data.DEV, into))
    gold = data.column(bench.path(data.DEV), "sentiment")
    if _is_ours(system):
        predicted = data.column(bench.path(into), "pred_sentiment")
    else:
        predicted = bench.path(into).read_text(encoding="utf-8").split()
    right = Counter(label for label, found in zip(gold, predicted, strict=True) if label == found)
    recalls = [right[label] / n for label, n in Counter(gold).items()]
    return {"model_mb": bench.path(model).stat().st_size / 1e6, "macro_recall": sum(recalls) / len(recalls)}


def predict(bench: Bench, features: str) -> dict[str, Any]:
    """Ours and every peer; beside words alone, the least that could be done with them."""
    n = bench.rows(data.TWEETS)
    table = data.tweets(bench, n)
    models = {system: _fitted(bench, system, features) for system in ("standpoint", *PEERS[features])}
    lines = {
        system: _predict(system, features, model, table, f"OUT/labels.{_stem(system)}.csv")
        for system, model in models.items()
    }
    if features == "word":
        lines |= {"hashing words": f"limit {table}", "hashing words and bigrams": f"limit {table} bigrams"}
    found = bench.alternated(lines, 5)
    for system, model in models.items():
        found[system] |= _facts(bench, system, features, model)
    return {"passages": n, "mb": bench.path(table).stat().st_size / 1e6, "systems": found}


def threads(bench: Bench) -> dict[str, Any]:
    n = bench.rows(data.TWEETS)
    table, found = data.tweets(bench, n), {}
    for features in FEATURES:
        line = f"standpoint predict {table} -m {_fitted(bench, 'standpoint', features)}"
        into = {k: f"OUT/threads_{k}.csv" for k in ("1", "2")}
        runs = bench.alternated({k: f"{line} --threads {k} > {path}" for k, path in into.items()}, 5)
        same = len({digest(bench.path(path)) for path in into.values()}) == 1
        found[features] = {"same_bytes": same, "threads": runs}
    return {"passages": n, "features": found}


def _ours_at(bench: Bench, features: str, tolerance: str) -> dict[str, Any]:
    """The loss at which ours stops with this tolerance."""
    model, into = "OUT/tried.model", "OUT/tried.csv"
    bench.run(_fit(bench, "standpoint", features, model, tolerance=tolerance))
    bench.run(_predict("standpoint", features, model, data.train(bench), into))
    return {"tolerance": tolerance, **bench.run(f"{OPTIMUM} ours {model} {into}")["inside"]}


def _loosest(losses: list[dict[str, Any]]) -> str:
    """The loosest tolerance whose loss is near enough to the least."""
    best = min(each["loss"] for each in losses)
    near = [each["tolerance"] for each in losses if each["loss"] <= best * (1 + WITHIN)]
    return str(max(near, key=float))


def train(bench: Bench, features: str, peer: str) -> dict[str, Any]:
    """Ours and scikit-learn with the loosest tolerance whose loss is near enough to the least of its own."""
    ours = [_ours_at(bench, features, tolerance) for tolerance in TOLERANCES]
    more, losses = "", None
    if peer == "scikit-learn":
        losses = bench.run(f"{OPTIMUM} lbfgs {features} {data.train(bench)}")["inside"]
        more = f" --tolerance {_loosest(losses)}"
    models = {system: f"OUT/timed.{_stem(system)}.{features}.model" for system in ("standpoint", peer, CALIBRATED)}
    chosen = _loosest(ours)
    lines = {system: _fit(bench, system, features, model, more, chosen) for system, model in models.items()}
    found = bench.alternated(lines, 3)
    for system, model in models.items():
        found[system] |= _facts(bench, system, features, model)
    return {"losses": losses, "ours": ours, "systems": found}


def solver(bench: Bench) -> dict[str, Any]:
    """Each with the loosest tolerance whose loss is near enough to the best that either finds."""
    matrix = "OUT/matrix.svm"
    size = bench.run(f"{OPTIMUM} matrix {data.train(bench)} {matrix}")["inside"]

    def line(system: str, tolerance: str) -> str:
        weights = f"OUT/weights.{system}.{tolerance}"
        if system == "standpoint":
            return f"solver {matrix} 2 {tolerance} {weights}"
        return f"{OPTIMUM} liblinear {matrix} {weights} --tolerance {tolerance}"

    systems = {}
    tried = [(system, tolerance) for system in ("standpoint", "LIBLINEAR") for tolerance in TOLERANCES]
    for each in tried:
        bench.run(line(*each))
    weights = " ".join(f"OUT/weights.{system}.{tolerance}" for system, tolerance in tried)
    losses = dict(zip(tried, bench.run(f"{OPTIMUM} losses {matrix} {weights}")["inside"], strict=True))
    best = min(losses.values())
    for system in ("standpoint", "LIBLINEAR"):
        near = [each for each in tried if each[0] == system and losses[each] <= best * (1 + WITHIN)]
        _, tolerance = max(near, key=lambda each: float(each[1]))
        systems[system] = {"tolerance": tolerance, "loss": losses[system, tolerance]}
    lines = {system: line(system, chosen["tolerance"]) for system, chosen in systems.items()}
    for system, runs in bench.alternated(lines, 5).items():
        systems[system] |= runs
    bench.path(matrix).unlink()
    for path in bench.out.glob("weights.*"):
        path.unlink()
    return {**size, "best_loss": best, "systems": systems}


def start(bench: Bench) -> dict[str, Any]:
    """From nothing to the answer for one text."""
    text, table = data.one(bench)
    lines = {"standpoint": f"standpoint predict {text} > OUT/answer.csv"}
    for system, features in (("scikit-learn", "word+char"), ("fastText", "word")):
        model = _fitted(bench, system, features)
        lines[system] = _predict(system, features, model, table, "OUT/answer.txt")
    return {"systems": bench.alternated(lines, 20)}


def size(bench: Bench) -> dict[str, Any]:
    """Passages by the default model, which knows all four tasks; what it writes is thrown away."""
    found = {}
    for n in sorted({bench.rows(n) for n in SIZES}):
        line = f"standpoint predict {data.sentences(bench, n)} --threads"
        found[str(n)] = bench.alternated({k: f"{line} {k} > /dev/null" for k in ("1", "2")}, 5)
    return {"sizes": found}


def million_train(bench: Bench) -> dict[str, Any]:
    n, model = bench.rows(1_000_000), "OUT/million.model"
    flags = "--tasks sentiment --no-calibration"
    line = f"standpoint train {data.sentences(bench, n)} {flags} -o {model}"
    found = bench.alternated({"standpoint": line}, 1)
    return {"passages": n, "model_mb": bench.path(model).stat().st_size / 1e6, "systems": found}


def instructions(bench: Bench) -> dict[str, Any]:
    """For twice as many passages less those for as many: the start is taken out."""
    found = {}
    for features in FEATURES:
        model = _fitted(bench, "standpoint", features)
        counted = []
        for n in COUNTED:
            line = _predict("standpoint", features, model, data.tweets(bench, n), "/dev/null")
            counted.append(bench.run(f"valgrind --tool=callgrind --callgrind-out-file=/dev/null {line}"))
        few, many = (each["instructions"] for each in counted)
        found[features] = (many - few) / (COUNTED[1] - COUNTED[0])
    return {"per_passage": found}


GROUPS: dict[str, Callable[[Bench], dict[str, Any]]] = {
    "predict-char": lambda bench: predict(bench, "word+char"),
    "predict-word": lambda bench: predict(bench, "word"),
    "threads": threads,
    "train-char": lambda bench: train(bench, "word+char", "scikit-learn"),
    "train-word": lambda bench: train(bench, "word", "Vowpal Wabbit"),
    "solver": solver,
    "start": start,
    "size": size,
    "million-train": million_train,
    "instructions": instructions,
}
