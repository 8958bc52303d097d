"""How near to the optimum solvers stop: losses by one formula, whoever found the weights.

python benches/peers/optimum.py lbfgs word+char TRAIN.csv         scikit-learn at several tolerances
python benches/peers/optimum.py ours MODEL PREDICTIONS.csv          ours, by what it says of the table it is fitted on
python benches/peers/optimum.py matrix TRAIN.csv MATRIX            negative against the rest, as svmlight
python benches/peers/optimum.py liblinear MATRIX WEIGHTS --tolerance 1e-3
python benches/peers/optimum.py losses MATRIX WEIGHTS [WEIGHTS ...]
"""

import argparse
import json
import struct
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import logsumexp
from sklearn.datasets import dump_svmlight_file, load_svmlight_file
from sklearn.linear_model import LogisticRegression
from sklearn.utils.class_weight import compute_sample_weight

from speed_peer import SETTINGS, ScikitLearn, columns

LABELS = ("negative", "neutral", "positive")
TOLERANCES = (1e-3, 3e-4, 1e-4, 1e-5, 1e-6)


def lbfgs(args: argparse.Namespace) -> list[dict[str, float]]:
    peer = ScikitLearn(args.peer)
    texts, labels = columns(args.table, "text", "sentiment")
    x = peer.vectoriser().fit_transform(texts).tocsr()
    _, y = np.unique(labels, return_inverse=True)
    weights = compute_sample_weight(SETTINGS["class_weight"], y)
    found = []
    for tolerance in TOLERANCES:
        model = peer.linear.logistic(SETTINGS).set_params(tol=tolerance, max_iter=10_000).fit(x, y)
        scores = model.decision_function(x)
        losses = logsumexp(scores, axis=1) - scores[np.arange(len(y)), y]
        loss = weights @ losses + (model.coef_**2).sum() / (2 * SETTINGS["C"])
        found.append({"tolerance": tolerance, "loss": float(loss), "iterations": int(model.n_iter_[0])})
    return found


def ours(args: argparse.Namespace) -> dict[str, float]:
    """With balanced class weights and L2 1. Probabilities are read as they are written, with six decimals."""
    data = args.model.read_bytes()
    (n,) = struct.unpack("<Q", data[:8])
    start, end = json.loads(data[8 : 8 + n])["heads.weights"]["data_offsets"]
    head = np.frombuffer(data[8 + n + start : 8 + n + end], "<f4").astype(float)
    labels, *given = columns(args.table, "sentiment", *(f"p_sentiment_{label}" for label in LABELS))
    p = np.array(given, dtype=float)[[LABELS.index(label) for label in labels], np.arange(len(labels))]
    weights = compute_sample_weight("balanced", labels)
    return {"loss": float(-weights @ np.log(np.maximum(p, 5e-7)) + (head**2).sum() / 2)}


def matrix(args: argparse.Namespace) -> dict[str, int]:
    """Values as f32, written so that both solvers read the same."""
    texts, labels = columns(args.table, "text", "sentiment")
    x = ScikitLearn("word+char").vectoriser().fit_transform(texts).tocsr().astype(np.float32)
    y = np.array([1 if label == "negative" else -1 for label in labels])
    dump_svmlight_file(x, y, str(args.matrix), zero_based=True)
    return {"rows": x.shape[0], "columns": x.shape[1], "values": int(x.nnz)}


def read(path: Path) -> tuple[csr_matrix, np.ndarray]:
    x, y = load_svmlight_file(str(path), zero_based=True)
    # LIBLINEAR takes no other.
    x.indices, x.indptr = x.indices.astype(np.int32), x.indptr.astype(np.int32)
    return x, y


def liblinear(args: argparse.Namespace) -> dict[str, float]:
    """It penalises the bias; as a tenth of itself, that changes the loss by a millionth."""
    x, y = read(args.matrix)
    model = LogisticRegression(
        C=1, solver="liblinear", intercept_scaling=10, tol=args.tolerance, max_iter=10_000
    )
    wall, cpu = time.perf_counter(), time.process_time()
    model.fit(x, y)
    took = {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    np.savetxt(args.weights, [*model.coef_[0], model.intercept_[0]], fmt="%.17g")
    return took


def losses(args: argparse.Namespace) -> list[float]:
    """With C = 1 and an intercept that is not penalised. The last of the weights is the intercept."""
    x, y = read(args.matrix)
    found = []
    for path in args.weights:
        weights = np.loadtxt(path)
        margins = y * (x @ weights[:-1] + weights[-1])
        found.append(float(np.logaddexp(0, -margins).sum() + (weights[:-1] ** 2).sum() / 2))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    steps = parser.add_subparsers(required=True)

    def step(act: Any, *arguments: str) -> argparse.ArgumentParser:
        added = steps.add_parser(act.__name__)
        added.set_defaults(act=act)
        for name in arguments:
            added.add_argument(name, type=str if name == "peer" else Path)
        return added

    step(lbfgs, "peer", "table")
    step(ours, "model", "table")
    step(matrix, "table", "matrix")
    of_liblinear = step(liblinear, "matrix", "weights")
    of_liblinear.add_argument("--tolerance", type=float, required=True)
    step(losses, "matrix").add_argument("weights", type=Path, nargs="+")
    args = parser.parse_args()
    print(json.dumps(args.act(args)))


if __name__ == "__main__":
    main()
