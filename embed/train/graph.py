"""A small ONNX graph writer, and the text tower written with it.

The graphs are written node by node instead of exported from PyTorch: every operator is a standard ONNX one, nothing depends on
an exporter's version, and the quantisation below, which no exporter offers, is spelled out.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 8


class Graph:
    """Collects nodes and weights. Methods return the name of the tensor they add."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, onnx.TensorProto] = {}
        self.count = 0

    def weight(self, array: np.ndarray, name: str | None = None) -> str:
        """Stores an array once; scalars and small shape vectors share storage through their content."""
        array = np.asarray(array, order="C")
        name = name or f"const_{array.dtype}_{'x'.join(map(str, array.shape))}_{array.tobytes().hex()[:48]}"
        if name not in self.weights:
            self.weights[name] = numpy_helper.from_array(array, name)
        return name

    def op(self, kind: str, *inputs: str | np.ndarray, out: str | None = None, **attributes) -> str:
        """Adds one node with one output. Array inputs become weights."""
        names = [self.weight(i) if isinstance(i, (np.ndarray, np.generic)) else i for i in inputs]
        self.count += 1
        out = out or f"{kind.lower()}_{self.count}"
        self.nodes.append(helper.make_node(kind, names, [out], name=f"n{self.count}_{kind}", **attributes))
        return out

    def ops(self, kind: str, inputs: list, outputs: int, **attributes) -> list[str]:
        """Adds one node with several outputs."""
        names = [self.weight(i) if isinstance(i, (np.ndarray, np.generic)) else i for i in inputs]
        self.count += 1
        outs = [f"{kind.lower()}_{self.count}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, names, outs, name=f"n{self.count}_{kind}", **attributes))
        return outs

    def model(self, inputs: dict[str, tuple[int, list]], outputs: dict[str, list], doc: str) -> onnx.ModelProto:
        graph = helper.make_graph(
            self.nodes,
            "vitrine",
            [helper.make_tensor_value_info(n, t, s) for n, (t, s) in inputs.items()],
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in outputs.items()],
            list(self.weights.values()),
            doc_string=doc,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="vitrine")
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model)
        return model


def f32(value) -> np.ndarray:
    return np.asarray(value, np.float32)


def i64(value) -> np.ndarray:
    return np.asarray(value, np.int64)


def quantize_columns(weight: np.ndarray, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """Symmetric int8 quantisation, one scale per output column: weight ≈ integers * scale."""
    scale = np.maximum(np.abs(weight).max(0), 1e-12) / limit
    return np.rint(weight / scale).astype(np.int8), scale.astype(np.float32)


def packed(g: Graph, weight: np.ndarray) -> str:
    """A float32 weight [..., out] stored as int8, widened once when a session starts; the arithmetic stays float32."""
    flat = weight.reshape(-1, weight.shape[-1])
    integers, scale = quantize_columns(flat, 127)
    return g.op("Mul", g.op("Cast", integers.reshape(weight.shape), to=TensorProto.FLOAT), scale)


def unit(g: Graph, x: str, out: str | None = None) -> str:
    """Divides each row by its length."""
    length = g.op("Max", g.op("ReduceL2", x, axes=[-1], keepdims=1), f32(1e-12))
    return g.op("Div", x, length, out=out)


def gelu(g: Graph, x: str) -> str:
    """The exact GELU, in the pattern that ONNX Runtime fuses into one kernel."""
    erf = g.op("Erf", g.op("Div", x, f32(np.sqrt(2.0))))
    return g.op("Mul", g.op("Mul", x, g.op("Add", erf, f32(1.0))), f32(0.5))


def linear(g: Graph, x: str, weight: np.ndarray, bias: np.ndarray) -> str:
    """A dense layer in float32; weight is [in, out]."""
    return g.op("Add", g.op("MatMul", x, f32(weight)), f32(bias))


def share_range(peaks: np.ndarray, weight: np.ndarray, part: float) -> np.ndarray:
    """Divisors of a layer's inputs that move their outliers into the weights, geometric mean 1 (SmoothQuant, Xiao et al. 2023).

    peaks are the largest magnitudes seen per input, part (0 to 1) is the share of their range that the weights take over.
    """
    divisor = np.maximum(peaks, 1e-3) ** part / np.maximum(np.abs(weight).max(1), 1e-3) ** (1 - part)
    return divisor / np.exp(np.log(divisor).mean())


def linear_int8(g: Graph, x: str, weight: np.ndarray, bias: np.ndarray, divisor: np.ndarray, limit: int, floor: float | None) -> str:
    """A dense layer with int8 weights [in, out] and inputs quantised at run time to uint8 with one scale per row (token).

    ONNX Runtime's own dynamic quantisation takes one scale for the whole batch, so that a text's vector changes with its
    neighbours; one scale per token makes it independent of them. limit bounds the weights' integers. floor, where it is known,
    is a bound that no input falls below: the range is then [floor, max] instead of [-max, max].
    """
    integers, scale = quantize_columns(weight * divisor[:, None], limit)
    if floor is None:
        x = g.op("Mul", x, f32(1 / divisor))
        top, steps, zero, half = g.op("ReduceMax", g.op("Abs", x), axes=[-1], keepdims=1), 127, 128, 128.5
    else:
        x = g.op("Mul", g.op("Sub", x, f32(floor)), f32(1 / divisor))
        top, steps, zero, half = g.op("ReduceMax", x, axes=[-1], keepdims=1), 255, 0, 0.499
        bias = bias + floor * scale * (integers / divisor[:, None]).sum(0)
    step = g.op("Max", g.op("Mul", top, f32(1 / steps)), f32(1e-9))
    values = g.op("Cast", g.op("Add", g.op("Div", x, step), f32(half)), to=TensorProto.UINT8)
    product = g.op("MatMulInteger", values, integers, np.uint8(zero), np.int8(0))
    product = g.op("Mul", g.op("Cast", product, to=TensorProto.FLOAT), step)
    return g.op("Add", g.op("Mul", product, scale), f32(bias))
