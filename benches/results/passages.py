"""The part on data/passages.csv: all four tasks, cross-validated."""

from collections.abc import Iterator
from typing import Any

from results.paired import by_page, jackknifed
from results.plan import ABLATIONS, GROUPINGS, SPARSITY_TASKS, TASKS, ablation_name
from results.tables import (
    DASH, Kept, Metric, bold, change, code, counted, difference, figure, listed, mean, number, plain, table,
)  # fmt: skip


def _evaluation(kept: Kept, name: str) -> Any:
    return kept.output(name, "standpoint train")


def _default(kept: Kept) -> Iterator[str]:
    default = _evaluation(kept, "passages.default")
    macro = [figure(default, task, "macro_f1") for task in TASKS]
    yield table(
        ["task", "macro F1", "mean of F1 favor and F1 against", "accuracy", "log loss"],
        (
            [
                task, f1, figure(default, task, "f_avg") if task == "stance" else "",
                figure(default, task, "accuracy"), figure(default, task, "log_loss"),
            ]
            for task, f1 in zip(TASKS, macro, strict=True)
        ),
    )  # fmt: skip
    known = [metric for metric in macro if metric]
    if known:
        yield f"{counted(known[0].n or 0, 'passage')} on {counted(known[0].n_pages or 0, 'page')}."


def _outside(base: Metric | None, other: Metric | None) -> bool:
    """Whether a value is known to be outside the interval of another."""
    return base is not None and other is not None and base.holds(other.value) is False


def _paired(kept: Kept, name: str, task: str) -> Metric | None:
    """Macro F1 of a run less that of the default, on the same passages."""
    pages = by_page(kept.predictions(name), kept.predictions("passages.default"), task)
    return None if pages is None else jackknifed(pages)


def _gain(kept: Kept, task: str) -> str | None:
    """What context gives, with its interval; None without a run of `--no-context`."""
    found = _paired(kept, "passages.no-context", task)
    return (
        None
        if found is None
        else f"{change(-found.value)} ({change(-(found.hi or 0))} to {change(-(found.lo or 0))})"
    )


def _context(kept: Kept) -> Iterator[str]:
    default = _evaluation(kept, "passages.default")
    yield "### Context on and off"
    rows = []
    for task in TASKS:
        on = figure(default, task, "macro_f1")
        off = figure(default, task, "macro_f1", "without_context")
        losses = [figure(default, task, "log_loss", part) for part in (None, "without_context")]
        paired = _gain(kept, task) or change(difference(on, off))
        rows.append([task, on, off, paired, *(number(plain(loss)) for loss in losses)])
    header = ["task", "macro F1 with context", "without", "difference", "log loss with context", "without"]
    yield table(header, rows)
    yield (
        "In brackets 1.96 standard errors to each side of the paired difference, by a jackknife over pages; where the"
        " two ends have different signs it may be noise."
    )


def _ablations(kept: Kept) -> Iterator[str]:
    yield "### What each setting is worth"
    yield (
        "One flag changed at a time. In brackets the difference to the default. Bold is a macro F1 that"
        " differs from the default's by more than 1.96 standard errors of the paired difference (a jackknife over"
        " pages); what is not bold may be noise. Where there is no difference at all, one in twenty would be bold by"
        " chance."
    )
    default = _evaluation(kept, "passages.default")
    base = {task: figure(default, task, "macro_f1") for task in TASKS}
    f1_rows: list[list[object]] = [["default", *(number(plain(base[task])) for task in TASKS), ""]]
    losses = [figure(default, task, "log_loss") for task in TASKS]
    loss_rows: list[list[object]] = [["default", *(number(plain(loss)) for loss in losses)]]
    better, outside, there = [], [], 0
    for flags in ABLATIONS:
        evaluation = _evaluation(kept, ablation_name(flags))
        found = {task: figure(evaluation, task, "macro_f1") for task in TASKS}
        cells, changes = [], []
        for task, metric in found.items():
            changes.append(difference(metric, base[task]))
            paired = _paired(kept, ablation_name(flags), task)
            out = paired is not None and paired.holds(0) is False
            cells.append(metric and bold(f"{number(metric.value)} ({change(changes[-1])})", out))
            if out:
                outside.append(f"{code(flags)} ({task})")
        whole = mean(changes)
        there += whole is not None
        if whole is not None and whole > 0:
            better.append(code(flags))
        f1_rows.append([code(flags), *cells, change(whole)])
        cells = []
        for task, loss in zip(TASKS, losses, strict=True):
            metric = figure(evaluation, task, "log_loss")
            cells.append(metric and f"{number(metric.value)} ({change(difference(metric, loss))})")
        loss_rows.append([code(flags), *cells])
    yield "Macro F1:"
    yield table(["flags", *TASKS, "mean difference"], f1_rows)
    yield "Log loss (lower is better):"
    yield table(["flags", *TASKS], loss_rows)
    if there:
        yield (
            f"Of {counted(there, 'row')}, the mean macro F1 of the four tasks is higher than the default's in"
            f" {len(better)}{': ' + listed(better) if better else ''}. More than noise: {listed(outside or ['none'])}."
        )


