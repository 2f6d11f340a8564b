# shellcheck shell=bash disable=SC2034,SC2154
# What scenes with a disk of a node have in common: what the registry wants of it, and how its power goes.

# wanted WIPE [PARTITION]: the lines of a profile; WIPE is whether the file system `scratch` is made anew, PARTITION one more of the disk.
wanted() {
    cat << Y
    disks:
      /dev/vda:
        partitions:
          swap: {number: 1, size_mib: 32, type_guid: 0657FD6D-A4AB-43C4-84E5-0933C84B4F4F}
          scratch: {number: 2, size_mib: 64}
          keep: {number: 3, size_mib: 64, should_exist: true}
${2:+          $2}
    filesystems:
      /dev/disk/by-partlabel/swap: {format: swap}
      /dev/disk/by-partlabel/scratch: {format: ext4, path: /scratch/of-node, wipe_filesystem: $1, mount_options: "noatime,nodev"}
      /dev/disk/by-partlabel/keep: {format: ext4, path: /keep, label: keep}
Y
}

# An empty disk in the file that is named.
empty_disk() { truncate -s 256M "$1"; }

# power_lost INDEX: as the power goes: nobody unmounts anything.
power_lost() {
    kill "$guest_pid"
    wait "$guest_pid" 2> /dev/null || :
    ip -n "$guest_ns" link del "tap$1"
}

# scratch_is_wiped: whether the server has read that `scratch` is to be made anew.
scratch_is_wiped() { muster node show n1 2> /dev/null | grep -i wipe | grep -q true; }
