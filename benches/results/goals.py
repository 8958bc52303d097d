"""How fast it was meant to be, and what was reached of that. The only figures on speed that nobody measured."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from results.tables import DASH, number
from results.timings import OURS, Speed, short

# Macro recalls on dev that lie no further apart count as the same: resampling gives twice that to each side.
SAME_RECALL = 0.01


@dataclass(frozen=True)
class Goal:
    """`recalls` are ours and the peer's: a comparison at unequal quality does not count."""

    what: str
    asked: float
    reached: float | None
    unit: str = "×"
    at_most: bool = False
    recalls: tuple[float, float] | None = None

    def row(self) -> list[str]:
        asked = f"{'at most' if self.at_most else 'at least'} {self.asked:g}{self.unit}"
        reached = DASH if self.reached is None else f"{short(self.reached)}{self.unit}"
        recalls = ", ".join(number(recall) for recall in self.recalls) if self.recalls else ""
        return [self.what, asked, reached, recalls, self.verdict()]

    def verdict(self) -> str:
        if self.reached is None:
            return "not measured"
        if not (self.reached <= self.asked if self.at_most else self.reached >= self.asked):
            return "**missed**"
        if self.recalls and self.recalls[0] < self.recalls[1] - SAME_RECALL:
            return "**reached, but at a lower macro recall**"
        return "reached"


def _ratio(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a / b


def _against(speed: Speed, group: str, peer: str, asked: float, what: str = "seconds") -> Goal:
    """A peer's time, or memory, by ours."""
    named = {"seconds": "time", "cpu": "CPU time", "peak_mb": "memory"}[what]
    does = "predicting" if group.startswith("predict") else "training"
    features = "words and characters" if group.endswith("char") else "words"
    said = f"{does}, {features}: {peer}'s {named} by ours"
    systems = speed.systems(group)
    if peer not in systems:
        return Goal(said, asked, None)
    both = [systems[name] for name in (OURS, peer)]
    ours, theirs = (each.whole(what) if what == "peak_mb" else getattr(each, what) for each in both)
    our_recall, their_recall = (each.kept["macro_recall"] for each in both)
    return Goal(said, asked, theirs / ours, recalls=(our_recall, their_recall))


def _two_threads(speed: Speed, features: str, title: str) -> Goal:
    runs = speed.threads(features)
    reached = runs["1"].seconds / runs["2"].seconds if runs else None
    return Goal(f"predicting, {title}: one thread's time by that of two", 1.8, reached)


def _solver(speed: Speed) -> Goal:
    fits = {name: median(timed.inside("seconds")) for name, timed in speed.systems("solver").items()}
    reached = _ratio(fits.get("LIBLINEAR"), fits.get(OURS))
    return Goal("the solver alone: LIBLINEAR's time by ours", 1, reached)


def _memory(speed: Speed) -> Goal:
    """With one thread or two, whichever took more."""
    sizes = speed.sizes()
    if not sizes:
        return Goal("memory for a stream of a million passages", 100, None, " MB", at_most=True)
    n = max(sizes)
    most = max(timed.whole("peak_mb") for timed in sizes[n].values())
    return Goal(f"memory for a stream of {n:,} passages", 100, most, " MB", at_most=True)


def goals(speed: Speed) -> Iterator[Goal]:
    yield _against(speed, "predict-char", "scikit-learn", 60)
    for peer, asked in (("fastText", 8), ("scikit-learn", 20), ("Vowpal Wabbit", 10)):
        yield _against(speed, "predict-word", peer, asked)
    word = {name: timed.seconds for name, timed in speed.systems("predict-word").items()}
    for limit in ("hashing words", "hashing words and bigrams"):
        reached = _ratio(word.get(OURS), word.get(limit))
        yield Goal(f"predicting, words: our time by that of {limit}", 3, reached, at_most=True)
    yield _two_threads(speed, "word+char", "words and characters")
    yield _two_threads(speed, "word", "words")
    yield _against(speed, "train-char", "scikit-learn", 20, "cpu")
    yield _against(speed, "train-char", "scikit-learn", 1, "peak_mb")
    yield _against(speed, "train-word", "Vowpal Wabbit", 1)
    yield _solver(speed)
    yield _memory(speed)
    start = speed.systems("start").get(OURS)
    yield Goal("start to first answer", 20, start and 1000 * start.whole("wall"), " ms", at_most=True)
