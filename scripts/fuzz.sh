#!/usr/bin/env bash
# Fuzzes every type of the catalogue for a while, one after the other; fails on a finding.
#   scripts/fuzz.sh [SECONDS]          seconds in all, shared by the types (default 60)
#   scripts/fuzz.sh --runs N [NAME..]  N runs for each type, or for those named, from one seed
# The inputs that SECONDS found so far are kept under build/fuzz/corpus; a finding is left in build/fuzz/findings.
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/fuzz

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target fuzz_bms
program=$build/tests/fuzz/fuzz_bms
mapfile -t names < <("$program" --list)

limit=() kept=$build/corpus
if [ "${1:-}" = --runs ]; then
    limit=(-runs="$2" -seed=1)
    kept=$build/runs # what earlier ones found would make them others
    rm -rf "$kept"
    [ $# -gt 2 ] && names=("${@:3}")
else
    seconds=$((${1:-60} / ${#names[@]}))
    limit=(-max_total_time=$((seconds > 0 ? seconds : 1)))
fi

mkdir -p "$build/findings"
for name in "${names[@]}"; do
    corpus=$kept/$name
    log=$build/$name.log
    mkdir -p "$corpus"
    "$program" --bms="$name" --seeds="$build/seeds/$name" >/dev/null
    if ! "$program" --bms="$name" "${limit[@]}" -max_len=4096 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
        -artifact_prefix="$build/findings/$name-" "$corpus" "$build/seeds/$name" >"$log" 2>&1; then
        tail -40 "$log" >&2
        echo "fuzz: finding in $name, input in $build/findings, whole log in $log" >&2
        exit 1
    fi
    echo "fuzz: $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs without a finding"
done
