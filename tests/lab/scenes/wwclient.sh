# shellcheck shell=bash disable=SC2034,SC2154
# Warewulf's own wwclient, unmodified, refreshes a node from muster: what the runtime overlay has appears with mode and owner, changes
# come at the interval and when it is told, from a privileged port alone, also after the server was away. Where the program is not to
# be had, its requests are made by curl as it makes them.
# shellcheck source=/dev/null
. "$here/bring.sh"

interval=15
LAB_SETTINGS="server: {secure: true, update interval: $interval}"
http=http://$server_ip:9873
mac=$(mac_of 1)
tree=$work/node
news=$work/root/var/lib/muster/overlays/news/rootfs

# The overlay of the site: modes, owners, a folder of its own, a link, and a template.
overlay() {
    mkdir -p "$news/etc/cluster" "$news/usr/local/bin"
    echo "first" > "$news/etc/motd"
    echo "secret" > "$news/etc/cluster/secret"
    printf '#!/bin/sh\necho first\n' > "$news/usr/local/bin/tool"
    echo 'release {{ node.tags.release }}' > "$news/etc/release.tera"
    ln -s motd "$news/etc/motd.link"
    chmod 644 "$news/etc/motd" "$news/etc/release.tera"
    chmod 750 "$news/etc/cluster"
    chmod 600 "$news/etc/cluster/secret"
    chmod 755 "$news/usr/local/bin/tool"
    chown 1000:1001 "$news/usr/local/bin/tool"
}

# release NUMBER: a value of the registry that the template shows.
release() {
    sed -i -e '/^    tags:/d' -e "s/^  n1:/&\n    tags: {release: \"$1\"}/" "$root/etc/muster/nodes.conf"
}

# played: the client that stands in, as a program for the node.
played() {
    bring "$tree" curl
    cat > "$1" << 'S'
#!/bin/sh
# As wwclient asks: of the server and port of the node's warewulf.conf, from a privileged port, for all of the runtime overlay. wwclient
# uses 987 again and again; curl cannot as long as the system remembers the connection before.
value() { sed -n "s/^ *$1: *\"\{0,1\}\([^\"]*\)\"\{0,1\} *$/\1/p" /etc/warewulf/warewulf.conf | head -n 1; }
wwid=$(tr ' ' '\n' < /proc/cmdline | sed -n 's/^wwid=//p')
from=
[ "$(value secure)" != true ] || from="--local-port 900-1020"
trap : HUP
sleep 5
while :; do
    to=$(mktemp -d /tmp/wwclient-XXXXXX)
    # shellcheck disable=SC2086
    if curl -sS -f $from --get --retry 60 --retry-connrefused --retry-delay 1 --data-urlencode "assetkey=$(cat /sys/class/dmi/id/chassis_asset_tag)" \
        --data-urlencode "uuid=$(cat /sys/class/dmi/id/product_uuid)" --data-urlencode stage=runtime --data-urlencode compress=gz \
        "http://$(value ipaddr):$(value port)/provision/$wwid" > "$to.gz" && gzip -dc "$to.gz" | cpio --quiet -imu --directory="$to"; then
        echo "INFO: applying runtime overlay"
        # What has another size, time or mode than before.
        (cd "$to" && find . -type d) | while read -r path; do
            mkdir -p "/$path"
            chmod "$(stat -c %a "$to/$path")" "/$path"
            chown "$(stat -c %u:%g "$to/$path")" "/$path"
        done
        (cd "$to" && find . ! -type d) | while read -r path; do
            [ ! -L "$to/$path" ] && [ "$(stat -c '%s %Y %a' "$to/$path")" = "$(stat -c '%s %Y %a' "/$path" 2> /dev/null)" ] && continue
            cp -a "$to/$path" "/$path.new" && mv -f "/$path.new" "/$path"
        done
    else
        echo "WARN: not applying runtime overlay"
    fi
    rm -rf "$to" "$to.gz"
    sleep "$(value 'update interval')" &
    wait $!
    kill $! 2> /dev/null
done
S
    chmod 755 "$1"
}

