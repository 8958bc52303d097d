"""Linear models of scikit-learn on bags of n-grams."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import spmatrix
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion
from sklearn.svm import LinearSVC

from sets import SEED, LabelledSet, Part, Settings


def word() -> TfidfVectorizer:
    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)


def word_and_char() -> FeatureUnion:
    shared = {"sublinear_tf": True, "min_df": 2}
    return FeatureUnion(
        [
            ("word", TfidfVectorizer(ngram_range=(1, 3), **shared)),
            ("char", TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), **shared)),
        ]
    )


def presence() -> CountVectorizer:
    return CountVectorizer(ngram_range=(1, 2), binary=True, dtype=np.float64)


def logistic(settings: Settings) -> LogisticRegression:
    return LogisticRegression(C=settings["C"], class_weight=settings["class_weight"], max_iter=300)


def svm(settings: Settings) -> LinearSVC:
    return LinearSVC(
        C=settings["C"], class_weight=settings["class_weight"], max_iter=20_000, random_state=SEED
    )


class NbSvm:
    """NBSVM of Wang and Manning (2012), one label against the rest.

    Presence of n-grams is scaled by the log-count ratio of the label. The SVM on that is then
    drawn towards naive Bayes, which has the same weight for all of them and the labels' odds as
    its intercept; without the intercept the two would be shifted against each other.
    """

    SMOOTHING = 1.0
    INTERPOLATION = 0.25

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def fit(self, x: spmatrix, labels: np.ndarray) -> "NbSvm":
        self.labels = np.unique(labels)
        models = [self._one_against_rest(x, labels == label) for label in self.labels]
        self.weights = np.array([weights for weights, _ in models])
        self.intercepts = np.array([intercept for _, intercept in models])
        return self

    def _one_against_rest(self, x: spmatrix, positive: np.ndarray) -> tuple[np.ndarray, float]:
        p, q = (self.SMOOTHING + np.asarray(x[rows].sum(axis=0)).ravel() for rows in (positive, ~positive))
        ratio = np.log((p / p.sum()) / (q / q.sum()))
        model = svm(self.settings).fit(x.multiply(ratio).tocsr(), positive)
        bayes = np.abs(model.coef_[0]).mean()
        odds = np.log(positive.sum() / (~positive).sum())
        beta = self.INTERPOLATION
        weights = ratio * ((1 - beta) * bayes + beta * model.coef_[0])
        return weights, (1 - beta) * bayes * odds + beta * float(model.intercept_[0])

    def predict(self, x: spmatrix) -> np.ndarray:
        return self.labels[(x @ self.weights.T + self.intercepts).argmax(axis=1)]


def grid(*cs: float) -> Callable[[LabelledSet], list[Settings]]:
    """Penalties; class weights as well where the labels are uneven."""

    def of(labelled: LabelledSet) -> list[Settings]:
        weights = (None, "balanced") if labelled.skewed else (None,)
        return [{"C": c, "class_weight": weight} for c in cs for weight in weights]

    return of


def run(vectoriser: Callable[[], Any], model: Callable[[Settings], Any]) -> Callable[..., list[np.ndarray]]:
    """Predictions for each of the settings; they share the features, which cost the most."""

    def predictions(train: Part, texts: list[str], choices: list[Settings]) -> list[np.ndarray]:
        features = vectoriser()
        x, z = features.fit_transform(train.texts).tocsr(), features.transform(texts).tocsr()
        return [model(settings).fit(x, train.labels).predict(z) for settings in choices]

    return predictions
