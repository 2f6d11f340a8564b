#!/bin/bash
# scene.sh NAME: plays one scene of tests/lab/scenes in a network of its own. Environment: MUSTER (the binary), LAB_ROOTFS
# (the tree that the guests boot), LAB_SERVER (muster, or dnsmasq to try the lab itself).
# shellcheck source-path=SCRIPTDIR disable=SC2154
set -euo pipefail

scene=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/muster-lab.XXXXXX")
pids=()

cleanup() {
    local pid
    for pid in "${pids[@]}"; do
        kill "$pid" 2> /dev/null || :
    done
    [ ! -S "$work/tmux" ] || tmux -S "$work/tmux" kill-server 2> /dev/null || :
    # Without what bash says about jobs that were killed.
    { net_down && wait; } 2> /dev/null || :
    if [ -n "${LAB_KEEP:-}" ]; then
        echo "  kept: $work"
    else
        rm -rf "$work"
    fi
}

. "$here/judge.sh"
. "$here/net.sh"
. "$here/guest.sh"
. "$here/witness.sh"
# shellcheck source=server-muster.sh
. "$here/server-${LAB_SERVER:-muster}.sh"

trap cleanup EXIT
trap 'fail "interrupted, or out of time"' INT TERM

# stage_set NODES: network, witness, configuration, image and server for n1 … nN.
stage_set() {
    net_up
    witness_up
    server_config "$1"
    server_image "$LAB_ROOTFS"
    server_up
}

# shellcheck source=/dev/null
. "$here/scenes/$1.sh"
