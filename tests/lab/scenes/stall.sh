# shellcheck shell=bash disable=SC2034,SC2154
# A node that hangs is noticed, and `muster why` says where it is and what is missing. n1 hangs before its network is up, as
# a broken image does; n2 boots beside it and is not blamed.

stage_set 2
sed -i 's|^  n1:$|  n1:\n    kernel:\n      args: [lab.stop=init]|' "$root/etc/muster/nodes.conf"
muster reload > /dev/null 2>&1 || kill -HUP "$server_pid"
knows_stop() { muster node list --json 2> /dev/null | grep -q n1; }
until_true 30 "the edit is read" knows_stop
guest bios 1
guest bios 2
until_true 300 "n2 is up" up 2
until_true "${LAB_STALL:-420}" "n1 is noticed as stalled" is_condition n1 stalled
same "stage of the hanging node" init "$(stage n1)"
why=$(muster why n1 2>&1) || fail "why: $why"
printf '%s\n' "$why" | sed 's/^/  | /'
holds "what why says" "$why" "n1"
holds "what why says" "$why" "init|kernel"
same "condition of the node beside it" fine "$(condition n2)"
same "stage of the node beside it" up "$(stage n2)"
