"""Writes the manifest of a model folder: what its files are, and how its towers are fed and read."""

from __future__ import annotations

import hashlib
from pathlib import Path

MAX_TOKENS = 128
# The least cosine at which a query by words matches a product, by space; retrieve/README.md says how they were measured.
FLOORS = {"text": 0.35, "joint": 0.35}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write(folder: Path, joint: int) -> None:
    """joint is the dimension of the joint space; 0 writes a model of text alone."""
    names = ["text_model.onnx", "tokenizer.json"] + (["vision_model.onnx", "preprocessor_config.json"] if joint else [])
    lines = [
        f"name: {folder.name}",
        'version: "1"',
        "licence: Apache-2.0",
        "description: all-MiniLM-L6-v2 text tower with Chinese shop words, EfficientNet-lite2 image tower, joint heads trained on product photos and drawings",
        "files:",
        *(f'  - {{path: {name}, sha256: "{sha256(folder / name)}"}}' for name in names),
        "text:",
        "  model: text_model.onnx",
        "  tokenizer: tokenizer.json",
        f"  max_tokens: {MAX_TOKENS}",
        "  inputs: {ids: input_ids, mask: attention_mask}",
        "  outputs:",
        f"    - {{space: text, name: sentence_embedding, dimension: 384, pooling: none, floor: {FLOORS['text']}}}",
    ]
    if joint:
        lines += [
            f"    - {{space: joint, name: text_embeds, dimension: {joint}, pooling: none, floor: {FLOORS['joint']}}}",
            "image:",
            "  model: vision_model.onnx",
            "  preprocessor: preprocessor_config.json",
            "  inputs: {pixels: pixel_values}",
            "  outputs:",
            f"    - {{space: joint, name: image_embeds, dimension: {joint}, pooling: none}}",
        ]
    (folder / "manifest.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
