#!/bin/sh
# Runs the C kernels and the parallel parts under the address and undefined-behaviour sanitizers and under the
# thread sanitizer, and fails on a finding. Quiet otherwise.
#
#   sanitize.sh          the kernels and the pool in C, then the engine's parallel suites in Swift
#   sanitize.sh --short  the C part alone: half a minute
#
# SANITIZE_FOLDER keeps the Swift builds for the next time.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
short=no
[ "${1:-}" = --short ] && short=yes
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
clang=${CLANG:-$(dirname "$(readlink -f "$(command -v swift)")")/clang}
[ -x "$clang" ] || clang=clang
# The toolchain's thread sanitizer also watches libdispatch, which then has to be linked.
libraries=$(dirname "$clang")/../lib/swift/linux

export ASAN_OPTIONS=abort_on_error=0:exitcode=99:detect_leaks=0
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1:exitcode=99
export TSAN_OPTIONS="exitcode=99:halt_on_error=0:suppressions=$root/Scripts/sanitizers/thread.supp"

# The thread sanitizer's map of memory does not fit where the system places programs at random.
fixed="setarch $(uname -m) -R"
$fixed true 2>/dev/null || fixed=

# Runs a command; prints what it wrote only where it fails.
quietly() {
    what=$1
    shift
    if ! "$@" >"$work/log" 2>&1; then
        echo "$what: failed" >&2
        grep -vE '^(\[[0-9]+/[0-9]+\]|◇|✔)' "$work/log" | tail -n 80 >&2
        exit 1
    fi
}

for kind in address,undefined thread; do
    # Instrumented code that the loader calls to choose a clone would run before its runtime: one clone.
    quietly "C under $kind: build" "$clang" -std=gnu11 -g -O1 -fno-omit-frame-pointer "-fsanitize=$kind" \
        -fno-sanitize-recover=all -DONE_CLONE -ISources/CKernels/include Sources/CKernels/*.c \
        Scripts/sanitizers/kernels.c -o "$work/kernels" -lpthread -lm \
        "-L$libraries" "-Wl,-rpath,$libraries" -ldispatch -lBlocksRuntime
    quietly "C under $kind" timeout 300 $fixed "$work/kernels"
done
[ $short = no ] || exit 0

folder=${SANITIZE_FOLDER:-$work}
for kind in address thread; do
    copy=$folder/$kind
    sh Scripts/engine_only.sh "$copy"
    sed -i "s/-fno-math-errno\"/-fno-math-errno\", \"-DONE_CLONE\"/" "$copy/Package.swift"
    cd "$copy"
    quietly "Swift under $kind: build" swift build --build-tests "--sanitize=$kind"
    quietly "Swift under $kind" timeout 600 $fixed swift test --skip-build --disable-xctest "--sanitize=$kind" \
        --filter 'WorkersTests|WorkerCountTests|KernelTests'
    cd "$root"
done
