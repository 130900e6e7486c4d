"""Trains the tail of the picture tower together with the two heads, from where train.py left the heads.

To the contrast of pictures and captions come, on sides of their own so that they push no caption away:
the kind of a shop picture among the names of all kinds, its colour and kind among all such pairs, other pictures of its kind among the batch,
and Fashion-MNIST's training pictures among the names of their classes.

A batch is larger than memory allows to hold the tail's maps of. So the tail first only looks, the losses tell what they want of its features, and
then it looks again, a chunk at a time, and learns (gradient caching; Gao et al. 2021).

A round ends with the moving average of its weights. The next begins from the mean of the rounds so far, and the mean of all is the result: what
one round gives up for kinds and what another keeps for titles, their mean has nearly both of (model soups; Wortsman et al. 2022).
"""

from __future__ import annotations

import copy
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import data
import evaluate
import features
import train
from heads import Head
from tail import CHUNK, Tail
from vision import STATISTICS, load_backbone


@dataclass(frozen=True)
class Round:
    """Epochs under one schedule of the learning rate."""

    epochs: int
    # The first so many of train.VIEWS are used.
    views: int
    tail_rate: float
    # Weights of the losses beside the contrast.
    kinds: float
    coloured: float
    alike: float


@dataclass(frozen=True)
class Recipe:
    rounds: tuple[Round, ...] = (
        Round(6, 2, 1e-4, kinds=0.2, coloured=0.0, alike=0.0),
        Round(6, 3, 2e-4, kinds=0.4, coloured=0.2, alike=0.2),
    )
    batch: int = 512
    head_rate: float = 4e-4
    weight_decay: float = 0.05
    tail_decay: float = 0.02
    # Of Fashion-MNIST: how many pictures are known, how many join a batch, and what their loss weighs.
    garments: int = 6144
    garments_batch: int = 64
    garments_weight: float = 0.1
    # The scale of the losses beside the contrast, whose own is learned.
    scale: float = 20.0
    average: float = 0.995
    seed: int = 1


class Names:
    """A loss: each picture belongs to one of several names, or to none (-1)."""

    def __init__(self, captions: train.Captions, names: list[str], owned: list[str]) -> None:
        number = {name: n for n, name in enumerate(names)}
        self.captions, self.own = [captions.number[name] for name in names], torch.tensor([number.get(name, -1) for name in owned])

    def loss(self, images: torch.Tensor, names: torch.Tensor, batch: np.ndarray, scale: float) -> torch.Tensor:
        """names are the vectors of all names, batch the numbers of the images' pictures."""
        own = self.own[batch]
        known = own >= 0
        return F.cross_entropy(scale * images[known] @ names.T, own[known])


def alike(images: torch.Tensor, kinds: torch.Tensor, scale: float) -> torch.Tensor:
    """Supervised contrast (Khosla et al. 2020): pictures of a kind are near each other; kinds [n], -1 for none."""
    images, kinds = images[kinds >= 0], kinds[kinds >= 0]
    match = (kinds[:, None] == kinds[None, :]).float().fill_diagonal_(0)
    some = match.sum(1) > 0
    scores = (scale * images @ images.T).masked_fill(torch.eye(len(images), dtype=torch.bool), -1e4)
    return train.contrast(scores[some], match[some])


