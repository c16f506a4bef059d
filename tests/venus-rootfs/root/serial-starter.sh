#!/bin/sh
# serial-starter, as far as drivers can tell: reads its lists at the start, gives every free port to the next driver.
memory=/data/var/lib/serial-starter
rm -rf /var/volatile/services/*.new
mkdir -p $memory /run/lists/service /run/lists/alias

# read_conf FILE: a later line replaces an earlier one
read_conf() {
    while read -r word first second rest; do
        case $word in
            service | alias) echo "$second" >"/run/lists/$word/$first" ;;
            include)
                for file in "$first"/*.conf; do [ ! -f "$file" ] || read_conf "$file"; done
                ;;
        esac
    done <"$1"
}

# expand LIST: one name a line
expand() {
    for name in $(echo "$1" | tr : ' '); do
        if [ -f "/run/lists/alias/$name" ]; then expand "$(cat "/run/lists/alias/$name")"; else echo "$name"; fi
    done
}

# The driver to try: the next one, the one remembered, the first; then the one behind it.
choose() { # LIST(lines) TTY
    wanted=$(cat "/tmp/$2.prog" 2>/dev/null || cat "$memory/$2" 2>/dev/null)
    echo "$1" | grep -qx "$wanted" || wanted=$(echo "$1" | head -n 1)
    echo "$wanted"
}

make_service() { # TEMPLATE TTY
    folder=/var/volatile/services/$1.$2
    if [ ! -d "$folder" ]; then
        cp -a "/opt/victronenergy/service-templates/$1" "$folder.new" || return 1
        sed -i "s/TTY/$2/;s/PRODUCT/PRODUCT=product/" "$folder.new/run" "$folder.new/log/run"
        mv "$folder.new" "$folder"
    fi
    [ -L "/service/$1.$2" ] || ln -s "$folder" "/service/$1.$2"
    svok "/service/$1.$2" || svrescan
    until svok "/service/$1.$2"; do sleep 0.1; done
}

hand_over() { # TTY
    names=$(expand "$(cat "/field/list.$1" 2>/dev/null || echo default)" | awk '!seen[$0]++')
    driver=$(choose "$names" "$1")
    echo "$1: $driver of $names"
    template=$(cat "/run/lists/service/$driver")
    if [ -z "$template" ] || ! make_service "$template" "$1"; then
        echo "$1: no template for $driver"
        rm -f "/var/lock/serial-starter/$1"
        return
    fi
    for name in $names; do mkdir -p "/run/serial-starter/$name" && ln -sf "/dev/$1" "/run/serial-starter/$name/$1"; done
    echo "$driver" >"$memory/$1"
    echo "$names" | awk -v last="$driver" 'NR == 1 { first = $0 } found { print; done = 1; exit } $0 == last { found = 1 }
        END { if (!done) print first }' >"/tmp/$1.prog"
    if [ "$(echo "$names" | wc -l)" = 1 ]; then
        rm -f "/dev/serial-starter/$1"
        svc -u "/service/$template.$1"
    else
        svc -o "/service/$template.$1"
    fi
}

rm -f /run/lists/*/*
read_conf /etc/venus/serial-starter.conf
while :; do
    for link in /dev/serial-starter/*; do
        [ -L "$link" ] || continue
        ln -s $$ "/var/lock/serial-starter/${link##*/}" 2>/dev/null && hand_over "${link##*/}"
    done
    sleep 0.3
done
