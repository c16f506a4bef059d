#!/usr/bin/env bash
# Installs what building and testing need on Debian 12. Does nothing when all of it is there.
#   scripts/setup.sh build   compiler and libraries only
#   scripts/setup.sh test    also what the tests and checks use
set -euo pipefail

build=(g++ cmake ninja-build ccache pkg-config libboost1.81-dev libboost-json1.81-dev libsystemd-dev libspdlog-dev
       libfmt-dev libcli11-dev dbus)
test=(libgtest-dev libgmock-dev libbenchmark-dev clang-format clang-16 clang-tidy-16 libclang-rt-16-dev shellcheck python3 git)

wanted=("${build[@]}")
[ "${1:-test}" = build ] || wanted+=("${test[@]}")

missing=()
for package in "${wanted[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "installing: ${missing[*]}"
root=()
[ "$(id -u)" -eq 0 ] || root=(sudo)
"${root[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
