"""The work of package embed in Python: onnxruntime, tokenizers and Pillow, one thread, for the comparison in embed/README.md.

    python embed/bench/peer.py texts < lines-of-text
    python embed/bench/peer.py images < lines-of-paths

Prints one JSON line: items, wall seconds and CPU seconds of encoding them all, loading left out. Needs onnxruntime (the version of
embed/onnx/onnxruntime.lock), tokenizers, numpy and pillow.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps
from tokenizers import Tokenizer

MODEL = Path(__file__).parent.parent / "builtin" / "vitrine-mini-4"


def session(name: str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(MODEL / name, options, providers=["CPUExecutionProvider"])


def texts(lines: list[str], batch_texts: int = 32, batch_tokens: int = 256):
    """Sorted by length, padded to the longest of the batch: batches as package embed makes them."""
    tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(128)
    model = session("text_model.onnx")

    def run():
        rows = [e.ids for e in tokenizer.encode_batch(lines)]
        order = sorted(range(len(rows)), key=lambda i: -len(rows[i]))
        at = 0
        while at < len(order):
            longest = len(rows[order[at]])
            batch = order[at : at + min(batch_texts, max(1, batch_tokens // longest))]
            at += len(batch)
            ids = np.zeros((len(batch), longest), np.int64)
            mask = np.zeros_like(ids)
            for j, i in enumerate(batch):
                ids[j, : len(rows[i])] = rows[i]
                mask[j, : len(rows[i])] = 1
            model.run(None, {"input_ids": ids, "attention_mask": mask})

    return run


def images(paths: list[str], batch: int = 4):
    config = json.loads((MODEL / "preprocessor_config.json").read_text())
    width, height = config["size"]["width"], config["size"]["height"]
    mean = np.array(config["image_mean"], np.float32)
    std = np.array(config["image_std"], np.float32)
    model = session("vision_model.onnx")

    def pixels(path: str) -> np.ndarray:
        with Image.open(path) as picture:
            upright = ImageOps.exif_transpose(picture).convert("RGB")
        small = upright.resize((width, height), config["resample"])
        return ((np.asarray(small, np.float32) / 255 - mean) / std).transpose(2, 0, 1)

    def run():
        for at in range(0, len(paths), batch):
            model.run(None, {"pixel_values": np.stack([pixels(p) for p in paths[at : at + batch]])})

    return run


def main():
    lines = [line for line in sys.stdin.read().splitlines() if line.strip()]
    run = {"texts": texts, "images": images}[sys.argv[1]](lines)
    start, cpu = time.perf_counter(), time.process_time()
    run()
    print(json.dumps({"items": len(lines), "wall_s": time.perf_counter() - start, "cpu_s": time.process_time() - cpu}))


if __name__ == "__main__":
    main()
