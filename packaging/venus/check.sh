#!/usr/bin/env bash
# Tests of what packaging/venus/release.sh has built, on this machine by qemu-user: the archive's size, the unit tests compiled for armhf, and the
# system tests with the very bundle a GX device gets, against a real dbus-daemon.
#   packaging/venus/check.sh HOST_BUILD [armhf|arm64 ...]       HOST_BUILD: folder with tests/test_system, e.g. build/dev
set -euo pipefail
cd "$(dirname "$0")/../.."
host=$1
shift
[ $# -gt 0 ] || set -- armhf arm64
archive=build/archive/venus-data.tar.gz
[ -f $archive ] || { echo "there is no $archive: packaging/venus/release.sh makes it" >&2; exit 1; }
size=$(stat -c %s $archive)
[ "$size" -le $((6000000 * $#)) ] || { echo "$archive has $size bytes: more than the 6 MB a processor that small devices have room for" >&2; exit 1; }
declare -A folder=([armhf]=armv7 [arm64]=aarch64)
declare -A emulator=([armhf]=qemu-arm-static [arm64]=qemu-aarch64-static)
floors=(util model config bms control venus)
jobs=$(nproc)

units() { # ARCH
    cmake --build "build/$1" --target "${floors[@]/#/test_}"
    local labels
    labels=$(IFS='|' && echo "${floors[*]}")
    # how long something takes under emulation says nothing
    ctest --test-dir "build/$1" -L "^($labels)\$" -E 'LessThanFiveMicroseconds|FarBelowAMillisecond|ABusThatDoesNotRead' -j "$jobs" --output-on-failure |
        tail -n 15
}

# A program that is the bundle's bmsd to the tests. Under qemu it cannot become another program by itself, hence claim here.
stand_in() { # ARCH
    local lib=$PWD/build/venus/${folder[$1]}/lib
    cat >"build/$1/bundle" <<END
#!/bin/sh
[ "\$1" != claim ] || exec ${emulator[$1]} $lib/bmsd-claim "\$4" "\$2"
exec ${emulator[$1]} $lib/ld.so --library-path $lib $lib/bmsd "\$@"
END
    chmod 755 "build/$1/bundle"
}

for arch in "$@"; do
    [ "$arch" != armhf ] || units "$arch" # where a long has 32 bits; arm64 differs from this machine in nothing they look at
    stand_in "$arch"
    BMSD_PROGRAM=$PWD/build/$arch/bundle "$host/tests/test_system" --gtest_brief=1
done
