# shellcheck shell=bash disable=SC2034,SC2154
# A rack behind a router: its machines reach the server through a relay agent (dnsmasq's) and are routed to it.
# shellcheck source=/dev/null
. "$here/scenes/one.sh"

gateway=10.78.0.1
LAB_NETWORKS="networks:
  control: {subnet: 10.77.0.0/16}
  racks: {subnet: 10.78.0.0/16, gateway: $gateway, pool: 10.78.1.1-10.78.1.200}"
ip_of() { printf '10.78.2.%d' "$1"; }

# The router is a namespace with a leg in the server's network; its other leg is the bridge of the rack.
router_up() {
    client_up 52:54:00:77:ff:02
    beside ip addr add 10.77.0.2/16 dev eth0
    guest_ns=$client
    guest_bridge=br1
    ip -n "$client" link add br1 type bridge stp_state 0 forward_delay 0
    ip -n "$client" addr add "$gateway/16" dev br1
    ip -n "$client" link set br1 up
    beside sysctl -qw net.ipv4.ip_forward=1
    ip -n "$ns" route add 10.78.0.0/16 via 10.77.0.2
    become "$client" dnsmasq -k -C /dev/null --port=0 --user=root --pid-file= --log-facility=- --log-dhcp \
        --dhcp-relay="$gateway,$server_ip" > "$work/dnsmasq.log" 2>&1 &
    pids+=($!)
}

stage_set 1
router_up
guest bios 1
until_true 300 "n1 is up" up 1
one_is_right 1
say "n1 has $(fact 1 ip | tr _ /) behind the relay $gateway"
