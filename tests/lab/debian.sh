#!/bin/bash
# A node's root file system as a site would make it: Debian with systemd, udev, a kernel, sshd and three ways to configure the
# network. Made once into a cache outside of the repository; prints its folder. It is only read from there.
set -euo pipefail

suite=${MUSTER_LAB_SUITE:-bookworm}
cache=${MUSTER_LAB_CACHE:-${XDG_CACHE_HOME:-/var/cache}/muster-tests}
tree=$cache/debian-$suite

if [ ! -e "$tree/done" ]; then
    mkdir -p "$cache"
    fresh=$(mktemp -d "$cache/debian.XXXXXX")
    trap 'rm -rf "$fresh"' EXIT
    chmod 755 "$fresh"
    packages=systemd-sysv,iproute2,udev,dbus,kmod,linux-image-cloud-amd64,openssh-server,ifupdown,network-manager
    lean=()
    for path in doc man locale; do
        lean+=("--dpkgopt=path-exclude=/usr/share/$path/*")
    done
    mmdebstrap --quiet --variant=minbase --include="$packages" --aptopt='Apt::Install-Recommends "false"' "${lean[@]}" \
        "$suite" "$fresh/rootfs" >&2
    # Each network stack is off; a scene switches on the one that it tries.
    chroot "$fresh/rootfs" systemctl --quiet disable networking.service systemd-networkd.service NetworkManager.service >&2
    touch "$fresh/done"
    rm -rf "$tree"
    mv "$fresh" "$tree"
    trap - EXIT
fi
echo "$tree/rootfs"
