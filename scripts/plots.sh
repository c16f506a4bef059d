#!/usr/bin/env bash
# Draws the pictures of docs/charge-control.md: simulated batteries through the control of the program.
#   scripts/plots.sh PROGRAM
set -euo pipefail
cd "$(dirname "$0")/.."
program=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

plot() {
    local name=$1
    shift
    "$program" simulate "$@" --record "$work/run.json"
    "$program" replay "$work/run.json" --svg "docs/plots/$name.svg" >/dev/null
}

mkdir -p docs/plots
plot full-charge --bms LltJbd,hour=8,seed=2 --soc 60 --hours 9
plot runaway-cell --bms LltJbd,hour=9,runaway=4,seed=3 --soc 85 --hours 6
plot cold-morning --bms LltJbd,hour=7,temperature=2,seed=5 --soc 40 --hours 8
plot no-float --bms LltJbd,hour=9,runaway=1.2,seed=4 --soc 80 --hours 8
