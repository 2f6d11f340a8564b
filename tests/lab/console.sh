# shellcheck shell=bash disable=SC2154
# A console attached to the running server, in a terminal of its own.

terminal() { tmux -S "$work/tmux" "$@"; }

# console_up COLUMNS ROWS [ARGUMENT…]: starts it; no setting of whoever runs the tests is read or written.
console_up() {
    local columns=$1 rows=$2
    shift 2
    terminal -f /dev/null new-session -d -x "$columns" -y "$rows" \
        "ip netns exec $ns env TERM=xterm-256color XDG_CONFIG_HOME='$work/xdg' '$MUSTER' --root '$root' $* 2>> '$work/console.err'"
    terminal set-option -g remain-on-exit on
}

# What the console shows now.
screen() { terminal capture-pane -p; }

# shows PATTERN: whether it shows that.
shows() { screen | grep -qE -- "$1"; }

console_gone() { [ "$(terminal list-panes -F '#{pane_dead}')" = 1 ]; }

# console_down: leaves it; the terminal is given back and the server left alone.
console_down() {
    terminal send-keys q
    until_true 30 "the console leaves on q" console_gone
    server_answers
    terminal kill-server 2> /dev/null || :
}
