# shellcheck shell=bash disable=SC2034,SC2154
# The two-stage boot: an initramfs of dracut with Warewulf's module, unmodified, fetches the overlays and the image by itself, fills a
# tmpfs and goes on from there. Where the module is not to be had, its requests are made by curl as it makes them, and what they
# yield is unpacked as it does.
# shellcheck source=/dev/null
. "$here/scenes/one.sh"

module=${MUSTER_LAB_WAREWULF:-${MUSTER_LAB_CACHE:-${XDG_CACHE_HOME:-/var/cache}/muster-tests}/warewulf}/90wwinit
http=http://$server_ip:9873

# Whether the whole boot can be played: the module, and what makes an initramfs of it.
whole() {
    local tool
    [ -r "$module/module-setup.sh" ] && [ -d /usr/lib/dracut/modules.d/40network ] || return 1
    for tool in dracut depmod cpio curl dmidecode dhclient arping; do
        [ -n "$(command -v "$tool")" ] || return 1
    done
}

# initramfs FILE: made of this machine's programs and the image's kernel modules, by dracut with the module beside its own.
initramfs() {
    local kernel version
    kernel=$("$here/kernel.sh") || skip "no kernel to be had (is the network there?)"
    version=$(basename "$kernel"/lib/modules/*)
    cp -a /usr/lib/dracut "$work/dracut"
    cp -a "$module" "$work/dracut/modules.d/"
    mkdir -p "$work/kernel/lib/modules"
    cp -a "$kernel/lib/modules/$version" "$work/kernel/lib/modules/"
    depmod -b "$work/kernel" "$version" > "$work/depmod.log" 2>&1 || fail "depmod: $(tail -n 3 "$work/depmod.log")"
    dracutbasedir=$work/dracut dracut --force --quiet --no-hostonly --no-hostonly-cmdline --no-early-microcode --gzip \
        --modules "base bash udev-rules network network-legacy kernel-modules kernel-network-modules wwinit" \
        --drivers "virtio_pci virtio_net failover net_failover" --filesystems "tmpfs" --install gzip \
        --kver "$version" --kmoddir "$work/kernel/lib/modules/$version" --tmpdir "$work" \
        "$1" > "$work/dracut.log" 2>&1 || fail "dracut: $(tail -n 20 "$work/dracut.log")"
}

# requested STAGE INTO: as the module asks for a stage, and unpacked as it does.
requested() {
    local port=()
    [ "$1" != runtime ] || port=(--local-port 1-1023)
    mkdir -p "$2"
    beside curl --location --silent --get "${port[@]}" --retry 60 --retry-connrefused --retry-delay 1 \
        --data-urlencode "assetkey=Not Specified" --data-urlencode "uuid=00000000-0000-4000-8000-525400770001" \
        --data-urlencode "stage=$1" --data-urlencode "compress=gz" "$http/provision/$(mac_of 1 | tr : -)" > "$work/stage.gz"
    gzip -d < "$work/stage.gz" | cpio --quiet -ium --directory="$2" || fail "what came for stage $1 is no archive in gzip"
}

# A boot up to the point at which the loader starts kernel and initramfs.
loaded() {
    local lease=$work/lease script
    printf '#!/bin/sh\nexit 0\n' > "$lease"
    chmod +x "$lease"
    beside timeout 30 udhcpc -i eth0 -f -n -q -t 5 -T 1 -s "$lease" -V PXEClient:Arch:00000:UNDI:002001 -x 0x5d:0000 \
        > "$work/client.log" 2>&1 || fail "n1 got no lease: $(tail -n 5 "$work/client.log")"
    beside ip addr add "$(ip_of 1)/16" dev eth0
    script=$(beside curl -fsS -m 20 "$http/ipxe/$(mac_of 1)")
    holds "boot script" "$script" "root=wwinit:tmpfs wwinit.server=$http wwinit.uri=$http/provision/52-54-00-77-00-01 init=/warewulf/run-init"
    holds "boot script" "$script" "rd.neednet=1 ifname=eth0:$(mac_of 1) ip=eth0:dhcp"
    beside curl -fsS -m 60 -o /dev/null "$http/kernel/$(mac_of 1)"
    beside curl -fsS -m 60 -o /dev/null "$http/initramfs/$(mac_of 1)"
}

tree=$work/tree
cp -a "$LAB_ROOTFS" "$tree"
version=$(basename "$tree"/lib/modules/*)
if whole; then
    initramfs "$tree/boot/initramfs-$version.img"
    say "dracut made an initramfs of $(($(stat -c %s "$tree/boot/initramfs-$version.img") >> 20)) MB with $module"
else
    say "no dracut, or no module of Warewulf at $module: its requests are made by curl"
    head -c 100000 /dev/urandom > "$tree/boot/initramfs-$version.img"
fi
net_up
witness_up
server_config 1
sed -i -e 's/root: initramfs/root: tmpfs/' -e 's/^  n1:/&\n    tags: {IPXEMenuEntry: dracut}/' "$root/etc/muster/nodes.conf"
server_image "$tree"
server_up

if whole; then
    export LAB_MEMORY=640
    guest bios 1
    gave_up() { grep -qs "dracut: FATAL" "$work/serial1"; }
    until_true 300 "n1 is up" eval 'up 1 || gave_up'
    ! gave_up || fail "dracut gave up"
    one_is_right 1
    same "root file system" tmpfs "$(fact 1 root)"
    holds "console" "$(cat "$work/serial1")" 'warewulf: Found root=wwinit:tmpfs|lab: up'
    told=$(muster events n1 --all -n 300)
    for what in initramfs 'system overlay' 'image lab' 'runtime overlay'; do
        holds "events of n1" "$told" "$what done"
    done
    say "n1 is up on the tmpfs that the module filled"
else
    client_up "$(mac_of 1)"
    loaded
    new=$work/new
    requested system "$work/early"
    [ -x "$work/early/warewulf/run-wwinit.d" ] || fail "the system overlay has no run-wwinit.d"
    for stage in image system runtime; do requested "$stage" "$new"; done
    (. "$work/early/warewulf/config" && same "WWTLS" false "$WWTLS" && same "WWIPADDR" "$server_ip" "$WWIPADDR")
    cmp "$new/bin/busybox" "$LAB_ROOTFS/bin/busybox" || fail "the image came as another one"
    same "/etc/hostname" n1 "$(cat "$new/etc/hostname")"
    holds "/etc/hosts" "$(cat "$new/etc/hosts")" "^$(ip_of 1) n1 "
    [ -x "$new/warewulf/run-init" ] || fail "there is no run-init to go on with"
    say "overlays and image by the requests of the module are what the node is to have"
fi
