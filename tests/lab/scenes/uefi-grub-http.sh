# shellcheck shell=bash disable=SC2034,SC2154
# shim and a GRUB of the site's own, with HTTP: n1 loads them by UEFI HTTP boot, n2 by PXE; kernel, image and overlays come by HTTP. A
# machine that nobody knows gets that GRUB without shim, waits in it, and boots once it is adopted.
# shellcheck source=/dev/null
. "$here/scenes/one.sh"

grub=$("$here/grub.sh") || skip "no GRUB to be had (is the network there?)"
LAB_SETTINGS="warewulf: {grubboot: true}
tftp: {search: [$grub/usr/lib/shim, /usr/lib/ipxe]}"
# What starts over must start over.
export LAB_RETRY=1
stranger=9
modules=(normal configfile echo sleep test true minicmd regexp efinet net http tftp linux boot reboot smbios efifwsetup)
site=$root/var/lib/muster/tftp
mkdir -p "$site"
"$grub/usr/bin/grub-mkimage" -d "$grub/usr/lib/grub/x86_64-efi" -O x86_64-efi -p /grub -o "$site/grubx64.efi" "${modules[@]}" \
    > "$work/mkimage.log" 2>&1 || fail "grub-mkimage: $(cat "$work/mkimage.log")"

stage_set 2
guest uefi-http 1
until_true 400 "n1 is up" up 1
guest uefi-pxe 2
until_true 400 "n2 is up" up 2
for index in 1 2; do
    one_is_right "$index"
    told=$(muster events "n$index" --all --json -n 500)
    for file in shimx64.efi grubx64.efi; do
        holds "what n$index loaded" "$told" "${file}[^\"]* done"
    done
    for file in script kernel "image lab" "system overlay" "runtime overlay"; do
        holds "what n$index fetched by HTTP" "$(grep http <<< "$told")" "${file}[^\"]* done"
    done
done
say "n1 by HTTP boot, n2 by PXE"

# Another setting, in force at once.
sed -i -e '/^warewulf:/d' -e 's|^tftp:.*|tftp: {ipxe: {"00:07": grubx64.efi}}|' "$root/etc/muster/muster.conf"
loader_is() { [ "$(muster settings | awk '$1 == "tftp.ipxe.00:07" {print $NF}')" = "$1" ]; }
until_true 30 "the edit of muster.conf is read" loader_is grubx64.efi
guest uefi-pxe "$stranger"

listed() {
    muster status --json 2> /dev/null | jq -e --arg mac "$(mac_of "$stranger")" '.strangers[]? | select(.mac == $mac)' > /dev/null
}
until_true 300 "the stranger is listed" listed
sleep 8
same "what an unknown machine got to boot" "" "$(testimony "$stranger")"
muster adopt "$(mac_of "$stranger")" n9 > "$work/adopt.log" 2>&1 || fail "adopt: $(cat "$work/adopt.log")"
until_true 400 "n9 is up after its adoption" up "$stranger"
say "a stranger waited in GRUB, and booted once adopted"
