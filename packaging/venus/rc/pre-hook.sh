#!/bin/sh
# Venus OS runs it before it unpacks the archive from a USB stick or SD card; a failure stops the rest.
version=$(head -n 1 /opt/victronenergy/version)
for medium in /media/*; do
    ls "$medium"/venus-data*.t*gz "$medium"/venus-runtime*.t*gz >/dev/null 2>&1 || continue
    echo "$(date) bmsd: found on Venus OS $version" >>"$medium/venus-data_install.log"
done
rm -rf /data/bmsd-install # of an unpacking that was cut
exit 0
