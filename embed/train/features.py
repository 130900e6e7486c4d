"""Runs every picture once per view, and every caption once, through what training never changes; keeps what it learns from in a cache.

Shards of 1,024 pictures are files of their own, so that an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import json
import random
import time
import zlib
from pathlib import Path

import numpy as np
import onnxruntime as ort
from PIL import Image
from tokenizers import Tokenizer

from data import Picture
from encoder import padded
from graph import Graph
from manifest import MAX_TOKENS
from preprocess import SIZE, normalise, resize
from text import WIDTH, peaks, text_model, tokenizer
from vision import load_backbone, trunk_model

SHARD = 1024


def session(model, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def passing(width: int):
    """A head that passes the features on, in the place of the trained one."""

    def write(g: Graph, features: str, out: str) -> int:
        g.op("Identity", features, out=out)
        return width

    return write


def view_of(picture: Image.Image, view: str, key: str) -> Image.Image:
    """The picture as a view sees it: `plain`, or, other for every other name, another aspect and zoom on white, every second one mirrored."""
    if view == "plain":
        return resize(picture, SIZE)
    chance = random.Random(zlib.crc32(f"{view} {key}".encode()))
    width, height = (int(SIZE * chance.uniform(0.72, 1.12)) for _ in range(2))
    small = picture.resize((width, height), Image.Resampling.BICUBIC)
    if chance.random() < 0.5:
        small = small.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    canvas = Image.new("RGB", (SIZE, SIZE), "white")
    spare_x, spare_y = SIZE - width, SIZE - height
    canvas.paste(small, (int(spare_x * chance.random()), int(spare_y * chance.random())))
    return canvas


def of_pictures(pictures: list[Picture], view: str, cache: Path, threads: int) -> tuple[np.ndarray, np.ndarray]:
    """The trunk's maps [n, 120, 14, 14] and statistics [n, STATISTICS] of the pictures, in their order, float16."""
    cache.mkdir(parents=True, exist_ok=True)
    trunk, started = None, time.monotonic()
    maps, statistics = np.zeros((len(pictures), 120, SIZE // 16, SIZE // 16), np.float16), []
    for start in range(0, len(pictures), SHARD):
        shard = pictures[start : start + SHARD]
        digest = zlib.crc32("\n".join(p.key for p in shard).encode())
        file = cache / f"{view}-{SIZE}-{digest:08x}.npz"
        if not file.exists():
            trunk = trunk or session(trunk_model(load_backbone(), SIZE), threads)
            rows = []
            for at in range(0, len(shard), 8):
                pixels = [normalise(view_of(p.open(), view, p.key)) for p in shard[at : at + 8]]
                rows.append([r.astype(np.float16) for r in trunk.run(["map", "statistics"], {"pixel_values": np.stack(pixels)})])
            save(file, map=np.concatenate([r[0] for r in rows]), statistics=np.concatenate([r[1] for r in rows]))
            print(f"features {view}: {start + len(shard)} of {len(pictures)} pictures, {time.monotonic() - started:.0f} s", flush=True)
        with np.load(file) as saved:
            maps[start : start + len(shard)] = saved["map"]
            statistics.append(saved["statistics"])
    return maps, np.concatenate(statistics)


def of_captions(captions: list[str], tower: tuple[dict, dict[str, np.ndarray]], cache: Path, threads: int) -> np.ndarray:
    """Mean and maximum over the tokens of each caption, float16 [n, 768], through the int8 tower that is shipped: its tokenizer and its weights."""
    cache.mkdir(parents=True, exist_ok=True)
    splitter_file, weights = tower
    model = text_model(weights, passing(2 * WIDTH), peaks(weights, splitter_file))
    file = cache / f"captions-{zlib.crc32(json.dumps(captions).encode() + model.SerializeToString()):08x}.npz"
    if not file.exists():
        run = session(model, threads)
        splitter = Tokenizer.from_str(json.dumps(tokenizer(splitter_file)))
        splitter.enable_truncation(MAX_TOKENS)
        ids = [e.ids for e in splitter.encode_batch(captions)]
        order = np.argsort([len(i) for i in ids], kind="stable")
        rows = np.zeros((len(captions), 2 * WIDTH), np.float16)
        for start in range(0, len(order), 64):
            some = order[start : start + 64]
            rows[some] = run.run(["text_embeds"], padded([ids[i] for i in some]))[0]
        save(file, captions=rows)
        print(f"features of {len(captions)} captions", flush=True)
    with np.load(file) as saved:
        return saved["captions"]


def save(file: Path, **arrays: np.ndarray) -> None:
    """Writes beside the file and renames, so that a stopped run leaves no half shard."""
    partial = file.with_suffix(".partial")
    with open(partial, "wb") as out:
        np.savez(out, **arrays)
    partial.rename(file)
