#!/usr/bin/env bash
# clang-tidy on every source, those changed last first, for so long as there is time; names what it did not reach. A source that was
# clean is looked at again when it, a header of ours that it includes, or the rules change: ~/.cache/bmsd-tidy remembers.
#   scripts/tidy.sh BUILD_DIR [SECONDS]          BUILD_DIR: built; without SECONDS it looks at all of them
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1
end=$((SECONDS + ${2:-1000000}))
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
known=${XDG_CACHE_HOME:-$HOME/.cache}/bmsd-tidy
mkdir -p "$known"
ninja -C "$build" -t deps >"$work/deps"
# clang 16 has another name for C++23, and reports an older concepts version than <expected> of GCC 12 asks for
flags=(--extra-arg={-std=c++2b,-U__cpp_concepts,-D__cpp_concepts=202002L,-Wno-builtin-macro-redefined,-Wno-unknown-warning-option,-fconstexpr-steps=10000000})
rules=$({ cat .clang-tidy && echo "${flags[@]}" && grep CXX_STANDARD CMakeLists.txt && clang-tidy-16 --version; } | sha256sum)

# What clang-tidy says of FILE depends on nothing else; empty when it was never compiled.
key_of() { # FILE
    local parts
    parts=$(awk -v object="/$1.o:" 'found && !/^    /{ exit } found { print substr($0, 5) } index($0, object) { found = 1 }' "$work/deps" |
        grep -v '^/usr/' || true)
    [ -z "$parts" ] || { echo "$rules" && cd "$build" && xargs cat <<<"$parts"; } | sha256sum | cut -c 1-64
}

look_at() { # FILE
    local key
    key=$(key_of "$1")
    [ -z "$key" ] || [ ! -e "$known/$key" ] || return 0
    if [ $SECONDS -ge "$end" ]; then echo "$1" >>"$work/missed"; return 0; fi
    clang-tidy-16 -p "$build" --quiet "${flags[@]}" "$1" 2> >(grep -v 'warnings generated' >&2) || return 1
    [ -z "$key" ] || : >"$known/$key"
    echo "$1" >>"$work/seen"
}

# every N-th source of the list from number FIRST on
some() { # FIRST N
    local file clean=0
    while read -r file; do look_at "$file" || clean=1; done < <(awk -v first="$1" -v n="$2" 'NR % n == first' "$work/files")
    return $clean
}

{ git log --format= --name-only -- 'src/*.cpp' && git ls-files 'src/*.cpp'; } | awk '!seen[$0]++' |
    while read -r file; do [ ! -f "$file" ] || echo "$file"; done >"$work/files"
jobs=()
for ((i = 0; i < $(nproc); i++)); do some $i "$(nproc)" & jobs+=($!); done
failed=0
for job in "${jobs[@]}"; do wait "$job" || failed=1; done
touch "$work/seen" "$work/missed"
echo "$(wc -l <"$work/seen") of $(wc -l <"$work/files") sources looked at, $(wc -l <"$work/missed") not for want of time," \
    "the others are as they were"
[ ! -s "$work/missed" ] || sed 's/^/not reached: /' "$work/missed"
exit $failed
