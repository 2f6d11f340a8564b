# shellcheck shell=bash disable=SC2034,SC2154
# A machine that nobody knows is listed and waits; adopted, it boots without anyone touching it.
# shellcheck source=/dev/null
. "$here/scenes/one.sh"

stranger=9

listed() {
    muster status --json 2> /dev/null | jq -e --arg mac "$(mac_of "$stranger")" '.strangers[]? | select(.mac == $mac)' > /dev/null
}

stage_set 1
guest bios "$stranger"
until_true 180 "the stranger is listed" listed
# It asks again and again, and gets no image before it is adopted.
sleep 8
same "what an unknown machine got to boot" "" "$(testimony "$stranger")"
kill -0 "$guest_pid" 2> /dev/null || fail "the unknown machine gave up waiting"
muster adopt "$(mac_of "$stranger")" n9 > "$work/adopt.log" 2>&1 || fail "adopt: $(cat "$work/adopt.log")"
until_true 300 "n9 is up after its adoption" up "$stranger"
same "host name of the adopted machine" n9 "$(fact "$stranger" host)"
holds "nodes.conf after the adoption" "$(cat "$root/etc/muster/nodes.conf")" "n9"
