#!/usr/bin/env bash
# Fuzzes every protocol for a while; ends with 1 when something is found (the input is in build/fuzz/findings).
#   scripts/fuzz.sh [SECONDS in all]      default 60
#   scripts/fuzz.sh --runs N [TYPE]       N runs of each type, or of one
set -euo pipefail
cd "$(dirname "$0")/.."

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz -j "$(nproc)" --target fuzz_protocol fuzz_corpus
corpus=build/fuzz/corpus
mapfile -t types < <(build/fuzz/tests/fuzz/fuzz_corpus "$corpus")
mkdir -p build/fuzz/findings

if [ "${1:-}" = --runs ]; then
    limit=(-runs="$2")
    [ -z "${3:-}" ] || types=("$3")
else
    seconds=$((${1:-60} / ${#types[@]}))
    limit=(-max_total_time="$((seconds > 0 ? seconds : 1))")
fi

for type in "${types[@]}"; do
    log=build/fuzz/$type.log
    if ! BMSD_FUZZ_BMS=$type build/fuzz/tests/fuzz/fuzz_protocol "${limit[@]}" -max_len=4096 -timeout=10 -rss_limit_mb=1024 \
        -artifact_prefix="build/fuzz/findings/$type-" "$corpus/$type" >"$log" 2>&1; then
        tail -n 40 "$log"
        echo "$type: a finding, see build/fuzz/findings" >&2
        exit 1
    fi
    echo "$type: $(grep -E '^Done|stat::number_of_executed_units' "$log" | tail -n 1)"
done
