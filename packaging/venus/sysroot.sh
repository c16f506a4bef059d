#!/usr/bin/env bash
# A folder with Debian 12's libraries and headers for another processor, to build against; made once.
#   packaging/venus/sysroot.sh armhf|arm64      prints the folder
set -euo pipefail
cd "$(dirname "$0")/../.."
arch=$1
root=$PWD/build/sysroot/$arch
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
packages=libboost1.81-dev,libboost-json1.81-dev,libsystemd-dev,libspdlog-dev,libfmt-dev,libcli11-dev,libstdc++-12-dev,libgtest-dev,libgmock-dev

if [ ! -e "$root/complete" ]; then
    rm -rf "$root"
    mkdir -p "$root"
    debootstrap --foreign --arch="$arch" --variant=minbase --include="$packages" bookworm "$root" "$mirror" >&2
    for package in "$root"/var/cache/apt/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root" --keep-directory-symlink --no-same-owner
    done
    rm -rf "$root"/var/cache/apt/archives
    touch "$root/complete"
fi
echo "$root"
