"""The part on public sets: ours, the peers, and what papers report."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from results.paired import RESAMPLES, by_page, resampled
from results.plan import PEERS, SETS, PublicSet
from results.published import REFERENCES, SCORES
from results.tables import (
    DASH, Kept, Metric, change, code, counted, difference, figure, listed, mean, number, plain, table,
)  # fmt: skip

# Our name of the measure of each set, and the reader's.
MEASURES = {
    "stance": ("f_avg", "mean of F1 favor and F1 against"),
    "sentiment": ("balanced_accuracy", "macro recall"),
    "imdb": ("accuracy", "accuracy"),
    "l3s": ("macro_f1", "macro F1"),
}

ABOUT = {
    "stance": "TweetEval stance (SemEval-2016 Task 6): tweets toward five targets, one model for each. The"
    " measure is the mean of F1 favor and F1 against. Fitted on train, reported on dev."
    " The mean is over targets. Cross-validation: five folds of train.",
    "sentiment": "TweetEval sentiment (SemEval-2017 Task 4): tweets. Fitted on train, reported on dev."
    " Cross-validation: three folds of a random third of train.",
    "imdb": "Large Movie Review Dataset. There is no dev part: fitted on the rows of train whose number"
    " (from 0) modulo 5 is not 4, reported on the others. Cross-validation: three folds of a random third of the"
    " rows fitted on.",
    "l3s": "L3S-GN1: text blocks of news pages, in page order. Measured is the macro F1 of boilerplate, news and"
    " comment; rows labelled opinion are dropped from both parts. Fitted on train, reported on dev."
    " Cross-validation: three folds of a random third of train's pages, pages kept together."
    " The peers see one block at a time; ours sees its neighbours on the page, except with `--no-context`.",
}


@dataclass(frozen=True)
class Row:
    """One system on one set. `value` is the set's measure; on `stance` the mean over `targets`, which
    has no interval."""

    name: str
    settings: str
    value: Metric | None
    targets: dict[str, Metric | None]
    cv: float | None


def _mean_of(targets: dict[str, Metric | None]) -> Metric | None:
    value = mean([plain(each) for each in targets.values()])
    return None if value is None else Metric(value, n=sum(each.n or 0 for each in targets.values() if each))


def _by_target(evaluation: Any, public: PublicSet) -> dict[str, Metric | None]:
    measure, _ = MEASURES[public.name]
    parts = (evaluation or {}).get("targets") or {}
    return {target: figure(part, public.task, measure) for target, part in sorted(parts.items())}


def our_rows(kept: Kept, public: PublicSet) -> list[Row]:
    measure, _ = MEASURES[public.name]
    rows = []
    for row, flags in public.rows:
        held_out = kept.output(f"{public.name}.{row}", "standpoint evaluate")
        if flags == "--no-context":
            cv = kept.output(f"{public.name}.default.cv", "standpoint train")
            part = "without_context"
        else:
            cv = kept.output(f"{public.name}.{row}.cv", "standpoint train")
            part = None
        if public.name == "stance":
            targets = _by_target(held_out, public)
            value, crossed = _mean_of(targets), _mean_of(_by_target(cv, public))
        else:
            targets = {}
            value, crossed = (
                figure(held_out, public.task, measure),
                figure(cv, public.task, measure, part),
            )
        settings = code(flags) if flags else "default"
        rows.append(Row("standpoint", settings, value, targets, plain(crossed)))
    return rows


def peer_rows(kept: Kept, public: PublicSet) -> list[Row]:
    rows = []
    for peer in PEERS:
        lines = kept.output(f"{public.name}.peer.{peer}", "python") or []
        whole = next((line for line in lines if line["target"] in (None, "mean")), None)
        if whole is None:
            rows.append(Row(peer, DASH, None, {}, None))
            continue
        targets: dict[str, Metric | None] = {
            line["target"]: Metric(line["value"]) for line in lines if line is not whole
        }
        settings = ", ".join(f"{name} {value or 'none'}" for name, value in whole["settings"].items())
        rows.append(Row(peer, settings, Metric(whole["value"], n=whole["n"]), targets, whole["cv"]))
    return rows


def _best(rows: list[Row]) -> Row | None:
    there = [(row.value.value, row) for row in rows if row.value]
    return max(there, key=lambda pair: pair[0])[1] if there else None


def _gap(gap: float) -> str:
    """What is read off a table of three decimals must not contradict the sentence under it."""
    if abs(gap) < 0.0005:
        return "level with it"
    return f"{abs(gap):.3f} {'ahead' if gap > 0 else 'behind'}"


def _against_peer(ours: Row, peer: Row) -> str:
    """Where ours stands beside one peer, and whether that is noise."""
    if ours.value is None or peer.value is None:
        return ""
    how = "by default" if ours.settings == "default" else f"with {ours.settings}"
    said = f"Ours {how} has {number(ours.value.value)}: {_gap(ours.value.value - peer.value.value)}"
    inside = ours.value.holds(peer.value.value)
    if inside is not None:
        return f"{said}, the peer {'inside' if inside else 'outside'} our interval."
    shared = [(metric, peer.targets.get(target)) for target, metric in ours.targets.items()]
    tested = [metric.holds(other.value) for metric, other in shared if metric and other]
    known = [inside for inside in tested if inside is not None]
    if not known:
        return f"{said}."
    return f"{said}; target by target the peer is inside our interval on {sum(known)} of {len(known)}."


def _verdict(ours: list[Row], peers: list[Row]) -> str:
    best = _best(peers)
    if best is None or not any(row.value for row in ours):
        return ""
    said = " ".join(_against_peer(row, best) for row in ours if row.value)
    whole = all(row.value for row in peers)
    which = "The best peer" if whole else "Of the peers that are there, the best"
    return f"{which} is `{best.name}` with {number(plain(best.value))}. {said}"


def _table(ours: list[Row], peers: list[Row], measure: str) -> str:
    rows = ours + peers
    targets = sorted({target for row in rows for target in row.targets})
    header = ["system", "settings", *targets, "mean" if targets else measure, "cross-validated"]
    return table(
        header,
        (
            [
                row.name, row.settings, *(row.targets.get(target) for target in targets), row.value,
                number(row.cv),
            ]
            for row in rows
        ),
    )  # fmt: skip


def _published(public: PublicSet) -> str:
    scores = SCORES.get(public.name)
    if scores is None:
        return "No published score that we know of is for these three labels and this split."
    note = "Published scores, on the **test** part. Ours and the peers' above are on other cases: do not subtract."
    rows = ((model, number(value), papers) for model, value, papers in scores)
    return f"{note}\n\n{table(['model', 'score on test', 'reported in'], rows)}"


def _settings(models: list[Any]) -> dict[str, Any]:
    """What a model was made with, by name; with a model per target, by target and name."""
    passing = ("data_sha256", "passages", "pages", "criterion", "search")
    settings = {}
    for model in models:
        before = f"{model['target']}: " if len(models) > 1 else ""
        parts = (model.get("features") or {}) | (model.get("training") or {})
        settings.update({before + name: value for name, value in parts.items() if name not in passing})
    return settings


def _search(kept: Kept, public: PublicSet) -> str:
    """What the search took that the default has not."""
    models = [kept.output(f"{public.name}.{row}", "standpoint inspect") for row in ("default", "search")]
    if None in models:
        return ""
    default, chosen = (_settings(model) for model in models)
    changed = [f"{name} {json.dumps(value)}" for name, value in chosen.items() if default.get(name) != value]
    if not changed:
        return "`--search` chose the default features and settings."
    return f"`--search` chose, where it left the default: {'; '.join(code(each) for each in changed)}."


def _pooled(kept: Kept, public: PublicSet) -> Iterator[str]:
    """SemEval's official score counts all cases together, and so do the published ones."""
    yield "Over all cases of the five targets together, as SemEval's official score is counted:"
    rows = []
    for row, flags in public.rows:
        held_out = kept.output(f"{public.name}.{row}", "standpoint evaluate")
        cv = kept.output(f"{public.name}.{row}.cv", "standpoint train")
        found = (figure(each, public.task, "f_avg") for each in (held_out, cv))
        rows.append([code(flags) if flags else "default", *found])
    yield table(["settings", "dev", "cross-validated"], rows)


