"""Exports CLIP-type models with random weights in the layout of Hugging Face's ONNX folders, and what Python makes of texts and pictures with them.

    python models.py narrow                  # ../testdata/dropin/: the true architectures, few layers, small widths
    python models.py full FOLDER             # CLIP ViT-B/32 and SigLIP base at their true sizes, 1.4 GB
    python models.py peer FOLDER             # milliseconds of processor time a text and a picture: onnxruntime, tokenizers and Pillow, one thread
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from PIL import Image
from tokenizers import Tokenizer
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, PreTrainedTokenizerFast, SiglipConfig, SiglipImageProcessor, SiglipModel

TESTDATA = Path(__file__).resolve().parent.parent / "testdata"
PICTURES = ["rgb.png", "palette.png", "bilevel.png", "lossless.webp", "baseline.jpg", "large.jpg", "gray.jpg", "strip.jpg"]
TEXTS = [
    "red dress", "Wool-blend coat, double-breasted, camel", "a photo of a USB-C to HDMI adapter 4K@60Hz", "红色连衣裙", "café crème", "👟🔥", "WATCH", "!!!", "½ ﬁne  ｆｕｌｌ",
    "word " * 100,
]
SEED = 7
NARROW = {"num_hidden_layers": 2, "intermediate_size": 40}
HALF = [0.5, 0.5, 0.5]


def clip(patch: int, size: int, narrow: bool) -> CLIPModel:
    text = {"hidden_size": 16, "num_attention_heads": 2, "vocab_size": Tokenizer.from_file(str(TESTDATA / "clip" / "tokenizer.json")).get_vocab_size(), **NARROW} if narrow else {}
    vision = {"hidden_size": 16, "num_attention_heads": 2, **NARROW} if narrow else {}
    # The last id of the tokenizer ends a text; 2 is how old configurations say that it is the greatest.
    config = CLIPConfig(
        text_config={**text, "eos_token_id": 2}, vision_config={**vision, "patch_size": patch, "image_size": size}, projection_dim=24 if narrow else 512,
        attn_implementation="eager",
    )
    return CLIPModel(config)


def siglip(tokenizer: str, narrow: bool) -> SiglipModel:
    width = {"hidden_size": 16, "num_attention_heads": 2, **NARROW} if narrow else {}
    text = {**width, "vocab_size": Tokenizer.from_file(str(TESTDATA / tokenizer / "tokenizer.json")).get_vocab_size()} if narrow else {}
    return SiglipModel(SiglipConfig(text_config=text, vision_config={**width, "patch_size": 16, "image_size": 224}, attn_implementation="eager"))


def spread(model: torch.nn.Module) -> torch.nn.Module:
    """Random weights that keep what comes in apart: those of a fresh model are so small that all texts get nearly one vector."""
    generator = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.dim() > 1:
                p.copy_(torch.randn(p.shape, generator=generator) * (1.0 if "embedding.weight" in name else 1 / math.sqrt(p[0].numel())))
            elif name.endswith("bias") and p.numel() > 1:
                p.copy_(torch.randn(p.shape, generator=generator) * 0.1)
    return model.eval()


class Text(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask=None):
        out = self.model.text_model(input_ids=input_ids, attention_mask=attention_mask)
        if isinstance(self.model, CLIPModel):
            return self.model.text_projection(out.pooler_output), out.last_hidden_state
        return out.last_hidden_state, out.pooler_output


class Vision(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixel_values):
        out = self.model.vision_model(pixel_values=pixel_values)
        if isinstance(self.model, CLIPModel):
            return self.model.visual_projection(out.pooler_output), out.last_hidden_state
        return out.last_hidden_state, out.pooler_output


class Both(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, pixel_values, attention_mask=None):
        out = self.model(input_ids=input_ids, pixel_values=pixel_values, attention_mask=attention_mask)
        return out.logits_per_image, out.logits_per_text, out.text_embeds, out.image_embeds


def export(module: torch.nn.Module, file: Path, inputs: dict[str, torch.Tensor], outputs: list[str]) -> None:
    axes = {name: {0: "batch_size", **({1: "sequence_length"} if tensor.dim() == 2 else {})} for name, tensor in inputs.items()}
    axes |= {name: {0: "batch_size"} for name in outputs}
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        module, (), str(file), kwargs=inputs, input_names=list(inputs), output_names=outputs, dynamic_axes=axes, opset_version=17, dynamo=False,
    )


def write(model, folder: Path, tokenizer: str, settings: dict, processor, one_file: bool) -> None:
    """One folder in the layout, without tokenizer.json where that is another of the test data."""
    folder.mkdir(parents=True, exist_ok=True)
    model.config.save_pretrained(folder)
    processor.save_pretrained(folder)
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")
    size = model.config.vision_config.image_size
    text = {"input_ids": torch.full((2, settings["model_max_length"]), 5)}
    if isinstance(model, CLIPModel):
        text["attention_mask"] = torch.ones_like(text["input_ids"])
    pixels = {"pixel_values": torch.zeros(2, 3, size, size)}
    if one_file:
        order = {"input_ids": text["input_ids"], **pixels, **{k: v for k, v in text.items() if k != "input_ids"}}
        export(Both(model), folder / "onnx" / "model.onnx", order, ["logits_per_image", "logits_per_text", "text_embeds", "image_embeds"])
    else:
        names = [["text_embeds", "last_hidden_state"], ["image_embeds", "last_hidden_state"]]
        if isinstance(model, SiglipModel):
            names = [["last_hidden_state", "pooler_output"]] * 2
        export(Text(model), folder / "onnx" / "text_model.onnx", text, names[0])
        export(Vision(model), folder / "onnx" / "vision_model.onnx", pixels, names[1])
    (folder / "reference.json").write_text(json.dumps(reference(model, tokenizer, settings, processor), separators=(",", ":")) + "\n")


def reference(model, tokenizer: str, settings: dict, processor) -> dict:
    """The unit vectors that PyTorch gives, every text and picture alone, with the library's own tokenizer and picture processor."""
    pad = settings["pad_token"] if isinstance(settings["pad_token"], str) else settings["pad_token"]["content"]
    words = PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_file(str(TESTDATA / tokenizer / "tokenizer.json")), pad_token=pad)
    full = isinstance(model, SiglipModel)
    texts, pictures = [], []
    with torch.no_grad():
        for text in TEXTS:
            # SigLIP 2 learnt from texts in lower case; the tokenizers of the others see to it.
            read = text.lower() if tokenizer == "gemma" else text
            ids = words(read, padding="max_length" if full else True, truncation=True, max_length=settings["model_max_length"], return_tensors="pt")
            mask = {} if full else {"attention_mask": ids["attention_mask"]}
            texts.append({"text": text, "vector": unit(model.get_text_features(input_ids=ids["input_ids"], **mask))})
        for name in PICTURES:
            with Image.open(TESTDATA / "pictures" / name) as picture:
                pixels = processor(images=picture.convert("RGB"), return_tensors="pt")["pixel_values"]
            pictures.append({"file": name, "vector": unit(model.get_image_features(pixel_values=pixels))})
    return {"tokenizer": tokenizer, "texts": texts, "pictures": pictures}


