#!/bin/sh
# Process 1 of a machine, in mount and process namespaces of its own:
#   machine.sh ROOT DATA MEDIA FIELD TARGET [SIZE]      SIZE: of a /data that is a small file system of its own
set -e
root=$1 data=$2 media=$3 field=$4 target=$5
mount --make-rprivate /
mount --bind "$root" "$target"
mount -o remount,bind,ro "$target"
mount --bind "$data" "$target/data"
if [ -n "${6:-}" ]; then
    mkdir -p "$data.small"
    mount -t tmpfs -o "size=$6" data "$data.small"
    cp -a "$data/." "$data.small/"
    mount --move "$data.small" "$target/data"
fi
[ -z "${DATA_READ_ONLY:-}" ] || mount -o remount,bind,ro "$target/data"
mount --bind "$media" "$target/media"
mount --bind "$field" "$target/field"
for folder in run var/volatile service tmp dev; do mount -t tmpfs -o mode=755 ram "$target/$folder"; done
mount -t proc proc "$target/proc"
for device in null zero urandom; do
    : >"$target/dev/$device"
    mount --bind "/dev/$device" "$target/dev/$device"
done
mkdir "$target/dev/pts" "$target/run/dbus"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$target/dev/pts"
ln -s pts/ptmx "$target/dev/ptmx"

if [ "$SETTINGS_STANDIN" != none ]; then
    cat >"$target/run/dbus/bus.conf" <<CONF
<busconfig><type>system</type><listen>unix:path=$target/run/dbus/system_bus_socket</listen><auth>EXTERNAL</auth>
<policy context="default"><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>
CONF
    dbus-daemon --config-file="$target/run/dbus/bus.conf" --nofork &
    until [ -S "$target/run/dbus/system_bus_socket" ]; do sleep 0.05; done
    export DBUS_SYSTEM_BUS_ADDRESS="unix:path=$target/run/dbus/system_bus_socket"
    DBUS_SESSION_BUS_ADDRESS=$DBUS_SYSTEM_BUS_ADDRESS $SETTINGS_STANDIN &
    unset DBUS_SYSTEM_BUS_ADDRESS
fi
exec env -u DBUS_SESSION_BUS_ADDRESS PATH=/usr/bin:/bin "$(command -v chroot)" "$target" /init