def _at(point: Any, task: str) -> Metric | None:
    """Macro F1 at a point of the curve, which has its metrics one level higher than an evaluation."""
    return figure({"tasks": {task: {"metrics": point["tasks"].get(task)}}}, task, "macro_f1")


def _learning_curve(kept: Kept) -> Iterator[str]:
    yield "### Learning curve"
    yield "Macro F1 on the same held-out pages, fitted on fewer pages of each fold's training part."
    points = (_evaluation(kept, "passages.default") or {}).get("learning_curve") or []
    rows = [[point["pages"], *(_at(point, task) for task in TASKS)] for point in points]
    yield table(["training pages", *TASKS], rows or [[DASH] * (1 + len(TASKS))])
    if len(points) > 1:
        gains = [
            f"{task} {change(difference(_at(points[-1], task), _at(points[-2], task)))}" for task in TASKS
        ]
        outside = [task for task in TASKS if _outside(_at(points[-1], task), _at(points[-2], task))]
        yield (
            f"The last step, from {points[-2]['pages']} to {points[-1]['pages']} pages, gives {listed(gains)};"
            f" outside the last point's interval: {listed(outside or ['none'])}."
        )


def _groups(kept: Kept) -> Iterator[str]:
    yield "### New pages, new sources, new topics"
    yield (
        "The same, with all pages of a source, or of a topic, held out together. After the comma the"
        " difference to folds of pages, bold if outside the interval there."
        " By topic, stance is left out: views toward the target are on pages of one topic only"
        " ([data/README.md](../data/README.md)), so that nothing would be left to learn them from."
    )
    names = [("by page, 5 folds", "passages.default")]
    for name, flags in GROUPINGS:
        evaluated = kept.runs.get(f"passages.{name}")
        facts = next(iter(evaluated["steps"][0]["inputs"].values()))["different"] if evaluated else {}
        column = flags.split()[1]
        folds, groups = int(flags.split()[3]), facts.get(column)
        how = f"{folds} folds" if groups is None or groups > folds else f"each of {groups} left out in turn"
        names.append((f"by {column}, {how}", f"passages.{name}"))
    base = {task: figure(_evaluation(kept, "passages.default"), task, "macro_f1") for task in TASKS}
    rows = []
    for title, name in names:
        row: list[object] = [title]
        for task in TASKS:
            metric = figure(_evaluation(kept, name), task, "macro_f1")
            if metric and name != "passages.default":
                to_pages = change(difference(metric, base[task]))
                row.append(bold(f"{metric}, {to_pages}", _outside(base[task], metric)))
            else:
                row.append(metric)
        rows.append(row)
    yield table(["held out", *TASKS], rows)


def _decoding(kept: Kept) -> Iterator[str]:
    """What was tried and left out."""
    yield "### Decoding over the page"
    yield (
        "Tried on the cross-validated probabilities above, and left out: Viterbi over the labels of a page, with"
        " transitions weighed by what follows what, and a second round in which a stage sees the neighbours'"
        " probabilities of the first ([benches/decoding.py](../benches/decoding.py)). Here a label is the most"
        " probable one. Gains of a weight that is best in this very table are too good."
    )
    found = [
        step["output"] for step in kept.runs.get("passages.decoding", {}).get("steps", ()) if step["output"]
    ]
    if not found:
        yield DASH
        return
    ways = [way for way in found[0] if way != "task"]
    rows = ([way, *(f"{of_task[way]['macro_f1']:.3f}" for of_task in found)] for way in ways)
    yield table(["macro F1", *(of_task["task"] for of_task in found)], rows)


def _sparsity(kept: Kept) -> Iterator[str]:
    yield "### Small models"
    yield (
        "An L1 penalty, tried against `--max-terms` (chi-squared, then L2) with scikit-learn's heads alone, without"
        " a deciding stage ([benches/sparsity.py](../benches/sparsity.py)), and left out: with its strongest"
        " penalties it makes the smaller models, and it never reaches what chi-squared keeps with more terms."
    )
    found = [step["output"] for step in kept.runs.get("passages.sparsity", {}).get("steps", ())]
    if not found:
        yield DASH
        return
    for task, rows in zip(SPARSITY_TASKS, found, strict=True):
        yield table(
            [f"{task}: terms", "chosen by", "macro F1"],
            ([row["terms"], row["how"], f"{row['macro_f1']:.3f}"] for row in sorted(rows, key=_terms)),
        )


def _terms(row: dict[str, Any]) -> int:
    return row["terms"]


def part(kept: Kept) -> Iterator[str]:
    yield "## The project's own passages"
    yield (
        "[data/passages.csv](../data/README.md), synthetic pages written for the project: what follows tells one"
        " setting from another, and says little of real pages. Five folds, pages kept together; penalties are"
        " chosen inside each fold. Intervals are 95 %, from resampled pages."
    )
    yield from _default(kept)
    yield from _context(kept)
    yield from _ablations(kept)
    yield from _decoding(kept)
    yield from _sparsity(kept)
    yield from _learning_curve(kept)
    yield from _groups(kept)
