# shellcheck shell=bash disable=SC2034,SC2154
# An empty disk of a node without systemd and udev: partitioned, formatted and mounted at the first boot, left alone at the second,
# made anew at the third only where the registry says so by then, and given one partition more.
# shellcheck source=/dev/null
. "$here/bring.sh"
# shellcheck source=/dev/null
. "$here/vda.sh"

for tool in sfdisk mkfs.ext4 mkswap blkid; do
    [ -n "$(command -v "$tool")" ] || skip "there is no $tool here"
done
kernel=$("$here/kernel.sh") || skip "no kernel to be had (is the network there?)"

# What the image has beside the usual: the tools, the driver of the disk, and a script that counts boots on what is mounted.
tree=$work/tree
cp -a "$LAB_ROOTFS" "$tree"
rm -f "$tree"/{sbin,usr/sbin,bin,usr/bin}/{mkswap,blkid,sfdisk}
bring "$tree" sfdisk mkfs.ext4 mkswap blkid
version=$(basename "$kernel"/lib/modules/*)
cp "$kernel/lib/modules/$version/kernel/drivers/block/virtio_blk.ko" "$tree/lib/modules/$version/"
busybox depmod -b "$tree" "$version" > "$work/depmod.log" 2>&1 || fail "depmod: $(cat "$work/depmod.log")"
cat > "$tree/warewulf/init.d/99-count" << 'S'
#!/bin/sh
mkdir -p /scratch/of-node /keep
mount -a
swapon -a
for place in scratch/of-node keep; do
    grep -q " /$place ext4 " /proc/mounts || continue
    boots=$(cat /$place/boots 2> /dev/null || echo 0)
    boots=$((boots + 1))
    echo $boots > /$place/boots
    facts="$facts ${place%/*}=$boots"
done
sync
sh /warewulf/beacon note "disk:$facts swaps=$(grep -c partition /proc/swaps)"
S

# registry WIPE [PARTITION]: what is to become of the disk.
registry() {
    server_config 1
    sed -i -e '/^nodes:/,$d' -e 's/system overlay: .*/system overlay: [wwinit, hostname, ifupdown, fstab, sfdisk, mkfs, mkswap]/' \
        "$root/etc/muster/nodes.conf"
    cat >> "$root/etc/muster/nodes.conf" << Y
$(wanted "$@")
nodes:
  n1:
    profiles: [default]
    network devices:
      default:
        hwaddr: $(mac_of 1)
        ipaddr: $(ip_of 1)
Y
}

# counted TEXT: the node's note says so.
counted() { muster events n1 --all --json -n 500 2> /dev/null | grep -q "disk: $1"; }

# boot FACTS: one boot, at the end of which the node says them.
boot() {
    local began
    began=$(now_ms)
    guest bios 1
    until_true 300 "n1 says: $1" counted "$1"
    until_true 60 "n1 is up" is_stage n1 up
    say "n1 $((($(now_ms) - began) / 1000)) s after power-on: $1"
    power_lost 1
    cp "$work/serial1" "$work/serial1.$((++boots))"
}

boots=0
net_up
witness_up
registry false
server_image "$tree"
server_up
export LAB_DISK=$work/disk.img
empty_disk "$LAB_DISK"

boot "scratch=1 keep=1 swaps=1"
sfdisk --dump "$LAB_DISK" > "$work/table.1"
same "partitions" "swap scratch keep" "$(sed -n 's/.*name="\([^"]*\)".*/\1/p' "$work/table.1" | xargs)"
boot "scratch=2 keep=2 swaps=1"
sfdisk --dump "$LAB_DISK" > "$work/table.2"
cmp -s "$work/table.1" "$work/table.2" || fail "the second boot changed the table: $(diff "$work/table.1" "$work/table.2")"
holds "console of the second boot" "$(cat "$work/serial1.2")" 'disks: /dev/vda is partitioned as it should be'

registry true 'more: {number: 4}'
until_true 30 "the registry is read" scratch_is_wiped
boot "scratch=1 keep=3 swaps=1"
sfdisk --dump "$LAB_DISK" > "$work/table.3"
same "partitions by then" "swap scratch keep more" "$(sed -n 's/.*name="\([^"]*\)".*/\1/p' "$work/table.3" | xargs)"
cmp -s "$work/table.1" <(grep -v 'name="more"' "$work/table.3") ||
    fail "the third boot changed more than one partition: $(diff "$work/table.1" "$work/table.3")"
