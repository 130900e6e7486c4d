"""The training and validation sets: which pictures, and which words go with each.

A Picture carries its captions in two lists: `titles`, what the source itself calls it, and `phrases`, short queries composed
from its attributes, so that "navy blue men shirt" or just "shirts" finds it too.
"""

from __future__ import annotations

import csv
import gzip
import random
import re
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from preprocess import open_rgb

# At most this many drawings of one clip-art category, so that 1,378 stars do not outweigh everything else.
CLIPART_PER_CATEGORY = 120
NOT_OBJECTS = re.compile(r"flags|stars|patterns|gradients|map_symbols|roadsigns|mimetypes|led$|buttons|playing|cards|letters|numbers")
SINGULAR = {"Tshirts": "t-shirt", "Dresses": "dress", "Watches": "watch", "Clutches": "clutch", "Flats": "flats", "Briefs": "briefs",
            "Sunglasses": "sunglasses", "Scarves": "scarf", "Shorts": "shorts", "Jeans": "jeans", "Trousers": "trousers",
            "Leggings": "leggings", "Heels": "heels", "Casual Shoes": "casual shoes", "Sports Shoes": "sports shoes",
            "Formal Shoes": "formal shoes", "Flip Flops": "flip flops", "Track Pants": "track pants", "Capris": "capris",
            "Stockings": "stockings", "Tights": "tights", "Earrings": "earrings", "Cufflinks": "cufflinks", "Suspenders": "suspenders"}
EVERYDAY = {"Tshirts": "tee", "Casual Shoes": "sneakers", "Sports Shoes": "running shoes", "Formal Shoes": "dress shoes", "Heels": "high heels",
            "Flip Flops": "slippers", "Handbags": "purse", "Backpacks": "rucksack", "Caps": "hat", "Sweatshirts": "hoodie",
            "Sweaters": "jumper", "Trousers": "pants", "Track Pants": "joggers", "Innerwear Vests": "undershirt", "Wallets": "billfold",
            "Perfume and Body Mist": "perfume", "Trunk": "boxer shorts", "Briefs": "underwear", "Sunglasses": "shades", "Ties": "necktie",
            "Scarves": "shawl", "Watches": "wristwatch", "Laptop Bag": "computer bag", "Duffel Bag": "gym bag", "Jackets": "coat"}
PEOPLE = {"Men": ["men", "men's", "for men"], "Women": ["women", "women's", "ladies", "for women"], "Boys": ["boys", "kids"],
          "Girls": ["girls", "kids"], "Unisex": ["unisex"]}
COLOURS = {"Navy Blue": "dark blue", "Off White": "white", "Grey Melange": "grey", "Charcoal": "dark grey", "Maroon": "dark red",
           "Steel": "silver", "Turquoise Blue": "turquoise", "Coffee Brown": "dark brown", "Multi": "colourful", "Skin": "nude",
           "Magenta": "pink", "Lavender": "light purple", "Grey": "gray", "Olive": "olive green", "Tan": "light brown"}

# Where Debian's package dataset-fashion-mnist puts it.
GARMENTS_FOLDER = Path("/usr/share/datasets/fashion-mnist")
# Fashion-MNIST's ten classes in the order of its labels, its own name first, then what else they are called.
GARMENTS = [["T-shirt/top", "t-shirt top", "t-shirt"], ["Trouser", "trousers"], ["Pullover"], ["Dress"], ["Coat"], ["Sandal"], ["Shirt"], ["Sneaker"],
            ["Bag"], ["Ankle boot"]]


@dataclass
class Picture:
    """key is unique; pixels, where there are any, take the place of the file at path."""

    key: str
    path: Path | None
    split: str
    source: str
    titles: list[str]
    phrases: list[str] = field(default_factory=list)
    kind: str = ""
    colour: str = ""
    gender: str = ""
    usage: str = ""
    pixels: np.ndarray | None = None

    def open(self) -> Image.Image:
        return open_rgb(self.path) if self.pixels is None else Image.fromarray(self.pixels).convert("RGB")


def singular(article: str) -> str:
    if article in SINGULAR:
        return SINGULAR[article]
    return article[:-1].lower() if article.endswith("s") and not article.endswith("ss") else article.lower()


