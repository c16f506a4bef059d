# The lines in /data/rcS.local and /data/rc.local, which Venus OS runs at boot; sourced, never run. They are the user's files:
# changed line by line, never so that the shell cannot read them any more, and brought back as they were.
# shellcheck shell=sh disable=SC2034,SC2086 # names of common.sh, without spaces; its readers use the names

START_FILES=$OWN/start-files # copies of them, without bmsd
OURS=$APP/scripts/enable.sh  # is in each line of ours
OFF=': #bmsd# '              # before a line that is switched off; a command, since a block must not be empty
# the first part ends an update that was cut; without that mark the folder was removed by hand and stays away
RCS_LINE="[ -e $APP ] || [ ! -e $PREVIOUS/swapping ] || mv $PREVIOUS $APP; [ ! -e $OURS ] || sh $OURS --early"
RC_LINE="[ ! -e $OURS ] || sh $OURS --boot &"

# sound: the shell can read what comes from stdin, to its end (of a text that is left open it only warns)
sound() { [ -z "$(LC_ALL=C bash -n 2>&1)" ]; }

# Called before a change: as it is without us.
remember() { # FILE
    mkdir -p $START_FILES
    grep -qF -e "$OURS" -e "$OFF" "$1" 2>/dev/null && return 0
    rm -f "$START_FILES/${1##*/}"
    [ ! -e "$1" ] || cp -p "$1" "$START_FILES/${1##*/}"
}

# write_start_file FILE MODEL: FILE becomes what comes from stdin, with the mode of MODEL; not if that broke it
write_start_file() {
    if ! { cp -p "$2" "$1.bmsd-new" && cat >"$1.bmsd-new" && sync; }; then
        rm -f "$1.bmsd-new"
        say "$1 could not be written" >&2
        return 1
    fi
    if sound <"$1" && ! sound <"$1.bmsd-new"; then
        rm -f "$1.bmsd-new"
        say "$1 would not be readable any more: left as it is" >&2
        return 1
    fi
    mv -f "$1.bmsd-new" "$1"
}

# at_top FILE: the number of lines before it: there no exit and no block is before ours
at_top() { [ "$(head -c 2 "$1")" != '#!' ] && echo 0 || echo 1; }

# at_end FILE: behind the commands of others, whose overlays then lie below ours and lose nothing when ours is taken away; at the
# top where that might never be reached
at_end() {
    end=$(grep -n -E '^[^#]*(^|[^[:alnum:]_./-])(exit|exec|return|set +-[a-z]*e|-o +errexit)([^[:alnum:]_./-]|$)' "$1" | head -n 1)
    case $end in
        '') end=$(grep -c '' "$1") ;;
        *:exit*) end=$((${end%%:*} - 1)) ;;
        *) end=0 ;;
    esac
    if [ $end -gt 0 ] && head -n $end "$1" | sound && ! head -n $end "$1" | tail -n 1 | grep -q '\\$'; then
        echo $end
    else
        at_top "$1"
    fi
}

# rc_add FILE LINE PLACE: once
rc_add() {
    [ ! -x "$1" ] || [ "$(grep -cF -- "$OURS" "$1")" != 1 ] || ! grep -qxF -- "$2" "$1" || return 0
    remember "$1"
    [ -e "$1" ] || echo '#!/bin/sh' | replace_file "$1" 755 || return 1
    theirs=/run/bmsd-start-file
    sed "\|$OURS|d" "$1" >$theirs
    place=$($3 $theirs)
    { head -n "$place" $theirs | awk 1 && echo "$2" && tail -n +$((place + 1)) $theirs; } | write_start_file "$1" "$1"
    rm -f $theirs
    chmod 755 "$1"
}

# rc_drop FILE: without our line; a file with nothing else is removed
rc_drop() {
    grep -qF -- "$OURS" "$1" 2>/dev/null || return 0
    rc_model=$START_FILES/${1##*/}
    if [ ! -e "$rc_model" ]; then
        [ "$(sed "\|$OURS|d" "$1")" != '#!/bin/sh' ] || { rm -f "$1" && return 0; }
        rc_model=$1
    fi
    # shellcheck disable=SC2094 # its mode and its text
    if [ "$(sed "\|$OURS|d" "$1")" = "$(cat "$rc_model")" ]; then # but for the end of its last line
        write_start_file "$1" "$rc_model" <"$rc_model"
    else
        sed "\|$OURS|d" "$1" | write_start_file "$1" "$rc_model"
    fi
}

add_rc_lines() {
    rc_add /data/rcS.local "$RCS_LINE" at_end
    rc_add /data/rc.local "$RC_LINE" at_top
}

drop_rc_lines() {
    rc_drop /data/rcS.local
    rc_drop /data/rc.local
}

# The numbers of the lines of FILE that contain TEXT and are commands by themselves, with what continues them. What opens or
# closes a block is none.
commands_with() { # FILE TEXT
    number=0
    continued=
    while IFS= read -r rc_line || [ -n "$rc_line" ]; do
        number=$((number + 1))
        case $rc_line in
            "$OFF"* | '#'*) continue ;;
            *"$2"*) printf '%s\n' "$rc_line" | sound || continue ;;
            *) [ -n "$continued" ] || continue ;;
        esac
        echo $number
        case $rc_line in *\\) continued=yes ;; *) continued= ;; esac
    done <"$1"
}

# switch_off_lines FILE TEXT
switch_off_lines() {
    grep -qF -- "$2" "$1" 2>/dev/null || return 0
    if ! sound <"$1"; then
        say "$1 has an error (bash -n $1): its lines about $2 are left as they are, take them out yourself" >&2
        return 0
    fi
    remember "$1"
    off_lines=$(commands_with "$1" "$2" | sed "s/\$/s|^|$OFF|/")
    [ -z "$off_lines" ] || sed "$off_lines" "$1" | write_start_file "$1" "$1"
}

switch_on_lines() { # FILE
    grep -q "^$OFF" "$1" 2>/dev/null || return 0
    sed "s|^$OFF||" "$1" | write_start_file "$1" "$1"
}
