# shellcheck shell=bash disable=SC2034,SC2154
# Secure Boot: firmware that starts only what is signed loads shim, GRUB and their configuration by TFTP, and by TFTP GRUB, which
# has no HTTP in Debian 12, loads kernel, image and overlays.
# shellcheck source=/dev/null
. "$here/scenes/one.sh"

grub=$("$here/grub.sh") || skip "no shim and GRUB to be had (is the network there?)"
LAB_SETTINGS="warewulf: {grubboot: true}
tftp: {search: [$grub/usr/lib/shim, $grub/usr/lib/grub/x86_64-efi-signed, /usr/lib/ipxe]}"
LAB_MEMORY=1024
one_boots uefi-secure 500
same "guests under Secure Boot" 1 "$(fact 1 secure)"

told=$(muster events n1 --all --json -n 500)
for file in shimx64.efi grubx64.efi script kernel "image lab" "system overlay" "runtime overlay"; do
    holds "what n1 fetched by TFTP" "$(grep tftp <<< "$told")" "${file}[^\"]* done"
done
same "what went wrong on the way" "" "$(grep -E '"level":"(warning|error)"' <<< "$told" || :)"

# Outside of its boot, and to others, nothing of it is served by this road either.
client_up 52:54:00:77:ff:03
beside ip addr add 10.77.0.99/16 dev eth0
mac=$(mac_of 1)
code=0
beside curl -s -m 10 -o "$work/stolen" "tftp://$server_ip/image/${mac//:/-}" || code=$?
same "curl's code for a refusal by TFTP (access violation)" 69 "$code"
