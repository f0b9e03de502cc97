BINARY = .build/release/hide-pipeline
BUILD = swift build -c release --quiet

.PHONY: quickstart test smoke e2e bench sanitize faults build dependencies check format clean

quickstart: build
	$(BINARY) run pipelines/quickstart.yaml

# Numerics are slow without optimisation, so all tests run in release mode.
test: dependencies
	swift test -c release --disable-xctest

# Every bundled recipe on built-in pictures, for a moment.
smoke: dependencies
	swift test -c release --disable-xctest --filter RecipeTests

# The six recipes that the reference was run on, 48 seeds, against what it reached: a quarter of an hour. The data is in $HIDE_GOLDENS.
e2e: build
	python3 Scripts/e2e.py $(BINARY) --output results/e2e.md

# The kernels and the pool of threads under sanitizers; without --short the parallel tests too.
sanitize: dependencies
	sh Scripts/sanitize.sh

# More than 2,000 injected faults: a quarter of an hour.
faults: build
	python3 Scripts/faults.py --program $(BINARY)

bench: dependencies
	$(BUILD) --product engine-bench
	$(BUILD) --product pictures-bench
	.build/release/engine-bench
	.build/release/pictures-bench
	$(BUILD) --product pipeline-bench
	.build/release/pipeline-bench

build: dependencies
	$(BUILD) --product hide-pipeline

dependencies:
	@sh Scripts/install-dependencies.sh

check: dependencies
	Scripts/check.sh

format:
	swift format --in-place --recursive Sources Tests Package.swift

clean:
	swift package clean
