# shellcheck shell=bash disable=SC2034,SC2154
# Another server gives the addresses, and knows nothing of booting: dnsmasq, on a machine of its own. muster tells beside it
# what to load (ProxyDHCP), to UEFI firmware and then to iPXE, and serves the node at an address that it did not give.
# shellcheck source=/dev/null
. "$here/scenes/one.sh"

LAB_NETWORKS='networks: {lab: {subnet: 10.77.0.0/16, proxy: true}}'

addresses_up() {
    client_up 52:54:00:77:ff:02
    beside ip addr add 10.77.0.2/16 dev eth0
    become "$client" dnsmasq -k -C /dev/null --port=0 --no-ping --user=root --pid-file= --log-facility=- --log-dhcp \
        --interface=eth0 --dhcp-range=10.77.1.1,10.77.1.200,255.255.0.0,1h --dhcp-leasefile="$work/leases" \
        > "$work/dnsmasq.log" 2>&1 &
    pids+=($!)
}

stage_set 1
addresses_up
guest uefi-pxe 1
until_true 400 "n1 is up" up 1
one_is_right 1
holds "leases of dnsmasq" "$(cat "$work/leases")" "$(mac_of 1) 10\.77\.1\."
told=$(muster events n1 --all --json -n 200)
holds "events of n1" "$told" "proxy"
rival=$(muster status --json | jq -r '.faults' | grep -i rival || :)
same "complaints about the server that we stand beside" "" "$rival"
say "address by dnsmasq: $(cut -d' ' -f3 "$work/leases" | head -n 1); all else by muster"
