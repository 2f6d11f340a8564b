# shellcheck shell=bash disable=SC2034,SC2154
# Nodes with Debian and systemd, which root of the server logs in to.

for tool in mmdebstrap ssh ssh-keygen; do
    [ -n "$(command -v "$tool")" ] || skip "there is no $tool here"
done
debian=$("$here/debian.sh") || skip "no Debian to be had (is the mirror there?)"
limit=${LAB_DEBIAN:-900}
LAB_MEMORY=1500
LAB_GUEST_LIMIT=1800
overlays="wwinit, hostname, hosts, ssh.authorized_keys, issue"

# The server's root has a key, but not on the machine that runs the tests: muster sees another /root/.ssh. What else it is to see there
# is said in LAB_BINDS, as `FILE PATH` lines.
keys() {
    local place=/root/.ssh
    [ -d "$place" ] || place=/root
    mkdir -p "$work/home/.ssh"
    ssh-keygen -q -t ed25519 -N '' -C lab -f "$work/home/.ssh/id_ed25519"
    [ "$place" = /root ] || set -- /.ssh
    cat > "$work/muster" << S
#!/bin/sh
set -e
mount --bind "$work/home${1:-}" "$place"
while read -r file path; do
    [ -z "\$path" ] || mount --bind "\$file" "\$path"
done << B
${LAB_BINDS:-}
B
exec "$MUSTER" "\$@"
S
    chmod +x "$work/muster"
    MUSTER=$work/muster
}

# profile NODES: what all of them have. Under load the emulated timer is late, and a kernel that checks it gives up; so does a systemd
# that waits 90 s for a unit.
profile() {
    server_config "$1"
    sed -i 's/args: \[quiet/args: [quiet, no_timer_check, systemd.default_timeout_start_sec=600/' "$root/etc/muster/nodes.conf"
    sed -i -e '/^nodes:/,$d' -e 's/image name: lab/image name: debian/' -e 's/, net.ifnames=0//' \
        -e "s/system overlay: .*/system overlay: [$overlays]/" "$root/etc/muster/nodes.conf"
}

# node INDEX OVERLAYS ROOT [KERNEL]
node() {
    cat << Y
  n$1:
    profiles: [default]
    system overlay: [$overlays, $2]
    root: $3
    network devices:
      default:
        device: eth0
        hwaddr: $(mac_of "$1")
        ipaddr: $(ip_of "$1")
        netmask: 255.255.0.0
Y
    [ -z "${4:-}" ] || printf '    kernel:\n%s\n' "$4"
}

# on INDEX COMMAND…: on the node, by root's key. A busy machine may be too slow for a handshake; ssh says 255 for that.
on() {
    local ip code
    ip=$(ip_of "$1")
    shift
    for _ in 1 2 3 4 5; do
        code=0
        inside ssh -i "$work/home/.ssh/id_ed25519" -o BatchMode=yes -o ConnectTimeout=60 -o StrictHostKeyChecking=no \
            -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "root@$ip" "$@" < /dev/null > "$work/on" || code=$?
        [ "$code" = 255 ] || break
        sleep 2
    done
    cat "$work/on"
    return "$code"
}

answers() { on "$1" true 2> "$work/ssh.err"; }
settled() { on "$1" systemctl is-system-running 2> /dev/null | grep -qxE 'running|degraded'; }
