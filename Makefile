# Everything here runs in a fresh clone with Go, make, git and a network.

BENCH    ?= .
FUZZTIME ?= 10s
TIMEOUT  ?= 20m

# Every module that git tracks. Only bench stays out of the workspace, which
# internal/houserules makes sure of; so whatever runs over "work" runs there
# once more.
MODULES := $(patsubst %/,%,$(dir $(shell git ls-files go.mod '*/go.mod')))
OUTSIDE := $(filter bench,$(MODULES))

ifeq ($(MODULES),)
$(error git tracks no go.mod here: run make in a git checkout)
endif

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## run the program (ARGS=... are its arguments)
	go run ./cmd/sojourn $(ARGS)

# -count=1, for tests depend on engines and on git's index, of which the test
# cache knows nothing.
.PHONY: test
test: tools lint ## lint, then run every test with the race detector
	@echo '== go test -race'
	@for module in $(OUTSIDE); do \
		(cd $$module && GOWORK=off CGO_ENABLED=1 go test -race -count=1 -timeout $(TIMEOUT) ./...) || exit; \
	done
	@CGO_ENABLED=1 go test -race -count=1 -timeout $(TIMEOUT) work
	@echo '== allocations, which the race detector changes'
	@go test -count=1 -run Allocations ./session
	@cd bench && GOWORK=off go test -count=1 -run Allocations ./internal/check

.PHONY: lint
lint: gofmt vet staticcheck $(MODULES:%=alone/%) ## check format, vet, staticcheck and each module by itself

.PHONY: bench
bench: ## measure everything beside its peers and write docs/benchmarks.md (ARGS=...)
	@cd bench && GOWORK=off go run . -docs ../docs $(ARGS)

.PHONY: fleet
fleet: ## simulate days of very many sessions and compute docs/scaling.md (ARGS=...)
	@cd bench && GOWORK=off go run ./fleet -docs ../docs $(ARGS)

.PHONY: bench-check
bench-check: ## compare costs with bench/recorded.json (ARGS=-record records them)
	@cd bench && GOWORK=off go run . check $(ARGS)

.PHONY: gobench
gobench: ## run the Go benchmarks (BENCH=regexp)
	go test -run '^$$' -bench '$(BENCH)' -benchmem work
	@for module in $(OUTSIDE); do \
		(cd $$module && GOWORK=off go test -run '^$$' -bench '$(BENCH)' -benchmem ./...) || exit; \
	done

.PHONY: fuzz
fuzz: ## run each fuzz target for a short while (FUZZTIME=10s)
	@sh .ci/fuzz $(FUZZTIME)

.PHONY: tools
tools:
	@echo '== programs that the tests need'
	@sh .ci/install

.PHONY: gofmt
gofmt:
	@echo '== gofmt'
	@files=$$(git ls-files -z '*.go' | xargs -0 gofmt -l) || exit; \
	test -z "$$files" || { echo "not formatted, run gofmt -w on:" $$files >&2; exit 1; }

.PHONY: vet
vet:
	@echo '== go vet'
	@go vet work
	@for module in $(OUTSIDE); do \
		(cd $$module && GOWORK=off go vet ./...) || exit; \
	done

.PHONY: staticcheck
staticcheck:
	@echo '== staticcheck'
	@go tool staticcheck work
	@for module in $(OUTSIDE); do \
		(cd $$module && GOWORK=off go tool -modfile=$(CURDIR)/internal/lint/go.mod staticcheck ./...) || exit; \
	done

# A workspace lends each module the requirements of all others, so what a
# go.mod lacks shows only without it.
.PHONY: $(MODULES:%=alone/%)
$(MODULES:%=alone/%): alone/%:
	@echo '== module $*, without the workspace'
	@cd $* && GOWORK=off go mod tidy -diff || { echo 'module $* is not tidy: run GOWORK=off go mod tidy in $*' >&2; exit 1; }
	@cd $* && GOWORK=off go build ./... || { echo 'module $* does not build without the workspace' >&2; exit 1; }
