"""Measures hnsw beside hnswlib, faiss and usearch (PyPI), all in one run: unit vectors, k = 10, M = 16, efConstruction = 200.

usage: pip install numpy hnswlib faiss-cpu usearch
       python peers.py BASE QUERIES DIMENSION     two files of little-endian float32 vectors
       python peers.py fashion                    Fashion-MNIST, from the Debian package dataset-fashion-mnist

Indexes are built on two threads and searched on one. Engines take turns, three rounds each; a figure is the best of its rounds, in
processor time, which other work on the machine disturbs least. Recall counts answers at least as similar as the true tenth, by the exact
similarity of what was returned. Printed for every engine and recall: the microseconds a search, between measured points interpolated.
"""

import gzip
import os
import re
import subprocess
import sys
import tempfile
import time

import faiss
import hnswlib
import numpy as np
from usearch.index import Index

K, M, CONSTRUCTION, ROUNDS = 10, 16, 200, 3
EFS = (10, 15, 20, 30, 40, 60, 80, 120, 160, 240, 320, 480, 640, 960)
TARGETS = (0.95, 0.98, 0.99, 0.995, 0.998, 0.999)


def pictures(name):
    raw = gzip.open("/usr/share/datasets/fashion-mnist/" + name).read()
    vectors = np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 784).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class Hnswlib:
    def __init__(self, base):
        self.index = hnswlib.Index(space="ip", dim=base.shape[1])
        self.index.init_index(max_elements=len(base), M=M, ef_construction=CONSTRUCTION, random_seed=1)
        self.index.add_items(base, num_threads=2)

    def search(self, asked, ef):
        self.index.set_ef(ef)
        return self.index.knn_query(asked, k=K, num_threads=1)[0]


class Faiss:
    def __init__(self, base, sq=False):
        ip = faiss.METRIC_INNER_PRODUCT
        if sq:
            self.index = faiss.IndexHNSWSQ(base.shape[1], faiss.ScalarQuantizer.QT_8bit, M, ip)
        else:
            self.index = faiss.IndexHNSWFlat(base.shape[1], M, ip)
        self.index.hnsw.efConstruction = CONSTRUCTION
        faiss.omp_set_num_threads(2)
        self.index.train(base)
        self.index.add(base)

    def search(self, asked, ef):
        faiss.omp_set_num_threads(1)
        self.index.hnsw.efSearch = ef
        return self.index.search(asked, K)[1]


class Usearch:
    def __init__(self, base, dtype):
        self.index = Index(
            ndim=base.shape[1], metric="cos", dtype=dtype, connectivity=M, expansion_add=CONSTRUCTION
        )
        self.index.add(np.arange(len(base)), base, threads=2)

    def search(self, asked, ef):
        self.index.expansion_search = ef
        return self.index.search(asked, K, threads=1).keys


def ours(folder, dim):
    """Runs BenchmarkFiles once and yields engine, ef, recall, microseconds, seconds of building."""
    names = {"VITRINE_BASE": "base", "VITRINE_QUERIES": "queries"}
    env = os.environ | {k: os.path.join(folder, v) for k, v in names.items()} | {"VITRINE_DIM": str(dim)}
    command = ["go", "test", "-run", "xxx", "-bench", "Files", "-benchtime", "1000x", "-cpu", "1", "."]
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    for line in subprocess.run(command, cwd=root, env=env, check=True, capture_output=True, text=True).stdout.splitlines():
        if m := re.match(r"BenchmarkFiles/(\w+)/ef=(\d+)", line):
            value = lambda unit: float((re.search(r"([\d.e+]+) " + unit, line) or [0, "inf"])[1])
            yield "vitrine " + m[1], int(m[2]), value("recall@10"), value("cpu-ns/op") / 1000, value("build-s")


def at(points, target):
    """Interpolates the logarithm of the time over that of what is missed, along the fastest points."""
    frontier = []
    for recall, us in sorted(points, key=lambda p: p[1]):
        if not frontier or recall > frontier[-1][0]:
            frontier.append((recall, us))
    if target > frontier[-1][0]:
        return None
    missed = [-np.log(1 - min(r, 0.99999)) for r, _ in frontier]
    return float(np.exp(np.interp(-np.log(1 - target), missed, [np.log(us) for _, us in frontier])))


def main():
    if sys.argv[1] == "fashion":
        base, asked = pictures("train-images-idx3-ubyte.gz"), pictures("t10k-images-idx3-ubyte.gz")[:1000]
    else:
        base, asked = (np.fromfile(f, "<f4").reshape(-1, int(sys.argv[3])) for f in sys.argv[1:3])
    bar = np.sort(-(asked @ base.T), axis=1)[:, K - 1 : K]
    peers = {
        "hnswlib": Hnswlib,
        "faiss flat": Faiss,
        "faiss sq8": lambda b: Faiss(b, sq=True),
        "usearch f32": lambda b: Usearch(b, "f32"),
        "usearch i8": lambda b: Usearch(b, "i8"),
    }
    built, seconds, best = {}, {}, {}
    for name, make in peers.items():
        start = time.process_time()
        built[name] = make(base)
        seconds[name] = time.process_time() - start
        print(f"{name}: built, {seconds[name]:.1f} s", file=sys.stderr, flush=True)

    def note(name, ef, recall, us):
        old = best.setdefault(name, {}).get(ef, (0, float("inf")))
        best[name][ef] = (recall, min(us, old[1]))

    with tempfile.TemporaryDirectory() as folder:
        base.tofile(os.path.join(folder, "base"))
        asked.tofile(os.path.join(folder, "queries"))
        for _ in range(ROUNDS):
            for name, engine in built.items():
                for ef in EFS:
                    start = time.process_time()
                    found = engine.search(asked, ef)
                    us = (time.process_time() - start) / len(asked) * 1e6
                    similarity = np.einsum("qd,qkd->qk", asked, base[found.astype(np.int64)])
                    note(name, ef, np.mean(similarity >= -bar - 1e-6), us)
            for name, ef, recall, us, build in ours(folder, base.shape[1]):
                note(name, ef, recall, us)
                seconds[name] = min(build, seconds.get(name, build))

    print("| engine | build, s | " + " | ".join(map(str, TARGETS)) + " |\n|" + "---|" * (len(TARGETS) + 2))
    for name, points in best.items():
        cells = (at(points.values(), t) for t in TARGETS)
        print(f"| {name} | {seconds[name]:.1f} | " + " | ".join("—" if c is None else f"{c:.0f}" for c in cells) + " |")


main()
