#!/usr/bin/env bash
# A folder with Debian 12's libraries and headers for another processor, to build against; made once.
#   packaging/venus/sysroot.sh armhf|arm64      prints the folder
set -euo pipefail
cd "$(dirname "$0")/../.."
arch=$1
root=$PWD/build/sysroot/$arch
# where this machine's own packages come from
# shellcheck disable=SC2016 # the names are apt's
mirror=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' | awk '$1 == "bookworm" && $2 == "main" { print $3; exit }')
packages=libboost1.81-dev,libboost-json1.81-dev,libsystemd-dev,libspdlog-dev,libfmt-dev,libcli11-dev,libstdc++-12-dev,libgtest-dev,libgmock-dev

if [ ! -e "$root/complete" ]; then
    fetched=
    for _ in 1 2 3; do # a download may fail once
        rm -rf "$root"
        mkdir -p "$root"
        debootstrap --foreign --arch="$arch" --variant=minbase --include="$packages" bookworm "$root" \
            "${mirror:-http://deb.debian.org/debian}" >&2 && fetched=yes && break
    done
    [ -n "$fetched" ]
    for package in "$root"/var/cache/apt/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root" --keep-directory-symlink --no-same-owner
    done
    rm -rf "$root"/var/cache/apt/archives
    touch "$root/complete"
fi
echo "$root"
