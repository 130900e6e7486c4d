"""Trains small tokenizers in the manner of SigLIP (SentencePiece Unigram) and SigLIP 2 (the BPE of Gemma) on text of our own, and writes the ids that the
Hugging Face library gives for the strings of the tokenizer tests.

    python vocabularies.py            # ../testdata/{siglip,unigram,gemma}/tokenizer.json and ../testdata/pieces.json
"""

from __future__ import annotations

import json
import string
import sys
import tempfile
import unicodedata
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "train"))

import phrases  # noqa: E402

SHORT = 16
SEED = 12
MARK = "▁"
# Blocks whose compatibility forms the table of the Unigram tokenizers resolves: enough to try every kind of rule, small enough to commit.
BLOCKS = [(0xA0, 0x180), (0x1E00, 0x1F00), (0x2000, 0x2200), (0x2460, 0x2480), (0xFB00, 0xFB07), (0xFF01, 0xFFA0)]


def corpus() -> list[str]:
    return phrases.strings() + phrases.composed(4000, SEED) + phrases.numbers(300, SEED)


def rules() -> list[tuple[str, str]]:
    """What becomes what: NFKC within the blocks, decomposed letters put together, control characters to blanks or nothing."""
    table = {chr(c): "" for c in (*range(1, 9), 0x7F, 0x200B, 0x200E, 0xFEFF)}
    table |= {chr(c): " " for c in (9, 10, 13, 0x3000)}
    for first, last in BLOCKS:
        for c in map(chr, range(first, last)):
            plain, parts = unicodedata.normalize("NFKC", c), unicodedata.normalize("NFD", c)
            if plain != c:
                table[c] = plain
            if len(parts) > 1:
                table[parts] = plain
    return sorted((source, target) for source, target in table.items() if source != " ")


def sentence_pieces(folder: Path) -> sentencepiece_model_pb2.ModelProto:
    """A Unigram vocabulary of 1,200 pieces, and the compiled table of the rules."""
    spelt = lambda text: " ".join(f"{ord(c):X}" for c in text)  # noqa: E731
    (folder / "rules.tsv").write_text("".join(f"{spelt(a)}\t{spelt(b)}\n" for a, b in rules()), encoding="utf-8")
    lines = [line.replace("\n", " ").replace("\x00", " ").replace("\r", " ") for line in corpus()]
    (folder / "corpus.txt").write_text("\n".join(line.lower() for line in lines if line.strip()), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(folder / "corpus.txt"), model_prefix=str(folder / "pieces"), model_type="unigram", vocab_size=1200, character_coverage=0.995,
        normalization_rule_tsv=str(folder / "rules.tsv"), pad_id=0, eos_id=1, unk_id=2, bos_id=-1, num_threads=1, minloglevel=2,
    )
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString((folder / "pieces.model").read_bytes())
    return model


def with_special(tokenizer: Tokenizer, *tokens: str, end: str) -> Tokenizer:
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in tokens])
    tokenizer.post_processor = processors.TemplateProcessing(single=f"$A {end}", pair=f"$A {end} $B {end}", special_tokens=[(end, tokenizer.token_to_id(end))])
    return tokenizer


def siglip(model: sentencepiece_model_pb2.ModelProto) -> Tokenizer:
    """Lower case, punctuation out, blanks to one, the table, a mark before every word, </s> at the end."""
    tokenizer = Tokenizer(models.Unigram([(p.piece, p.score) for p in model.pieces], unk_id=2))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Lowercase(), normalizers.Replace(Regex("[" + "".join("\\" + c for c in string.punctuation) + "]"), ""),
        normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip(), normalizers.Precompiled(model.normalizer_spec.precompiled_charsmap),
        normalizers.Replace(Regex(" {2,}"), " "),
    ])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=MARK, prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement=MARK, prepend_scheme="always")
    return with_special(tokenizer, "<pad>", "</s>", "<unk>", end="</s>")


def unigram(model: sentencepiece_model_pb2.ModelProto) -> Tokenizer:
    """The other settings that Unigram files have: bytes for what is unknown, blanks as they come, a mark before the first word only. A vocabulary of the 400 first pieces."""
    pieces = [(p.piece, p.score) for p in model.pieces][:400] + [(f"<0x{b:02X}>", 0.0) for b in range(256)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=2, byte_fallback=True))
    tokenizer.normalizer = normalizers.Precompiled(model.normalizer_spec.precompiled_charsmap)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=MARK, prepend_scheme="first")
    return with_special(tokenizer, "<pad>", "</s>", "<unk>", end="</s>")


def gemma() -> Tokenizer:
    """Blanks become marks, the whole text is one word, and characters without a token are bytes."""
    special = ["<pad>", "<eos>", "<bos>", "<unk>"]
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.Metaspace(replacement=MARK, prepend_scheme="never")
    trainer = trainers.BpeTrainer(vocab_size=1400, limit_alphabet=180, show_progress=False, special_tokens=special + [f"<0x{b:02X}>" for b in range(256)])
    learner.train_from_iterator(corpus(), trainer)
    learnt = json.loads(learner.to_str())["model"]
    merges = [tuple(pair) for pair in learnt["merges"]]
    tokenizer = Tokenizer(models.BPE(learnt["vocab"], merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", MARK)
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", behavior="merged_with_previous")
    return with_special(tokenizer, *special, end="<eos>")


def encoded(tokenizer: Tokenizer) -> list[dict]:
    """Every string with its ids, and with its ids when at most SHORT tokens are wanted where those are others."""
    rows = []
    for text in phrases.strings():
        tokenizer.no_truncation()
        row = {"text": text, "ids": tokenizer.encode(text).ids}
        tokenizer.enable_truncation(SHORT)
        if (short := tokenizer.encode(text).ids) != row["ids"]:
            row[f"ids_{SHORT}"] = short
        rows.append(row)
    tokenizer.no_truncation()
    return rows


def main() -> None:
    out = HERE.parent / "testdata"
    with tempfile.TemporaryDirectory() as folder:
        pieces = sentence_pieces(Path(folder))
    sections = []
    for name, tokenizer in {"siglip": siglip(pieces), "unigram": unigram(pieces), "gemma": gemma()}.items():
        (out / name).mkdir(parents=True, exist_ok=True)
        tokenizer.save(str(out / name / "tokenizer.json"), pretty=False)
        rows = ",\n".join(json.dumps(row, separators=(",", ":"), ensure_ascii=True) for row in encoded(tokenizer))
        sections.append(f'"{name}": [\n{rows}\n]')
    (out / "pieces.json").write_text("{\n" + ",\n".join(sections) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
