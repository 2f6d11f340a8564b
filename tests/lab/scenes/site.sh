# shellcheck shell=bash disable=SC2016,SC2034,SC2154
# One node as a site has it, Debian with systemd: name, network, mounts, keys and users come from the registry by the overlays, and
# nothing is left failed. Then its runtime overlay changes on the server: muster's agent has it on the running node, removes what is no
# more, and a console that is attached shows it.
# shellcheck source=/dev/null
. "$here/scenes/systemd.sh"
# shellcheck source=/dev/null
. "$here/console.sh"
agent=$(dirname "$MUSTER")/muster-agent-$(uname -m)
[ -x "$agent" ] || skip "there is no agent at $agent (src/agent/build --to $agent)"
[ -n "$(command -v mkfs.ext4)" ] || skip "there is no mkfs.ext4 here"

# Users of the server, of the registry, and of the image; their homes lie on the node's disk.
printf 'root:x:0:0:root:/root:/bin/bash\nbob:x:4002:4002:Bob:/home/bob:/bin/bash\n' > "$work/passwd"
printf 'root:x:0:\nbob:x:4002:\nteam:x:4100:alice,bob\n' > "$work/group"
LAB_BINDS="$work/passwd /etc/passwd
$work/group /etc/group"
overlays="wwinit, hostname, hosts, issue, resolv, ssh.host_keys, ssh.authorized_keys, syncuser, fstab, localtime, wwclient"

# The overlay that will change: a file, one that will go with its folder, and one that shows a value of the registry.
news=$work/root/var/lib/muster/overlays/news/rootfs
overlay() {
    mkdir -p "$news/etc/news.d/old"
    echo first > "$news/etc/motd"
    echo gone > "$news/etc/news.d/old/gone"
    echo 'release {{ node.tags.release }}' > "$news/etc/news.d/release.tera"
    chmod 640 "$news/etc/motd"
    chown 0:4100 "$news/etc/motd"
}

configure() {
    profile 1
    sed -i 's/runtime overlay: .*/runtime overlay: [hosts, news]/' "$root/etc/muster/nodes.conf"
    cat >> "$root/etc/muster/nodes.conf" << Y
  site:
    tags: {localtime: Europe/Berlin, release: one}
    filesystems:
      /dev/disk/by-label/homes: {format: ext4, path: /home, mount_options: noatime}
    resources:
      fstab:
        - {spec: tmpfs, file: /scratch/of node, vfstype: tmpfs, mntops: "size=16m,mode=1777,nodev"}
      localusers:
        - {name: alice, uid: 4001, gid: 4001, gecos: "Alice, of the registry", shell: /bin/bash}
      localgroups:
        - {name: alice, gid: 4001}
nodes:
$(node 1 systemd.networkd initramfs)
        mtu: 1400
        gateway: $server_ip
        tags: {DNS1: $server_ip, DNS2: 10.77.0.9, DNSSEARCH: cluster.example, route1: "10.99.0.0/16,10.77.0.77"}
Y
    sed -i -e 's/profiles: \[default\]/profiles: [default, site]/' "$root/etc/muster/nodes.conf"
}

# homes: the disk with the home folders, which two users may enter by root's key.
homes() {
    local user
    for user in alice:4001 bob:4002; do
        mkdir -p "$work/homes/${user%:*}/.ssh"
        cp "$work/home/.ssh/id_ed25519.pub" "$work/homes/${user%:*}/.ssh/authorized_keys"
        chmod 700 "$work/homes/${user%:*}" "$work/homes/${user%:*}/.ssh"
        chown -R "${user#*:}:${user#*:}" "$work/homes/${user%:*}"
    done
    truncate -s 32M "$work/disk.img"
    mkfs.ext4 -q -L homes -d "$work/homes" "$work/disk.img"
}

# as USER COMMAND…: on n1, by root's key, and only if the host is who the cluster's key says.
as() {
    local user=$1
    shift
    inside ssh -i "$work/home/.ssh/id_ed25519" -o BatchMode=yes -o ConnectTimeout=60 -o StrictHostKeyChecking=yes \
        -o UserKnownHostsFile="$work/known_hosts" -o LogLevel=ERROR "$user@$(ip_of 1)" "$@" < /dev/null
}

LAB_SETTINGS="server: {update interval: 600}"
own_evidence() {
    [ ! -S "$work/tmux" ] || screen
    on 1 'systemctl --no-pager status muster-agent; journalctl -q --no-pager -n 20 -u muster-agent; systemctl list-jobs'
}

net_up
witness_up
keys
homes
configure
overlay
muster image import "$debian" debian > "$work/import.log" 2>&1 || fail "image import: $(cat "$work/import.log")"
server_up
began=$(now_ms)
LAB_DISK=$work/disk.img guest bios 1
until_true "$limit" "n1 is up" is_stage n1 up
say "n1 up $((($(now_ms) - began) / 1000)) s after power-on"
until_true 200 "sshd of n1 lets root in" answers 1
until_true 400 "systemd of n1 has started everything" settled 1
same "failed units" "" "$(on 1 systemctl --failed --no-legend --plain)"

awk -v ip="$(ip_of 1)" '{print ip, $1, $2}' "$root/var/lib/muster/keys/ssh_host_ed25519_key.pub" > "$work/known_hosts"

