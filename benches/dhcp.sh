#!/bin/bash
# DHCP against the field: perfdhcp (of kea-admin) asks muster, kea-dhcp4 and dnsmasq in turn, inside two network namespaces that
# this script makes; then busybox udhcpc and dhclient take leases from muster. Prints a table. Needs root and perfdhcp; what is
# missing is named and left out.
#   benches/dhcp.sh [RATE [SECONDS [ROUNDS]]]
set -u
rate=${1:-20000} secs=${2:-5} rounds=${3:-3} clients=20000
server=md$$s client=md$$c
work=$(mktemp -d) pid=

[ "$(id -u)" = 0 ] || { echo "SKIPPED: needs root for network namespaces"; exit 0; }
command -v perfdhcp >/dev/null || { echo "SKIPPED: needs perfdhcp (package kea-admin)"; exit 0; }

end() {
    [ -n "$pid" ] && kill "$pid" 2>/dev/null
    ip netns del "$server" 2>/dev/null
    ip netns del "$client" 2>/dev/null
    rm -rf "$work"
}
trap end EXIT

bench=$(cd "$(dirname "$0")/.." && cargo bench --no-run --bench dhcp_answer --message-format=json 2>/dev/null \
    | sed -n 's/.*"executable":"\([^"]*dhcp_answer[^"]*\)".*/\1/p' | tail -1)
[ -x "$bench" ] || { echo "the bench does not build"; exit 1; }

ip netns add "$server" && ip netns add "$client" || exit 1
ip -n "$server" link add v0 type veth peer name v1 netns "$client" || exit 1
ip -n "$server" addr add 10.88.0.1/14 brd + dev v0
ip -n "$client" addr add 10.88.0.2/14 brd + dev v1
for at in "$server lo" "$server v0" "$client lo" "$client v1"; do
    # shellcheck disable=SC2086
    set -- $at
    ip -n "$1" link set "$2" up
done
# Firmware is not there to take more than a socket's default; the limit is the machine's, so it is not raised here.

cpu() { awk '{print $14 + $15}' "/proc/$1/stat"; }

measure() { # NAME: asks whoever listens, as process $pid
    local before after out spent
    before=$(cpu "$pid")
    TIMEFORMAT='%U %S'
    out=$({ time ip netns exec "$client" timeout 60 perfdhcp -4 -r "$rate" -R "$clients" -p "$secs" -W 1000000 10.88.0.1 2>&1; } \
        2>"$work/spent")
    after=$(cpu "$pid")
    spent=$(tail -1 "$work/spent")
    echo "$out" | awk -v name="$1" -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" -v secs="$secs" -v spent="$spent" '
        /DISCOVER-OFFER/ {part = "offer"} /REQUEST-ACK/ {part = "ack"}
        /^received packets:/ {got[part] = $3}
        /^avg delay:/ {delay[part] = $3}
        END {
            n = got["ack"]
            split(spent, used, " ")
            printf "%-10s %9.0f %12.1f %12s %12s %9.0f %12.0f\n", name, n / secs, n ? ticks / hz * 1e6 / n : 0, delay["offer"],
                delay["ack"], ticks / hz / secs * 100, (used[1] + used[2]) / secs * 100
        }' | tee -a "$work/table"
}

stop() { kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; pid=; sleep 0.3; }

echo "offered: $rate exchanges a second for $secs s, $clients clients"
echo "The shares of a core are those of the server and of perfdhcp: one at 100 % is what ends the measure."
printf '%-10s %9s %12s %12s %12s %9s %12s\n' server "done/s" "CPU us each" "offer ms" "ack ms" "server %" "perfdhcp %"

serve_muster() {
    rm -f "$work/hold" "$work/muster"
    mkfifo "$work/hold"
    ip netns exec "$server" "$bench" serve 67 10.88.0.0/14 10.89.0.1 10.91.255.250 <"$work/hold" >"$work/muster" 2>&1 &
    pid=$!
    exec 9>"$work/hold"
    for _ in $(seq 50); do grep -q ready "$work/muster" && break; sleep 0.1; done
}

