# shellcheck shell=bash disable=SC2034,SC2154
# Debian with systemd as a node, once for each way to configure the network and to hold the root: it comes up by itself, is who
# the registry says, lets root in by the server's key, has no failed unit, and has the files of the image as they were.

for tool in mmdebstrap ssh ssh-keygen; do
    [ -n "$(command -v "$tool")" ] || skip "there is no $tool here"
done
debian=$("$here/debian.sh") || skip "no Debian to be had (is the mirror there?)"
limit=${LAB_DEBIAN:-900}
LAB_MEMORY=1500
LAB_GUEST_LIMIT=1800
overlays="wwinit, hostname, hosts, ssh.authorized_keys, issue"

# The server's root has a key, but not on the machine that runs the tests: muster sees another /root/.ssh.
keys() {
    local place=/root/.ssh
    [ -d "$place" ] || place=/root
    mkdir -p "$work/home/.ssh"
    ssh-keygen -q -t ed25519 -N '' -C lab -f "$work/home/.ssh/id_ed25519"
    [ "$place" = /root ] || set -- /.ssh
    cat > "$work/muster" << S
#!/bin/sh
mount --bind "$work/home${1:-}" "$place" && exec "$MUSTER" "\$@"
S
    chmod +x "$work/muster"
    MUSTER=$work/muster
}

# configure: n1 by systemd-networkd on an initramfs, n2 by ifupdown on a tmpfs, n3 by NetworkManager on an initramfs.
# Under load the emulated timer is late, and a kernel that checks it gives up; so does a systemd that waits 90 s for a unit.
configure() {
    server_config 3
    sed -i 's/args: \[quiet/args: [quiet, no_timer_check, systemd.default_timeout_start_sec=600/' "$root/etc/muster/nodes.conf"
    sed -i -e '/^nodes:/,$d' -e 's/image name: lab/image name: debian/' -e 's/, net.ifnames=0//' \
        -e "s/system overlay: .*/system overlay: [$overlays]/" "$root/etc/muster/nodes.conf"
    cat >> "$root/etc/muster/nodes.conf" << Y
nodes:
$(node 1 systemd.networkd initramfs)
$(node 2 "ifupdown, use-ifupdown" tmpfs "      args: [net.ifnames=0]")
$(node 3 "NetworkManager, use-NetworkManager" initramfs "      args: [net.ifnames=0]")
Y
    sed -i -e '/^  n1:/,/^  n2:/{/device: eth0/d}' "$root/etc/muster/nodes.conf"
    use ifupdown networking
    use NetworkManager NetworkManager
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

# use NAME UNIT: an overlay of the site that enables a unit.
use() {
    local wants=$root/var/lib/muster/overlays/use-$1/rootfs/etc/systemd/system/multi-user.target.wants
    mkdir -p "$wants"
    ln -s "/lib/systemd/system/$2.service" "$wants/$2.service"
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

# What a running system writes by itself, and what the overlays bring.
runtime='^(proc|sys|dev|run|tmp|var/tmp|var/log|var/cache|var/lib/(systemd|NetworkManager|dbus|private))(/|[[:space:]])'
runtime+='|^etc/(machine-id|resolv.conf|mtab|\.updated|NetworkManager/|\.pwd\.lock)|^var/\.updated|^root/\.cache'
overlaid='^(init|warewulf|root/\.ssh|etc/(hostname|hosts|issue|network/interfaces))(/|[[:space:]])|^etc/systemd/(network/|system/)'

# manifest COMMAND…: path, kind, mode, owner, names, size and target of every file of the tree that COMMAND's shell is in, without
# what changes; sizes and link counts of folders are the file system's affair.
manifest() {
    local list="find . -xdev -mindepth 1 -type d -printf '%P\t%y %m %U:%G\n' -o -printf '%P\t%y %m %U:%G %n %s %l\n'"
    "$@" "$list" | grep -vE -e "$runtime" -e "$overlaid" | LC_ALL=C sort
}
in_image() { (cd "$root/var/lib/muster/images/debian/rootfs" && eval "$1"); }
in_node() { on "$1" "cd / && $2"; }

# unharmed INDEX: the node has the files of the image as they are there.
unharmed() {
    manifest in_image > "$work/files.image"
    manifest in_node "$1" > "$work/files.n$1"
    [ "$(wc -l < "$work/files.image")" -gt 5000 ] || fail "the image has too few files to be Debian"
    diff "$work/files.image" "$work/files.n$1" > "$work/files.diff" ||
        fail "files of n$1 differ from the image: $(grep -c '^[<>]' "$work/files.diff") lines, as
$(head -n 20 "$work/files.diff")"
    say "n$1: $(wc -l < "$work/files.image") files as in the image"
}

# proven INDEX ROOT
proven() {
    local fstype failed
    until_true 200 "sshd of n$1 lets root in" answers "$1"
    same "host name of n$1" "n$1" "$(on "$1" hostname)"
    holds "/etc/hosts of n$1" "$(on "$1" cat /etc/hosts)" "^$(ip_of 2) n2 "
    holds "/etc/issue of n$1" "$(on "$1" cat /etc/issue)" "n$1"
    holds "address of n$1" "$(on "$1" ip -4 -o addr)" " $(ip_of "$1")/16 "
    fstype=$(on "$1" stat -f -c %T /)
    if [ "$2" = tmpfs ]; then
        same "root of n$1" tmpfs "$(on "$1" findmnt -n -o SOURCE / 2> /dev/null || on "$1" "awk '\$2 == \"/\" {k = \$1} END {print k}' /proc/mounts")"
    fi
    until_true 400 "systemd of n$1 has started everything" settled "$1"
    failed=$(on "$1" systemctl --failed --no-legend --plain)
    same "failed units of n$1" "" "$failed"
    unharmed "$1"
    say "n$1: $fstype root, $(on "$1" systemd-analyze time | head -n 1)"
}

net_up
witness_up
keys
configure
muster image import "$debian" debian > "$work/import.log" 2>&1 || fail "image import: $(cat "$work/import.log")"
say "$(cat "$work/import.log")"
server_up
# LAB_NODES: which of the three.
for index in ${LAB_NODES:-1 2 3}; do
    began=$(now_ms)
    guest bios "$index"
    until_true "$limit" "n$index is up" is_stage "n$index" up
    say "n$index up $((($(now_ms) - began) / 1000)) s after power-on"
    proven "$index" "$(sed -n "/^  n$index:/,/root:/s/ *root: //p" "$root/etc/muster/nodes.conf")"
    kill "$guest_pid" 2> /dev/null || :
done
