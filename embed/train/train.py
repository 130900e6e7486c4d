"""Trains the two heads: pictures and the captions that belong to them are pulled together, all others of the batch pushed apart."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import data
import evaluate
import features
from heads import Head
from tail import Tail
from text import WIDTH
from vision import load_backbone

# What features.of_pictures gives: maps and statistics.
Seen = tuple[np.ndarray, np.ndarray]
VIEWS = ("plain", "jitter", "jitter2")
# The mean over the tokens is brought to this length before it is standardised; the length itself says little.
MEAN_LENGTH = 20.0


@dataclass(frozen=True)
class Recipe:
    # The first so many of VIEWS are used.
    views: int = 2
    epochs: int = 30
    batch: int = 1024
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    temperature: float = 0.03
    # Share of the pictures that are trained with what their source calls them; the others with a phrase of their attributes.
    titles: float = 0.6
    dimension: int = 256
    picture_hidden: int = 512
    text_hidden: int = 768
    picture_dropout: float = 0.3
    text_dropout: float = 0.2
    seed: int = 1


class Captions:
    """All captions with their features, and which pictures each belongs to."""

    def __init__(self, pictures: list[data.Picture], extra: list[str], tower: tuple, cache: Path, threads: int) -> None:
        texts = list(dict.fromkeys([t for p in pictures for t in p.titles + p.phrases] + extra))
        self.number = {text: n for n, text in enumerate(texts)}
        rows = torch.from_numpy(features.of_captions(texts, tower, cache, threads).astype(np.float32))
        self.features = torch.cat([F.normalize(rows[:, :WIDTH], dim=1) * MEAN_LENGTH, rows[:, WIDTH:]], dim=1)
        self.titles = [[self.number[t] for t in p.titles] for p in pictures]
        self.phrases = [[self.number[t] for t in p.phrases or p.titles] for p in pictures]
        owners: dict[int, list[int]] = {}
        for picture, (titles, phrases) in enumerate(zip(self.titles, self.phrases)):
            for caption in {*titles, *phrases}:
                owners.setdefault(caption, []).append(picture)
        self.owners = {caption: np.array(pictures) for caption, pictures in owners.items()}

    def draw(self, chance: np.random.Generator, picture: int, titles: float) -> int:
        return int(chance.choice((self.titles if chance.random() < titles else self.phrases)[picture]))

    def rows(self, texts: list[str]) -> torch.Tensor:
        return self.features[[self.number[t] for t in texts]]


def belongs(captions: Captions, batch: np.ndarray, drawn: list[int], total: int) -> torch.Tensor:
    """Which picture of the batch (row) the caption drawn for another (column) fits as well, as 0 and 1."""
    position = np.full(total, -1)
    position[batch] = np.arange(len(batch))
    matrix = np.zeros((len(batch), len(batch)), np.float32)
    for column, caption in enumerate(drawn):
        rows = position[captions.owners[caption]]
        matrix[rows[rows >= 0], column] = 1
    return torch.from_numpy(matrix)


def contrast(scores: torch.Tensor, match: torch.Tensor) -> torch.Tensor:
    """InfoNCE with several positives: the mean log-probability of a row's matches."""
    return -(F.log_softmax(scores, dim=1) * match / match.sum(1, keepdim=True)).sum(1).mean()


class Views:
    """Standardised picture features of every view; each draw takes one view of each picture."""

    def __init__(self, head: Head, rows: list[torch.Tensor]) -> None:
        self.rows = torch.stack([head.standardise(r).half() for r in rows])

    def draw(self, chance: np.random.Generator, batch: np.ndarray) -> torch.Tensor:
        which = chance.integers(len(self.rows), size=len(batch))
        return self.rows[which, batch].float()


class HeldOut:
    """What training never sees, and how well the heads do on it."""

    def __init__(self, photos: list[data.Picture], photos_seen: Seen, drawings: list[data.Picture], drawings_seen: Seen) -> None:
        self.photos, self.drawings, self.seen = photos, drawings, (photos_seen, drawings_seen)
        self.titles, self.kinds = evaluate.queries(photos)
        self.names = evaluate.queries(drawings)[0]

    def features(self, tail: Tail) -> list[torch.Tensor]:
        """Those of the photos and those of the drawings."""
        return [tail.features(*seen) for seen in self.seen]

    def measure(self, captions: Captions, rows: list[torch.Tensor], picture_head: Head, text_head: Head) -> dict:
        """rows are the features."""
        picture_head.eval()
        text_head.eval()
        with torch.no_grad():
            photos, drawings = (picture_head(picture_head.standardise(some)).numpy() for some in rows)
            titles, kinds, names = (
                text_head(text_head.standardise(captions.rows(texts))).numpy() for texts in (self.titles, self.kinds, self.names)
            )
        picture_head.train()
        text_head.train()
        metrics = evaluate.retrieval(self.photos, photos, titles, kinds)
        return {**metrics, "title_to_drawing": evaluate.drawings(self.drawings, drawings, names)}


