# shellcheck shell=bash disable=SC2034,SC2154
# The console, attached to the running server in a terminal of its own, shows a boot on its way: the stages of n1 as they pass.
# shellcheck source=/dev/null
. "$here/console.sh"

screens=$work/screens

# Everything the console showed, once each: the lines that name n1.
watched() { grep -hE '(^|[^a-z0-9])n1([^0-9]|$)' "$screens"/* 2> /dev/null | sed 's/[[:space:]]*$//' | sort -u; }

stage_set 1
mkdir -p "$screens"
console_up 120 36
until_true 60 "the console is drawn" shows n1
guest bios 1
end=$((SECONDS + 300))
shot=0
while [ "$SECONDS" -lt "$end" ]; do
    shot=$((shot + 1))
    screen > "$screens/$(printf %04d "$shot")"
    # One more after the last stage, so that the console has it too.
    [ -z "${done_at:-}" ] || [ "$SECONDS" -le "$done_at" ] || break
    if [ -z "${done_at:-}" ] && up 1; then done_at=$((SECONDS + 2)); fi
    sleep 0.1
done
up 1 || fail "n1 is not up"
lines=$(watched)
printf '%s\n' "$lines" | tail -n 12 | sed 's/^/  | /'
holds "lines about n1 on the Board" "$lines" "(^|[^a-z])up([^a-z]|$)"
seen=0
for stage_word in dhcp loader kernel image overlay init; do
    if grep -qiw "$stage_word" <<< "$lines"; then seen=$((seen + 1)); fi
done
[ "$seen" -ge 2 ] || fail "the Board showed $seen of the stages between off and up"
say "$shot screens; $seen stages on the way, then up"

console_down
