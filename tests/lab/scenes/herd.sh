# shellcheck shell=bash disable=SC2034,SC2154
# Many guests are powered on at once, and every one of them comes up.
# shellcheck source=/dev/null
. "$here/scenes/one.sh"

count=${LAB_HERD:-4}
export LAB_MEMORY=${LAB_MEMORY:-256}
# Sixteen emulated machines on two processors: a firmware whose patience ends before its turn comes starts over, as one in a rack
# does. On a quiet machine none does.
export LAB_RETRY=1

everyone_up() {
    local index
    for index in $(seq "$count"); do
        [ -n "$(testimony "$index")" ] || return 1
    done
}

# How many guests had to start over.
patience() {
    local again
    again=$({ grep -lE "No bootable device|No more network devices" "$work"/serial* || :; } | wc -l)
    [ "$again" = 0 ] || printf '; %d of them started over' "$again"
}

server_agrees() {
    [ "${LAB_SERVER:-muster}" = muster ] || return 0
    [ "$(muster status --json | jq '[.nodes[] | select(.stage == "up")] | length')" = "$count" ]
}

stage_set "$count"
began=$(now_ms)
for index in $(seq "$count"); do
    guest bios "$index"
done
until_true $((180 + 45 * count)) "all $count guests are up" everyone_up
say "$count guests are up $(($(now_ms) - began)) ms after power-on$(patience)"
until_true 60 "the server says that all $count are up" server_agrees
for index in $(seq "$count"); do
    one_is_right "$index"
done
