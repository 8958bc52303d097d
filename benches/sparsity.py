"""Would an L1 penalty make better small models than chi-squared and L2? Macro F1 against the number of terms.

Heads alone, without the deciding stage: word 1-3-grams and characters 2-5 within words, in two passages or
more, class weights balanced, five folds of pages; of each row the best of the penalties, chosen on the same
folds. Needs scikit-learn, as benches/peers does.

    python benches/sparsity.py data/passages.csv --task stance
"""

import argparse
import csv
import json

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import chi2
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_union

FOLDS = 5
TERMS = (1000, 3000, 10_000, 30_000)
L2 = (0.3, 1, 3, 10)
L1 = (1, 3, 10, 30, 100)


def fitted(penalty: str, c: float, x, y):
    """liblinear, one label against the rest: the L1 solver that a user would take."""
    ratio = dict(l1=1.0, l2=0.0)[penalty]
    models = []
    for label in np.unique(y):
        model = LogisticRegression(l1_ratio=ratio, C=c, class_weight="balanced", solver="liblinear")
        models.append(model.fit(x, y == label))
    return models


def macro_f1(models, x, y) -> float:
    scores = np.stack([model.decision_function(x) for model in models], axis=1)
    return f1_score(y, scores.argmax(axis=1), average="macro")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", help="labelled passages, with `page` and `text`")
    parser.add_argument("--task", required=True)
    args = parser.parse_args()
    with open(args.table, newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row[args.task]]
    texts = np.array([row["text"] for row in rows])
    _, y = np.unique([row[args.task] for row in rows], return_inverse=True)
    found: dict[tuple[str, float, float], list[tuple[float, float]]] = {}
    for kept, held in GroupKFold(FOLDS).split(texts, y, [row["page"] for row in rows]):
        common = dict(sublinear_tf=True, min_df=2)
        vectoriser = make_union(
            TfidfVectorizer(ngram_range=(1, 3), **common),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), **common),
        )
        x, held_x = vectoriser.fit_transform(texts[kept]), vectoriser.transform(texts[held])
        best = np.argsort(-np.nan_to_num(chi2(x, y[kept])[0]), kind="stable")
        for most in (*TERMS, x.shape[1]):
            columns = np.sort(best[:most])
            size = "all" if most == x.shape[1] else most
            for c in L2:
                models = fitted("l2", c, x[:, columns], y[kept])
                score = macro_f1(models, held_x[:, columns], y[held])
                found.setdefault(("chi-squared, L2", size, c), []).append((len(columns), score))
        for c in L1:
            models = fitted("l1", c, x, y[kept])
            terms = np.any([model.coef_[0] != 0 for model in models], axis=0).sum()
            found.setdefault(("L1", c, c), []).append((int(terms), macro_f1(models, held_x, y[held])))
    rows = {}
    for (how, size, _), folds in found.items():
        terms, score = np.mean(folds, axis=0)
        if score > rows.get((how, size), (0, 0))[1]:
            rows[how, size] = (round(terms), score)
    print(json.dumps([dict(how=how, terms=terms, macro_f1=score) for (how, _), (terms, score) in rows.items()]))


if __name__ == "__main__":
    main()
