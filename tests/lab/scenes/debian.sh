# shellcheck shell=bash disable=SC2034,SC2154
# Debian with systemd as a node, once for each way to configure the network and to hold the root: it comes up by itself, is who
# the registry says, lets root in by the server's key, has no failed unit, and has the files of the image as they were.
# shellcheck source=/dev/null
. "$here/scenes/systemd.sh"

# configure: n1 by systemd-networkd on an initramfs, n2 by ifupdown on a tmpfs, n3 by NetworkManager on an initramfs.
configure() {
    profile 3
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

# use NAME UNIT: an overlay of the site that enables a unit.
use() {
    local wants=$root/var/lib/muster/overlays/use-$1/rootfs/etc/systemd/system/multi-user.target.wants
    mkdir -p "$wants"
    ln -s "/lib/systemd/system/$2.service" "$wants/$2.service"
}

# What a running system writes by itself, and what the overlays bring.
runtime='^(proc|sys|dev|run|tmp|var/tmp|var/log|var/cache|var/lib/(systemd|NetworkManager|dbus|private))(/|[[:space:]])'
runtime+='|^etc/(machine-id|resolv.conf|mtab|\.updated|NetworkManager/|\.pwd\.lock)|^var/\.updated|^root/\.cache'
overlaid='^(init|warewulf|root/\.ssh|etc/(hostname|hosts|issue|network/interfaces|warewulf))(/|[[:space:]])|^etc/systemd/(network/|system/)'

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
