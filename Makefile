# A target's line says what it does; "make" alone lists them.
.DEFAULT_GOAL := help
.PHONY: help demo test check bench load interop bench-models build build-xla vet lint fmt race fuzz cover golden test-unprivileged clean

VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
WORKLOAD ?= ../shared/data/workload/workload.jsonl
CPU      ?= 1
FUZZTIME ?= 30s
SEEDS    ?= 200000

GOFUMPT := go run mvdan.cc/gofumpt@v0.12.0
LINT    := go tool -modfile=tools/go.mod golangci-lint

export CGO_ENABLED := 0
# The kernels of the models: without it all works, several times slower.
export GOEXPERIMENT := simd

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build ## the whole way on a small corpus with recorded answers, to data sets and a report (bin/demo)
	rm -rf bin/demo
	bin/acecoder demo --dir bin/demo

test: ## all tests
	go test -timeout 8m ./...

check: build vet lint test ## build, vet, lint and test: what has to hold before a change goes in

bench: build ## how fast programs are judged here (WORKLOAD=file CPU=cores)
	bin/acecoder bench verify --workload $(WORKLOAD) --cpu $(CPU)

load: build ## a run of many seeds against a stub server: answers a second, memory (SEEDS=200000, takes long)
	experiments/load/load.sh $(SEEDS)

interop: build ## what trainers, transformers' libraries and the hub's read of what we write (downloads 4 GB once)
	interop/run.sh

bench-models: build ## how fast models train and answer beside PyTorch, in paired runs (after make interop, whose environment it takes)
	go build -o bin/model ./interop/model
	$(or $(INTEROP_FOLDER),bin/interop)/venv/bin/python interop/bench_model.py bin/model

build: ## bin/acecoder, static, with its version
	go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/acecoder ./cmd/acecoder

build-xla: ## bin/acecoder-xla, which can compute on XLA's devices (needs a C compiler; plugins are found at run time)
	CGO_ENABLED=1 go build -trimpath -tags xla -ldflags '-s -w -X main.version=$(VERSION)' -o bin/acecoder-xla ./cmd/acecoder

vet: ## go vet
	go vet ./...

lint: ## golangci-lint, formatting included
	$(LINT) run ./...

fmt: ## format the sources
	$(GOFUMPT) -w $$(git ls-files '*.go')

# GoMLX's products take addresses beyond their slices without reading there, which checkptr ends the program for.
race: ## all tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -race -gcflags=all=-d=checkptr=0 -timeout 30m ./...

fuzz: ## every fuzz target for a while (FUZZTIME=30s)
	@set -e; for dir in $$(git grep -l '^func Fuzz' -- '*_test.go' | xargs -n1 dirname | sort -u); do \
		for target in $$(go test -list '^Fuzz' ./$$dir | grep '^Fuzz'); do \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) ./$$dir; \
		done; \
	done

cover: ## test coverage by package, and as bin/cover.html
	@mkdir -p bin
	go test -timeout 8m -coverprofile bin/cover.out ./...
	go tool cover -html bin/cover.out -o bin/cover.html

golden: ## write the golden files anew; read the difference before you keep it
	go test $$(git grep -l 'flag.Bool("update"' -- '*_test.go' | xargs -n1 dirname | sort -u | sed 's|^|./|') -update

test-unprivileged: build ## the isolation tests from an account without rights (run it as root)
	.ci/unprivileged

clean: ## remove what was built
	rm -rf bin
