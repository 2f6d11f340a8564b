#!/bin/bash
# From power-on to userland of an emulated BIOS machine: muster, and dnsmasq with nginx and every trick that makes firmware
# quick, in turns. The time is the guest's own word. Needs root and what tests/lab needs.
#   benches/boot.sh [ROUNDS]
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
rounds=${1:-5}
export MUSTER=${MUSTER:-$top/target/release/muster}

if [ "$(id -u)" != 0 ]; then
    echo "SKIPPED: needs root for network namespaces"
    exit 0
fi
for tool in qemu-system-x86_64 dnsmasq nginx socat jq; do
    if ! command -v "$tool" > /dev/null; then
        echo "SKIPPED: needs $tool"
        exit 0
    fi
done
[ -x "$MUSTER" ] || (cd "$top" && cargo build --release --quiet)

work=$(mktemp -d "${TMPDIR:-/tmp}/muster-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
export LAB_ROOTFS=$work/rootfs
"$top/tests/lab/rootfs.sh" "$("$top/tests/lab/kernel.sh")" "$LAB_ROOTFS"

# once SERVER: one boot's milliseconds.
once() {
    LAB_SERVER=$1 timeout -k 10 300 bash "$top/tests/lab/scene.sh" bios > "$work/log" 2>&1 || {
        cat "$work/log" >&2
        echo "a boot by $1 failed" >&2
        exit 1
    }
    sed -n 's/.* in userland \([0-9]*\) ms .*/\1/p' "$work/log"
}

median() { sort -n "$1" | awk '{a[NR] = $1} END {print (NR % 2) ? a[(NR + 1) / 2] : int((a[NR / 2] + a[NR / 2 + 1]) / 2)}'; }

for _ in $(seq "$rounds"); do
    for server in muster dnsmasq; do
        once "$server" >> "$work/$server"
    done
done
printf '%-10s %10s %10s %10s\n' server "median ms" "least" "most"
for server in muster dnsmasq; do
    printf '%-10s %10d %10d %10d\n' "$server" "$(median "$work/$server")" \
        "$(sort -n "$work/$server" | head -n 1)" "$(sort -n "$work/$server" | tail -n 1)"
done
awk -v a="$(median "$work/muster")" -v b="$(median "$work/dnsmasq")" \
    'BEGIN {printf "muster / dnsmasq: %.2f over %s\n", a / b, "'"$rounds"' rounds"}'
