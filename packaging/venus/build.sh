#!/usr/bin/env bash
# Builds bmsd for GX devices: build/venus/armv7 (armhf) and build/venus/aarch64 (arm64), each with its own loader and libraries,
# so that it runs whatever C library the device has. The same input gives the same bytes. amd64 (build/test-bundle/x86_64) is this
# machine's own, for the test of the installation.
#   packaging/venus/build.sh [armhf|arm64|amd64 ...]         default: armhf arm64
set -euo pipefail
cd "$(dirname "$0")/../.."

declare -A folder=([armhf]=venus/armv7 [arm64]=venus/aarch64 [amd64]=test-bundle/x86_64)
declare -A triplet=([armhf]=arm-linux-gnueabihf [arm64]=aarch64-linux-gnu [amd64]=x86_64-linux-gnu)
declare -A loader=([armhf]=ld-linux-armhf.so.3 [arm64]=ld-linux-aarch64.so.1 [amd64]=ld-linux-x86-64.so.2)
declare -A sysroot=([armhf]=build/sysroot/armhf [arm64]=build/sysroot/arm64 [amd64]="")
declare -A build=([armhf]=build/armhf [arm64]=build/arm64 [amd64]=build/run)

compile() { # ARCH
    if [ "$1" = amd64 ]; then
        cmake --preset run >/dev/null
        cmake --build --preset run
        return
    fi
    packaging/venus/sysroot.sh "$1" >/dev/null
    # names of source files in the program, the same wherever it is built, with and without ccache
    local names="-ffile-prefix-map=$PWD=. -ffile-prefix-map=../../=./" tree
    for tree in "$PWD/build/sysroot" ../sysroot; do names+=" -ffile-prefix-map=$tree/$1=/sysroot"; done
    cmake -S . -B "${build[$1]}" -G Ninja --toolchain "$PWD/packaging/venus/toolchain.cmake" -D BMSD_ARCH="$1" \
        -D BMSD_TESTS=ON -D BMSD_SELF_CONTAINED=ON -D BMSD_SD_BUS=libelogind -D CMAKE_BUILD_TYPE=Release -D CMAKE_CXX_FLAGS_RELEASE="-O2 $names" >/dev/null
    cmake --build "${build[$1]}" --target bmsd bmsd-claim
}

needed() { # ARCH FILE: the shared libraries it names
    "${triplet[$1]}-readelf" -d "$2" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
}

# Copies what FILE needs from the sysroot, and what that needs.
gather() { # ARCH FILE TARGET
    local name from
    for name in $(needed "$1" "$2"); do
        [ -e "$3/$name" ] && continue
        from=${sysroot[$1]}/lib/${triplet[$1]}/$name
        [ -e "$from" ] || from=${sysroot[$1]}/usr/lib/${triplet[$1]}/$name
        install -m 755 "$(readlink -f "$from")" "$3/$name"
        "${triplet[$1]}-strip" --strip-unneeded "$3/$name"
        gather "$1" "$3/$name" "$3"
    done
}

bundle() { # ARCH
    local target=build/${folder[$1]}
    rm -rf "$target"
    mkdir -p "$target/lib"
    install -m 755 "${build[$1]}/bmsd" "${build[$1]}/bmsd-claim" "$target/lib"
    "${triplet[$1]}-strip" "$target/lib/bmsd" "$target/lib/bmsd-claim"
    gather "$1" "$target/lib/bmsd" "$target/lib"
    mv "$target/lib/${loader[$1]}" "$target/lib/ld.so"
    ln -s ld.so "$target/lib/${loader[$1]}" # libraries name it too
    cat >"$target/bmsd" <<'END'
#!/bin/sh
# bmsd with its own loader and libraries, independent of the system's
here=$(dirname "$(readlink -f "$0")")
# OpenSSL of Debian looks elsewhere
[ -n "$SSL_CERT_FILE" ] || [ ! -f /etc/ssl/certs/ca-certificates.crt ] || export SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
exec "$here/lib/ld.so" --argv0 "$0" --library-path "$here/lib" "$here/lib/bmsd" "$@"
END
    chmod 755 "$target/bmsd"
    du -sh "$target"
}

[ $# -gt 0 ] || set -- armhf arm64
for arch in "$@"; do
    compile "$arch"
    bundle "$arch"
done
