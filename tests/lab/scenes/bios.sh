# shellcheck shell=bash disable=SC2034,SC2154
# A BIOS guest whose card's ROM is iPXE boots from the first DHCPDISCOVER to userland.
# shellcheck source=/dev/null
. "$here/scenes/one.sh"
one_boots bios 300
