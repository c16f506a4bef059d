#!/bin/sh
# Installs bmsd or another version of it. Whatever happens on the way, the old or the new version works afterwards.
#   install.sh ARCHIVE|FOLDER      venus-data.tar.gz, or the folder it was unpacked to (which is moved)
# shellcheck source=packaging/venus/scripts/common.sh
. "$(dirname "$0")/common.sh"

source=${1:-}
processor=$(processor)
case $processor in
    aarch64) other=armv7 ;;
    *) other=aarch64 ;;
esac

# An update that was cut here before: as the start file does it.
settle() {
    [ -e $APP ] || [ ! -d $PREVIOUS ] || mv $PREVIOUS $APP
    rm -rf $NEW $FAILED
}

# The parts of the archive this device needs, and their size in kB with room for whole blocks.
wanted_parts() { tar -tzf "$source" 2>/dev/null | sed -n "s|^\($TOP/[^/]*\).*|\1|p" | sort -u | grep -vx "$TOP/$other"; }

needed_kb() {
    tar -tvzf "$source" 2>/dev/null | grep -v " $TOP/$other/" |
        awk '{ sum += $3; blocks += 4 } END { print int(sum / 1024) + blocks + 2048 }'
}

free_kb() { df -Pk $APPS | awk 'NR == 2 { print $4 }'; }

make_room() {
    needed=$(needed_kb)
    # what ran before the version that runs is not needed any more
    [ "$(free_kb)" -ge "$needed" ] || [ ! -e $APP ] || [ -e $TRIAL ] || rm -rf $PREVIOUS
    [ "$(free_kb)" -ge "$needed" ] || die "$needed kB are needed on $APPS, $(free_kb) kB are free"
}

unpack() {
    make_room
    parts=$(wanted_parts)
    [ -n "$parts" ] || die "$source is no archive of bmsd"
    # shellcheck disable=SC2086 # one word a part
    tar -xzf "$source" -C $NEW $parts || die "$source is damaged, or /data is full"
}

# From the folder Venus OS unpacked the archive to.
collect() { mv "$source" $NEW/$TOP || die "$source could not be moved"; }

verify() {
    cd $NEW/$TOP 2>/dev/null || die "$source holds no bmsd"
    [ -f SHA256SUMS ] || die "$source holds no checksums"
    [ -d "$processor" ] || die "$source holds nothing for this processor ($processor)"
    grep -v "  $other/" SHA256SUMS >sums
    sha256sum -c sums >/dev/null 2>&1 || die "$source is damaged: a checksum is wrong"
    rm -rf "$other"
    mv "$processor" bin
    sed "s|  $processor/|  bin/|" sums >SHA256SUMS
    rm sums
    chmod 755 scripts/*.sh
    bin/bmsd --version >/dev/null || die "the program does not run on this device"
    cd / || exit 1
}

swap() {
    if [ -e $TRIAL ] && [ -d $PREVIOUS ]; then
        mv $APP $FAILED # never seen running: the one before it stays what we fall back to
    elif [ -e $APP ]; then
        rm -rf $PREVIOUS
        step previous-removed
        mv $APP $PREVIOUS
    fi
    step old-moved
    mv $NEW/$TOP $APP || die "$NEW could not be moved"
    rm -rf $NEW $FAILED
    sync
    step swapped
}

install() {
    mkdir -p $NEW
    step cleaned
    if [ -d "$source" ]; then collect; else unpack; fi
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

[ -e "$source" ] || die "usage: install.sh ARCHIVE|FOLDER"
source=$(readlink -f "$source")
lock
check_device
check_root || exit 1
mkdir -p $APPS
settle
trap 'rm -rf $NEW /run/bmsd-scripts.lock' EXIT # of an update that was refused
install
