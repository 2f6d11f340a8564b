# shellcheck shell=bash disable=SC2034,SC2154
# Many guests are powered on at once, and every one of them comes up.
# shellcheck source=/dev/null
. "$here/scenes/one.sh"

count=${LAB_HERD:-4}
export LAB_MEMORY=${LAB_MEMORY:-256}

everyone_up() {
    local index
    for index in $(seq "$count"); do
        [ -n "$(testimony "$index")" ] || return 1
    done
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
until_true $((60 + 20 * count)) "all $count guests are up" everyone_up
say "$count guests are up $(($(now_ms) - began)) ms after power-on"
until_true 20 "the server says that all $count are up" server_agrees
for index in $(seq "$count"); do
    one_is_right "$index"
done
