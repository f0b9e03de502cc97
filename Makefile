BINARY = .build/release/hide-pipeline
BUILD = swift build -c release --quiet

.PHONY: quickstart test bench build dependencies check format clean

quickstart: build
	$(BINARY) run pipelines/quickstart.yaml

# Numerics are slow without optimisation, so all tests run in release mode.
test: dependencies
	swift test -c release --disable-xctest

bench: dependencies
	$(BUILD) --product engine-bench
	$(BUILD) --product pictures-bench
	.build/release/engine-bench
	.build/release/pictures-bench

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
