"""The difference of two models on the same passages, with its interval."""

import math
import random
from collections import Counter
from collections.abc import Iterable
from typing import Any

from results.tables import Metric

RESAMPLES = 2000

Pairs = Counter[tuple[str, str]]
"""How often each gold label was given each predicted label."""


def _macro_f1(pairs: Pairs) -> float:
    """Over labels that are gold or predicted at all, as the CLI has it."""
    gold, predicted = Counter[str](), Counter[str]()
    for (of_gold, of_predicted), n in pairs.items():
        gold[of_gold] += n
        predicted[of_predicted] += n
    labels = [label for label in gold | predicted if gold[label] + predicted[label]]
    return sum(2 * pairs[label, label] / (gold[label] + predicted[label]) for label in labels) / len(labels)


Pages = dict[str, tuple[Pairs, Pairs]]
"""The pairs of each page, of the one model and of the other."""


def by_page(a: Any, b: Any, task: str) -> Pages | None:
    """None if either has no predictions of the task."""
    if not a or not b or task not in a or task not in b:
        return None
    pages: Pages = {}
    for side, predictions in enumerate((a, b)):
        columns = (predictions["page"], predictions[task], predictions[f"pred_{task}"])
        for page, gold, predicted in zip(*columns, strict=True):
            if gold:
                pages.setdefault(page, (Counter(), Counter()))[side][gold, predicted] += 1
    return pages


def _difference(pages: Iterable[tuple[Pairs, Pairs]]) -> float:
    sides: tuple[Pairs, Pairs] = (Counter(), Counter())
    for page in pages:
        for whole, pairs in zip(sides, page, strict=True):
            whole.update(pairs)
    return _macro_f1(sides[0]) - _macro_f1(sides[1])


def resampled(pages: Pages) -> Metric:
    """Macro F1 of the one less that of the other, with the 2.5 and 97.5 % points over resamples of the
    pages. Both are measured on the same resample: that makes it narrower than two intervals side by side."""
    names = sorted(pages)
    dice = random.Random(1)
    values = sorted(
        _difference(pages[page] for page in dice.choices(names, k=len(names))) for _ in range(RESAMPLES)
    )
    lo, hi = (values[round(share * (RESAMPLES - 1))] for share in (0.025, 0.975))
    return Metric(_difference(pages.values()), lo, hi, n_pages=len(names))


def jackknifed(pages: Pages) -> Metric:
    """The same with 1.96 standard errors to each side, found by leaving out one page at a time: a
    hundred times as fast, for tables of many differences on many pages."""
    whole: tuple[Pairs, Pairs] = (Counter(), Counter())
    for page in pages.values():
        for side, pairs in zip(whole, page, strict=True):
            side.update(pairs)
    value = _macro_f1(whole[0]) - _macro_f1(whole[1])
    without = []
    for page in pages.values():
        rest = [side.copy() for side in whole]
        for side, pairs in zip(rest, page, strict=True):
            side.subtract(pairs)
        without.append(_macro_f1(rest[0]) - _macro_f1(rest[1]))
    n, centre = len(without), sum(without) / len(without)
    error = math.sqrt((n - 1) / n * sum((each - centre) ** 2 for each in without))
    return Metric(value, value - 1.96 * error, value + 1.96 * error, n_pages=n)
