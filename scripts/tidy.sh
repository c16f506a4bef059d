#!/usr/bin/env bash
# clang-tidy on the sources changed in the last hours before HEAD (all of them in a shallow clone), or on all of them.
#   scripts/tidy.sh BUILD_DIR [--all]
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1

if [ "${2:-}" = --all ]; then
    mapfile -t files < <(git ls-files 'src/*.cpp')
else
    base=$(git rev-list -1 --before="$(($(git log -1 --format=%ct) - 4 * 3600))" HEAD)
    [ -n "$base" ] || base=$(git hash-object -t tree /dev/null)
    mapfile -t files < <(git diff --name-only --diff-filter=d "$base" -- 'src/*.cpp')
fi
[ ${#files[@]} -eq 0 ] && { echo "nothing changed"; exit 0; }
# clang 16 has another name for C++23, and reports an older concepts version than <expected> of GCC 12 asks for
printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -n 1 clang-tidy-16 -p "$build" --quiet \
    --extra-arg=-std=c++2b --extra-arg=-U__cpp_concepts --extra-arg=-D__cpp_concepts=202002L --extra-arg=-Wno-builtin-macro-redefined \
    --extra-arg=-Wno-unknown-warning-option --extra-arg=-fconstexpr-steps=10000000 2> >(grep -v 'warnings generated' >&2)
