"""Measures hnswlib (PyPI) as BenchmarkFashion measures our engine: Fashion-MNIST as unit vectors, M=16, efConstruction=200.

usage: pip install hnswlib numpy && python peer.py
Times are processor times of this process, the best of three rounds; searches run on one thread, building on two.
"""

import gzip
import time

import numpy as np

import hnswlib

FOLDER = "/usr/share/datasets/fashion-mnist/"
K = 10
QUERIES = 1000


def pictures(name):
    raw = np.frombuffer(gzip.open(FOLDER + name).read(), np.uint8, offset=16)
    vectors = raw.reshape(-1, 784).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


base = pictures("train-images-idx3-ubyte.gz")
asked = pictures("t10k-images-idx3-ubyte.gz")[:QUERIES]
bar = np.sort(-(asked @ base.T), axis=1)[:, K - 1 : K]  # the similarity of the last true neighbour, negated

index = hnswlib.Index(space="ip", dim=784)
index.init_index(max_elements=len(base), M=16, ef_construction=200, random_seed=1)
start = time.process_time()
index.add_items(base, num_threads=2)
print(f"built, processor time {time.process_time() - start:.1f} s")

for ef in (10, 20, 40, 80, 160, 320):
    index.set_ef(ef)
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        _, distances = index.knn_query(asked, k=K, num_threads=1)
        best = min(best, time.process_time() - start)
    recall = np.mean(distances - 1 <= bar + 1e-6)
    print(f"ef={ef} recall@{K} {recall:.4f} cpu {best / QUERIES * 1e6:.0f} µs")