def _context(kept: Kept, public: PublicSet) -> str:
    names = [f"{public.name}.{row}" for row in ("default", "no-context")]
    on, off = (kept.predictions(name) for name in names)
    pages = by_page(on, off, public.task)
    if pages is None:
        return f"Paired difference of context on and off: {DASH}."
    found = resampled(pages)
    zero = "contains zero: it may be noise" if found.holds(0) else "does not contain zero"
    return (
        f"Context on less context off, paired: {change(found.value)} ({change(found.lo)} to {change(found.hi)};"
        f" {RESAMPLES} resamples of {counted(found.n_pages or 0, 'page')}, both measured on the same resample)."
        f" The interval {zero}."
    )


def _section(kept: Kept, public: PublicSet) -> Iterator[str]:
    _, measure = MEASURES[public.name]
    ours, peers = our_rows(kept, public), peer_rows(kept, public)
    yield f"### {public.name}"
    yield ABOUT[public.name]
    values = [row.value for row in ours + peers if row.value]
    cases = sorted({value.n for value in values if value.n})
    pages = next((value.n_pages for value in values if value.n_pages not in (None, value.n)), None)
    if len(cases) == 1:
        yield f"Reported on {counted(cases[0], 'case')}{f' of {pages} pages' if pages else ''}."
    elif cases:
        yield f"**The rows are not of the same cases** ({listed([str(n) for n in cases])}): do not compare them."
    yield _table(ours, peers, measure)
    yield _verdict(ours, peers)
    if public.name == "stance":
        yield from _pooled(kept, public)
    if public.paired:
        yield _context(kept, public)
    yield _search(kept, public)
    yield _published(public)