# node_up: what a boot leaves on a node, by the road that a boot takes: a lease, kernel, image and system overlay. Its own system runs
# in the client's network, rooted in $tree.
node_up() {
    local lease=$work/lease part
    printf '#!/bin/sh\nexit 0\n' > "$lease"
    chmod +x "$lease"
    beside timeout 30 udhcpc -i eth0 -f -n -q -t 5 -T 1 -s "$lease" -V PXEClient:Arch:00000:UNDI:002001 -x 0x5d:0000 \
        > "$work/client.log" 2>&1 || fail "n1 got no lease: $(tail -n 5 "$work/client.log")"
    beside ip addr add "$(ip_of 1)/16" dev eth0
    for part in kernel image system; do
        beside curl -fsS -m 60 -o "$work/$part" "$http/provision/$mac?stage=$part&compress=gz" || fail "n1 got no $part"
    done
    cp -a "$LAB_ROOTFS" "$tree"
    mkdir -p "$tree/var/run"
    rm -f "$tree"/{bin,usr/bin}/{gzip,cpio,sh}
    bring "$tree" gzip cpio dash
    ln -sf "$(command -v dash)" "$tree/bin/sh"
    gzip -dc "$work/system" | (cd "$tree" && cpio --quiet -imu) || fail "the system overlay is no archive in gzip"
    echo "quiet wwid=$mac" > "$work/cmdline"
    cat > "$work/enter" << S
#!/bin/sh
mount -t proc proc "$tree/proc" && mount --bind "$work/cmdline" "$tree/proc/cmdline" &&
    mount --rbind /sys "$tree/sys" && mount --rbind /dev "$tree/dev" && exec chroot "$tree" /warewulf/wwclient
S
    chmod +x "$work/enter"
}

is() { [ "$(cat "$tree/$1" 2> /dev/null)" = "$2" ]; }
complaints() { grep -iE 'warn|error|denied|unknown' "$work/wwclient.log" | grep -v 'updating live file system' || :; }
status_of() { beside curl -s -m 20 -o /dev/null -w '%{http_code}' "$@" "$http/provision/$mac?stage=runtime&compress=gz"; }

net_up
witness_up
server_config 1
sed -i 's/runtime overlay: .*/runtime overlay: [hosts, news]/' "$root/etc/muster/nodes.conf"
release 1
overlay
server_image "$LAB_ROOTFS"
server_up
client_up "$mac"
node_up
program=${MUSTER_LAB_WAREWULF:-${MUSTER_LAB_CACHE:-${XDG_CACHE_HOME:-/var/cache}/muster-tests}/warewulf}/wwclient
if [ -x "$program" ]; then
    bring "$tree" "$program"
    mv "$tree/$program" "$tree/warewulf/wwclient"
    say "wwclient is $program, unmodified"
else
    played "$tree/warewulf/wwclient"
    say "no wwclient at $program: its requests are made by curl"
fi

same "the runtime overlay by an unprivileged port inside of the boot" 200 "$(status_of --local-port 20000-20999)"
become "$client" unshare --mount "$work/enter" > "$work/wwclient.log" 2>&1 &
program_pid=$!
pids+=("$program_pid")
until_true 60 "the runtime overlay is on the node" is etc/release "release 1"
until_true $((interval + 30)) "n1 is up by its refreshes" is_stage n1 up
same "motd" first "$(cat "$tree/etc/motd.link")"
for fact in "etc/motd 644 0 0" "etc/cluster 750 0 0" "etc/cluster/secret 600 0 0" "usr/local/bin/tool 755 1000 1001"; do
    same "mode and owner" "$fact" "${fact%% *} $(stat -c '%a %u %g' "$tree/${fact%% *}")"
done
holds "/etc/hosts" "$(cat "$tree/etc/hosts")" "^$(ip_of 1) n1 "
say "the runtime overlay is on the node, with modes and owners; n1 is up"

# Of the same size, as an address that changes in one digit is; in a file, and by the registry. At the interval, and when told.
echo "later" > "$news/etc/motd"
until_true $((interval + 20)) "a changed file is on the node at the interval" is etc/motd later
release 2
echo "third" > "$news/etc/motd"
until_true 20 "the registry is read" eval 'muster node show n1 | grep -q "release.*2"'
kill -HUP "$program_pid"
until_true 10 "a change is on the node once it was told" is etc/release "release 2"
until_true 5 "and the file too" is etc/motd third
same "mode of the link's target" "third" "$(cat "$tree/etc/motd.link")"
say "changes of the same size came at the interval and at SIGHUP"

# A system without muster's beacons says never that it is up, and the boot is closed by its limit alone; this one has them. After that
# only root of the node may ask.
beside curl -fsS -m 20 "$http/beacon/$mac?name=up&age_ms=0" > /dev/null
holds "the runtime overlay by an unprivileged port" "$(status_of --local-port 20000-20999)" '^40[13]$'
same "the runtime overlay by another privileged port" 200 "$(status_of --local-port 1000-1023)"
same "complaints of the client" "" "$(complaints)"

# The server goes away and comes back.
kill "$server_pid"
wait "$server_pid" 2> /dev/null || :
echo "after" > "$news/etc/motd"
sleep 3
server_up
until_true $((interval + 70)) "the node heard of a change while the server was away" is etc/motd after
until_true 30 "n1 is up as before" is_stage n1 up
kill -0 "$program_pid" || fail "the client ended: $(tail -n 5 "$work/wwclient.log")"
seen=$(muster events n1 --all -n 200 2> /dev/null | grep -ciE 'runtime' || :)
[ "$seen" -ge 1 ] || fail "no event of n1 tells of its runtime overlay"
say "the server restarted, and the client went on"
