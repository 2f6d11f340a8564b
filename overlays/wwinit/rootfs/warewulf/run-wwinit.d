#!/bin/sh
# Runs the scripts of wwinit.d in order, before the root file system is prepared. PREFIX is set when the system overlay was
# unpacked somewhere other than /. The first script that fails ends the boot.

PREFIX=${PREFIX:-}
export PREFIX
LC_ALL=C
export LC_ALL
if [ -r "$PREFIX/warewulf/config" ]; then
    set -a
    # shellcheck source=/dev/null
    . "$PREFIX/warewulf/config"
    set +a
fi

for script in "$PREFIX"/warewulf/wwinit.d/*; do
    [ -f "$script" ] || continue
    echo "muster: ${script##*/}"
    if ! sh "$script"; then
        echo "muster: $script failed"
        sh "$PREFIX/warewulf/beacon" note "wwinit.d/${script##*/} failed"
        exit 1
    fi
done
exit 0
