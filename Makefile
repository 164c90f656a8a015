# Ingot. `make demo` shows the main job, `make test` runs all tests.
.DEFAULT_GOAL := help
GO ?= go
# The agent must run in any image and needs this; with it for all the rest too, each package
# is compiled once.
export CGO_ENABLED := 0
# The tools of file systems lie where a plain user does not look.
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

help: ## say what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 12

packages: ## install what Ingot needs and this machine lacks
	@sh scripts/install.sh run

build: ## bin/ingot and bin/ingot-agent
	@sh scripts/go.sh
	@mkdir -p bin
	$(GO) build -ldflags '-X main.version=$(VERSION)' -o bin/ingot ./cmd/ingot
	CGO_ENABLED=0 $(GO) build -ldflags '-s -w -X main.version=$(VERSION)' -o bin/ingot-agent ./cmd/ingot-agent

demo: ## set everything up, build an image, test it, share it; then once more from the cache
	@$(MAKE) --no-print-directory -j2 packages build
	@sh scripts/demo.sh

test: ## all tests: formatting, vet, lint, generated code, then every package
	@sh scripts/install.sh test
	@$(MAKE) --no-print-directory check
	@sh scripts/test.sh
	@sh scripts/test-long.sh --if-changed
	@sh scripts/race.sh

test-long: ## the tests that take minutes; `make test` runs them when their sources changed
	@sh scripts/install.sh test
	@sh scripts/test-long.sh

race: ## the packages without machines under the race detector, where there is a C compiler
	@sh scripts/race.sh

test-hosts: ## by hand, before a release: what depends on the host, as on hosts of other kinds
	@sh scripts/test-hosts.sh

check: ## formatting, vet and lint
	@sh scripts/go.sh
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$unformatted" ] || { echo "gofmt these files:"; echo "$$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

generate: ## make the generated code anew from the facts
	$(GO) generate ./...

bench: build ## the table of docs/performance.md, each figure beside its floor
	@sh scripts/install.sh bench
	$(GO) test ./test/bench -run '^$$' -bench . -benchtime 1x -timeout 60m

fuzz: ## every fuzz target for a minute
	@sh scripts/fuzz.sh

chaos: build ## kill the server at random moments for an hour
	$(GO) test ./test/e2e -run TestKilled -count 1 -timeout 120m -args -kills 200

clean: ## remove what was built
	rm -rf bin

.PHONY: help packages build demo test test-long test-hosts race check generate bench fuzz chaos clean
