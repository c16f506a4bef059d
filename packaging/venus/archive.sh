#!/usr/bin/env bash
# Assembles the archive for GX devices: OUT_DIR/venus-data.tar.gz, and the same as venus-runtime.tar.gz for media that are
# plugged into a running system. The same input gives the same bytes.
#   packaging/venus/archive.sh BUNDLES_DIR OUT_DIR HOST_BMSD [GUI_JSON]
# BUNDLES_DIR holds armv7/ and aarch64/ (packaging/venus/build.sh), or x86_64/ alone: that archive is for the tests.
# Venus OS unpacks it to /data: hence a top folder that is nobody's home (TOP of scripts/common.sh).
set -euo pipefail
[ $# -ge 3 ] || { sed -n 's/^#   /usage: /p' "$0" >&2; exit 2; }
mkdir -p "$2"
bundles=$(realpath "$1")
out=$(realpath "$2")
bmsd=$(realpath "$3")
gui=${4:+$(realpath "$4")}
cd "$(dirname "$0")/../.."

found=$(find "$bundles" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort | xargs)
case $found in
    "aarch64 armv7" | x86_64) ;;
    *) echo "$bundles must hold aarch64 and armv7, or x86_64 alone; it holds: $found" >&2; exit 1 ;;
esac
# shellcheck disable=SC2086 # one word a processor
for processor in $found; do
    for file in bmsd lib/bmsd lib/bmsd-claim; do
        [ -x "$bundles/$processor/$file" ] || { echo "$bundles/$processor/$file is missing" >&2; exit 1; }
    done
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
top=$(sed -n "s|^TOP=\([^ ]*\).*|\1|p" packaging/venus/scripts/common.sh)
mkdir "$work/$top"
for processor in $found; do cp -a "$bundles/$processor" "$work/$top/"; done
cp -a packaging/venus/scripts packaging/venus/service "$work/$top/"
cp -a packaging/venus/rc "$work/rc"
"$bmsd" --version | awk '{ print "v" $NF }' >"$work/$top/version"
"$bmsd" config default >"$work/$top/config.default.ini"
if [ -n "$gui" ]; then install -D -m 644 "$gui" "$work/$top/gui-v2/bmsd.json"; fi

chmod -R u=rwX,go=rX "$work/$top" "$work/rc" # whatever the umask was
(cd "$work/$top" && find . -type f -printf '%P\n' | LC_ALL=C sort | xargs -d '\n' sha256sum) >"$work/SHA256SUMS"
install -m 644 "$work/SHA256SUMS" "$work/$top/SHA256SUMS"
# first what tells of an archive that is cut: the hooks of Venus OS, the scripts, the list
first=(rc "$top/scripts" "$top/SHA256SUMS" "$top/version")
LC_ALL=C tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct)" --format=ustar \
    -cf "$work/archive.tar" "${first[@]}"
# shellcheck disable=SC2046 # one word a file
LC_ALL=C tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct)" --format=ustar \
    -rf "$work/archive.tar" $(cd "$work" && printf '%s\n' "$top"/* | grep -vxF -f <(printf '%s\n' "${first[@]}"))
gzip -n -9 "$work/archive.tar"
cp "$work/archive.tar.gz" "$out/venus-data.tar.gz"
cp "$work/archive.tar.gz" "$out/venus-runtime.tar.gz"
chmod 644 "$out"/venus-*.tar.gz
ls -l "$out"/venus-*.tar.gz
