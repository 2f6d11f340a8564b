# shellcheck shell=bash disable=SC2034,SC2154
# Disks of nodes with systemd: n1 by sfdisk, mkfs and mkswap with units of systemd, n2 by Ignition. Both boot with an empty disk, find
# at the second boot what they left there, and n1 gets one file system anew once the registry says so.
# shellcheck source=/dev/null
. "$here/scenes/systemd.sh"

ignition=/usr/lib/dracut/modules.d/30ignition/ignition
for tool in sfdisk sgdisk "$ignition"; do
    [ -n "$(command -v "$tool")" ] || skip "there is no $tool here"
done

# bring TOOL…: programs of this machine into the image, which is of the same release. Files of the image are others' too and not written.
bring() {
    local tool lib
    for tool in "$@"; do
        mkdir -p "$tree/$(dirname "$tool")"
        cp -L --remove-destination "$tool" "$tree/$tool"
        ldd "$tool" | grep -oE '/[^ ]+\.so[^ ]*' | while read -r lib; do
            [ -e "$tree/$lib" ] || cp -L "$lib" "$tree/usr/lib/x86_64-linux-gnu/"
        done
    done
}

configure() {
    local index wipe
    wipe=$1
    profile 2
    cat >> "$root/etc/muster/nodes.conf" << Y
  disks:
    disks:
      /dev/vda:
        partitions:
          swap: {number: 1, size_mib: 32, type_guid: 0657FD6D-A4AB-43C4-84E5-0933C84B4F4F}
          scratch: {number: 2, size_mib: 64}
          keep: {number: 3, should_exist: true}
    filesystems:
      /dev/disk/by-partlabel/swap: {format: swap}
      /dev/disk/by-partlabel/scratch: {format: ext4, path: /scratch/of-node, wipe_filesystem: $wipe, mount_options: "noatime,nodev"}
      /dev/disk/by-partlabel/keep: {format: ext4, path: /keep, label: keep}
nodes:
$(node 1 "systemd.networkd, fstab, sfdisk, mkfs, mkswap, systemd.mount, systemd.swap, ssh.host_keys, localtime" initramfs)
$(node 2 "systemd.networkd, ignition, ssh.host_keys" initramfs)
Y
    sed -i -e '/device: eth0/d' -e 's/profiles: \[default\]/profiles: [default, disks]/' "$root/etc/muster/nodes.conf"
}

# boot INDEX: until sshd lets root in and systemd has started everything.
boot() {
    local began failed
    began=$(now_ms)
    LAB_DISK=$work/disk$1.img guest bios "$1"
    # The server may still have it up from the boot before.
    until_true "$limit" "sshd of n$1 lets root in" answers "$1"
    until_true "$limit" "n$1 is up" is_stage "n$1" up
    until_true 400 "systemd of n$1 has started everything" settled "$1"
    say "n$1 up $((($(now_ms) - began) / 1000)) s after power-on"
    failed=$(on "$1" systemctl --failed --no-legend --plain)
    same "failed units of n$1" "" "$failed"
    holds "mounts of n$1" "$(on "$1" findmnt -n -o TARGET,FSTYPE,OPTIONS /scratch/of-node)" '^/scratch/of-node +ext4 .*nodev.*noatime'
    holds "mounts of n$1" "$(on "$1" findmnt -n -o TARGET,FSTYPE /keep)" '^/keep +ext4'
    holds "swap of n$1" "$(on "$1" cat /proc/swaps)" '^/dev/vda1 '
}

# off INDEX: as the power goes, after what was written is on the disk.
off() {
    on "$1" sync
    kill "$guest_pid"
    wait "$guest_pid" 2> /dev/null || :
    ip -n "$guest_ns" link del "tap$1"
}

net_up
witness_up
keys
configure false
tree=$work/tree
cp -al "$debian" "$tree"
bring "$(command -v sfdisk)" "$(command -v sgdisk)" "$ignition"
# What is slow here is the emulation: a device may take longer than the 90 s that systemd gives it.
mkdir -p "$tree/etc/systemd/system.conf.d"
printf '[Manager]\nDefaultDeviceTimeoutSec=600\n' > "$tree/etc/systemd/system.conf.d/lab.conf"
muster image import "$tree" debian > "$work/import.log" 2>&1 || fail "image import: $(cat "$work/import.log")"
say "$(cat "$work/import.log")"
server_up

for index in ${LAB_NODES:-1 2}; do
    truncate -s 256M "$work/disk$index.img"
    boot "$index"
    host_key=$(on "$index" cat /etc/ssh/ssh_host_ed25519_key.pub)
    same "host key of n$index" "$(cat "$root/var/lib/muster/keys/ssh_host_ed25519_key.pub")" "$host_key"
    on "$index" 'echo first > /scratch/of-node/mark; echo first > /keep/mark'
    off "$index"
    boot "$index"
    same "what n$index wrote before" "first first" "$(on "$index" cat /scratch/of-node/mark /keep/mark | xargs)"
    off "$index"
done
case " ${LAB_NODES:-1 2} " in *" 1 "*) ;; *) exit 0 ;; esac

configure true
wiped() { muster node show n1 2> /dev/null | grep -i wipe | grep -q true; }
until_true 30 "the registry is read" wiped
boot 1
same "what n1 kept" "first" "$(on 1 'cat /scratch/of-node/mark /keep/mark 2> /dev/null' | xargs)"
