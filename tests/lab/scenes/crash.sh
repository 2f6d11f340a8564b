# shellcheck shell=bash disable=SC2034,SC2154
# The server is killed in the middle of boots, again and again, and started anew: every node still comes up, and what was
# known before is known after. It is killed whenever some guest has got one stage further than at the kill before.

count=4
stages=(dhcp kernel image init)
export LAB_MEMORY=256
# A firmware that has given up starts over, as a machine in a rack does.
export LAB_RETRY=1
everyone_up() {
    local index
    for index in $(seq "$count"); do
        [ -n "$(testimony "$index")" ] || return 1
    done
}

# How often a server began: what a killed one left behind is no hindrance, and no second one runs beside it.
starts() { grep -c 'http: port' "$work/server.log" || :; }

# reached STAGE: some node is there, or further.
reached() {
    muster status --json 2> /dev/null | jq -e --arg stage "$1" '
        ["off", "dhcp", "loader", "kernel", "image", "overlay", "init", "up"] as $order
        | ($order | index($stage)) as $least
        | any(.nodes[]; .stage as $is | ($order | index($is)) >= $least)' > /dev/null
}

stage_set "$count"
for index in $(seq "$count"); do
    guest bios "$index"
done
for stage_word in "${stages[@]}"; do
    until_true 300 "some guest gets to $stage_word" reached "$stage_word"
    where=$(muster status --json | jq -r '[.nodes[].stage] | join(" ")')
    kill -9 "$server_pid" || fail "the server was not there to be killed"
    wait "$server_pid" 2> /dev/null || :
    ! inside curl -s -m 2 -o /dev/null "http://$server_ip:9873/" || fail "something still answers after the kill"
    server_up
    say "killed and back, when they were at: $where"
done
until_true 300 "all $count guests are up after ${#stages[@]} crashes" everyone_up
same "starts of the server" "$((${#stages[@]} + 1))" "$(starts)"
same "nodes after the crashes" "$count" "$(muster status --json | jq '.nodes | length')"
all_up() { [ "$(muster status --json | jq '[.nodes[] | select(.stage == "up")] | length')" = "$count" ]; }
until_true 30 "the server that is left says that all $count are up" all_up
