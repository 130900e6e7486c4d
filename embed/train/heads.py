"""The trained part: one small network per tower that maps its features into the joint space."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from graph import Graph, f32, gelu, packed, unit

# Standardised features are clipped here: a drawing's outliers must not reach where no photo has been.
CLIP = 6.0


class Head(nn.Module):
    """Standardise, then a straight path and a bent one, added and brought to unit length."""

    def __init__(self, features: torch.Tensor, hidden: int, dimension: int, dropout: float) -> None:
        super().__init__()
        width = features.shape[1]
        self.register_buffer("mean", features.mean(0))
        self.register_buffer("std", features.std(0) + 1e-3)
        self.skip = nn.Linear(width, dimension)
        self.inner = nn.Linear(width, hidden)
        self.outer = nn.Linear(hidden, dimension)
        self.dropout = nn.Dropout(dropout)

    def standardise(self, x: torch.Tensor) -> torch.Tensor:
        return ((x - self.mean) / self.std).clamp(-CLIP, CLIP)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Standardised features to unit vectors."""
        x = self.dropout(x)
        return F.normalize(self.skip(x) + self.outer(self.dropout(F.gelu(self.inner(x)))), dim=1)

    def arrays(self) -> dict[str, np.ndarray]:
        return {name: value.detach().numpy() for name, value in self.state_dict().items()}


def write_head(arrays: dict[str, np.ndarray]):
    """A function that writes the head into a graph and returns the joint dimension."""

    def write(g: Graph, features: str, out: str) -> int:
        x = g.op("Div", g.op("Sub", features, f32(arrays["mean"])), f32(arrays["std"]))
        x = g.op("Clip", x, f32(-CLIP), f32(CLIP))

        def layer(y: str, name: str) -> str:
            product = g.op("MatMul", y, packed(g, arrays[name + ".weight"].T))
            return g.op("Add", product, f32(arrays[name + ".bias"]))

        unit(g, g.op("Add", layer(x, "skip"), layer(gelu(g, layer(x, "inner")), "outer")), out=out)
        return arrays["outer.bias"].shape[0]

    return write
