#!/bin/sh
# Venus OS runs it after it has unpacked the archive to /data: post-hook.sh success|extraction-failed
# The archive gets another name, else it would be installed again at every boot.
unpacked=/data/bmsd-install # gone afterwards, whatever comes of it
own=/data/bmsd
result=failed

# The archives of bmsd on all media, one a line
archives() {
    for archive in /media/*/venus-data*.tar.gz /media/*/venus-data*.tgz /media/*/venus-runtime*.tar.gz /media/*/venus-runtime*.tgz; do
        case $archive in *_installed.* | *_failed.*) continue ;; esac
        [ -f "$archive" ] && tar -tzf "$archive" 2>/dev/null | grep -q '^bmsd-install/' && echo "$archive"
    done
}

take_config() { # MEDIUM
    [ -f "$1/config.ini" ] || return 0
    mkdir -p $own
    [ ! -f $own/config.ini ] || cp $own/config.ini $own/config.ini.before
    cp "$1/config.ini" $own/config.ini.new && sync && mv $own/config.ini.new $own/config.ini &&
        mv "$1/config.ini" "$1/config_installed.ini"
}

put_away() { # ARCHIVE
    case $1 in
        *.tgz) target=${1%.tgz}_$result.tgz ;;
        *) target=${1%.tar.gz}_$result.tar.gz ;;
    esac
    mv "$1" "$target" || echo "bmsd: $1 cannot be renamed: it would be installed again at the next boot"
}

install() { # success|extraction-failed
    date
    if [ "$1" = success ]; then
        [ -z "$medium" ] || take_config "$medium"
        sh $unpacked/scripts/install.sh $unpacked && result=installed
    else
        echo "bmsd: the archive could not be unpacked"
    fi
    rm -rf $unpacked
    echo "$found" | while read -r archive; do [ -z "$archive" ] || put_away "$archive"; done
    echo "bmsd: $result"
}

found=$(archives)
medium=$(echo "$found" | sed -n '1s|/[^/]*$||p')
log=/dev/null
[ -z "$medium" ] || log=$medium/venus-data_install.log
install "${1:-}" >>"$log" 2>&1
[ $result = installed ]
