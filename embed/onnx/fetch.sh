#!/bin/sh
# Installs the ONNX Runtime shared library that onnxruntime.lock pins into .cache/onnxruntime/<version>/ at the top of the repository.
# $ONNXRUNTIME_LIB or a library of the system wins; one that is installed already is checked and kept. Needs pip or npm otherwise.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
lock=$here/onnxruntime.lock
version=$(awk '$1 == "version" { print $2 }' "$lock")
target=$(cd "$here/../.." && pwd)/.cache/onnxruntime/$version

say() { echo "onnxruntime: $*"; }
die() { echo "onnxruntime: $*" >&2; exit 1; }

system=$(uname -s | tr '[:upper:]' '[:lower:]')
machine=$(uname -m)
case $machine in amd64) machine=x86_64 ;; esac
case $system in linux) [ "$machine" != arm64 ] || machine=aarch64 ;; esac
case $system in
darwin) name=libonnxruntime.$version.dylib ;;
*) name=libonnxruntime.so.$version ;;
esac

sum() {
	if command -v sha256sum >/dev/null 2>&1; then
		sha256sum "$1"
	elif command -v shasum >/dev/null 2>&1; then
		shasum -a 256 "$1"
	else
		openssl dgst -sha256 -r "$1"
	fi | cut -d ' ' -f 1
}

# pinned SOURCE prints the lock's "package file sha256" for this machine.
pinned() {
	awk -v s="$system" -v m="$machine" -v from="$1" '$1 == s && $2 == m && $3 == from { print $4, $5, $6 }' "$lock"
}

# recent FILE holds when the version in the name of the file, links followed, is not older than the binding's 1.24.
recent() {
	real=$(readlink -f "$1" 2>/dev/null || echo "$1")
	number=$(basename "$real" | sed -n 's/^[^0-9]*\([0-9][0-9]*\)\.\([0-9][0-9]*\)\..*/\1 \2/p')
	[ -n "$number" ] || return 0
	[ "${number% *}" -gt 1 ] || { [ "${number% *}" -eq 1 ] && [ "${number#* }" -ge 24 ]; }
}

if [ -n "${ONNXRUNTIME_LIB:-}" ]; then
	[ -e "$ONNXRUNTIME_LIB" ] || die "\$ONNXRUNTIME_LIB names $ONNXRUNTIME_LIB, which does not exist"
	say "using \$ONNXRUNTIME_LIB: $ONNXRUNTIME_LIB"
	exit 0
fi
for folder in /usr/local/lib /usr/lib "/usr/lib/$machine-linux-gnu" /usr/lib64 /opt/onnxruntime/lib /opt/homebrew/lib; do
	for file in "$folder"/libonnxruntime.so* "$folder"/libonnxruntime*.dylib; do
		if [ -f "$file" ] && recent "$file"; then
			say "using the system's $file"
			exit 0
		fi
	done
done

pip_pin=$(pinned pip)
npm_pin=$(pinned npm)
[ -n "$pip_pin$npm_pin" ] || die "no pinned library for $system $machine: install ONNX Runtime $version yourself and name it in \$ONNXRUNTIME_LIB"

if [ -f "$target/$name" ]; then
	have=$(sum "$target/$name")
	if [ "$have" = "${pip_pin##* }" ] || [ "$have" = "${npm_pin##* }" ]; then
		exit 0
	fi
	say "$target/$name has another sha256 than pinned: fetching it anew"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

# from_pip leaves the library in $work/library.
from_pip() {
	for python in python3 python; do
		if command -v "$python" >/dev/null 2>&1 && "$python" -m pip --version >/dev/null 2>&1; then
			# shellcheck disable=SC2086 # the pin is three words
			set -- $pip_pin
			say "fetching the onnxruntime $version wheel with $python -m pip"
			"$python" -m pip download --quiet --no-deps --only-binary=:all: --python-version 3.12 --implementation cp \
				--platform "$1" --dest "$work" "onnxruntime==$version" &&
				"$python" -m zipfile -e "$work"/onnxruntime-*.whl "$work/wheel" &&
				mv "$work/wheel/$2" "$work/library"
			return
		fi
	done
	say "no Python with pip here"
	return 1
}

# from_npm does the same from the npm package, which is larger as it carries all systems.
from_npm() {
	if ! command -v npm >/dev/null 2>&1; then
		say "no npm here"
		return 1
	fi
	# shellcheck disable=SC2086 # the pin is three words
	set -- $npm_pin
	say "fetching $1 $version with npm"
	(cd "$work" && npm pack --silent "$1@$version" >/dev/null && tar xzf ./*.tgz "$2") &&
		mv "$work/$2" "$work/library"
}

if [ -n "$pip_pin" ] && from_pip; then
	want=${pip_pin##* }
elif [ -n "$npm_pin" ] && from_npm; then
	want=${npm_pin##* }
else
	die "could not fetch ONNX Runtime $version: install pip (Debian: python3-pip) or npm, check the network, or name a library of yours in \$ONNXRUNTIME_LIB"
fi
have=$(sum "$work/library")
[ "$have" = "$want" ] || die "the fetched library has sha256 $have, onnxruntime.lock says $want: not installed"

mkdir -p "$target"
cp "$work/library" "$target/.$name.$$"
mv "$target/.$name.$$" "$target/$name"
say "installed $target/$name"