# Who it is, and what it knows of others.
same "root over the cluster's host key" "0 n1" "$(as root 'echo $(id -u) $(hostname)')"
same "/etc/hostname" n1 "$(on 1 cat /etc/hostname)"
same "address by name" "$(ip_of 1)" "$(on 1 getent hosts n1 | cut -d' ' -f1)"
holds "/etc/hosts" "$(on 1 cat /etc/hosts)" "^$server_ip .*muster"
holds "/etc/issue" "$(on 1 cat /etc/issue)" n1
holds "/etc/localtime" "$(on 1 readlink /etc/localtime)" Europe/Berlin

# The network, by systemd-networkd and nobody else.
holds "address" "$(on 1 ip -4 -o addr show)" " $(ip_of 1)/16 .*"
holds "MTU" "$(on 1 ip -o link)" "mtu 1400"
routes=$(on 1 ip -4 route)
holds "routes" "$routes" "^default via $server_ip "
holds "routes" "$routes" "^10\.99\.0\.0/16 via 10\.77\.0\.77 "
holds "who configured it" "$(on 1 networkctl --no-legend --no-pager list)" 'ether +routable +configured'
resolver=$(on 1 cat /etc/resolv.conf)
holds "resolver" "$resolver" "^nameserver $server_ip\$"
holds "resolver" "$resolver" "^nameserver 10\.77\.0\.9\$"
holds "resolver" "$resolver" "^search cluster.example\$"
say "name, addresses, routes and resolver as in the registry"

# Mounts of /etc/fstab.
holds "mount of the disk" "$(on 1 findmnt -n -o TARGET,FSTYPE,OPTIONS /home)" '^/home +ext4 .*noatime'
holds "mount of a tmpfs" "$(on 1 findmnt -n -r -o TARGET,FSTYPE,OPTIONS --target "'/scratch/of node'")" 'scratch.* tmpfs .*nodev.*size=16384k'
same "mode of a mount" 1777 "$(on 1 stat -c %a "'/scratch/of node'")"
same "fstab" "" "$(on 1 'findmnt --verify --tab-file /etc/fstab 2>&1 | grep -iE "parse error|not a valid" || :')"

# Users: of the registry, of the server, of the image.
same "alice" "4001 4001 4001,4100" "$(as alice 'echo $(id -u) $(id -g) $(id -G | tr " " ,)')"
same "bob" "4002 4002 4002,4100 /home/bob" "$(as bob 'echo $(id -u) $(id -g) $(id -G | tr " " ,) $PWD')"
same "a user of the image" "$(chroot "$debian" id -u sshd)" "$(on 1 id -u sshd)"
if as alice cat /etc/ssh/ssh_host_ed25519_key > "$work/leak" 2> /dev/null; then fail "alice reads the host's key"; fi
if as mallory true 2> /dev/null; then fail "a user whom nobody named logs in"; fi
say "mounts of fstab, keys of the cluster, users of registry, server and image; no failed unit"

# The runtime overlay of the running node, and the console that looks on. The interval is longer than anything waits here: what
# arrives, arrives because the server tells the node.
heard() { muster events n1 --all -n 200 2> /dev/null | grep -qE 'runtime overlay [0-9a-f]{12} is in force'; }
until_true 150 "the agent of n1 speaks" heard
same "motd at the start" "first 640 0 4100" "$(on 1 'echo $(cat /etc/motd) $(stat -c "%a %u %g" /etc/motd)')"
same "what will go" gone "$(on 1 cat /etc/news.d/old/gone)"
console_up 132 50
until_true 60 "the console is drawn" shows n1
has() { [ "$(on 1 "cat '$1'" 2> /dev/null)" = "$2" ]; }
lacks() { on 1 "test ! -e '$1'"; }
refreshed() { muster events n1 --all -n 200 2> /dev/null | grep -E 'runtime overlay [0-9a-f]{12} is in force, 1 changed, 1 removed'; }
echo later > "$news/etc/motd"
rm -r "$news/etc/news.d/old"
began=$(now_ms)
until_true 120 "a file that changed on the server is on the running node" has /etc/motd later
until_true 30 "a file that is no more on the server is gone from the node" lacks /etc/news.d/old/gone
took=$((($(now_ms) - began) / 1000))
same "mode and owner as before" "640 0 4100" "$(on 1 stat -c "'%a %u %g'" /etc/motd)"
same "what stayed" "release one" "$(on 1 cat /etc/news.d/release)"
until_true 60 "the server hears what was changed and removed" eval 'refreshed > /dev/null'
digest=$(refreshed | sed -n 's/.*runtime overlay \([0-9a-f]*\) is in force.*/\1/p' | tail -n 1)
until_true 60 "the console shows what the node has since" shows "runtime overlay $digest"
screen | grep -F "$digest" | head -n 3 | sed 's/^/  | /'

# By a verb: a value of the registry.
muster node set n1 --tagadd release=two --yes > "$work/set.log" 2>&1 || fail "node set: $(cat "$work/set.log")"
until_true 120 "a value that changed is on the running node" has /etc/news.d/release "release two"
console_down
same "failed units in the end" "" "$(on 1 systemctl --failed --no-legend --plain)"
same "complaints of the agent" "" "$(on 1 'journalctl -q --no-pager -p warning -u muster-agent 2> /dev/null')"
say "changed and removed on the running node $took s after the change, and on the console"