def unit(vector: torch.Tensor) -> list[float]:
    return [round(float(v), 6) for v in (vector / vector.norm(dim=-1, keepdim=True))[0]]


CLIP_SETTINGS = {"tokenizer_class": "CLIPTokenizer", "model_max_length": 77, "pad_token": "<|endoftext|>", "do_lower_case": True}
SIGLIP_SETTINGS = {"tokenizer_class": "SiglipTokenizer", "model_max_length": 64, "pad_token": "</s>", "do_lower_case": True}
GEMMA_SETTINGS = {"tokenizer_class": "GemmaTokenizer", "model_max_length": 64, "pad_token": {"content": "<pad>", "special": True}}


def narrow(out: Path) -> None:
    square = {"height": 224, "width": 224}
    write(spread(clip(32, 224, True)), out / "clip", "clip", CLIP_SETTINGS, CLIPImageProcessor(), False)
    mobile = CLIPImageProcessor(size={"shortest_edge": 256}, crop_size=256, resample=2, do_normalize=False, image_mean=[0, 0, 0], image_std=[1, 1, 1])
    write(spread(clip(16, 256, True)), out / "mobileclip", "clip", CLIP_SETTINGS, mobile, True)
    write(spread(siglip("siglip", True)), out / "siglip", "siglip", SIGLIP_SETTINGS, SiglipImageProcessor(size=square), False)
    bilinear = SiglipImageProcessor(size=square, resample=2)
    write(spread(siglip("gemma", True)), out / "siglip2", "gemma", GEMMA_SETTINGS, bilinear, True)


def full(out: Path) -> None:
    square = {"height": 224, "width": 224}
    write(spread(clip(32, 224, False)), out / "clip", "clip", CLIP_SETTINGS, CLIPImageProcessor(), False)
    write(spread(siglip("siglip", False)), out / "siglip", "siglip", SIGLIP_SETTINGS, SiglipImageProcessor(size=square), False)


def session(file: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])


def peer(folder: Path) -> None:
    """The work of the Go test in Python: texts one by one, each padded as the model wants it, and pictures one by one with decoding and resizing."""
    for name in ("clip", "siglip"):
        settings, config = CLIP_SETTINGS if name == "clip" else SIGLIP_SETTINGS, json.loads((folder / name / "preprocessor_config.json").read_text())
        words = Tokenizer.from_file(str(TESTDATA / name / "tokenizer.json"))
        words.enable_truncation(settings["model_max_length"])
        if name == "siglip":
            words.enable_padding(length=64, pad_id=1, pad_token="</s>")
        text, vision = session(folder / name / "onnx" / "text_model.onnx"), session(folder / name / "onnx" / "vision_model.onnx")
        mean, std = np.array(config["image_mean"], np.float32), np.array(config["image_std"], np.float32)

        def read(value: str) -> None:
            ids = np.array([words.encode(value).ids], np.int64)
            text.run(None, {"input_ids": ids, **({"attention_mask": np.ones_like(ids)} if name == "clip" else {})})

        def see(file: str) -> None:
            with Image.open(TESTDATA / "pictures" / file) as picture:
                picture = picture.convert("RGB")
            if name == "clip":
                scale = 224 / min(picture.size)
                picture = picture.resize((max(224, int(picture.width * scale)), max(224, int(picture.height * scale))), config["resample"])
                left, top = (picture.width - 224) // 2, (picture.height - 224) // 2
                picture = picture.crop((left, top, left + 224, top + 224))
            else:
                picture = picture.resize((224, 224), config["resample"])
            vision.run(None, {"pixel_values": ((np.asarray(picture, np.float32) / 255 - mean) / std).transpose(2, 0, 1)[None]})

        row = {"model": name}
        for what, work, items in (("text_ms", read, TEXTS), ("picture_ms", see, PICTURES)):
            work(items[0])
            start = time.process_time()
            for item in items:
                work(item)
            row[what] = round(1000 * (time.process_time() - start) / len(items), 1)
        print(json.dumps(row))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["narrow", "full", "peer"])
    parser.add_argument("folder", type=Path, nargs="?", default=TESTDATA / "dropin")
    arguments = parser.parse_args()
    {"narrow": narrow, "full": full, "peer": peer}[arguments.what](arguments.folder)


if __name__ == "__main__":
    main()