def fashion_phrases(row: dict) -> list[str]:
    """Queries a shopper might type for this product, from its attributes alone."""
    article = row["article_type"].lower()
    nouns = [article, singular(row["article_type"])]
    if row["article_type"] in EVERYDAY:
        nouns.append(EVERYDAY[row["article_type"]])
    colours = [] if row["base_colour"] in ("", "NA") else [row["base_colour"].lower()]
    if row["base_colour"] in COLOURS:
        colours.append(COLOURS[row["base_colour"]])
    people = PEOPLE.get(row["gender"], [])
    phrases = list(dict.fromkeys(nouns))
    for noun in dict.fromkeys(nouns):
        phrases += [f"{c} {noun}" for c in colours]
        phrases += [f"{noun} {p}" if p.startswith("for") else f"{p} {noun}" for p in people]
        for c in colours:
            phrases += [f"{c} {noun} {p}" if p.startswith("for") else f"{p} {c} {noun}" for p in people]
            phrases += [f"{c} {p} {noun}" for p in people if not p.startswith("for")]
        if row["usage"] in ("Casual", "Sports", "Formal", "Ethnic", "Party", "Travel"):
            phrases.append(f"{row['usage'].lower()} {noun}")
    return phrases


def fashion(root: Path) -> list[Picture]:
    """Products with a photo; split is train or val."""
    pictures = []
    for row in csv.DictReader(open(root / "fashion" / "products.csv", encoding="utf-8")):
        if row["image"]:
            pictures.append(Picture(f"fashion/{row['id']}", root / "fashion" / row["image"], row["split"], "fashion", [row["title"]],
                                    fashion_phrases(row), row["article_type"], row["base_colour"], row["gender"], row["usage"]))
    return pictures


def garments(folder: Path, part: str, count: int) -> list[Picture]:
    """The first pictures of a part (train or t10k) of Fashion-MNIST, every third of train in black on white as products are."""
    pixels, labels = (
        np.frombuffer(gzip.decompress((folder / f"{part}-{name}-ubyte.gz").read_bytes()), np.uint8, offset=offset)
        for name, offset in (("images-idx3", 16), ("labels-idx1", 8))
    )
    pictures = []
    for number, (picture, label) in enumerate(zip(pixels.reshape(-1, 28, 28)[:count], labels)):
        if part == "train" and number % 3 == 0:
            picture = 255 - picture
        pictures.append(Picture(f"garments/{part}/{number}", None, part, "garments", GARMENTS[label], kind=GARMENTS[label][0], pixels=picture))
    return pictures


def held_out(title: str) -> bool:
    """One title in twelve is for validation, with every drawing that bears it."""
    return zlib.crc32(title.lower().encode()) % 12 == 0


def clipart(root: Path, seed: int = 1) -> list[Picture]:
    """Drawings of things with their names; split is train or val."""
    pictures: list[Picture] = []
    folder = root / "clipart" / "openclipart"
    rows = list(csv.DictReader(open(folder / "pairs.csv", encoding="utf-8")))
    random.Random(seed).shuffle(rows)
    count: dict[str, int] = {}
    for row in rows:
        category = row["category"]
        count[category] = count.get(category, 0) + 1
        if NOT_OBJECTS.search(category) or count[category] > CLIPART_PER_CATEGORY:
            continue
        words = [w for w in row["keywords"].split("|") if w and len(w) < 40]
        title = re.sub(r"[_\s]+", " ", row["title"]).strip()
        if not title and not words:
            continue
        title = title or words[0]
        split = "val" if held_out(title) else "train"
        pictures.append(Picture(f"openclipart/{row['file']}", folder / "images" / row["file"], split, "clipart", [title], words))
    folder = root / "clipart" / "emoji_noto"
    for row in csv.DictReader(open(folder / "pairs.csv", encoding="utf-8")):
        if row["name"].startswith("flag"):
            continue
        words = [w.strip() for w in row["keywords"].split("|") if w.strip() and w.strip().isascii()]
        split = "val" if held_out(row["name"]) else "train"
        pictures.append(Picture(f"emoji/{row['file']}", (folder / "images" / row["file"]).with_suffix(".jpg"), split, "clipart", [row["name"]], words))
    return pictures
