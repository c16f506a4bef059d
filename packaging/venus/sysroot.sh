#!/usr/bin/env bash
# A folder with Debian 12's libraries and headers for another processor, to build against; made once,
# and anew when the packages are others.
#   packaging/venus/sysroot.sh armhf|arm64      prints the folder
set -euo pipefail
cd "$(dirname "$0")/../.."
arch=$1
root=$PWD/build/sysroot/$arch
# where this machine's own packages come from
# shellcheck disable=SC2016 # the names are apt's
mirror=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' | awk '$1 == "bookworm" && $2 == "main" { print $3; exit }')
packages=libboost1.81-dev,libboost-json1.81-dev,libelogind-dev,libfmt-dev,libcli11-dev,libstdc++-12-dev,zlib1g-dev,libargon2-dev,libssl-dev,libmosquitto-dev,libgtest-dev,libgmock-dev

if [ "$(cat "$root/complete" 2>/dev/null)" != "$packages" ]; then
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
    # links to /lib mean the sysroot's
    find "$root" -type l -lname '/*' | while read -r link; do ln -srfn "$root$(readlink "$link")" "$link"; done
    echo "$packages" >"$root/complete"
fi
echo "$root"
