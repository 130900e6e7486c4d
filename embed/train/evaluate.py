"""Measures retrieval: does a title, a category or a picture find the pictures that belong to it?

    python evaluate.py --data ../../../shared/data          # through the shipped ONNX, prints JSON
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

import numpy as np

import data

HERE = Path(__file__).resolve().parent.parent


def ranking(scores: np.ndarray, relevant: np.ndarray) -> dict[str, float]:
    """Means over the queries (rows). r@10 is the share of the relevant that is among the first ten; ties keep the given order."""
    order = np.argsort(-scores, axis=1, kind="stable")
    hits = np.take_along_axis(relevant, order, axis=1)
    total = hits.sum(1)
    precision = hits.cumsum(1) / np.arange(1, hits.shape[1] + 1)
    return {
        "map": float(((precision * hits).sum(1) / total).mean()),
        "p@1": float(hits[:, 0].mean()),
        "p@10": float(hits[:, :10].mean()),
        "r@10": float((hits[:, :10].sum(1) / total).mean()),
        "mrr": float((1 / (hits.argmax(1) + 1)).mean()),
    }


def keep(metrics: dict[str, float], *names: str) -> dict[str, float]:
    return {name: round(metrics[name], 4) for name in names}


def queries(pictures: list[data.Picture]) -> tuple[list[str], list[str]]:
    """The distinct titles and the distinct kinds, sorted."""
    return sorted({p.titles[0] for p in pictures}), sorted({p.kind for p in pictures})


def retrieval(pictures: list[data.Picture], images: np.ndarray, titles: np.ndarray, kinds: np.ndarray) -> dict[str, dict[str, float]]:
    """The three measures of the fashion set from unit vectors; titles and kinds are in the order of queries()."""
    names, categories = queries(pictures)
    title_of = np.array([p.titles[0] for p in pictures])
    kind_of = np.array([p.kind for p in pictures])
    likeness = images @ images.T
    same = kind_of[:, None] == kind_of[None, :]
    np.fill_diagonal(likeness, -np.inf)
    np.fill_diagonal(same, False)
    alone = ~same.any(1)
    return {
        "title_to_image": keep(ranking(titles @ images.T, np.array(names)[:, None] == title_of), "map", "p@1", "r@10", "mrr"),
        "category_to_image": keep(ranking(kinds @ images.T, np.array(categories)[:, None] == kind_of), "p@1", "p@10", "mrr"),
        "image_to_image": keep(ranking(likeness[~alone], same[~alone]), "p@10"),
    }


def coloured(p: data.Picture) -> str:
    """Colour and kind as the catalogue names them."""
    return f"{p.colour} {p.kind}"


def chinese_queries() -> list[dict[str, str]]:
    """Our own list: each query with the kinds, colours, genders and usages that fit it, apart by |, empty for any."""
    with open(HERE / "train" / "chinese_queries.tsv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", restval=""))


def chinese(pictures: list[data.Picture], images: np.ndarray, texts: np.ndarray) -> dict[str, float]:
    """How well the Chinese queries, in their order, find photos that fit them; those that no photo fits are left out."""

    def fits(query: dict[str, str], p: data.Picture) -> bool:
        has = {"type": p.kind, "colour": p.colour, "gender": p.gender, "usage": p.usage}
        return all(not query[label] or has[label] in query[label].split("|") for label in has)

    relevant = np.array([[fits(query, p) for p in pictures] for query in chinese_queries()])
    asked = relevant.any(1)
    return {**keep(ranking(texts[asked] @ images.T, relevant[asked]), "p@1", "p@10", "mrr"), "queries": int(asked.sum())}


def drawings(pictures: list[data.Picture], images: np.ndarray, titles: np.ndarray) -> dict[str, float]:
    """Title to drawing; titles are the distinct ones, sorted."""
    names = sorted({p.titles[0] for p in pictures})
    title_of = np.array([p.titles[0] for p in pictures])
    return keep(ranking(titles @ images.T, np.array(names)[:, None] == title_of), "map", "p@1", "r@10", "mrr")


def named(pictures: list[data.Picture], images: np.ndarray, names: np.ndarray) -> float:
    """The share of Fashion-MNIST's pictures whose nearest class name, in the order of data.GARMENTS, is their own."""
    own = np.array([[group[0] for group in data.GARMENTS].index(p.kind) for p in pictures])
    return round(float(((images @ names.T).argmax(1) == own).mean()), 4)


def measure(model: Path, root: Path, garments: Path, threads: int = 1) -> dict:
    """All figures of a finished model folder."""
    from encoder import Encoder

    encoder = Encoder(model, threads)
    fashion = [p for p in data.fashion(root) if p.split == "val"]
    names, categories = queries(fashion)
    images = encoder.pictures([p.path for p in fashion])
    result = retrieval(fashion, images, encoder.texts(names)["joint"], encoder.texts(categories)["joint"])
    pairs = sorted({coloured(p) for p in fashion})
    pair_of = np.array([coloured(p) for p in fashion])
    found = ranking(encoder.texts(pairs)["joint"] @ images.T, np.array(pairs)[:, None] == pair_of)
    result["colour_category_to_image"] = keep(found, "p@1", "p@10", "mrr")
    result["chinese_to_image"] = chinese(fashion, images, encoder.texts([q["query"] for q in chinese_queries()])["joint"])
    drawn = [p for p in data.clipart(root) if p.split == "val"]
    titles = sorted({p.titles[0] for p in drawn})
    result["title_to_drawing"] = drawings(drawn, encoder.pictures([p.path for p in drawn]), encoder.texts(titles)["joint"])
    test = data.garments(garments, "t10k", 2048)
    result["garment_by_name"] = {"accuracy": named(test, encoder.pictures(test), encoder.texts([group[0] for group in data.GARMENTS])["joint"])}
    result["counts"] = {"photos": len(fashion), "titles": len(names), "categories": len(categories), "coloured": len(pairs), "drawings": len(drawn), "garments": len(test)}
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data")
    parser.add_argument("--model", type=Path, default=HERE / "builtin" / "vitrine-mini-4")
    parser.add_argument("--garments", type=Path, default=data.GARMENTS_FOLDER, help="Fashion-MNIST, as Debian's package lays it")
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.model, arguments.data, arguments.garments), indent=2))


if __name__ == "__main__":
    main()
