#!/bin/sh
# Copies the engine, what its tests need, and its own package description into a folder: engine_only.sh FOLDER
set -eu
cd "$(dirname "$0")/.."
mkdir -p "$1/Sources" "$1/Tests"
for part in Sources/COpenBLAS Sources/CHDF5 Sources/CYAML Sources/CCrypto Sources/CKernels Sources/Engine \
    Sources/Pipeline Tests/TestSupport Tests/EngineTests Tests/Fixtures; do
    rm -rf "${1:?}/$part"
    cp -Rp "$part" "$1/$part"
done
cp -p Scripts/engine-only/Package.swift "$1/Package.swift"
