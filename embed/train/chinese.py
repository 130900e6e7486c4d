"""Teaches the text tower Chinese: one new row of the word table per word of the lexicon, everything else stays as published.

A row starts as the mean of the rows of its English words and is then moved until the tower says the same of a Chinese query as of the English
one (distillation across languages; Reimers and Gurevych 2020 do so with whole towers).
"""

from __future__ import annotations

import json
import random
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

import lexicon as lex
from encoder import padded
from text import HEAD_WIDTH, HEADS, LAYER_NORM_EPSILON, LAYERS, WIDTH, tokenizer

TABLE = "embeddings.word_embeddings.weight"


@dataclass(frozen=True)
class Recipe:
    steps: int = 360
    batch: int = 128
    learning_rate: float = 4e-3
    # Share of the examples that are a lone word; the others are composed queries.
    lone: float = 0.4
    seed: int = 1


def extend(original: dict, weights: dict[str, np.ndarray], lexicon: lex.Lexicon) -> tuple[dict, dict[str, np.ndarray], list[int]]:
    """Tokenizer and weights with a row for every word of the lexicon, and the ids of these rows, words before characters.

    Characters that the vocabulary has keep their id, unused ids are filled, the others are appended.
    """
    vocabulary = dict(original["model"]["vocab"])
    free = sorted((i, t) for t, i in vocabulary.items() if t.startswith("[unused"))
    words = lexicon.words()
    ids, last = [], len(vocabulary)
    for word in words + lexicon.characters():
        if word not in vocabulary:
            if free:
                number, unused = free.pop(0)
                del vocabulary[unused]
            else:
                number, last = last, last + 1
            vocabulary[word] = number
        ids.append(vocabulary[word])
    added = [
        {"id": vocabulary[w], "content": w, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
        for w in words
    ]
    table = np.concatenate([weights[TABLE], np.zeros((last - len(weights[TABLE]), WIDTH), np.float32)])
    plain = Tokenizer.from_str(json.dumps(tokenizer(original)))
    for word, number in zip(words + lexicon.characters(), ids):
        english = plain.encode(lexicon.meaning[word], add_special_tokens=False).ids
        table[number] = weights[TABLE][english].mean(0)
    extended = {**original, "added_tokens": original["added_tokens"] + added, "model": {**original["model"], "vocab": vocabulary}}
    return extended, {**weights, TABLE: table}, ids


def layers(w: dict[str, torch.Tensor], words: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """MiniLM from the rows of the word table [batch, seq, 384] to its mean over the tokens [batch, 384]."""

    def norm(x: torch.Tensor, name: str) -> torch.Tensor:
        return F.layer_norm(x, (WIDTH,), w[name + ".weight"], w[name + ".bias"], LAYER_NORM_EPSILON)

    def dense(x: torch.Tensor, name: str) -> torch.Tensor:
        return F.linear(x, w[name + ".weight"], w[name + ".bias"])

    batch, length, _ = words.shape
    positions = w["embeddings.position_embeddings.weight"][:length] + w["embeddings.token_type_embeddings.weight"][0]
    x = norm(words + positions, "embeddings.LayerNorm")
    seen = mask.bool()[:, None, None, :]
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}."
        q, k, v = (
            dense(x, f"{layer}attention.self.{part}").view(batch, length, HEADS, HEAD_WIDTH).transpose(1, 2) for part in ("query", "key", "value")
        )
        joined = F.scaled_dot_product_attention(q, k, v, attn_mask=seen).transpose(1, 2).reshape(batch, length, WIDTH)
        x = norm(dense(joined, layer + "attention.output.dense") + x, layer + "attention.output.LayerNorm")
        x = norm(dense(F.gelu(dense(x, layer + "intermediate.dense")), layer + "output.dense") + x, layer + "output.LayerNorm")
    return (x * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)


def sentences(splitter: Tokenizer, w: dict[str, torch.Tensor], texts: list[str]) -> torch.Tensor:
    """Unit sentence vectors [n, 384]."""
    inputs = {name: torch.from_numpy(v) for name, v in padded([e.ids for e in splitter.encode_batch(texts)]).items()}
    return F.normalize(layers(w, F.embedding(inputs["input_ids"], w[TABLE]), inputs["attention_mask"].float()), dim=1)


def learn(
    original: dict, weights: dict[str, np.ndarray], lexicon: lex.Lexicon, cache: Path, recipe: Recipe, threads: int
) -> tuple[dict, dict[str, np.ndarray]]:
    """The extended tokenizer and weights; taken from the cache when the same lexicon and recipe were learned before."""
    extended, table, ids = extend(original, weights, lexicon)
    key = json.dumps([asdict(recipe), lexicon.meaning], sort_keys=True, ensure_ascii=False)
    file = cache / "chinese.npz"
    if file.exists():
        with np.load(file) as saved:
            if str(saved["key"]) == key:
                return extended, {**table, TABLE: saved["table"]}
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(threads)
    chance = random.Random(recipe.seed)
    plain, splitter = (Tokenizer.from_str(json.dumps(tokenizer(t))) for t in (original, extended))
    frozen = {name: torch.from_numpy(value) for name, value in weights.items()}
    rows = torch.nn.Parameter(torch.from_numpy(table[TABLE][ids]))
    base = torch.from_numpy(table[TABLE])
    optimizer = torch.optim.Adam([rows], lr=recipe.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, recipe.steps)
    words, composed = sorted(lexicon.meaning.items()), lex.composed(lexicon, recipe.steps * recipe.batch, recipe.seed)
    started = time.monotonic()
    for step in range(recipe.steps):
        pairs = [chance.choice(words) if chance.random() < recipe.lone else chance.choice(composed) for _ in range(recipe.batch)]
        with torch.no_grad():
            wanted = sentences(plain, frozen, [english for _, english in pairs])
        now = base.index_copy(0, torch.tensor(ids), rows)
        got = sentences(splitter, {**frozen, TABLE: now}, [chinese for chinese, _ in pairs])
        likeness = (wanted * got).sum(1)
        optimizer.zero_grad()
        (1 - likeness).mean().backward()
        optimizer.step()
        schedule.step()
        if step % 20 == 0 or step == recipe.steps - 1:
            print(f"chinese: step {step}, cosine {likeness.mean():.3f}, {time.monotonic() - started:.0f} s", flush=True)
    learned = base.index_copy(0, torch.tensor(ids), rows.detach()).numpy()
    cache.mkdir(parents=True, exist_ok=True)
    np.savez(file, key=key, table=learned)
    return extended, {**table, TABLE: learned}
