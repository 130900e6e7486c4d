"""Writes the model folder: both towers with their trained heads, tokenizer, preprocessing and manifest."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch

import manifest
import preprocess
from graph import Graph, f32
from heads import write_head
from tail import Tail
from text import peaks, text_model, tokenizer
from train import MEAN_LENGTH
from vision import Backbone, load_backbone, vision_model


def load_heads(trained: Path) -> dict[str, dict[str, np.ndarray]]:
    heads: dict[str, dict[str, np.ndarray]] = {"picture": {}, "text": {}}
    with np.load(trained / "heads.npz") as saved:
        for name in saved.files:
            tower, array = name.split(".", 1)
            heads[tower][array] = saved[name]
    return heads


def trained_backbone(trained: Path) -> Backbone:
    original = load_backbone()
    tail = Tail(original)
    with np.load(trained / "tail.npz") as saved:
        tail.load_state_dict({name: torch.from_numpy(saved[name]) for name in saved.files})
    return tail.backbone(original)


def text_head(arrays: dict[str, np.ndarray]):
    """The head behind the same scaling of the mean as in training."""
    inner = write_head(arrays)

    def write(g: Graph, features: str, out: str) -> int:
        mean, top = g.ops("Split", [features], 2, axis=1)
        length = g.op("Max", g.op("ReduceL2", mean, axes=[-1], keepdims=1), f32(1e-12))
        scaled = g.op("Mul", g.op("Div", mean, length), f32(MEAN_LENGTH))
        return inner(g, g.op("Concat", scaled, top, axis=1), out)

    return write


def write(trained: Path, tower: tuple[dict, dict[str, np.ndarray]], folder: Path) -> None:
    """trained holds heads.npz and tail.npz, tower is the text tower's tokenizer and weights; folder becomes the model."""
    folder.mkdir(parents=True, exist_ok=True)
    heads = load_heads(trained)
    splitter, weights = tower
    words = text_model(weights, text_head(heads["text"]), peaks(weights, splitter))
    (folder / "text_model.onnx").write_bytes(words.SerializeToString())
    pictures = vision_model(trained_backbone(trained), write_head(heads["picture"]), preprocess.SIZE)
    (folder / "vision_model.onnx").write_bytes(pictures.SerializeToString())
    compact = json.dumps(tokenizer(splitter), ensure_ascii=False, separators=(",", ":"))
    (folder / "tokenizer.json").write_text(compact, encoding="utf-8")
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocess.config(), indent=2) + "\n", encoding="utf-8")
    manifest.write(folder, len(heads["text"]["outer.bias"]))


