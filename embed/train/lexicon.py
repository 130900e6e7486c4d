"""Chinese words and what they mean in English: our own list of shop words, names of things in Unicode's CLDR, characters in Unihan.

What is in chinese.txt comes first, then CLDR's names, then Unihan's glosses for single characters; a word keeps its first meaning.
"""

from __future__ import annotations

import bz2
import random
import re
import xml.etree.ElementTree as xml
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Where Debian's packages unicode-data and unicode-cldr-core put their files.
UNICODE_FOLDER = Path("/usr/share/unicode")
# Longer names of CLDR ("person in suit levitating") are sentences rather than words.
LONGEST = 4
# Unihan ranks characters from 1, the most frequent, to 5; of these, the ones that shop words are made of are among the first three.
RANK = 3


@dataclass
class Lexicon:
    """Meanings by Chinese word, and the words of chinese.txt by its section, as (Chinese, English)."""

    meaning: dict[str, str] = field(default_factory=dict)
    sections: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def words(self) -> list[str]:
        """What becomes a token of its own before anything else looks at the text: all of two characters and more."""
        return sorted(w for w in self.meaning if len(w) > 1)

    def characters(self) -> list[str]:
        return sorted(w for w in self.meaning if len(w) == 1)


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= c <= "\u9fff" for c in text)


def ours() -> Lexicon:
    lexicon, section = Lexicon(), ""
    for line in (HERE / "chinese.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            section = line[1:].strip()
        elif line.strip():
            english, words = line.split(":")
            for word in words.split():
                lexicon.meaning.setdefault(word, english.strip())
                lexicon.sections.setdefault(section, []).append((word, english.strip()))
    return lexicon


def cldr_names(folder: Path) -> dict[str, str]:
    """Chinese to English names of the things that have an emoji."""
    names = []
    for language in ("zh", "en"):
        tree = xml.parse(folder / "common" / "annotations" / f"{language}.xml")
        names.append({a.get("cp"): a.text for a in tree.iter("annotation") if a.get("type") == "tts"})
    pairs = {}
    for cp, word in names[0].items():
        if cp in names[1] and is_chinese(word) and re.fullmatch(r"[\w]+", word) and len(word) <= LONGEST:
            pairs.setdefault(word, names[1][cp].replace("“", "").replace("”", ""))
    return pairs


def unihan_glosses(folder: Path) -> dict[str, str]:
    """The first meaning of the more frequent characters."""

    def fields(file: str, key: str) -> dict[str, str]:
        lines = bz2.decompress((folder / file).read_bytes()).decode().splitlines()
        rows = (line.split("\t") for line in lines if f"\t{key}\t" in line)
        return {chr(int(code[2:], 16)): value for code, _, value in rows}

    rank = fields("Unihan_DictionaryLikeData.txt.bz2", "kFrequency")
    glosses = {}
    for character, text in fields("Unihan_Readings.txt.bz2", "kDefinition").items():
        text = re.sub(r"\([^)]*\)", "", text)
        first = re.split(r"[;,]", text)[0].strip()
        known = int(rank.get(character, 9)) <= RANK
        if known and re.fullmatch(r"[a-z][a-z \-]{1,24}", first):
            glosses[character] = first
    return glosses


def load(unicode: Path) -> Lexicon:
    """unicode is the folder of Debian's packages unicode-data and unicode-cldr-core."""
    lexicon = ours()
    for more in (cldr_names(unicode / "cldr"), unihan_glosses(unicode)):
        for word, english in more.items():
            lexicon.meaning.setdefault(word, english)
    return lexicon


def composed(lexicon: Lexicon, count: int, seed: int) -> list[tuple[str, str]]:
    """Queries as shoppers type them, in both languages: colour, person, quality and thing in their usual order."""
    chance = random.Random(seed)
    colours, people = lexicon.sections["colours"], lexicon.sections["people"]
    qualities = lexicon.sections["materials, patterns, styles"]
    brands = lexicon.sections["brands"]
    clothes = [w for s in ("clothes", "shoes", "bags", "accessories") for w in lexicon.sections[s]]
    others = [w for s in lexicon.sections if s not in ("colours", "people", "materials, patterns, styles", "brands") for w in lexicon.sections[s]]
    pairs = []
    for _ in range(count):
        dressed = chance.random() < 0.6
        parts = []
        if chance.random() < 0.15:
            parts.append(chance.choice(brands))
        if chance.random() < (0.7 if dressed else 0.3):
            parts.append(chance.choice(colours))
        if dressed and chance.random() < 0.5:
            parts.append(chance.choice(people))
        if chance.random() < 0.4:
            parts.append(chance.choice(qualities))
        if chance.random() < 0.25:
            chance.shuffle(parts)
        thing = chance.choice(clothes if dressed else others)
        middle = "的" if parts and chance.random() < 0.2 else ""
        join = " " if chance.random() < 0.2 else ""
        pairs.append((join.join(p[0] for p in parts) + middle + join + thing[0], " ".join([*(p[1] for p in parts), thing[1]])))
    return pairs
