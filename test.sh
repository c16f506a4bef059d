#!/usr/bin/env bash
# What CI runs: format, rules of the tree, generated documents, all tests. The last lines are ctest's own summary.
# Run by hand so far: the sanitizers (cmake --preset asan; ctest --preset asan), scripts/tidy.sh, scripts/fuzz.sh.
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

step "build"
cmake --preset dev >/dev/null
cmake --build --preset dev -j "$jobs"

step "generated documents"
scripts/check_documents.sh build/dev/bmsd

step "tests"
ctest --preset dev -j "$jobs"
