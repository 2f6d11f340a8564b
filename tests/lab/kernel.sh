#!/bin/bash
# Debian's cloud kernel, unpacked once into a cache outside of the repository. Prints its folder:
# DIR/boot/vmlinuz-VERSION and DIR/lib/modules/VERSION. Nothing is installed on this machine.
set -euo pipefail

cache=${MUSTER_LAB_CACHE:-${XDG_CACHE_HOME:-/var/cache}/muster-tests}
kernel=$cache/kernel

if [ ! -e "$kernel/done" ]; then
    mkdir -p "$cache"
    fresh=$(mktemp -d "$cache/kernel.XXXXXX")
    trap 'rm -rf "$fresh"' EXIT
    chmod 755 "$fresh"
    newest() { apt-cache depends linux-image-cloud-amd64 2> /dev/null | awk '/Depends: linux-image-/ {print $2; exit}'; }
    package=$(newest)
    # A machine that never asked for package lists has none.
    if [ -z "$package" ] && [ -z "${MUSTER_TESTS_NO_APT:-}" ]; then
        apt-get -qq update >&2 || :
        package=$(newest)
    fi
    if [ -z "$package" ]; then
        echo "no linux-image-cloud-amd64 in the package lists; run apt-get update" >&2
        exit 1
    fi
    (
        cd "$fresh"
        # The download user of apt cannot write here; root can, so ask for no sandbox instead of a warning.
        apt-get -qq -o APT::Sandbox::User=root download "$package"
        dpkg -x "$package"*.deb .
        rm -f "$package"*.deb
        touch 'done'
    ) >&2
    rm -rf "$kernel"
    mv "$fresh" "$kernel"
    trap - EXIT
fi
echo "$kernel"
