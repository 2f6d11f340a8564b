# shellcheck shell=bash disable=SC2034,SC2154
# Disks of nodes with systemd: n1 by sfdisk, mkfs and mkswap with units of systemd, n2 by Ignition. Both boot with an empty disk, find
# at the second boot what they left there, and n1 gets one file system anew once the registry says so.
# shellcheck source=/dev/null
. "$here/scenes/systemd.sh"
# shellcheck source=/dev/null
. "$here/bring.sh"
# shellcheck source=/dev/null
. "$here/vda.sh"

ignition=/usr/lib/dracut/modules.d/30ignition/ignition
for tool in sfdisk sgdisk "$ignition"; do
    [ -n "$(command -v "$tool")" ] || skip "there is no $tool here"
done

configure() {
    local index wipe
    wipe=$1
    profile 2
    cat >> "$root/etc/muster/nodes.conf" << Y
  disks:
$(wanted "$wipe")
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
    power_lost "$1"
}

net_up
witness_up
keys
configure false
tree=$work/tree
cp -al "$debian" "$tree"
bring "$tree" sfdisk sgdisk "$ignition"
# What is slow here is the emulation: a device may take longer than the 90 s that systemd gives it.
mkdir -p "$tree/etc/systemd/system.conf.d"
printf '[Manager]\nDefaultDeviceTimeoutSec=600\n' > "$tree/etc/systemd/system.conf.d/lab.conf"
muster image import "$tree" debian > "$work/import.log" 2>&1 || fail "image import: $(cat "$work/import.log")"
say "$(cat "$work/import.log")"
server_up

for index in ${LAB_NODES:-1 2}; do
    empty_disk "$work/disk$index.img"
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
until_true 30 "the registry is read" scratch_is_wiped
boot 1
same "what n1 kept" "first" "$(on 1 'cat /scratch/of-node/mark /keep/mark 2> /dev/null' | xargs)"
