# shellcheck shell=bash disable=SC2034,SC2154
# The server is killed in the middle of boots, again and again, and started anew: every node still comes up, and what was
# known before is known after.

count=4
rounds=${LAB_CRASHES:-5}
export LAB_MEMORY=256
# A firmware that has given up starts over, as a machine in a rack does.
export LAB_RETRY=1
everyone_up() {
    local index
    for index in $(seq "$count"); do
        [ -n "$(testimony "$index")" ] || return 1
    done
}

stage_set "$count"
for index in $(seq "$count"); do
    guest bios "$index"
done
for round in $(seq "$rounds"); do
    sleep 2
    kill -9 "$server_pid"
    wait "$server_pid" 2> /dev/null || :
    server_up
    say "killed and back: $round of $rounds"
done
until_true 300 "all $count guests are up after $rounds crashes" everyone_up
same "nodes after the crashes" "$count" "$(muster status --json | jq '.nodes | length')"
