# shellcheck shell=bash disable=SC2034,SC2054,SC2154
# Guests: QEMU by software emulation, one virtual processor, a serial console in a file, and no disk but the file LAB_DISK.

mac_of() { printf '52:54:00:77:00:%02x' "$1"; }
ip_of() { printf '10.77.2.%d' "$1"; }

# guest KIND INDEX: powers one on; its process id goes to $guest_pid.
#   bios       SeaBIOS and the card's own iPXE ROM
#   uefi-pxe   OVMF's own PXE: TFTP, then our iPXE
#   uefi-http  OVMF's HTTP boot, with its PXE switched off (it would try for two minutes first)
#   uefi-secure  OVMF's PXE under Secure Boot, with Microsoft's keys: only what these signed is started
guest() {
    local kind=$1 index=$2 card firmware=/usr/share/OVMF/OVMF machine=q35
    local args=(-name "guest$index" -accel tcg,tb-size=64 -nodefaults -no-user-config -display none
        -uuid "00000000-0000-4000-8000-5254007700$(printf %02x "$index")"
        -serial "file:$work/serial$index" -netdev "tap,id=net,ifname=tap$index,script=no,downscript=no")
    if [ -n "${LAB_RETRY:-}" ]; then args+=(-boot n,reboot-timeout=1000); else args+=(-no-reboot -boot n); fi
    if [ -n "${LAB_DISK:-}" ]; then
        args+=(-drive "if=none,id=disk,format=raw,file=$LAB_DISK" -device virtio-blk-pci,drive=disk)
    fi
    card=virtio-net-pci,netdev=net,mac=$(mac_of "$index")
    tap_up "$index"
    case $kind in
        bios) args+=(-M pc,graphics=off -m "${LAB_MEMORY:-320}" -device "$card") ;;
        uefi-*)
            local keys=
            if [ "$kind" = uefi-secure ]; then
                keys=.ms
                machine=q35,smm=on
                args+=(-global driver=cfi.pflash01,property=secure,value=on)
            fi
            cp "${firmware}_VARS_4M$keys.fd" "$work/vars$index.fd"
            args+=(-M "$machine" -m "${LAB_MEMORY:-768}" -device "$card,romfile=" -device virtio-rng-pci
                -drive "if=pflash,unit=0,format=raw,readonly=on,file=${firmware}_CODE_4M$keys.fd"
                -drive "if=pflash,unit=1,format=raw,file=$work/vars$index.fd")
            ;;
    esac
    if [ "$kind" = uefi-http ]; then
        args+=(-fw_cfg name=opt/org.tianocore/IPv4PXESupport,string=n
            -fw_cfg name=opt/org.tianocore/IPv6PXESupport,string=n)
    fi
    become "$guest_ns" timeout "${LAB_GUEST_LIMIT:-600}" qemu-system-x86_64 "${args[@]}" < /dev/null > "$work/qemu$index" 2>&1 &
    guest_pid=$!
    pids+=("$guest_pid")
}
