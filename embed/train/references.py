"""Makes the references that the Go tests compare with: token ids, preprocessed pictures and vectors.

    python references.py strings            # strings.json, bpe/tokenizer.json, clip/tokenizer.json
    python references.py pictures           # pictures/ and preprocessed/
    python references.py vectors            # vectors.json, through the shipped ONNX
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

import phrases
import pictures
import preprocess
from encoder import Encoder

SHORT = 16
VECTOR_TEXTS = [
    "red dress", "shoes", "Wool-blend coat, double-breasted, camel", "something warm for winter", "men's slim-fit stretch chinos (navy)", "blue ceramic mug",
    "desk lamp", "oak dining chair, set of 2", "USB-C to HDMI adapter 4K@60Hz", "gift for dad", "红色连衣裙", "赤いワンピース", "فستان أحمر", "café crème", "👟🔥",
    "", "word " * 200, "<p>Soft <b>cotton</b> shirt</p>", "running shoes under 50", "WATCH",
]
CORPUS_SEED = 11
CLIP_SPLIT = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def corpus() -> list[str]:
    return phrases.strings() + phrases.composed(4000, CORPUS_SEED) + phrases.numbers(500, CORPUS_SEED)


def bytelevel() -> Tokenizer:
    """Byte-level BPE in the manner of GPT-2."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=2000, special_tokens=["<|endoftext|>"], initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(corpus(), trainer)
    return tokenizer


def clip() -> Tokenizer:
    """Byte-level BPE in the manner of CLIP: lower case, end-of-word suffix, start and end token."""

    def parts(tokenizer: Tokenizer) -> Tokenizer:
        tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
        split = pre_tokenizers.Split(Regex(CLIP_SPLIT), behavior="removed", invert=True)
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False)])
        return tokenizer

    # As in CLIP every byte is a token, inside a word and at its end, so that nothing is ever unknown. Given to the trainer as
    # special tokens they get fixed numbers, by which it breaks ties.
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    letters = alphabet + [letter + "</w>" for letter in alphabet]
    learner = parts(Tokenizer(models.BPE(end_of_word_suffix="</w>")))
    trainer = trainers.BpeTrainer(vocab_size=2000, special_tokens=letters, end_of_word_suffix="</w>", show_progress=False)
    learner.train_from_iterator(corpus(), trainer)
    merges = [tuple(pair) for pair in json.loads(learner.to_str())["model"]["merges"]]
    tokens = letters + [a + b for a, b in merges]
    special = ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: number for number, token in enumerate(dict.fromkeys(tokens + special))}
    model = models.BPE(vocabulary, merges, unk_token="<|endoftext|>", continuing_subword_prefix="", end_of_word_suffix="</w>")
    tokenizer = parts(Tokenizer(model))
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in special])
    start, end = ((token, vocabulary[token]) for token in special)
    tokenizer.post_processor = processors.RobertaProcessing(end, start, trim_offsets=False, add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def encoded(tokenizer: Tokenizer) -> list[dict]:
    """Every string with its ids, and with its ids when at most SHORT tokens are wanted, special ones included."""
    rows = []
    for text in phrases.strings():
        tokenizer.no_truncation()
        ids = tokenizer.encode(text).ids
        tokenizer.enable_truncation(SHORT)
        rows.append({"text": text, "ids": ids, f"ids_{SHORT}": tokenizer.encode(text).ids})
    tokenizer.no_truncation()
    return rows


def write_strings(model: Path, out: Path) -> None:
    tokenizers = {"wordpiece": Tokenizer.from_file(str(model / "tokenizer.json")), "bytelevel": bytelevel(), "clip": clip()}
    for name, folder in (("bytelevel", "bpe"), ("clip", "clip")):
        (out / folder).mkdir(parents=True, exist_ok=True)
        tokenizers[name].save(str(out / folder / "tokenizer.json"), pretty=False)
    sections = []
    for name, tokenizer in tokenizers.items():
        rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in encoded(tokenizer))
        sections.append(f'"{name}": [\n{rows}\n]')
    (out / "strings.json").write_text("{\n" + ",\n".join(sections) + "\n}\n", encoding="utf-8")


def write_pictures(model: Path, out: Path) -> None:
    """The sources, and each as preprocessor_config.json wants it, before it is normalised."""
    size = json.loads((model / "preprocessor_config.json").read_text(encoding="utf-8"))["size"]["height"]
    ready = out / "preprocessed"
    ready.mkdir(parents=True, exist_ok=True)
    for source in pictures.write(out / "pictures"):
        preprocess.resize(preprocess.open_rgb(source), size).save(ready / (source.name + ".png"), optimize=True)


def rounded(vector) -> list[float]:
    return [round(float(v), 5) for v in vector]


def write_vectors(model: Path, out: Path) -> None:
    """Each text and picture alone, through the shipped ONNX."""
    encoder = Encoder(model, threads=1)
    texts, images = [], []
    for text in VECTOR_TEXTS:
        vectors = encoder.texts([text])
        texts.append({"query": text, **{space: rounded(v[0]) for space, v in vectors.items()}})
    for file in sorted((out / "pictures").iterdir()):
        images.append({"file": file.name, "joint": rounded(encoder.pictures([file])[0])})
    sections = []
    for name, entries in (("texts", texts), ("images", images)):
        rows = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries)
        sections.append(f'"{name}": [\n{rows}\n]')
    (out / "vectors.json").write_text("{\n" + ",\n".join(sections) + "\n}\n", encoding="utf-8")


def write(model: Path, out: Path) -> None:
    for part in PARTS.values():
        part(model, out)


PARTS = {"strings": write_strings, "pictures": write_pictures, "vectors": write_vectors}


def main() -> None:
    here = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=list(PARTS))
    parser.add_argument("--model", type=Path, default=here / "builtin" / "vitrine-mini-4")
    parser.add_argument("--out", type=Path, default=here / "testdata")
    arguments = parser.parse_args()
    PARTS[arguments.what](arguments.model, arguments.out)


if __name__ == "__main__":
    main()
