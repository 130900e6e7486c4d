"""Runs every picture once per view through the frozen backbone and keeps what the heads are trained on, in a resumable cache.

Per picture and view: `pools`, the pooled statistics of every stage, and `map`, the feature map that enters the trainable end of
the backbone. Shards of 1,024 pictures are files of their own, so that an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import random
import time
import zlib
from pathlib import Path

import numpy as np
import onnxruntime as ort
from onnx import TensorProto, helper
from PIL import Image

from data import Picture
from graph import Graph
from preprocess import open_rgb, resize, normalise
from vision import Backbone, Tower, load_backbone

SHARD = 1024
VIEWS = ("plain", "mirror", "jitter")


def feature_session(backbone: Backbone, threads: int) -> ort.InferenceSession:
    g = Graph()
    tower = Tower(g, half=False)
    pools = []
    x = tower.conv("pixel_values", backbone.stem)
    for index, stage in enumerate(backbone.stages):
        for position, block in enumerate(stage):
            x = tower.block(x, block)
            if (index, position) == (5, 0):
                g.op("Cast", x, to=TensorProto.FLOAT16, out="map")
        mean = g.op("ReduceMean", x, axes=[2, 3], keepdims=0)
        pools.append(mean)
        if index < 3:
            square = g.op("ReduceMean", g.op("Mul", x, x), axes=[2, 3], keepdims=0)
            pools.append(g.op("Sqrt", g.op("Relu", g.op("Sub", square, g.op("Mul", mean, mean)))))
    x = tower.conv(x, backbone.head)
    pools += [g.op("ReduceMax", x, axes=[2, 3], keepdims=0), g.op("ReduceMean", x, axes=[2, 3], keepdims=0)]
    g.op("Cast", g.op("Concat", *pools, axis=1), to=TensorProto.FLOAT16, out="pools")
    model = g.model({"pixel_values": (TensorProto.FLOAT, ["batch", 3, "height", "width"])}, {}, "")
    for name, shape in (("pools", ["batch", "width"]), ("map", ["batch", "channels", "y", "x"])):
        model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT16, shape))
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def view_of(picture: Image.Image, view: str, size: int, key: str) -> Image.Image:
    """The picture as a view sees it; `jitter` changes aspect and zoom on a white ground, and mirrors every second picture."""
    if view == "plain":
        return resize(picture, size)
    if view == "mirror":
        return resize(picture, size).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    chance = random.Random(zlib.crc32(f"{view} {key}".encode()))
    width, height = (int(size * chance.uniform(0.72, 1.12)) for _ in range(2))
    small = picture.resize((width, height), Image.Resampling.BICUBIC)
    if chance.random() < 0.5:
        small = small.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    canvas = Image.new("RGB", (size, size), "white")
    spare_x, spare_y = size - width, size - height
    canvas.paste(small, (int(spare_x * chance.random()), int(spare_y * chance.random())))
    return canvas


def extract(pictures: list[Picture], view: str, size: int, cache: Path, threads: int = 1) -> dict[str, np.ndarray]:
    """Features of the pictures in their order: {"pools": [n, width], "map": [n, channels, y, x]}, float16."""
    cache.mkdir(parents=True, exist_ok=True)
    session, started, parts = None, time.monotonic(), []
    for start in range(0, len(pictures), SHARD):
        batch = pictures[start : start + SHARD]
        digest = zlib.crc32("\n".join(p.key for p in batch).encode())
        file = cache / f"{view}-{size}-{digest:08x}.npz"
        if not file.exists():
            session = session or feature_session(load_backbone(), threads)
            pools, maps = [], []
            for at in range(0, len(batch), 8):
                pixels = np.stack([normalise(view_of(open_rgb(p.path), view, size, p.key)) for p in batch[at : at + 8]])
                pool, feature_map = session.run(["pools", "map"], {"pixel_values": pixels})
                pools.append(pool)
                maps.append(feature_map)
            partial = file.with_suffix(".partial")
            with open(partial, "wb") as out:
                np.savez(out, pools=np.concatenate(pools), map=np.concatenate(maps))
            partial.rename(file)
            print(f"features {view} {size}: {start + len(batch)}/{len(pictures)} pictures, {time.monotonic() - started:.0f} s", flush=True)
        with np.load(file) as saved:
            parts.append((saved["pools"], saved["map"]))
    return {"pools": np.concatenate([p for p, _ in parts]), "map": np.concatenate([m for _, m in parts])}