def _ahead(pairs: list[tuple[float | None, list[float | None]]]) -> str:
    """`N of the M sets`, of those where ours and all peers are there."""
    ahead = []
    for ours, peers in pairs:
        known = [peer for peer in peers if peer is not None]
        if ours is not None and len(known) == len(peers):
            # Peers' values come with four decimals.
            ahead.append(round(ours, 4) > max(known))
    if not ahead:
        return ""
    which = "" if len(ahead) == len(SETS) else " with all figures there"
    return f"{sum(ahead)} of {counted(len(ahead), 'set')}{which}"


def _summary(kept: Kept) -> Iterator[str]:
    held: dict[str, list[tuple[float | None, list[float | None]]]] = {"default": [], "search": []}
    crossed: list[tuple[float | None, list[float | None]]] = []
    rows = []
    for public in SETS:
        ours = dict(zip((name for name, _ in public.rows), our_rows(kept, public), strict=True))
        peers = peer_rows(kept, public)
        values = [plain(row.value) for row in peers]
        for row, pairs in held.items():
            pairs.append((plain(ours[row].value), values))
        crossed.append((ours["default"].cv, [row.cv for row in peers]))
        best = _best(peers)
        highest = best.value if best else None
        rows.append(
            [
                public.name, MEASURES[public.name][1], ours["default"].value, ours["search"].value,
                best and f"{highest} {code(best.name)}",
                change(difference(ours["default"].value, highest)),
                change(difference(ours["search"].value, highest)),
            ]
        )  # fmt: skip
    header = ["set", "measure", "default", "search", "best peer", "default less peer", "search less peer"]
    yield table(header, rows)
    said = [
        f"{where} {what}"
        for what, where in (
            ("by default", _ahead(held["default"])),
            ("by search", _ahead(held["search"])),
            ("by default when cross-validated", _ahead(crossed)),
        )
        if where
    ]
    if said:
        yield f"Ours is ahead of every peer, by the plain value and noise or not, on {listed(said)}."


def part(kept: Kept) -> Iterator[str]:
    yield "## Public sets"
    yield (
        "Peers are what a user would pick instead, each with its settings chosen by cross-validation on train by"
        " the measure of the set: [benches/peers](../benches/peers/README.md) says how. Ours stands there by"
        " default, then with labels chosen for the measure of the set (`--optimise`) where that is not the default's,"
        " then with features and settings chosen by cross-validation on train as well (`--search`)."
    )
    yield (
        "Intervals are 95 %, from resampled pages (single texts, where there are no pages). The peers have none."
        " A peer inside our interval is called that; it is a rough test, since both are measured on the same"
        " cases, and a paired one would tell smaller differences from noise. The cross-validated value of a peer is"
        " the best of its settings, which flatters a little; ours chooses penalties inside each fold."
    )
    yield from _summary(kept)
    for public in SETS:
        yield from _section(kept, public)
    yield "### References"
    yield "\n".join(f"- {reference}" for reference in REFERENCES)
