#!/bin/sh
# Ignition waits for devices by systemd: where that does not run yet, as in an initramfs of its own, the service does this later.
[ -d /run/systemd/system ] || exit 0
exec sh "${PREFIX:-}/warewulf/ignition"
