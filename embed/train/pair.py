"""Makes testdata/pair: a cross-encoder of two layers with random weights, and its scores of some pairs, for the test that Go gives the same.

    python pair.py ../testdata/pair
"""

import hashlib
import json
import pathlib
import sys

import numpy as np
import onnxruntime
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

WIDTH, HEADS, LAYERS, LIMIT = 32, 2, 2, 24
WORDS = "red blue dress shoe shoes shirt black laptop bag monitor for women men with and ##s ##ing run ##ning note ##book 27 inch".split()
PAIRS = [
    ("red dress", "Red summer dress"),
    ("red dress", "Black laptop bag"),
    ("running shoes for women", "Women running shoes, blue"),
    ("27 inch monitor", "Monitor 27 inch, black, with laptop bag and red shoes and blue shirt and a dress and another dress"),
    ("notebook bag with red and blue and black shoes for women and men with dress", "Laptop bag"),
    ("", "Red dress"),
    ("红色 dress", "Red dress"),
]


class Pair(torch.nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.word = torch.nn.Embedding(vocabulary, WIDTH)
        self.place = torch.nn.Embedding(LIMIT, WIDTH)
        self.kind = torch.nn.Embedding(2, WIDTH)
        self.query = torch.nn.ModuleList(torch.nn.Linear(WIDTH, 3 * WIDTH) for _ in range(LAYERS))
        self.out = torch.nn.ModuleList(torch.nn.Linear(WIDTH, WIDTH) for _ in range(LAYERS))
        self.wide = torch.nn.ModuleList(torch.nn.Linear(WIDTH, 4 * WIDTH) for _ in range(LAYERS))
        self.narrow = torch.nn.ModuleList(torch.nn.Linear(4 * WIDTH, WIDTH) for _ in range(LAYERS))
        self.head = torch.nn.Linear(WIDTH, 1)

    def forward(self, input_ids, attention_mask, token_type_ids):
        places = torch.cumsum(torch.ones_like(input_ids), 1) - 1
        x = self.word(input_ids) + self.place(places) + self.kind(token_type_ids)
        mask = (1 - attention_mask.float())[:, None, None, :] * -1e4
        for query, out, wide, narrow in zip(self.query, self.out, self.wide, self.narrow):
            q, k, v = (t.unflatten(-1, (HEADS, -1)).transpose(1, 2) for t in query(x).chunk(3, -1))
            attention = torch.softmax(q @ k.transpose(-1, -2) / (WIDTH // HEADS) ** 0.5 + mask, -1)
            x = torch.nn.functional.layer_norm(x + out((attention @ v).transpose(1, 2).flatten(2)), (WIDTH,))
            x = torch.nn.functional.layer_norm(x + narrow(torch.nn.functional.gelu(wide(x))), (WIDTH,))
        return self.head(x[:, 0])


def tokenizer():
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"] + WORDS + list("abcdefghijklmnopqrstuvwxyz") + ["##" + c for c in "abcdefghijklmnopqrstuvwxyz"]
    vocabulary = {}
    for word in words:
        vocabulary.setdefault(word, len(vocabulary))
    t = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer(lowercase=True)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])])
    t.enable_truncation(LIMIT)
    return t


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    tok = tokenizer()
    tok.save(str(folder / "tokenizer.json"))
    model = Pair(tok.get_vocab_size()).eval()
    for p in model.parameters():
        torch.nn.init.normal_(p, std=0.3)
    ids = torch.ones(2, 5, dtype=torch.long)
    names = ["input_ids", "attention_mask", "token_type_ids"]
    torch.onnx.export(model, (ids, ids, ids * 0), str(folder / "model.onnx"), input_names=names, output_names=["logits"], dynamo=False,
                      dynamic_axes={n: {0: "batch", 1: "tokens"} for n in names} | {"logits": {0: "batch"}})
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    pairs = []
    for query, text in PAIRS:
        e = tok.encode(query, text)
        score = session.run(None, {n: np.array([v], dtype=np.int64) for n, v in zip(names, (e.ids, e.attention_mask, e.type_ids))})[0]
        pairs.append({"query": query, "text": text, "ids": e.ids, "types": e.type_ids, "score": float(score[0, 0])})
    (folder / "scores.json").write_text(json.dumps(pairs, ensure_ascii=False, indent=1) + "\n")
    lines = ["name: random-pair", "version: '1'", "licence: Apache-2.0", "description: random weights, for tests", "files:"]
    for name in ("model.onnx", "tokenizer.json"):
        lines.append(f"  - {{path: {name}, sha256: {hashlib.sha256((folder / name).read_bytes()).hexdigest()}}}")
    lines += ["pair:", "  model: model.onnx", "  tokenizer: tokenizer.json", f"  max_tokens: {LIMIT}",
              "  inputs: {ids: input_ids, mask: attention_mask, types: token_type_ids}", "  output: logits"]
    (folder / "manifest.yaml").write_text("\n".join(lines) + "\n")


main()
