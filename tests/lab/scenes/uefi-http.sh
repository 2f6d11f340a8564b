# shellcheck shell=bash disable=SC2034,SC2154
# UEFI firmware fetches our iPXE by HTTP and boots.
# shellcheck source=/dev/null
. "$here/scenes/one.sh"
one_boots uefi-http 400
