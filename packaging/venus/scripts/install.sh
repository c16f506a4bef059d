#!/bin/sh
# Installs bmsd or another version of it. Whatever happens on the way, the old or the new version works afterwards.
#   install.sh ARCHIVE|FOLDER      venus-data.tar.gz, or the folder it was unpacked to; neither is changed
# shellcheck source=packaging/venus/scripts/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=packaging/venus/scripts/start-files.sh
. "$(dirname "$0")/start-files.sh"
# shellcheck source=packaging/venus/scripts/takeover.sh
. "$(dirname "$0")/takeover.sh"

source=${1:-}
processor=$(processor)
case $processor in
    aarch64) other=armv7 ;;
    *) other=aarch64 ;;
esac

# Nothing of the folders that come and go with an update, else it would go with them.
check_source() {
    [ -e "$source" ] || die "usage: install.sh ARCHIVE|FOLDER"
    source=$(readlink -f "$source")
    case $source/ in
        "$APP/" | "$PREVIOUS/") die "$source is what is installed; sh $APP/scripts/enable.sh switches it on" ;;
        "$APP"/* | "$NEW"/* | "$PREVIOUS"/* | "$FAILED"/*) die "$source lies in the folder of the program: put it elsewhere" ;;
    esac
    [ -d "$source" ] || return 0
    for part in SHA256SUMS version scripts/install.sh; do
        [ -f "$source/$part" ] || die "$source is no unpacked archive of bmsd"
    done
    [ -d "$source/$processor" ] || die "$source holds nothing for this processor ($processor)"
}

# An update that was cut here before: as the start file does it.
settle() {
    [ -e $APP ] || [ ! -e $PREVIOUS/swapping ] || mv $PREVIOUS $APP
    rm -rf $NEW $FAILED
}

# The parts this device needs, one a line: those of the archive, or of the folder it was unpacked to, by its list.
wanted_parts() {
    if [ -d "$source" ]; then
        { sed 's|^[^ ]*  ||; s|/.*||' "$source/SHA256SUMS" && echo SHA256SUMS; } | sort -u | grep -vx "$other"
    else
        tar -tzf "$source" 2>/dev/null | sed -n "s|^\($TOP/[^/][^/]*\).*|\1|p" | sort -u | grep -vx "$TOP/$other"
    fi
}

# Their size in kB with room for whole blocks.
needed_kb() {
    if [ -d "$source" ]; then
        (cd "$source" && echo "$parts" | xargs du -sk) | awk '{ sum += $1 } END { print sum + 2048 }'
    else
        tar -tvzf "$source" 2>/dev/null | grep -v " $TOP/$other/" |
            awk '{ sum += $3; blocks += 4 } END { print int(sum / 1024) + blocks + 2048 }'
    fi
}

free_kb() { df -Pk $APPS | awk 'NR == 2 { print $4 }'; }

make_room() {
    needed=$(needed_kb)
    # what ran before the version that runs is not needed any more
    [ "$(free_kb)" -ge "$needed" ] || [ ! -e $APP ] || [ -e $TRIAL ] || rm -rf $PREVIOUS
    [ "$(free_kb)" -ge "$needed" ] || die "$needed kB are needed on $APPS, $(free_kb) kB are free"
}

# Copies: what the user has given stays as it is, whatever comes of it.
unpack() {
    parts=$(wanted_parts)
    [ -n "$parts" ] || die "$source is no archive of bmsd, or damaged"
    make_room
    mkdir -p $NEW/$TOP || die "$NEW could not be made"
    # shellcheck disable=SC2086 # one word a part
    if [ -d "$source" ]; then
        (cd "$source" && cp -R $parts $NEW/$TOP/) || die "$source could not be copied"
    else
        tar -xzf "$source" -C $NEW $parts || die "$source is damaged, or /data is full"
    fi
}

verify() {
    cd $NEW/$TOP 2>/dev/null || die "$source holds no bmsd"
    [ -f SHA256SUMS ] || die "$source holds no checksums"
    [ -d "$processor" ] || die "$source holds nothing for this processor ($processor)"
    checksum <SHA256SUMS >archive # by which rc/pre-hook.sh knows it again
    grep -v "  $other/" SHA256SUMS >sums
    sha256sum -c sums >/dev/null 2>&1 || die "$source is damaged: a checksum is wrong"
    mv "$processor" bin
    sed "s|  $processor/|  bin/|" sums >SHA256SUMS
    rm sums
    chmod 755 scripts/*.sh
    bin/bmsd --version >/dev/null || die "the program does not run on this device"
    cd / || exit 1
}

swap() {
    if [ -e $TRIAL ] && [ -d $PREVIOUS ]; then
        touch $PREVIOUS/swapping
        mv $APP $FAILED # never seen running: the one before it stays what we fall back to
    elif [ -e $APP ]; then
        rm -rf $PREVIOUS
        step previous-removed
        touch $APP/swapping # from here until the new one is there the boot may bring it back
        mv $APP $PREVIOUS
    fi
    step old-moved
    mv $NEW/$TOP $APP || die "$NEW could not be moved"
    rm -f $PREVIOUS/swapping
    rm -rf $NEW $FAILED
    sync
    step swapped
}

install() {
    step cleaned
    unpack
    step unpacked
    verify
    touch $NEW/$TOP/trial
    sync
    step verified
    add_rc_lines # from now on the boot knows how to go on
    step rc-lines-added
    swap
    sh $APP/scripts/enable.sh || {
        [ ! -e $TRIAL ] || roll_back
        die "not installed as it should be"
    }
    step enabled
}

give_up() { # an update that was refused leaves nothing
    rm -rf $NEW
    unlock
}

check_device
check_source
lock
check_root || exit 1
data_writable || exit 1
settle
trap give_up EXIT
install
