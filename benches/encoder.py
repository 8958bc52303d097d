"""Times `standpoint embed` beside sentence-transformers and onnxruntime: one thread each, the same different texts of
data/passages.csv, in turn, so that whatever else the machine does hits all alike. Prints the section of docs/RESULTS.md.

Usage: encoder.py DIRECTORY [--texts N] [--rounds N], with a directory as Sentence-Transformers writes it, `standpoint`
(feature encoder) on the path or in STANDPOINT, and torch, transformers, sentence-transformers, onnx, onnxscript and
onnxruntime installed. Loading is left out: of the command line's time that for a single text is taken off."""

import argparse
import csv
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import onnxruntime
import sentence_transformers
import torch

ROOT = Path(__file__).parents[1]
BATCH = 32


def standpoint(directory, texts, folder):
    program = os.environ.get("STANDPOINT", "standpoint")
    out = folder / "out.jsonl"

    def run(some):
        path = folder / "in.jsonl"
        path.write_text("".join(json.dumps({"text": text}) + "\n" for text in some))
        start = time.perf_counter()
        command = [program, "embed", path, "--threads", "1", "--encoder", directory, "-o", out]
        subprocess.run(command, check=True, capture_output=True)
        return time.perf_counter() - start

    def timed():
        loading = min(run(texts[:1]) for _ in range(2))
        took = run(texts) - loading
        return took, np.array([json.loads(line)["vectors"] for line in out.open()])

    return timed


def torch_peer(directory, texts):
    torch.set_num_threads(1)
    model = sentence_transformers.SentenceTransformer(directory, device="cpu")

    def timed():
        start = time.perf_counter()
        vectors = model.encode(texts, batch_size=BATCH, show_progress_bar=False)
        return time.perf_counter() - start, vectors

    return timed, model


class Network(torch.nn.Module):
    """Without the keyword arguments and the classes of results, for the export."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, ids, mask):
        return self.network(input_ids=ids, attention_mask=mask).last_hidden_state


def onnx_peer(model, texts, folder):
    transformer = model[0]
    network = getattr(transformer, "auto_model", None) or transformer.model
    path = folder / "model.onnx"
    example = (torch.ones(2, 9, dtype=torch.long), torch.ones(2, 9, dtype=torch.long))
    batch, length = torch.export.Dim("batch", min=1, max=512), torch.export.Dim("length", min=2, max=512)
    shapes = {"ids": {0: batch, 1: length}, "mask": {0: batch, 1: length}}
    names = dict(input_names=["ids", "mask"], output_names=["tokens"])
    network = Network(network).eval()
    torch.onnx.export(network, example, path, dynamo=True, dynamic_shapes=shapes, verbose=False, **names)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def timed():
        start = time.perf_counter()
        # Texts of like lengths together, as sentence-transformers does, so that there is little padding.
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        vectors = np.zeros((len(texts), model.get_embedding_dimension()), dtype=np.float32)
        for at in range(0, len(order), BATCH):
            some = order[at : at + BATCH]
            tokens = transformer.tokenizer(
                [texts[i] for i in some], padding=True, truncation=True, max_length=model.max_seq_length, return_tensors="np"
            )
            mask = tokens["attention_mask"].astype(np.int64)
            found = session.run(None, {"ids": tokens["input_ids"].astype(np.int64), "mask": mask})[0]
            mean = (found * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
            vectors[some] = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return time.perf_counter() - start, vectors

    return timed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("--texts", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    with open(ROOT / "data/passages.csv", newline="") as file:
        texts = list(dict.fromkeys(row["text"] for row in csv.DictReader(file)))[: args.texts]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        st, model = torch_peer(args.directory, texts)
        runs = {
            "standpoint embed": standpoint(args.directory, texts, folder),
            f"sentence-transformers {sentence_transformers.__version__}, torch {torch.__version__}": st,
            f"onnxruntime {onnxruntime.__version__}": onnx_peer(model, texts, folder),
        }
        took = {name: [] for name in runs}
        vectors = {}
        for _ in range(args.rounds):
            for name, run in runs.items():
                seconds, vectors[name] = run()
                took[name].append(seconds)
    own = next(iter(runs))
    print(f"{len(texts)} different texts, median of {args.rounds} rounds, in each of which all had their turn:\n")
    print("| | texts a second | standpoint's speed to its | largest difference to its vectors |\n|---|---|---|---|")
    for name in runs:
        speed = len(texts) / statistics.median(took[name])
        ratios = [theirs / ours for theirs, ours in zip(took[name], took[own])]
        ratio = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
        difference = f"{np.abs(vectors[name] - vectors[own]).max():.0e}"
        print(f"| {name} | {speed:.0f} | {'' if name == own else ratio} | {'' if name == own else difference} |")


main()
