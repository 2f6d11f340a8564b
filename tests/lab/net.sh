# shellcheck shell=bash disable=SC2034,SC2154
# A network of its own for one run: a namespace named by this process, a bridge with the server's address, a tap for each
# guest. Nothing in it reaches the machine's own interfaces.

ns=lab$$
client=labc$$
server_ip=10.77.0.1
bridge=br0
# Where guests are plugged in: a namespace and a bridge in it.
guest_ns=$ns
guest_bridge=$bridge

# Runs a command inside of the lab's network.
inside() { ip netns exec "$ns" "$@"; }

# become NAMESPACE COMMAND…: for what is left running; started with `&`, it is the command itself whose process id is in $!.
become() { exec ip netns exec "$@"; }

# Runs a command on a machine beside the server: an address and a link layer of its own.
beside() { ip netns exec "$client" "$@"; }

net_up() {
    ip netns add "$ns"
    ip -n "$ns" link set lo up
    ip -n "$ns" link add "$bridge" type bridge stp_state 0 forward_delay 0
    inside sysctl -qw "net.ipv6.conf.$bridge.accept_dad=0" || :
    ip -n "$ns" addr add "$server_ip/16" dev "$bridge"
    ip -n "$ns" link set "$bridge" up
    # LAB_PCAP=1 with LAB_KEEP=1: what went over the bridge, for tcpdump -r.
    if [ -n "${LAB_PCAP:-}" ]; then
        become "$ns" tcpdump -q -U -i "$bridge" -s 160 -w "$work/net.pcap" 2> /dev/null &
        pids+=($!)
    fi
}

# tap_up INDEX: the tap of one guest.
tap_up() {
    ip -n "$guest_ns" tuntap add "tap$1" mode tap
    ip -n "$guest_ns" link set "tap$1" master "$guest_bridge"
    ip -n "$guest_ns" link set "tap$1" up
}

# client_up MAC: a namespace for `beside`, joined to the bridge by a veth pair whose far end is `eth0` with that address.
client_up() {
    ip netns add "$client"
    ip -n "$client" link set lo up
    ip -n "$ns" link add veth0 type veth peer name eth0 address "$1" netns "$client"
    ip -n "$ns" link set veth0 master "$bridge"
    ip -n "$ns" link set veth0 up
    ip -n "$client" link set eth0 up
}

# Ends what still runs in the two namespaces, by process id, and removes them.
net_down() {
    local space pid
    for space in "$client" "$ns"; do
        [ -e "/run/netns/$space" ] || continue
        for pid in $(ip netns pids "$space"); do
            kill -9 "$pid" 2> /dev/null || :
        done
        ip netns del "$space" || :
    done
}
