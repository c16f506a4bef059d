#!/bin/sh
# Venus OS runs it before it unpacks the archive from a USB stick or SD card to /data. It installs from the medium itself, with
# room for the programs of one processor only, and puts the archive away under another name: Venus OS then finds nothing to
# unpack, now and at the next boots. post-hook.sh tells what came of it.
here=$(cd "$(dirname "$0")" && pwd)
own=/data/bmsd
outcome=/run/bmsd-hook # installed, or failed
scripts=$here/bmsd-install/scripts
result=failed

# The archives of bmsd on all media, one a line; a damaged one is known by its first files.
archives() {
    for archive in /media/*/venus-data*.tar.gz /media/*/venus-data*.tgz /media/*/venus-runtime*.tar.gz /media/*/venus-runtime*.tgz; do
        case $archive in *_installed.* | *_failed.*) continue ;; esac
        [ -f "$archive" ] && tar -tzf "$archive" 2>/dev/null | grep -q '^bmsd-install/' && echo "$archive"
    done
}

take_config() { # MEDIUM
    [ -f "$1/config.ini" ] || return 0
    mkdir -p $own
    ! cmp -s "$1/config.ini" $own/config.ini || return 0
    [ ! -f $own/config.ini ] || cp $own/config.ini $own/config.ini.before
    cp "$1/config.ini" $own/config.ini.new && sync && mv $own/config.ini.new $own/config.ini &&
        mv "$1/config.ini" "$1/config_installed.ini"
}

put_away() { # ARCHIVE
    case $1 in
        *.tgz) target=${1%.tgz}_$result.tgz ;;
        *) target=${1%.tar.gz}_$result.tar.gz ;;
    esac
    mv "$1" "$target" || echo "bmsd: $1 cannot be renamed: pull the medium"
}

# A medium that cannot be written is looked at again at every boot.
is_installed() { # ARCHIVE
    [ "$(tar -xzOf "$1" bmsd-install/SHA256SUMS 2>/dev/null | sha256sum | cut -c 1-64)" = "$(cat /data/apps/bmsd/archive 2>/dev/null)" ]
}

install() { # ARCHIVE
    echo "$(date) bmsd: found on Venus OS $(head -n 1 /opt/victronenergy/version)"
    if ! touch "$medium" 2>/dev/null && is_installed "$1"; then
        echo "bmsd: this version is there already"
        result=installed
    elif ! tar -xzf "$1" -C "$here" bmsd-install/scripts && [ ! -f "$scripts/install.sh" ]; then
        echo "bmsd: $1 is damaged"
    else
        take_config "$medium"
        sh "$scripts/install.sh" "$1" && result=installed
    fi
    rm -rf "$here/bmsd-install"
    echo "$found" | while read -r archive; do put_away "$archive"; done
    echo "bmsd: $result"
}

# The log is on the medium, else on /data, else in RAM.
writable_log() {
    for file in "$medium/venus-data_install.log" /data/log/bmsd-install.log /run/bmsd-install.log; do
        touch "$file" 2>/dev/null && echo "$file" && return
    done
}

rm -rf /data/bmsd-install # of an unpacking that was cut
found=$(archives)
[ -n "$found" ] || exit 0
medium=$(echo "$found" | sed -n '1s|/[^/]*$||p')
log=$(writable_log)
install "$(echo "$found" | head -n 1)" >>"${log:-/dev/null}" 2>&1
echo $result >$outcome
exit 0
