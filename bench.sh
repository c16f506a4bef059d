#!/usr/bin/env bash
# Measures bmsd: CPU, memory, D-Bus traffic, start, silent port, cycle over wire time, flash writes. Prints a table, writes
# build/bench.json.
# Needs a quiet machine to mean anything. Options: bench/bench.py --help
set -euo pipefail
cd "$(dirname "$0")"
export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
scripts/setup.sh test
cmake --preset release >/dev/null
cmake --build --preset release -j "$(nproc)" --target bmsd bench_micro
exec bench/bench.py "$@"
