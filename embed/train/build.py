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
import text
import train
import tune

HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=HERE.parents[2] / "shared" / "data")
    parser.add_argument("--unicode", type=Path, default=lex.UNICODE_FOLDER, help="CLDR and Unihan, as Debian's packages lay them")
    parser.add_argument("--garments", type=Path, default=data.GARMENTS_FOLDER, help="Fashion-MNIST, as Debian's package lays it")
    parser.add_argument("--out", type=Path, default=HERE.parent / "builtin" / "vitrine-mini-4", help="the model folder, named as the model")
    parser.add_argument("--references", type=Path, default=HERE.parent / "testdata", help="where the Go tests find what to compare with")
    parser.add_argument("--cache", type=Path, default=HERE / ".cache", help="what the trunk sees, and weights; about 4 GB")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=train.Recipe.epochs)
    arguments = parser.parse_args()

    recipe, lexicon = train.Recipe(epochs=arguments.epochs), lex.load(arguments.unicode)
    trained, tuned = arguments.cache / "trained", arguments.cache / "tuned"
    weights, original = text.load_minilm()
    tower = chinese.learn(original, weights, lexicon, arguments.cache, chinese.Recipe(), arguments.threads)
    if not train.finished(trained, recipe):
        train.run(arguments.data, tower, arguments.cache, trained, recipe, arguments.threads)
    if not train.finished(tuned, tune.Recipe()):
        heads = train.load(trained, recipe)
        tune.Tuning(arguments.data, arguments.garments, tower, arguments.cache, heads, tune.Recipe(), arguments.threads).run(tuned)
    export.write(tuned, tower, arguments.out)
    metrics = evaluate.measure(arguments.out, arguments.data, arguments.garments, arguments.threads)
    print(json.dumps(metrics, indent=2))
    histories = [json.loads((part / "history.json").read_text(encoding="utf-8")) for part in (trained, tuned)]
    card.write(
        arguments.out,
        histories,
        metrics,
        fidelity.report(arguments.out, tuned, tower, arguments.data),
        recipe,
        tune=tune.Recipe(),
        views=train.VIEWS,
        size=preprocess.SIZE,
        minutes=[history[-1]["seconds"] / 60 for history in histories],
        threads=arguments.threads,
        words=len(lexicon.words()),
        characters=len(lexicon.characters()),
        train_photos=sum(p.split == "train" for p in data.fashion(arguments.data)),
        train_drawings=sum(p.split == "train" for p in data.clipart(arguments.data)),
    )
    references.write(arguments.out, arguments.references)


if __name__ == "__main__":
    main()
