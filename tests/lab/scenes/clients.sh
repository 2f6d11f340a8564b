# shellcheck shell=bash disable=SC2034,SC2154
# Clients that others wrote: udhcpc and dhclient take a lease; tftp-hpa, atftp and curl fetch the loaders; curl fetches kernel
# and image inside of an open boot, resumes, and is refused outside of it.

files=$work/files
mkdir -p "$files"
http=http://$server_ip:9873

# The lease script of both DHCP clients: writes down what it was told, touches no interface.
cat > "$work/lease" << 'S'
#!/bin/sh
case "$1$reason" in
    bound | renew | BOUND | REBOOT) env > "$LEASE_FILE" ;;
esac
exit 0
S
chmod +x "$work/lease"

# lease_of COMMAND…: takes a lease, prints the file with what it said.
lease_of() {
    rm -f "$work/lease.txt"
    # dhclient gives its script no environment but its own, hence also -e.
    LEASE_FILE=$work/lease.txt beside timeout 30 "$@" > "$work/client.log" 2>&1 || :
    [ -s "$work/lease.txt" ] || fail "$1 got no lease: $(tail -n 5 "$work/client.log")"
}

told() { sed -n "s/^$1=//p" "$work/lease.txt" | head -n 1; }

by_udhcpc() { lease_of udhcpc -i eth0 -f -n -q -t 5 -T 1 -s "$work/lease" "$@"; }

stage_set 1
client_up "$(mac_of 1)"
beside ip addr add 10.77.0.99/16 dev eth0

by_udhcpc
same "address by udhcpc" "$(ip_of 1)" "$(told ip)"
same "netmask by udhcpc" 255.255.0.0 "$(told subnet)"
say "udhcpc: $(told ip), server $(told serverid)"

lease_of dhclient -1 -v -cf /dev/null -lf "$work/dhclient.leases" -pf "$work/dhclient.pid" \
    -e "LEASE_FILE=$work/lease.txt" -sf "$work/lease" eth0
same "address by dhclient" "$(ip_of 1)" "$(told new_ip_address)"
if [ -s "$work/dhclient.pid" ]; then kill "$(cat "$work/dhclient.pid")" 2> /dev/null || :; fi
say "dhclient: $(told new_ip_address)"

# Loaders by TFTP, as three clients ask.
loader=/usr/lib/ipxe/snponly.efi
(cd "$files" && beside timeout 20 tftp "$server_ip" -m binary -c get snponly.efi by-tftp-hpa) > "$work/client.log" 2>&1
cmp "$loader" "$files/by-tftp-hpa" || fail "tftp-hpa fetched something else"
for window in 1 4 16 64; do
    (cd "$files" && beside timeout 20 atftp --option "blksize 1432" --option "windowsize $window" \
        -g -r snponly.efi -l "by-atftp-$window" "$server_ip") > "$work/client.log" 2>&1
    cmp "$loader" "$files/by-atftp-$window" || fail "atftp with windows of $window fetched something else"
done
for size in 512 1468; do
    beside curl -sS -m 20 --tftp-blksize "$size" -o "$files/by-curl-$size" "tftp://$server_ip/snponly.efi"
    cmp "$loader" "$files/by-curl-$size" || fail "curl by TFTP with blocks of $size fetched something else"
done
beside curl -sS -m 20 -o "$files/undionly" "tftp://$server_ip/undionly.kpxe"
cmp /usr/lib/ipxe/undionly.kpxe "$files/undionly" || fail "curl fetched another undionly.kpxe"
say "tftp-hpa, atftp (windows of 1, 4, 16, 64) and curl fetched identical loaders"

# The firmware's HTTP boot: the URL that the answer names gives the same loader.
by_udhcpc -V HTTPClient:Arch:00016:UNDI:003000 -x 0x5d:0010
url=$(told boot_file)
holds "URL for UEFI HTTP boot" "$url" "^http://$server_ip"
beside curl -fsS -m 20 -o "$files/by-http" "$url"
cmp "$loader" "$files/by-http" || fail "the loader behind $url is another one"
say "UEFI HTTP boot: $url"

# Outside of a boot nothing is served; inside of one, to its address alone.
mac=$(mac_of 1)
status_of() { beside curl -s -m 20 -o /dev/null -w '%{http_code}' "$@"; }
by_udhcpc -V PXEClient:Arch:00000:UNDI:002001 -x 0x5d:0000
beside ip addr add "$(ip_of 1)/16" dev eth0
own=(--interface "$(ip_of 1)")
holds "image asked for by another address" "$(status_of --interface 10.77.0.99 "$http/image/$mac")" "40[13]"
same "script for the node itself" 200 "$(status_of "${own[@]}" "$http/ipxe/$mac")"

fetch() { beside curl -fsS -m 60 "${own[@]}" "$@"; }
fetch -o "$files/kernel" "$http/kernel/$mac"
cmp "$LAB_ROOTFS"/boot/vmlinuz-* "$files/kernel" || fail "the kernel is not the image's"
fetch -o "$files/image" "$http/image/$mac"
size=$(stat -c %s "$files/image")
[ "$size" -gt 1000000 ] || fail "an image of $size bytes is none"
head -c $((size / 3)) "$files/image" > "$files/resumed"
fetch -C - -o "$files/resumed" "$http/image/$mac"
cmp "$files/image" "$files/resumed" || fail "the resumed image differs"
fetch -r 1000-1999 -o "$files/range" "$http/image/$mac"
cmp <(tail -c +1001 "$files/image" | head -c 1000) "$files/range" || fail "a range of the image differs"
same "a range beyond the end" 416 "$(status_of "${own[@]}" -r "$((size + 10))-" "$http/image/$mac")"
same "a path with two slashes" 200 "$(status_of "${own[@]}" -I "http://$server_ip:9873//kernel/$mac")"
say "curl: kernel identical, image of $size bytes resumed at a third"
