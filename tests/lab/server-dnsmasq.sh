# shellcheck shell=bash disable=SC2034,SC2154
# The peer: dnsmasq and nginx with every trick that makes firmware quick (no ProxyDHCP wait, a router advertisement, static
# leases, kernel and image from nginx). It proves that the lab itself works, and it is what the boot bench compares with.

peer=$work/peer

server_config() {
    local index
    mkdir -p "$peer"/{www,tftp,nginx}
    chmod 755 "$work" "$peer" "$peer/www"
    cp /usr/lib/ipxe/{snponly.efi,undionly.kpxe} "$peer/tftp/"
    cp /usr/lib/ipxe/snponly.efi "$peer/www/"
    for index in $(seq "$1"); do
        echo "dhcp-host=$(mac_of "$index"),$(ip_of "$index"),n$index,infinite"
    done > "$peer/hosts"
    ip -n "$ns" addr add fd77::1/64 dev "$bridge" nodad 2> /dev/null || :
    cat > "$peer/dnsmasq.conf" << C
port=0
interface=$bridge
bind-interfaces
except-interface=lo
user=root
no-ping
log-dhcp
log-facility=-
dhcp-leasefile=$peer/leases
dhcp-range=10.77.1.1,10.77.1.200,255.255.0.0,1h
conf-file=$peer/hosts
enable-ra
dhcp-range=fd77::,ra-only,64,5m
enable-tftp
tftp-root=$peer/tftp
dhcp-option=encap:175,176,1b
dhcp-match=set:ipxe,175
dhcp-match=set:efi64,option:client-arch,7
dhcp-match=set:bios,option:client-arch,0
dhcp-vendorclass=set:httpc,HTTPClient
dhcp-option-force=tag:httpc,60,HTTPClient
dhcp-boot=tag:httpc,tag:!ipxe,http://$server_ip:9873/snponly.efi
dhcp-boot=tag:efi64,tag:!ipxe,snponly.efi
dhcp-boot=tag:bios,tag:!ipxe,undionly.kpxe
dhcp-boot=tag:ipxe,http://$server_ip:9873/boot.ipxe
C
    cat > "$peer/nginx.conf" << C
daemon off;
worker_processes 1;
pid $peer/nginx/pid;
error_log $peer/nginx/error;
events { worker_connections 1024; }
http {
    access_log $peer/nginx/access;
    sendfile on;
    tcp_nopush on;
    client_body_temp_path $peer/nginx/body;
    proxy_temp_path $peer/nginx/proxy;
    fastcgi_temp_path $peer/nginx/fastcgi;
    uwsgi_temp_path $peer/nginx/uwsgi;
    scgi_temp_path $peer/nginx/scgi;
    server { listen $server_ip:9873; root $peer/www; }
}
C
}

# pad FILE: initrds that follow one another start at a multiple of four.
pad() { truncate -s %4 "$1"; }

server_image() {
    cp "$1"/boot/vmlinuz-* "$peer/www/vmlinuz"
    (cd "$1" && find . -print | cpio -oH newc --quiet --owner=0:0) | gzip -1 > "$peer/www/image.gz"
    mkdir -p "$peer/overlay"
    printf '#!/bin/sh\nexec /sbin/init\n' > "$peer/overlay/init"
    chmod +x "$peer/overlay/init"
    (cd "$peer/overlay" && find . -print | cpio -oH newc --quiet --owner=0:0) > "$peer/www/overlay.cpio"
    pad "$peer/www/image.gz"
    pad "$peer/www/overlay.cpio"
    cat > "$peer/www/boot.ipxe" << I
#!ipxe
kernel vmlinuz quiet console=ttyS0 panic=-1 no_timer_check lab.witness=$witness_url initrd=image.gz initrd=overlay.cpio
initrd image.gz
initrd overlay.cpio
boot
I
}

server_up() {
    become "$ns" dnsmasq -k --conf-file="$peer/dnsmasq.conf" --pid-file= > "$work/server.log" 2>&1 &
    pids+=($!)
    become "$ns" nginx -c "$peer/nginx.conf" >> "$work/server.log" 2>&1 &
    pids+=($!)
    until_true 10 "nginx answers" inside curl -sfo /dev/null "http://$server_ip:9873/boot.ipxe"
}

up() { [ -n "$(testimony "$1")" ]; }

server_evidence() { tail -n 20 "$peer/nginx/access" "$peer/nginx/error" 2> /dev/null | sed 's/^/  | /'; }
