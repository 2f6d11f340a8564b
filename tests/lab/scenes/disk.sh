# shellcheck shell=bash disable=SC2034,SC2154
# An empty disk of a node without systemd and udev: partitioned, formatted and mounted at the first boot, left alone at the second,
# and made anew at the third only where the registry says so by then.

for tool in sfdisk mkfs.ext4 mkswap blkid; do
    [ -n "$(command -v "$tool")" ] || skip "there is no $tool here"
done
kernel=$("$here/kernel.sh") || skip "no kernel to be had (is the network there?)"

# bring TOOL…: programs of this machine and their libraries into the image.
bring() {
    local tool lib
    for tool in "$@"; do
        cp -L "$(command -v "$tool")" "$tree/usr/sbin/"
        ldd "$(command -v "$tool")" | grep -oE '/[^ ]+\.so[^ ]*' | while read -r lib; do
            mkdir -p "$tree/$(dirname "$lib")"
            cp -Lu "$lib" "$tree/$lib"
        done
    done
}

# What the image has beside the usual: the tools, the driver of the disk, and a script that counts boots on what is mounted.
tree=$work/tree
cp -a "$LAB_ROOTFS" "$tree"
rm -f "$tree"/{sbin,usr/sbin,bin,usr/bin}/{mkswap,blkid,sfdisk}
bring sfdisk mkfs.ext4 mkswap blkid
version=$(basename "$kernel"/lib/modules/*)
cp "$kernel/lib/modules/$version/kernel/drivers/block/virtio_blk.ko" "$tree/lib/modules/$version/"
busybox depmod -b "$tree" "$version" > "$work/depmod.log" 2>&1 || fail "depmod: $(cat "$work/depmod.log")"
cat > "$tree/warewulf/init.d/99-count" << 'S'
#!/bin/sh
mkdir -p /scratch /keep
mount -a
swapon -a
for place in scratch keep; do
    grep -q " /$place ext4 " /proc/mounts || continue
    boots=$(cat /$place/boots 2> /dev/null || echo 0)
    boots=$((boots + 1))
    echo $boots > /$place/boots
    facts="$facts $place=$boots"
done
sync
sh /warewulf/beacon note "disk:$facts swaps=$(grep -c partition /proc/swaps)"
S

# registry WIPE: what is to become of the disk.
registry() {
    server_config 1
    sed -i -e '/^nodes:/,$d' -e 's/system overlay: .*/system overlay: [wwinit, hostname, ifupdown, fstab, sfdisk, mkfs, mkswap]/' \
        "$root/etc/muster/nodes.conf"
    cat >> "$root/etc/muster/nodes.conf" << Y
    disks:
      /dev/vda:
        partitions:
          swap: {number: 1, size_mib: 32, type_guid: 0657FD6D-A4AB-43C4-84E5-0933C84B4F4F}
          scratch: {number: 2, size_mib: 64}
          keep: {number: 3, should_exist: true}
    filesystems:
      /dev/disk/by-partlabel/swap: {format: swap}
      /dev/disk/by-partlabel/scratch: {format: ext4, path: /scratch, wipe_filesystem: $1, mount_options: noatime}
      /dev/disk/by-partlabel/keep: {format: ext4, path: /keep, label: keep}
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
    # As the power goes: nobody unmounts anything.
    kill "$guest_pid"
    wait "$guest_pid" 2> /dev/null || :
    ip -n "$guest_ns" link del tap1
    cp "$work/serial1" "$work/serial1.$((++boots))"
}

boots=0
net_up
witness_up
registry false
server_image "$tree"
server_up
export LAB_DISK=$work/disk.img
truncate -s 256M "$LAB_DISK"

boot "scratch=1 keep=1 swaps=1"
sfdisk --dump "$LAB_DISK" > "$work/table.1"
same "partitions" "swap scratch keep" "$(sed -n 's/.*name="\([^"]*\)".*/\1/p' "$work/table.1" | xargs)"
boot "scratch=2 keep=2 swaps=1"
sfdisk --dump "$LAB_DISK" > "$work/table.2"
cmp -s "$work/table.1" "$work/table.2" || fail "the second boot changed the table: $(diff "$work/table.1" "$work/table.2")"
holds "console of the second boot" "$(cat "$work/serial1.2")" 'disks: /dev/vda is partitioned as it should be'

registry true
wiped() { muster node show n1 2> /dev/null | grep -i 'wipe' | grep -q true; }
until_true 30 "the registry is read" wiped
boot "scratch=1 keep=3 swaps=1"
sfdisk --dump "$LAB_DISK" > "$work/table.3"
cmp -s "$work/table.1" "$work/table.3" || fail "the third boot changed the table: $(diff "$work/table.1" "$work/table.3")"
