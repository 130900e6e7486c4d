"""Exports small rankers of other libraries and what they say of some rows, for the tests of package foreign.

pip install lightgbm==4.7.0 xgboost==3.2.0 onnxmltools==1.16.0 skl2onnx==1.20.0 onnx==1.23.2 torch
python export.py
"""
import hashlib
import json
from pathlib import Path

import numpy
import torch
from lightgbm import LGBMClassifier, LGBMRanker
from onnxmltools import convert_lightgbm, convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType
from xgboost import XGBClassifier

FEATURES = ["keyword", "fused", "product_popularity", "affinity_brand", "title_coverage"]
HERE = Path(__file__).parent

random = numpy.random.default_rng(1)
x = random.normal(size=(600, len(FEATURES))).astype(numpy.float32)
y = (x @ numpy.array([1, 2, 0.5, -1, 0.3]) + random.normal(size=600) > 0).astype(int)
sample = x[:20].copy()
types = [("rows", FloatTensorType([None, len(FEATURES)]))]


def write(name, model, said, output, gives, missing=None):
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    data = model if isinstance(model, bytes) else model.SerializeToString()
    (folder / "model.onnx").write_bytes(data)
    lines = [
        f"name: {name}",
        "model: model.onnx",
        f"sha256: {hashlib.sha256(data).hexdigest()}",
        f"features: [{', '.join(FEATURES)}]",
        "input: rows",
        f"output: {output}",
        f"gives: {gives}",
    ]
    if missing is not None:
        lines.append(f"missing: {missing}")
    (folder / "ranker.yaml").write_text("\n".join(lines) + "\n")
    return [float(v) for v in said]


expected = {"features": FEATURES, "rows": sample.tolist()}
lightgbm = LGBMClassifier(n_estimators=10, num_leaves=6, verbose=-1).fit(x, y)
expected["lightgbm"] = write(
    "lightgbm", convert_lightgbm(lightgbm, initial_types=types, zipmap=False, target_opset=15),
    lightgbm.predict_proba(sample)[:, 1], "probabilities", "probability",
)
ranker = LGBMRanker(n_estimators=10, num_leaves=6, verbose=-1).fit(x, y, group=[20] * 30)
expected["lambdarank"] = write(
    "lambdarank", convert_lightgbm(ranker, initial_types=types, target_opset=15),
    1 / (1 + numpy.exp(-ranker.predict(sample))), "variable", "score",
)
xgboost = XGBClassifier(n_estimators=10, max_depth=3).fit(x, y)
expected["xgboost"] = write(
    "xgboost", convert_xgboost(xgboost, initial_types=types, target_opset=15),
    xgboost.predict_proba(sample)[:, 1], "probabilities", "probability",
)
torch.manual_seed(1)
network = torch.nn.Sequential(torch.nn.Linear(len(FEATURES), 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
optimiser = torch.optim.Adam(network.parameters(), lr=0.02)
for _ in range(100):
    optimiser.zero_grad()
    loss = torch.nn.functional.binary_cross_entropy_with_logits(network(torch.tensor(x))[:, 0], torch.tensor(y, dtype=torch.float32))
    loss.backward()
    optimiser.step()
torch.onnx.export(
    network, (torch.tensor(sample),), HERE / "network.onnx", input_names=["rows"], output_names=["logit"],
    dynamic_axes={"rows": {0: "n"}, "logit": {0: "n"}}, dynamo=False,
)
data = (HERE / "network.onnx").read_bytes()
(HERE / "network.onnx").unlink()
with torch.no_grad():
    said = torch.sigmoid(network(torch.tensor(sample)))[:, 0].numpy()
expected["pytorch"] = write("pytorch", data, said, "logit", "score", missing=0)
(HERE / "expected.json").write_text(json.dumps(expected))
