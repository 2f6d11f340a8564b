# shellcheck shell=bash disable=SC2034,SC2154
# The server under test: `muster --serve` on the real ports of the lab's network, its files below $work/root.

root=$work/root
muster() { inside "$MUSTER" --root "$root" "$@"; }

# server_config NODES: a cluster of n1 … nN. A scene with networks of its own says in LAB_NETWORKS what stands instead of the
# pool, and in `gateway` how its nodes reach the server; LAB_SETTINGS is more for muster.conf.
server_config() {
    local index pool='dhcp: {range start: 10.77.1.1, range end: 10.77.1.200}'
    mkdir -p "$root/etc/muster"
    cat > "$root/etc/muster/muster.conf" << Y
ipaddr: $server_ip
netmask: 255.255.0.0
${LAB_NETWORKS:-$pool}
${LAB_SETTINGS:-}
Y
    {
        cat << Y
nodeprofiles:
  default:
    image name: lab
    system overlay: [wwinit, hostname, hosts, issue, ifupdown]
    runtime overlay: [hosts]
    kernel:
      args: [quiet, console=ttyS0, panic=-1, net.ifnames=0, no_timer_check, "lab.witness=$witness_url"]
    init: /sbin/init
    root: initramfs
    network devices:
      default:
        device: eth0
        netmask: 255.255.0.0
nodes:
Y
        for index in $(seq "$1"); do
            cat << Y
  n$index:
    profiles: [default]
    network devices:
      default:
        hwaddr: $(mac_of "$index")
        ipaddr: $(ip_of "$index")
${gateway:+        gateway: $gateway}
Y
        done
    } > "$root/etc/muster/nodes.conf"
}

# server_image FOLDER: what the nodes boot.
server_image() { muster image import "$1" lab > "$work/import.log" 2>&1 || fail "image import: $(cat "$work/import.log")"; }

server_up() {
    become "$ns" "$MUSTER" --root "$root" --serve >> "$work/server.log" 2>&1 &
    server_pid=$!
    pids+=("$server_pid")
    until_true 60 "the server answers" server_answers
}

server_answers() {
    kill -0 "$server_pid" 2> /dev/null || fail "the server ended"
    # Before there is a socket, a verb would answer by itself, and hold the lock that the server is about to take.
    [ -S "$root/run/muster/control.sock" ] || return 1
    muster status --json > "$work/status.json" 2>> "$work/status.err"
}

# stage NODE, condition NODE: as `muster status` says.
stage() { muster status --json 2> /dev/null | jq -r --arg n "$1" '.nodes[] | select(.name == $n) | .stage'; }
condition() { muster status --json 2> /dev/null | jq -r --arg n "$1" '.nodes[] | select(.name == $n) | .condition'; }

is_stage() { [ "$(stage "$1")" = "$2" ]; }
is_condition() { [ "$(condition "$1")" = "$2" ]; }

# up INDEX: both the server and the guest itself say so.
up() { [ -n "$(testimony "$1")" ] && is_stage "n$1" up; }

server_evidence() {
    printf -- '  --- muster status\n'
    muster status 2>&1 | head -n 30 | sed 's/^/  | /'
    printf -- '  --- muster events\n'
    muster events --all -n 60 2>&1 | sed 's/^/  | /'
}
