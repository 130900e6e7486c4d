"""Makes a model folder from nothing but the pinned packages and the data: features, training, export, measuring, card, references.

    python build.py --data ../../../shared/data
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import card
import chinese
import data
import evaluate
import export
import fidelity
import lexicon as lex
import preprocess
import references
import refine
import text
import train

HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=HERE.parents[2] / "shared" / "data")
    parser.add_argument("--unicode", type=Path, default=lex.UNICODE_FOLDER, help="CLDR and Unihan, as Debian's packages lay them")
    parser.add_argument("--garments", type=Path, default=data.GARMENTS_FOLDER, help="Fashion-MNIST, as Debian's package lays it")
    parser.add_argument("--out", type=Path, default=HERE.parent / "builtin" / "vitrine-mini-3", help="the model folder, named as the model")
    parser.add_argument("--references", type=Path, default=HERE.parent / "testdata", help="where the Go tests find what to compare with")
    parser.add_argument("--cache", type=Path, default=HERE / ".cache", help="features and trained heads; about 500 MB")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=train.Recipe.epochs)
    arguments = parser.parse_args()

    recipe, lexicon = train.Recipe(epochs=arguments.epochs), lex.load(arguments.unicode)
    trained, refined = arguments.cache / "trained", arguments.cache / "refined"
    weights, original = text.load_minilm()
    tower = chinese.learn(original, weights, lexicon, arguments.cache, chinese.Recipe(), arguments.threads)
    if not train.finished(trained, recipe):
        train.run(arguments.data, tower, arguments.cache, trained, recipe, arguments.threads)
    heads = {name: fidelity.torch_head(arrays) for name, arrays in export.load_heads(trained).items()}
    refine.run(arguments.data, arguments.garments, tower, arguments.cache, heads, refined, refine.Recipe(), arguments.threads)
    export.write(refined, tower, arguments.out)
    metrics = evaluate.measure(arguments.out, arguments.data, arguments.garments, arguments.threads)
    print(json.dumps(metrics, indent=2))
    history = json.loads((trained / "history.json").read_text(encoding="utf-8"))
    card.write(
        arguments.out,
        history,
        metrics,
        fidelity.report(arguments.out, refined, tower, arguments.data),
        recipe,
        refine=refine.Recipe(),
        views=", ".join(train.VIEWS),
        size=preprocess.SIZE,
        training=history[-1]["seconds"] / 60,
        threads=arguments.threads,
        words=len(lexicon.words()),
        characters=len(lexicon.characters()),
        train_photos=sum(p.split == "train" for p in data.fashion(arguments.data)),
        train_drawings=sum(p.split == "train" for p in data.clipart(arguments.data)),
    )
    references.write(arguments.out, arguments.references)


if __name__ == "__main__":
    main()
