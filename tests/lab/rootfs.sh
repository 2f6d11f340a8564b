#!/bin/bash
# rootfs.sh KERNEL_FOLDER DIR: a node's root file system in DIR, small enough to boot under software emulation: Debian's
# cloud kernel, the modules for a virtio network card, static busybox, and an init that reports what it finds.
#
# What it reports, it reports twice. To the server under test by its beacon, if the overlays brought one; and to a witness of
# the lab, which knows nothing of that server: one HTTP request for each stage with the facts as the guest sees them.
set -euo pipefail

kernel=$1
root=$2
version=$(basename "$kernel"/lib/modules/*)
modules=$kernel/lib/modules/$version/kernel

mkdir -p "$root"/{bin,sbin,usr/bin,usr/sbin,boot,etc/init.d,proc,sys,dev,run,tmp,root,var/log,warewulf/init.d}
mkdir -p "$root/lib/modules/$version"
chmod 1777 "$root/tmp"
cp /bin/busybox "$root/bin/busybox"
/bin/busybox --list-full | while read -r path; do
    case $path in
        bin/busybox | linuxrc | sbin/init) continue ;;
    esac
    mkdir -p "$root/$(dirname "$path")"
    ln -sf /bin/busybox "$root/$path"
done
cp "$kernel/boot/vmlinuz-$version" "$root/boot/"
for module in net/core/failover drivers/net/net_failover drivers/virtio/virtio_ring drivers/virtio/virtio \
    drivers/virtio/virtio_pci_modern_dev drivers/virtio/virtio_pci_legacy_dev drivers/virtio/virtio_pci \
    drivers/net/virtio_net; do
    cp "$modules/$module.ko" "$root/lib/modules/$version/"
done
printf 'root:x:0:0:root:/root:/bin/sh\n' > "$root/etc/passwd"
printf 'root:x:0:\n' > "$root/etc/group"
printf 'NAME="muster lab"\nID=muster-lab\nVERSION_ID=1\nPRETTY_NAME="muster lab"\n' > "$root/etc/os-release"

# Loads the network card's driver. It runs before anything that needs the network, from `/warewulf/init.d` when there is a
# wwinit overlay, else from init.
cat > "$root/warewulf/init.d/10-virtio" <<'S'
#!/bin/sh
# `lab.stop=init` on the kernel command line: hang before the network, as a broken image does.
if grep -q 'lab\.stop=init' /proc/cmdline; then
    echo "lab: stopping here, as asked"
    while :; do sleep 3600; done
fi
for module in failover net_failover virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_net; do
    grep -q "^$module " /proc/modules || insmod "/lib/modules/$(uname -r)/$module.ko"
done
tries=0
while [ ! -d /sys/class/net/eth0 ] && [ $tries -lt 100 ]; do
    usleep 50000
    tries=$((tries + 1))
done
S

# The lease script of udhcpc: for a guest that no overlay gave an address.
cat > "$root/etc/lease" <<'S'
#!/bin/sh
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip addr flush dev "$interface"
ip addr add "$ip/$mask" dev "$interface"
[ -n "$router" ] && ip route add default via "${router%% *}" dev "$interface"
exit 0
S

# Kernel arguments: `lab.witness=URL` where to report, `lab.off` to power off after the report.
cat > "$root/sbin/init" <<'S'
#!/bin/sh
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
grep -q ' /proc ' /proc/mounts 2>/dev/null || mount -t proc proc /proc
grep -q ' /sys ' /proc/mounts || mount -t sysfs sys /sys
grep -q ' /dev ' /proc/mounts || mount -t devtmpfs dev /dev
option() { tr ' ' '\n' < /proc/cmdline | sed -n "s/^$1=//p"; }

sh /warewulf/init.d/10-virtio
ip link set lo up
if ! ip -4 addr show dev eth0 2>/dev/null | grep -q inet; then
    ip link set eth0 up
    if [ -s /etc/network/interfaces ] && ifup -a; then
        echo "lab: network as the overlays say"
    else
        udhcpc -i eth0 -n -q -f -t 20 -T 1 -s /etc/lease
    fi
fi

# One word for each fact: nothing in it but what a URL may hold.
word() { tr -c 'A-Za-z0-9.:_\n-' '_' | tr '\n' ',' | sed 's/,$//'; }
mac=$(word < /sys/class/net/eth0/address)
host=$(hostname | word)
ip=$(ip -4 -o addr show dev eth0 | awk '{print $4}' | word)
names=$(awk '!/^#/ && NF > 1 {print $2}' /etc/hosts 2>/dev/null | word)
issue=$(head -n 1 /etc/issue 2>/dev/null | word)
root=$(awk '$2 == "/" {kind = $3} END {print kind}' /proc/mounts | word)
secure=$(dmesg | grep -c 'Secure boot enabled')
witness=$(option lab.witness)
if [ -n "$witness" ]; then
    # No -T: the static busybox of Debian 12 dies of it, whatever the URL.
    wget -q -O /dev/null "$witness/up/$mac?host=$host&ip=$ip&hosts=$names&issue=$issue&root=$root&secure=$secure"
fi
[ -x /warewulf/beacon ] && /warewulf/beacon note "hostname $host"
echo "lab: up mac=$mac host=$host ip=$ip root=$root"
grep -q 'lab\.off' /proc/cmdline && poweroff -f
while :; do sleep 3600; done
S
chmod 755 "$root/sbin/init" "$root/etc/lease" "$root/warewulf/init.d/10-virtio"

# Something to weigh: a file that does not compress, so that the image takes a moment to load.
if [ -n "${LAB_BALLAST_MIB:-}" ]; then
    mkdir -p "$root/opt"
    head -c "$((LAB_BALLAST_MIB << 20))" /dev/urandom > "$root/opt/ballast"
fi
