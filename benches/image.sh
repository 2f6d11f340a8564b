#!/bin/bash
# Packing a Debian tree of some 300 MB: muster against `find | cpio | pigz` and `find | cpio | gzip`, in turns, same machine, warm
# page cache. Needs root and the tree of the lab (made once, from Debian's mirror). MUSTER names the binary.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
muster=${MUSTER:-$top/target/release/muster}
rounds=${ROUNDS:-3}
peers=${PEERS:-muster pigz gzip}
for tool in mmdebstrap cpio pigz gzip; do
    [ -n "$(command -v "$tool")" ] || { echo "left out: there is no $tool here"; exit 0; }
done
[ -x "$muster" ] || { echo "left out: there is no $muster (cargo build --release)"; exit 0; }
[ "$(id -u)" = 0 ] || { echo "left out: it takes root to make a tree of root's files"; exit 0; }

tree=$("$top/tests/lab/debian.sh")
work=$(mktemp -d "${TMPDIR:-/tmp}/muster-bench-image.XXXXXX")
trap 'rm -rf "$work"' EXIT
image=$work/var/lib/muster/images/debian

image() { "$muster" --root "$work" image "$@" > "$work/out" 2>&1 || { cat "$work/out"; exit 1; }; }
archive() { (cd "$image/rootfs" && find . -xdev -print0 | cpio -0 -o -H newc --quiet); }
by_muster() {
    rm -f "$image/current.json"
    image build debian
}
by_pigz() { archive | pigz > "$work/pigz.gz"; }
by_gzip() { archive | gzip > "$work/gzip.gz"; }

TIMEFORMAT='%R s wall, %U s user, %S s system'
echo "import of $(du -sm "$tree" | cut -f1) MiB, $(find "$tree" -xdev | wc -l) files:"
time image import "$tree" debian
for round in $(seq "$rounds"); do
    for peer in $peers; do
        printf '%s %s: ' "$round" "$peer"
        { time "by_$peer"; } 2>&1
    done
done
printf 'unchanged: '
{ time image build debian; } 2>&1
wc -c "$image"/versions/*.img.gz "$work"/*.gz | sed "s|$work/.*/||; s|$work/||; /total/d"
