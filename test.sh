#!/usr/bin/env bash
# Everything that must hold before a change lands: format, rules of the tree, generated documents, all tests under the
# sanitizers, and the release program as a whole. The last lines are ctest's own summary.
# Run by hand so far: scripts/tidy.sh build/asan, scripts/fuzz.sh.
#   ./test.sh          all of it
#   ./test.sh quick    checks of the tree and the tests of a debug build
set -euo pipefail
cd "$(dirname "$0")"
export CTEST_OUTPUT_ON_FAILURE=1 CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
jobs=$(nproc)

step() { printf '\n== %s (%s s)\n' "$*" "$SECONDS"; }

step "packages"
scripts/setup.sh test

step "format"
git ls-files '*.cpp' '*.h' | xargs clang-format --dry-run -Werror

step "rules of the tree"
scripts/check_tree.py
git ls-files '*.sh' '.ci/run' 'service/*' | xargs -r shellcheck

if [ "${1:-}" = quick ]; then
    step "debug build"
    cmake --preset dev >/dev/null
    cmake --build --preset dev -j "$jobs"
    ctest --preset dev -j "$jobs"
    exit
fi

step "release build"
cmake --preset run >/dev/null
cmake --build --preset run -j "$jobs"

step "generated documents"
scripts/check_documents.sh build/run/bmsd

step "sanitizer build"
cmake --preset asan >/dev/null
cmake --build --preset asan -j "$jobs"

step "the release program as a whole"
BMSD_PROGRAM="$PWD/build/run/bmsd" ctest --preset asan -j "$jobs" -L system

step "all tests under the sanitizers"
ctest --preset asan -j "$jobs" --schedule-random
