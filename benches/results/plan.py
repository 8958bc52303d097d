"""What is run: every command line, under a name.

Command lines are kept as they are shown to readers: `DIR` is the folder of the public sets, `OUT` that
of the results. Only the runner knows what the two are on this machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

PEERS = ("word", "word+char", "word+char-svm", "nbsvm", "fasttext", "vw")
CORPUS = "data/passages.csv"
TASKS = ("kind", "stance", "voice", "sentiment")


@dataclass(frozen=True)
class Command:
    """`reads` says what is kept of stdout: one JSON value, as many as there are, nothing. `into` sends
    stdout to a file instead. `predictions` is a table that the command writes: of that, the pages and
    the labels of `tasks`, gold and predicted, are kept."""

    line: str
    reads: Literal["json", "values", "nothing"] = "nothing"
    into: str | None = None
    predictions: str | None = None
    tasks: tuple[str, ...] = ()

    def shown(self) -> str:
        """As one would type it."""
        line = f"{self.line} > {self.into}" if self.into else self.line
        return line.replace("OUT/", "target/results/")


@dataclass(frozen=True)
class Run:
    """Commands whose outputs are kept together in one file, called by `name`."""

    name: str
    commands: tuple[Command, ...]


@dataclass(frozen=True)
class PublicSet:
    """A public set as both we and the peers see it; `cv` is the data and the folds that the peers choose
    their settings on, so that cross-validated values compare."""

    name: str
    task: str
    train: str
    dev: str
    cv: str
    flags: str
    # Rows of our own: (name, flags of train). The first is the default.
    rows: tuple[tuple[str, str], ...]
    paired: bool = False


SETS = (
    PublicSet(
        name="stance",
        task="stance",
        train="DIR/tweeteval_stance/train.csv",
        dev="DIR/tweeteval_stance/dev.csv",
        cv="DIR/tweeteval_stance/train.csv --cv 5",
        flags="--per-target --tasks stance",
        rows=(("default", ""), ("optimised", "--optimise f_avg"), ("search", "--search --optimise f_avg")),
    ),
    PublicSet(
        name="sentiment",
        task="sentiment",
        train="DIR/tweeteval_sentiment/train.csv",
        dev="DIR/tweeteval_sentiment/dev.csv",
        cv="OUT/data/sentiment_third.csv --cv 3",
        flags="--tasks sentiment",
        rows=(
            ("default", ""),
            ("optimised", "--optimise balanced_accuracy"),
            ("search", "--search --optimise balanced_accuracy"),
        ),
    ),
    PublicSet(
        name="imdb",
        task="sentiment",
        train="OUT/data/imdb_train.csv",
        dev="OUT/data/imdb_dev.csv",
        cv="OUT/data/imdb_third.csv --cv 3",
        flags="--tasks sentiment",
        rows=(("default", ""), ("search", "--search")),
    ),
    PublicSet(
        name="l3s",
        task="kind",
        train="OUT/data/l3s_train.csv",
        dev="OUT/data/l3s_dev.csv",
        cv="OUT/data/l3s_third.csv --cv 3",
        flags="--tasks kind",
        rows=(("default", ""), ("no-context", "--no-context"), ("search", "--search")),
        paired=True,
    ),
)

ABLATIONS = (
    "--nb-ratios never",
    "--nb-ratios always",
    "--char-ngrams 0-0",
    "--word-ngrams 1-1",
    "--word-ngrams 1-2",
    "--min-df 1",
    "--no-shape",
    "--no-context",
    "--class-weights equal",
    "--mask-names",
    "--negation",
    "--lexicon",
    "--tf binary",
    "--chars-across",
    "--optimise accuracy",
    "--max-terms 10000",
    "--hash-bits 16",
)

# Where L1 is compared with chi-squared.
SPARSITY_TASKS = ("kind", "stance")

# How pages are held out of data/passages.csv, beside five folds of pages. A fold without the target's
# own topic would have no favor or against to learn from, so that stance is left out there.
GROUPINGS = (
    ("by-source", "--group source --cv 10"),
    ("by-topic", "--group topic --cv 99 --tasks kind,voice,sentiment"),
)


def ablation_name(flags: str) -> str:
    """`--char-ngrams 0-0` becomes `passages.char-ngrams-0-0`."""
    return "passages." + flags.removeprefix("--").replace(" ", "-")


def _words(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _ours(public: PublicSet) -> Iterator[Run]:
    """On held-out data, then cross-validated. `--no-context` needs no cross-validation of its own: that of
    the default also says how it would be without."""
    for row, flags in public.rows:
        name = f"{public.name}.{row}"
        model = f"OUT/models/{name}.standpoint"
        commands = [
            Command(_words("standpoint train", public.train, public.flags, flags, "-o", model)),
            Command(
                f"standpoint evaluate {public.dev} -m {model} --tasks {public.task} --format json", "json"
            ),
            Command(f"standpoint inspect {model} --top 1 --format json", "values"),
        ]
        if public.paired:
            table = f"OUT/predictions/{name}.csv"
            line = f"standpoint predict {public.dev} -m {model} -o {table}"
            commands.append(Command(line, predictions=table, tasks=(public.task,)))
        yield Run(name, tuple(commands))
    for row, flags in public.rows:
        if flags != "--no-context":
            line = _words("standpoint train", public.cv, public.flags, flags, "--format json")
            third = public.cv.split()[0]
            export = Command(f"python benches/peers/sets.py --data DIR --set {public.name}", into=third)
            before = (export,) if third.startswith("OUT/") else ()
            yield Run(f"{public.name}.{row}.cv", (*before, Command(line, "json")))


def _peers(public: PublicSet) -> Iterator[Run]:
    for peer in PEERS:
        line = f"python benches/peers/peers.py --data DIR --set {public.name} --peer {peer}"
        yield Run(f"{public.name}.peer.{peer}", (Command(line, "values"),))


def _passages() -> Iterator[Run]:
    def run(name: str, flags: str) -> Run:
        table = f"OUT/predictions/{name}.csv"
        line = f"standpoint train {CORPUS} {flags} --predictions {table} --format json"
        return Run(name, (Command(line, "json", predictions=table, tasks=TASKS),))

    yield run("passages.default", "--cv 5 --learning-curve")
    for name, flags in GROUPINGS:
        yield run(f"passages.{name}", flags)
    decoding = "python benches/decoding.py OUT/predictions/passages.default.csv --task"
    yield Run("passages.decoding", tuple(Command(f"{decoding} {task}", "json") for task in TASKS))
    sparsity = f"python benches/sparsity.py {CORPUS} --task"
    yield Run("passages.sparsity", tuple(Command(f"{sparsity} {task}", "json") for task in SPARSITY_TASKS))
    for flags in ABLATIONS:
        yield run(ablation_name(flags), f"--cv 5 {flags}")


def runs() -> list[Run]:
    """Small sets first, so that what is wrong shows early."""
    planned = list(_passages())
    for public in SETS:
        planned.extend(_ours(public))
        planned.extend(_peers(public))
    return planned