def gather(views: list[train.Seen], which: np.ndarray, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Maps and statistics of the batch's pictures, each in the view that which tells."""
    return tuple(np.stack([views[view][part][picture] for view, picture in zip(which, batch)]) for part in (0, 1))


class Model(nn.Module):
    """Everything that is trained."""

    def __init__(self, tail: Tail, picture: Head, text: Head) -> None:
        super().__init__()
        self.tail, self.picture, self.text = tail, picture, text


class Tuning:
    def __init__(self, root: Path, folder: Path, tower: tuple, cache: Path, heads: dict[str, Head], recipe: Recipe, threads: int) -> None:
        """folder is Fashion-MNIST's, tower the text tower's tokenizer and weights, heads the trained ones."""
        torch.manual_seed(recipe.seed)
        torch.set_num_threads(threads)
        self.recipe, self.chance = recipe, np.random.default_rng(recipe.seed)
        self.pictures, self.views, self.held_out = train.gather(root, cache, threads)
        known = data.garments(folder, "train", recipe.garments)
        self.garments = features.of_pictures(known, "plain", cache, threads)
        kinds = sorted({p.kind for p in self.pictures} - {""})
        owned = [evaluate.coloured(p) if p.kind and p.colour not in ("", "NA") else "" for p in self.pictures]
        coloured, classes = sorted(set(owned) - {""}), [name for names in data.GARMENTS for name in names]
        extra = self.held_out.titles + self.held_out.kinds + self.held_out.names + kinds + coloured + classes
        self.captions = train.Captions(self.pictures, extra, tower, cache, threads)
        self.kinds = Names(self.captions, kinds, [p.kind for p in self.pictures])
        self.coloured = Names(self.captions, coloured, owned)
        self.classes = [[self.captions.number[name] for name in names] for names in data.GARMENTS]
        self.labels = torch.tensor([[group[0] for group in data.GARMENTS].index(p.kind) for p in known])
        self.model = Model(Tail(load_backbone()), heads["picture"], heads["text"]).train()
        self.average, self.results = copy.deepcopy(self.model), []
        self.texts = self.model.text.standardise(self.captions.features)
        self.temperature = nn.Parameter(torch.tensor(1 / train.Recipe.temperature).log())
        self.history: list[dict] = []
        self.started = time.monotonic()

    def said(self, captions: list[int]) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return self.model.text(self.texts[captions]).float()

    def loss(self, rows: torch.Tensor, batch: np.ndarray, garments: np.ndarray, now: Round) -> torch.Tensor:
        """rows are the features of the batch's pictures and then of Fashion-MNIST's."""
        with torch.autocast("cpu", torch.bfloat16):
            images = self.model.picture(self.model.picture.standardise(rows)).float()
        images, little = images[: len(batch)], images[len(batch) :]
        drawn = [self.captions.draw(self.chance, picture, train.Recipe.titles) for picture in batch]
        match = train.belongs(self.captions, batch, drawn, len(self.pictures))
        scores = images @ self.said(drawn).T * self.temperature.exp().clamp(max=100)
        scale = self.recipe.scale
        total = (train.contrast(scores, match) + train.contrast(scores.T, match.T)) / 2
        total = total + now.kinds * self.kinds.loss(images, self.said(self.kinds.captions), batch, scale)
        if now.coloured:
            total = total + now.coloured * self.coloured.loss(images, self.said(self.coloured.captions), batch, scale)
        if now.alike:
            total = total + now.alike * alike(images, self.kinds.own[batch], scale)
        classes = torch.stack([F.normalize(self.said(names).mean(0), dim=0) for names in self.classes])
        return total + self.recipe.garments_weight * F.cross_entropy(scale * little @ classes.T, self.labels[garments])

    def step(self, batch: np.ndarray, now: Round) -> float:
        """Leaves the gradients in the weights and returns the loss."""
        garments = self.chance.integers(len(self.labels), size=self.recipe.garments_batch)
        maps, statistics = gather(self.views, self.chance.integers(now.views, size=len(batch)), batch)
        maps = torch.from_numpy(np.concatenate([maps, self.garments[0][garments]])).float()
        mirrored = torch.from_numpy(self.chance.random(len(maps)) < 0.5)
        maps[mirrored] = maps[mirrored].flip(3)
        rows = self.model.tail.features(maps, np.concatenate([statistics, self.garments[1][garments]])).requires_grad_()
        loss = self.loss(rows, batch, garments, now)
        loss.backward()
        for start in range(0, len(maps), CHUNK):
            some = slice(start, start + CHUNK)
            self.model.tail(maps[some]).backward(rows.grad[some, STATISTICS:])
        return loss.item()

    def round(self, now: Round) -> None:
        r, model = self.recipe, self.model
        heads = [*model.picture.parameters(), *model.text.parameters()]
        optimizer = torch.optim.AdamW([
            {"params": model.tail.parameters(), "weight_decay": r.tail_decay},
            {"params": heads, "weight_decay": r.weight_decay},
            {"params": [self.temperature], "weight_decay": 0.0},
        ])
        per_epoch, taken = len(self.pictures) // r.batch, 0
        rates = [now.tail_rate, r.head_rate, r.head_rate]
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=now.epochs * per_epoch, pct_start=0.1, cycle_momentum=False)
        for _ in range(now.epochs):
            order, losses = self.chance.permutation(len(self.pictures)), []
            for start in range(0, per_epoch * r.batch, r.batch):
                optimizer.zero_grad()
                losses.append(self.step(order[start : start + r.batch], now))
                nn.utils.clip_grad_norm_(model.tail.parameters(), 1.0)
                optimizer.step()
                schedule.step()
                taken += 1
                with torch.no_grad():
                    for mean, weight in zip(self.average.parameters(), model.parameters()):
                        mean.lerp_(weight, 1 - min(r.average, taken / (taken + 9)))
            self.report(float(np.mean(losses)))
        self.results.append(copy.deepcopy(self.average.state_dict()))
        model.load_state_dict({name: torch.stack([result[name] for result in self.results]).mean(0) for name in self.results[0]})
        self.average.load_state_dict(model.state_dict())

    def report(self, loss: float) -> None:
        """Measures the average."""
        mean = self.average
        metrics = self.held_out.measure(self.captions, self.held_out.features(mean.tail), mean.picture, mean.text)
        self.history.append({"epoch": len(self.history) + 1, "seconds": round(time.monotonic() - self.started), "loss": round(loss, 4), **metrics})
        print(json.dumps(self.history[-1]), flush=True)

    def run(self, out: Path) -> None:
        """Writes heads.npz, tail.npz and history.json after every round, and at the end recipe.json."""
        out.mkdir(parents=True, exist_ok=True)
        (out / "recipe.json").unlink(missing_ok=True)
        for now in self.recipe.rounds:
            self.round(now)
            features.save(out / "tail.npz", **self.model.tail.arrays())
            train.save({"picture": self.model.picture, "text": self.model.text}, self.history, out)
        (out / "recipe.json").write_text(json.dumps(asdict(self.recipe)), encoding="utf-8")
