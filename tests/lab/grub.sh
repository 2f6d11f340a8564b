#!/bin/bash
# shim and GRUB as Debian signs them, and the modules and tool to build a GRUB of one's own, unpacked once into a cache outside of
# the repository. Prints its folder: DIR/usr/lib/shim, DIR/usr/lib/grub, DIR/usr/bin/grub-mkimage. Nothing is installed on this
# machine: these packages would want to be its boot loader.
set -euo pipefail

cache=${MUSTER_LAB_CACHE:-${XDG_CACHE_HOME:-/var/cache}/muster-tests}
grub=$cache/grub

if [ ! -e "$grub/done" ]; then
    mkdir -p "$cache"
    fresh=$(mktemp -d "$cache/grub.XXXXXX")
    trap 'rm -rf "$fresh"' EXIT
    chmod 755 "$fresh"
    packages=(shim-signed grub-efi-amd64-signed grub-efi-amd64-bin grub-common)
    # A machine that never asked for package lists has none.
    if [ -z "$(apt-cache --names-only search '^shim-signed$')" ] && [ -z "${MUSTER_TESTS_NO_APT:-}" ]; then
        apt-get -qq update >&2 || :
    fi
    (
        cd "$fresh"
        # The download user of apt cannot write here; root can, so ask for no sandbox instead of a warning.
        apt-get -qq -o APT::Sandbox::User=root download "${packages[@]}"
        for package in *.deb; do dpkg -x "$package" .; done
        rm -f ./*.deb
        touch 'done'
    ) >&2
    rm -rf "$grub"
    mv "$fresh" "$grub"
    trap - EXIT
fi
echo "$grub"
