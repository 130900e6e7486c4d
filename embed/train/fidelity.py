"""How far the shipped files are from what was trained: int8 and float16 beside float32, ONNX beside PyTorch, alone beside in a batch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import data
import features
from encoder import Encoder, padded
from export import load_heads, text_head, trained_backbone
from heads import Head
from preprocess import normalise, open_rgb, resize
from text import text_model
from vision import Backbone, Conv

SAMPLE = 256


def torch_conv(x: torch.Tensor, c: Conv) -> torch.Tensor:
    kernel, size = c.weight.shape[-1], x.shape[-1]
    spare = max((-(-size // c.stride) - 1) * c.stride + kernel - size, 0)
    before, after = spare // 2, spare - spare // 2
    y = F.conv2d(F.pad(x, (before, after, before, after)), torch.from_numpy(c.weight), torch.from_numpy(c.bias), c.stride, groups=c.groups)
    return y.clamp(0, 6) if c.clip else y


def torch_pools(backbone: Backbone, x: torch.Tensor) -> torch.Tensor:
    """The counterpart of vision.Tower.pools in PyTorch."""
    parts = []
    x = torch_conv(x, backbone.stem)
    for number, stage in enumerate(backbone.stages):
        for block in stage:
            y = x
            for c in block.convs:
                y = torch_conv(y, c)
            x = y + x if block.skip else y
        parts.append(x.mean((2, 3)))
        if number < 3:
            parts.append(((x * x).mean((2, 3)) - parts[-1] ** 2).clamp(min=0).sqrt())
    x = torch_conv(x, backbone.head)
    return torch.cat([*parts, x.amax((2, 3)), x.mean((2, 3))], dim=1)


def torch_head(arrays: dict[str, np.ndarray]) -> Head:
    head = Head(torch.zeros(2, len(arrays["mean"])), len(arrays["inner.bias"]), len(arrays["outer.bias"]), 0.0)
    head.load_state_dict({name: torch.from_numpy(value) for name, value in arrays.items()})
    return head.eval()


def cosines(a: np.ndarray, b: np.ndarray) -> str:
    """Rows are unit vectors."""
    cosine = (a * b).sum(1)
    return f"mean {cosine.mean():.4f}, least {cosine.min():.4f}"


def report(model: Path, trained: Path, tower: tuple, root: Path) -> list[str]:
    """Lines of the model card, each a cosine of the shipped model and a yardstick; tower is the text tower's tokenizer and weights."""
    encoder, heads = Encoder(model), load_heads(trained)
    held = [p for p in data.fashion(root) if p.split == "val"][:SAMPLE]
    titles = sorted({p.titles[0] for p in held})
    shipped = encoder.texts(titles)
    ids = [e.ids for e in encoder.tokenizer.encode_batch(titles)]
    exact = features.session(text_model(tower[1], text_head(heads["text"]), None), 1)
    text, joint = (np.concatenate(part) for part in zip(*(exact.run(None, padded([i])) for i in ids)))
    alone = np.concatenate([encoder.text.run(["text_embeds"], padded([i]))[0] for i in ids])
    long = [ids[0] * 128][0][:128]
    crowded = np.concatenate([encoder.text.run(["text_embeds"], padded([i, long]))[0][:1] for i in ids])
    backbone, head = trained_backbone(trained), torch_head(heads["picture"])
    with torch.no_grad():
        pixels = [torch.from_numpy(normalise(resize(open_rgb(p.path), encoder.size))) for p in held[:64]]
        pictures = head(head.standardise(torch_pools(backbone, torch.stack(pixels)))).numpy()
    return [
        f"`sentence_embedding`, int8 and float32: {cosines(shipped['text'], text)}",
        f"`text_embeds`, int8 and float32: {cosines(shipped['joint'], joint)}",
        f"`text_embeds`, a title alone and padded to 128 tokens beside a long text: {cosines(alone, crowded)}",
        f"`image_embeds`, ONNX (float16 and int8 weights) and PyTorch float32: {cosines(encoder.pictures([p.path for p in held[:64]]), pictures)}",
    ]
