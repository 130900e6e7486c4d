"""Runs a finished model folder in Python, by its manifest's conventions: the yardstick for every other program."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

from data import Picture
from manifest import MAX_TOKENS
from preprocess import normalise, open_rgb, resize


class Encoder:
    def __init__(self, folder: Path, threads: int = 1) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        provider = ["CPUExecutionProvider"]
        self.text = ort.InferenceSession(str(folder / "text_model.onnx"), options, providers=provider)
        self.vision = ort.InferenceSession(str(folder / "vision_model.onnx"), options, providers=provider)
        self.size = self.vision.get_inputs()[0].shape[-1]
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(MAX_TOKENS)

    def texts(self, texts: list[str], batch: int = 32) -> dict[str, np.ndarray]:
        """{"text": [n, 384], "joint": [n, joint]}, in the order of the texts; texts of like length share a batch."""
        ids = [e.ids for e in self.tokenizer.encode_batch(texts)]
        order = np.argsort([len(i) for i in ids], kind="stable")
        text = np.zeros((len(texts), self.text.get_outputs()[0].shape[1]), np.float32)
        joint = np.zeros((len(texts), self.text.get_outputs()[1].shape[1]), np.float32)
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            text[rows], joint[rows] = self.text.run(["sentence_embedding", "text_embeds"], padded([ids[r] for r in rows]))
        return {"text": text, "joint": joint}

    def pictures(self, sources: list[Path] | list[Picture], batch: int = 8) -> np.ndarray:
        """[n, joint]."""
        parts = []
        for start in range(0, len(sources), batch):
            opened = (s.open() if isinstance(s, Picture) else open_rgb(s) for s in sources[start : start + batch])
            pixels = np.stack([normalise(resize(picture, self.size)) for picture in opened])
            parts.append(self.vision.run(["image_embeds"], {"pixel_values": pixels})[0])
        return np.concatenate(parts)


def padded(ids: list[list[int]]) -> dict[str, np.ndarray]:
    """The model's inputs, padded with zeros to the longest."""
    length = max(len(i) for i in ids)
    tokens = np.zeros((len(ids), length), np.int64)
    mask = np.zeros_like(tokens)
    for row, one in enumerate(ids):
        tokens[row, : len(one)] = one
        mask[row, : len(one)] = 1
    return {"input_ids": tokens, "attention_mask": mask}
