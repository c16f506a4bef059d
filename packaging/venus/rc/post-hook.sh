#!/bin/sh
# Venus OS runs it after it has unpacked the archive to /data: post-hook.sh success|extraction-failed
# pre-hook.sh has installed. What Venus OS unpacks all the same, from a medium that cannot be written, is not needed.
outcome=/run/bmsd-hook
rm -rf /data/bmsd-install
result=$(cat $outcome 2>/dev/null)
rm -f $outcome
[ "$result" = installed ]
