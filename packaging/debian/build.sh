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
{
    printf '%s\n' 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/' 'Upstream-Name: bmsd' '' 'Files: *' \
        "Copyright: $(sed -n 's/^Copyright (c) //p' LICENSE)" 'License: Expat'
    sed -n '/^Permission/,$p' LICENSE | sed 's/^$/./; s/^/ /'
} >"$work/copyright"
put 644 "$work/copyright" usr/share/doc/bmsd/copyright
{ # the newest chapter of CHANGELOG.md, as Debian writes it
    printf 'bmsd (%s) unstable; urgency=medium\n\n' "$version"
    awk '/^## / { chapter++ } chapter == 1 && /^- / { sub(/^- /, "  * "); print } chapter == 1 && /^  [^ ]/ { print "  " $0 }' CHANGELOG.md
    printf '\n -- bmsd maintainers <bmsd@localhost.localdomain>  %s\n' "$(LC_ALL=C date -uR -d "@$SOURCE_DATE_EPOCH")"
} >"$work/changelog"
put 644 "$work/changelog" usr/share/doc/bmsd/changelog
gzip -n -9 "$root/usr/share/doc/bmsd/changelog"
for file in dashboards/*; do put 644 "$file" "usr/share/doc/bmsd/dashboards/$(basename "$file")"; done
for document in docs/*.md; do put 644 "$document" "usr/share/doc/bmsd/$(basename "$document")"; done
# completions, each where its shell looks
for row in bash:bash-completion/completions/bmsd zsh:zsh/vendor-completions/_bmsd fish:fish/vendor_completions.d/bmsd.fish; do
    ! "$programs/bmsd" completion "${row%%:*}" >"$work/completion" 2>/dev/null || put 644 "$work/completion" "usr/share/${row#*:}"
done
put 644 docs/config.default.ini usr/share/doc/bmsd/config.default.ini
put 644 docs/bmsd.1 usr/share/man/man1/bmsd.1
gzip -n -9 "$root/usr/share/man/man1/bmsd.1"
put 644 $from/lintian-overrides usr/share/lintian/overrides/bmsd
for script in postinst prerm postrm; do put 755 $from/$script DEBIAN/$script; done
echo /etc/bmsd/config.ini >"$root/DEBIAN/conffiles"

mkdir "$work/debian"
printf 'Source: bmsd\n\nPackage: bmsd\nArchitecture: any\n' >"$work/debian/control"
libraries=$(cd "$work" && dpkg-shlibdeps -O root/usr/bin/bmsd 2>/dev/null | sed 's/^shlibs:Depends=//')
cat >"$root/DEBIAN/control" <<END
Package: bmsd
Version: $version
Architecture: $processor
Maintainer: bmsd maintainers <bmsd@localhost.localdomain>
Installed-Size: $(du -sk --apparent-size "$root" | cut -f 1)
Depends: $libraries, dbus, init-system-helpers (>= 1.54), systemd, udev
Suggests: bluez
Section: misc
Priority: optional
Description: reads battery management systems and tells the power system what they allow
 One small daemon reads every BMS of a site, decides how the batteries may
 be charged and discharged (CVL, CCL, DCL), publishes them on D-Bus as
 Victron Venus OS expects, and explains each decision.
END
find "$root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz --build "$root" "build/bmsd_${version}_$processor.deb"
