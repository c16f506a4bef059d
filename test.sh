#!/usr/bin/env bash
# What CI runs: format, rules of the tree, debug build, generated documents, clang-tidy on what changed, a short fuzz of every
# decoder, all tests with sanitizers and without. The last lines are ctest's own summary.
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
scripts/check_snippets.py
git ls-files '*.sh' '.ci/run' 'service/*' | xargs -r shellcheck

step "build"
cmake --preset dev >/dev/null
cmake --build --preset dev -j "$jobs"

step "generated documents"
scripts/check_documents.sh build/dev/bmsd
scripts/check_words.py build/dev/bmsd

step "clang-tidy"
scripts/tidy.sh build/dev

step "fuzz"
scripts/fuzz.sh 60

step "sanitizer build"
cmake --preset asan >/dev/null
cmake --build --preset asan -j "$jobs"

step "tests with AddressSanitizer and UBSan"
ctest --preset asan -j "$jobs"

step "tests"
ctest --preset dev -j "$jobs"
