"""The last stages of the picture tower in PyTorch, where training reaches them: from the trunk's maps to the features that the head reads.

Convolutions run in bfloat16, and depthwise ones have a backward of their own, since PyTorch's is slow there: a picture forth and back takes two cores
6 ms instead of 15 (batches of 192, AVX-512 with bf16).
"""

from __future__ import annotations

import dataclasses

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from vision import TRUNK, Backbone, Block, Conv

CHUNK = 64


class Depthwise(torch.autograd.Function):
    """A depthwise convolution of stride 1 over square maps.

    The input's gradient is a convolution with the turned kernel. The kernel's is read off a matrix product a channel, of the map's places before
    with those after: one sum a diagonal.
    """

    @staticmethod
    def forward(ctx, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        x, weight = x.bfloat16(), weight.bfloat16()
        ctx.save_for_backward(x, weight)
        return F.conv2d(x, weight, bias.bfloat16(), padding=weight.shape[-1] // 2, groups=len(weight))

    @staticmethod
    def backward(ctx, g: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        x, weight = ctx.saved_tensors
        channels, side, kernel = len(weight), x.shape[-1], weight.shape[-1]
        reach = kernel // 2
        g = g.bfloat16().contiguous(memory_format=torch.channels_last)
        back = F.conv2d(g, weight.flip(2, 3), padding=reach, groups=channels)
        before = x.permute(1, 2, 3, 0).reshape(channels, side * side, -1)
        after = g.permute(1, 0, 2, 3).reshape(channels, -1, side * side)
        pairs = torch.bmm(before, after).float().reshape(channels, side, side, side, side)
        change = torch.empty(channels, 1, kernel, kernel)
        for down in range(-reach, reach + 1):
            rows = pairs.diagonal(-down, 1, 3)
            for right in range(-reach, reach + 1):
                change[:, 0, down + reach, right + reach] = rows.diagonal(-right, 1, 2).sum((1, 2))
        return back, change, g.float().sum((0, 2, 3))


class Convolution(nn.Module):
    """A convolution with its batch norm folded in, padded as TensorFlow's SAME."""

    def __init__(self, conv: Conv) -> None:
        super().__init__()
        self.origin = conv
        self.weight = nn.Parameter(torch.from_numpy(conv.weight.copy()))
        self.bias = nn.Parameter(torch.from_numpy(conv.bias.copy()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        c, kernel, size = self.origin, self.weight.shape[-1], x.shape[-1]
        if c.groups == 1:
            y = F.conv2d(x.bfloat16(), self.weight.bfloat16(), self.bias.bfloat16())
        elif c.stride == 1:
            y = Depthwise.apply(x, self.weight, self.bias)
        else:
            spare = max((-(-size // c.stride) - 1) * c.stride + kernel - size, 0)
            before, after = spare // 2, spare - spare // 2
            y = F.conv2d(F.pad(x.float(), (before, after, before, after)), self.weight, self.bias, c.stride, groups=c.groups)
        return F.hardtanh(y, 0, 6) if c.clip else y

    def trained(self) -> Conv:
        return dataclasses.replace(self.origin, weight=self.weight.detach().numpy().copy(), bias=self.bias.detach().numpy().copy())


class Residual(nn.Module):
    def __init__(self, block: Block) -> None:
        super().__init__()
        self.convs, self.skip = nn.Sequential(*map(Convolution, block.convs)), block.skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.convs(x)
        return y + x if self.skip else y

    def trained(self) -> Block:
        return Block(tuple(c.trained() for c in self.convs), self.skip)


class Tail(nn.Module):
    """Stages TRUNK to the last, and the last convolution."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.stages = nn.ModuleList(nn.Sequential(*map(Residual, stage)) for stage in backbone.stages[TRUNK:])
        self.head = Convolution(backbone.head)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """[n, 120, 14, 14] to the means of the stages, and the maxima and means of the last map [n, 3120]."""
        x, parts = maps.contiguous(memory_format=torch.channels_last), []
        for stage in self.stages:
            x = stage(x)
            parts.append(x.float().mean((2, 3)))
        x = self.head(x).float()
        return torch.cat([*parts, x.amax((2, 3)), x.mean((2, 3))], dim=1)

    @torch.no_grad()
    def features(self, maps: np.ndarray | torch.Tensor, statistics: np.ndarray) -> torch.Tensor:
        """What the head reads of pictures, of which features.of_pictures gave maps and statistics [n, 3504]."""
        parts = [self(torch.as_tensor(maps[start : start + CHUNK]).float()) for start in range(0, len(maps), CHUNK)]
        return torch.cat([torch.from_numpy(statistics).float(), torch.cat(parts)], dim=1)

    def backbone(self, original: Backbone) -> Backbone:
        stages = tuple(tuple(block.trained() for block in stage) for stage in self.stages)
        return dataclasses.replace(original, stages=original.stages[:TRUNK] + stages, head=self.head.trained())

    def arrays(self) -> dict[str, np.ndarray]:
        return {name: value.detach().numpy() for name, value in self.state_dict().items()}
