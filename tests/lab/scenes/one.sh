# shellcheck shell=bash disable=SC2034,SC2154
# One guest, and what it must be once it is up.

# one_boots KIND SECONDS
one_boots() {
    local began took
    stage_set 1
    began=$(now_ms)
    guest "$1" 1
    until_true "$2" "n1 is up" up 1
    # By the guest's own word, not by when this script looked.
    took=$(testimony 1 | awk -v began="$began" '{printf "%d", $1 * 1000 - began}')
    say "$1: n1 in userland $took ms after power-on"
    one_is_right 1
}

# one_is_right INDEX: the overlays made this guest n<INDEX>, and the server heard it say so.
one_is_right() {
    same "address of n$1" "$(ip_of "$1")_16" "$(fact "$1" ip)"
    [ "${LAB_SERVER:-muster}" = muster ] || return 0
    same "host name of n$1, set by an overlay" "n$1" "$(fact "$1" host)"
    holds "/etc/hosts of n$1, made by an overlay" "$(fact "$1" hosts)" "(^|,)n$1(,|$)"
    same "condition of n$1" fine "$(condition "n$1")"
    until_true 60 "the beacon's note about n$1 is an event" noted "n$1"
}

noted() { muster events "$1" --json -n 200 2> /dev/null | grep -q "hostname $1"; }