def gather(root: Path, cache: Path, threads: int) -> tuple[list[data.Picture], list[Seen], HeldOut]:
    """The training pictures, what the trunk sees of them in every view, and the held-out set."""
    fashion, clipart = data.fashion(root), data.clipart(root)
    photos = [p for p in fashion if p.split == "train"]
    held = [p for p in fashion if p.split == "val"]
    training = np.array([p.split == "train" for p in clipart])
    drawn = {view: features.of_pictures(clipart, view, cache, threads) for view in VIEWS}
    views = [tuple(np.concatenate([a, b[training]]) for a, b in zip(features.of_pictures(photos, view, cache, threads), drawn[view])) for view in VIEWS]
    unseen = tuple(part[~training] for part in drawn["plain"])
    held_out = HeldOut(held, features.of_pictures(held, "plain", cache, threads), [p for p in clipart if p.split == "val"], unseen)
    return photos + [p for p in clipart if p.split == "train"], views, held_out


def finished(out: Path, recipe) -> bool:
    """Whether out holds the weights of just this recipe."""
    file = out / "recipe.json"
    return file.exists() and file.read_text(encoding="utf-8") == json.dumps(asdict(recipe))


def save(heads: dict[str, Head], history: list[dict], out: Path) -> None:
    features.save(out / "heads.npz", **{f"{tower}.{name}": value for tower, head in heads.items() for name, value in head.arrays().items()})
    (out / "history.json").write_text(json.dumps(history), encoding="utf-8")


def run(root: Path, tower: tuple, cache: Path, out: Path, recipe: Recipe, threads: int) -> None:
    """tower is the text tower's tokenizer and weights. Trains and writes heads.npz and history.json into out, after every epoch, and at the end recipe.json."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "recipe.json").unlink(missing_ok=True)
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(threads)
    chance = np.random.default_rng(recipe.seed)
    train, seen, held_out = gather(root, cache, threads)
    captions = Captions(train, held_out.titles + held_out.kinds + held_out.names, tower, cache, threads)
    tail = Tail(load_backbone())
    rows, unseen = [tail.features(*view) for view in seen[: recipe.views]], held_out.features(tail)
    picture_head = Head(rows[0], recipe.picture_hidden, recipe.dimension, recipe.picture_dropout)
    text_head = Head(captions.features, recipe.text_hidden, recipe.dimension, recipe.text_dropout)
    views, written = Views(picture_head, rows), text_head.standardise(captions.features)

    scale = torch.nn.Parameter(torch.tensor(1 / recipe.temperature).log())
    weights = [*picture_head.parameters(), *text_head.parameters()]
    optimizer = torch.optim.AdamW([{"params": weights}, {"params": [scale], "weight_decay": 0.0}], weight_decay=recipe.weight_decay)
    per_epoch, started, history = len(train) // recipe.batch, time.monotonic(), []
    steps = recipe.epochs * per_epoch
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.learning_rate, total_steps=steps, pct_start=max(0.05, 2 / steps), cycle_momentum=False
    )
    for epoch in range(1, recipe.epochs + 1):
        order, losses = chance.permutation(len(train)), []
        for start in range(0, per_epoch * recipe.batch, recipe.batch):
            batch = order[start : start + recipe.batch]
            drawn = [captions.draw(chance, p, recipe.titles) for p in batch]
            match = belongs(captions, batch, drawn, len(train))
            pixels, words = views.draw(chance, batch), written[drawn]
            with torch.autocast("cpu", torch.bfloat16):
                images, texts = picture_head(pixels), text_head(words)
            scores = images.float() @ texts.float().T * scale.exp().clamp(max=100)
            loss = (contrast(scores, match) + contrast(scores.T, match.T)) / 2
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        metrics = held_out.measure(captions, unseen, picture_head, text_head)
        history.append({"epoch": epoch, "seconds": round(time.monotonic() - started), "loss": round(float(np.mean(losses)), 4), **metrics})
        print(json.dumps(history[-1]), flush=True)
        save({"picture": picture_head, "text": text_head}, history, out)
    (out / "recipe.json").write_text(json.dumps(asdict(recipe)), encoding="utf-8")


def load(trained: Path, recipe: Recipe) -> dict[str, Head]:
    """The heads that run wrote, ready to be trained on."""
    heads = {}
    with np.load(trained / "heads.npz") as saved:
        for tower, dropout in (("picture", recipe.picture_dropout), ("text", recipe.text_dropout)):
            state = {name.split(".", 1)[1]: torch.from_numpy(saved[name]) for name in saved.files if name.startswith(tower + ".")}
            heads[tower] = Head(torch.zeros(2, len(state["mean"])), len(state["inner.bias"]), len(state["outer.bias"]), dropout)
            heads[tower].load_state_dict(state)
    return heads
