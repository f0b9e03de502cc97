#!/bin/sh
# What has to hold before a change is proposed: layout, warnings, tests. CI runs exactly this.
set -eu
cd "$(dirname "$0")/.."
sh Scripts/install-dependencies.sh

echo "== layout"
swift format lint --strict --recursive Sources Tests Package.swift

echo "== sanitizers over the kernels and the pool of threads"
sh Scripts/sanitize.sh --short

echo "== build without warnings, and all tests"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
{ make test 2>&1; echo "exit $?"; } | tee "$log"
grep -qx 'exit 0' "$log" || status=1
# Of the compiler; what tests print comes after.
if sed '/Test run started/q' "$log" | grep -E '(^|[^a-z])warning: '; then
    echo "the build gives warnings" >&2
    status=1
fi
# Tests that need shared data may only skip where that data is absent.
if [ -d ../shared ] && grep -E '(Test|Suite) .* skipped.*(golden|real data|shared)' "$log"; then
    echo "../shared is present, yet tests of it were skipped" >&2
    status=1
fi
exit $status
