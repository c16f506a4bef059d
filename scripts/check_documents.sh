#!/usr/bin/env bash
# Fails when a generated document is not what the program prints now.
#   scripts/check_documents.sh PROGRAM          check
#   scripts/check_documents.sh PROGRAM --write  bring them up to date
set -euo pipefail
cd "$(dirname "$0")/.."
program=$1

# document, and the command that prints it
documents=(
    "docs/bms.md bms --markdown"
    "docs/config.default.ini config default"
    "docs/bmsd.1 manual"
)

failed=0
for row in "${documents[@]}"; do
    read -r file command <<<"$row"
    # shellcheck disable=SC2086 # the words of the command
    if [ "${2:-}" = --write ]; then
        "$program" $command >"$file"
    elif ! diff -u "$file" <("$program" $command) >&2; then
        echo "$file is out of date: scripts/check_documents.sh $program --write" >&2
        failed=1
    fi
done
exit $failed