serve_kea() {
    cat >"$work/kea.json" <<J
{"Dhcp4":{"interfaces-config":{"interfaces":["v0"],"dhcp-socket-type":"udp"},
"lease-database":{"type":"memfile","persist":false},"multi-threading":{"enable-multi-threading":false},
"valid-lifetime":3600,"subnet4":[{"subnet":"10.88.0.0/14","pools":[{"pool":"10.89.0.1-10.91.255.250"}],
"boot-file-name":"undionly.kpxe","next-server":"10.88.0.1"}],
"loggers":[{"name":"kea-dhcp4","severity":"ERROR","output_options":[{"output":"$work/kea.log"}]}]}}
J
    KEA_PIDFILE_DIR=$work KEA_LOCKFILE_DIR=$work ip netns exec "$server" kea-dhcp4 -c "$work/kea.json" >/dev/null 2>&1 &
    pid=$!
    sleep 2
}

serve_dnsmasq() {
    rm -f "$work/leases"
    ip netns exec "$server" dnsmasq -k -C /dev/null --port=0 --no-ping --dhcp-range=10.89.0.1,10.91.255.250,255.252.0.0,1h \
        --dhcp-lease-max=100000 --dhcp-leasefile="$work/leases" --dhcp-authoritative --user=root --pid-file= \
        --log-facility=/dev/null >/dev/null 2>&1 &
    pid=$!
    sleep 1
}

command -v kea-dhcp4 >/dev/null || echo "kea        SKIPPED: no kea-dhcp4 here (package kea-dhcp4-server)"
for _ in $(seq "$rounds"); do
    serve_muster
    measure muster
    exec 9>&-
    stop
    command -v kea-dhcp4 >/dev/null && { serve_kea; measure kea; stop; }
    command -v dnsmasq >/dev/null && { serve_dnsmasq; measure dnsmasq; stop; }
done

median() { # NAME COLUMN
    awk -v name="$1" -v column="$2" '$1 == name {print $column}' "$work/table" | sort -n | awk '{all[NR] = $1} END {print all[int((NR + 1) / 2)] + 0}'
}
echo "medians of $rounds rounds:"
for peer in kea dnsmasq; do
    awk -v peer="$peer" -v done="$(median muster 2)" -v cpu="$(median muster 3)" -v theirs="$(median "$peer" 2)" \
        -v spent="$(median "$peer" 3)" 'BEGIN {if (theirs) printf "muster : %s = %.2fx exchanges, %.2fx CPU each (%.1f : %.1f us)\n",
            peer, done / theirs, spent ? cpu / spent : 0, cpu, spent}'
done

echo "real clients:"
serve_muster
ip -n "$client" link set v1 down
ip -n "$client" addr flush dev v1
ip -n "$client" link set v1 address 52:54:00:00:00:01 up
if command -v udhcpc >/dev/null; then
    # shellcheck disable=SC2016 # expanded by udhcpc's shell
    printf '#!/bin/sh\necho "$1 $ip $hostname $serverid $lease"\n' >"$work/script"
    chmod +x "$work/script"
    ip netns exec "$client" timeout 20 udhcpc -i v1 -f -q -n -t 3 -T 1 -s "$work/script" 2>&1 | grep -E '^bound 10\.89\.0\.1 n1' \
        || { echo "udhcpc FAILED"; exit 1; }
fi
if command -v dhclient >/dev/null; then
    ip netns exec "$client" timeout 20 dhclient -4 -1 -v -sf /bin/true -lf "$work/dhclient" -pf "$work/dhclient.pid" v1 2>&1 \
        | grep -E '^(DHCPACK of 10\.89\.0\.1|bound to 10\.89\.0\.1)' || { echo "dhclient FAILED"; exit 1; }
    [ -f "$work/dhclient.pid" ] && kill "$(cat "$work/dhclient.pid")" 2>/dev/null
fi
exec 9>&-
wait "$pid"
pid=
echo "events: $(tail -1 "$work/muster")"
