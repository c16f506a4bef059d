#!/usr/bin/env bash
# Builds the Debian package of this machine's processor: build/bmsd_VERSION_ARCH.deb. The same input gives the same bytes.
#   packaging/debian/build.sh [PROGRAMS]       PROGRAMS: folder with bmsd and bmsd-claim; default: built here
set -euo pipefail
cd "$(dirname "$0")/../.."
programs=${1:-build/run}
if [ $# -eq 0 ]; then
    cmake --preset run >/dev/null
    cmake --build --preset run
fi
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
version=$("$programs/bmsd" --version | awk '{ print $NF }')
processor=$(dpkg --print-architecture)
from=packaging/debian
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

put() { install -D -m "$1" "$2" "$root/$3"; } # MODE FILE PLACE
for program in bmsd bmsd-claim; do
    put 755 "$programs/$program" usr/bin/$program
    strip --strip-unneeded "$root/usr/bin/$program"
done
put 644 $from/bmsd.service lib/systemd/system/bmsd.service
put 644 $from/60-bmsd.rules lib/udev/rules.d/60-bmsd.rules
put 644 $from/bmsd-dbus.conf usr/share/dbus-1/system.d/bmsd.conf
put 644 $from/bmsd.sysusers usr/lib/sysusers.d/bmsd.conf
put 644 $from/config.ini etc/bmsd/config.ini
put 644 LICENSE usr/share/doc/bmsd/copyright
put 644 docs/config.default.ini usr/share/doc/bmsd/config.default.ini
put 644 docs/bmsd.1 usr/share/man/man1/bmsd.1
gzip -n -9 "$root/usr/share/man/man1/bmsd.1"
for script in postinst prerm postrm; do put 755 $from/$script DEBIAN/$script; done
echo /etc/bmsd/config.ini >"$root/DEBIAN/conffiles"

mkdir "$work/debian"
printf 'Source: bmsd\n\nPackage: bmsd\nArchitecture: any\n' >"$work/debian/control"
libraries=$(cd "$work" && dpkg-shlibdeps -O root/usr/bin/bmsd 2>/dev/null | sed 's/^shlibs:Depends=//')
cat >"$root/DEBIAN/control" <<END
Package: bmsd
Version: $version
Architecture: $processor
Maintainer: bmsd maintainers <bmsd@localhost>
Installed-Size: $(du -sk --apparent-size "$root/usr" | cut -f 1)
Depends: $libraries, dbus, systemd
Section: misc
Priority: optional
Description: reads battery management systems and tells the power system what they allow
 One small daemon reads every BMS of a site, decides how the batteries may be charged and discharged (CVL, CCL, DCL),
 publishes them on D-Bus as Victron Venus OS expects, and explains each decision.
END
find "$root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz --build "$root" "build/bmsd_${version}_$processor.deb"
