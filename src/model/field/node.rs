//! The settings of nodes and profiles, in the order in which they are listed and written.

use super::{Effect, Field, Kind, Offer, SCRIPTS};

const fn row(
    id: &'static str,
    path: &'static [&'static str],
    kind: Kind,
    label: &'static str,
    doc: &'static str,
) -> Field {
    Field::row(id, path, kind, label, doc)
}

/// Every setting of nodes and profiles.
#[rustfmt::skip]
pub static NODE: &[Field] = &[
    row("discoverable", &["discoverable"], Kind::Switch, "Discoverable",
        "The next unknown machine may become this node").flag("discoverable").short('e').node_only().effect(Effect::Live),
    row("asset_key", &["asset key"], Kind::Text, "Asset key",
        "Text that the machine's firmware must name to be served").flag("asset").alias(&["assetkey"]).node_only().secret().effect(Effect::Live),
    row("profiles", &["profiles"], Kind::Names, "Profiles",
        "Profiles that this inherits from, in order; `~x` leaves x out").flag("profile").short('P').offer(Offer::Profiles).own(),
    row("comment", &["comment"], Kind::Note, "Comment", "Free text").flag("comment").own().effect(Effect::Live),
    row("cluster", &["cluster name"], Kind::Text, "Cluster", "Cluster the node belongs to; first key of every list")
        .flag("cluster").short('c'),
    row("image", &["image name"], Kind::Name, "Image", "Operating system image that the node boots").flag("image")
        .short('C').alias(&["container"]).offer(Offer::Images),
    row("ipxe", &["ipxe template"], Kind::Name, "iPXE template", "Boot script: muster's own, or NAME.ipxe or NAME.ipxe.tera of the site's folder `ipxe`; none means `default`").flag("ipxe").offer(Offer::Words(&SCRIPTS)),
    row("runtime_overlay", &["runtime overlay"], Kind::Names, "Runtime overlay",
        "Overlays that are refreshed while the node runs, lowest first").flag("runtime-overlays").short('R')
        .alias(&["runtime"]).offer(Offer::Overlays).effect(Effect::Live),
    row("system_overlay", &["system overlay"], Kind::Names, "System overlay",
        "Overlays that are laid over the image at boot, lowest first").flag("system-overlays").short('O')
        .alias(&["wwinit"]).offer(Offer::Overlays),
    row("kernel.version", &["kernel", "version"], Kind::Text, "Kernel version",
        "Kernel of the image to boot: the start of its version, or its path").flag("kernelversion").offer(Offer::Kernels),
    row("kernel.args", &["kernel", "args"], Kind::Words, "Kernel arguments",
        "Words on the kernel's command line; `~x` leaves x out").flag("kernelargs").short('A'),
    row("ipmi.username", &["ipmi", "username"], Kind::Text, "BMC user", "User name on the BMC").flag("ipmiuser"),
    row("ipmi.password", &["ipmi", "password"], Kind::Text, "BMC password", "Password on the BMC")
        .flag("ipmipass").secret(),
    row("ipmi.ipaddr", &["ipmi", "ipaddr"], Kind::Ip4, "BMC address", "IPv4 address of the BMC").flag("ipmiaddr"),
    row("ipmi.gateway", &["ipmi", "gateway"], Kind::Ip4, "BMC gateway", "Router of the BMC").flag("ipmigateway"),
    row("ipmi.netmask", &["ipmi", "netmask"], Kind::Netmask, "BMC netmask", "Netmask of the BMC").flag("ipminetmask"),
    row("ipmi.port", &["ipmi", "port"], Kind::Number(1, 65_535), "BMC port", "UDP port of the BMC").flag("ipmiport").later(),
    row("ipmi.interface", &["ipmi", "interface"], Kind::Text, "BMC interface", "`lan` or `lanplus`").flag("ipmiinterface")
        .offer(Offer::Words(&["lan", "lanplus"])).later(),
    row("ipmi.escapechar", &["ipmi", "escapechar"], Kind::Text, "BMC escape", "Escape character of the serial console")
        .flag("ipmiescapechar").later(),
    row("ipmi.write", &["ipmi", "write"], Kind::Switch, "BMC write", "The node writes these settings into its BMC")
        .flag("ipmiwrite"),
    row("ipmi.template", &["ipmi", "template"], Kind::Text, "BMC template", "Template of the power commands")
        .flag("ipmitemplate").later(),
    row("ipmi.tags", &["ipmi", "tags", "*"], Kind::Note, "BMC tag", "Free tag, as `vlan` or `bit-rate`").flag("ipmitagadd"),
    row("init", &["init"], Kind::Text, "Init", "Program that the node starts as its first").flag("init").short('i'),
    row("root", &["root"], Kind::Text, "Root", "`initramfs`, `tmpfs`, `ramfs` or a block device").flag("root")
        .offer(Offer::Words(&["initramfs", "tmpfs", "ramfs"])),
    row("net.type", &["network devices", "*", "type"], Kind::Text, "Type", "`ethernet`, `infiniband`, `bond`, `vlan`, …").flag("type").short('T')
        .offer(Offer::Words(&["ethernet", "infiniband", "bond", "vlan"])),
    row("net.onboot", &["network devices", "*", "onboot"], Kind::Switch, "On boot", "Whether it is brought up at boot").flag("onboot"),
    row("net.device", &["network devices", "*", "device"], Kind::Text, "Device", "Interface name, as `eno1`").flag("netdev").short('N'),
    row("net.hwaddr", &["network devices", "*", "hwaddr"], Kind::Mac, "Hardware address", "By this the machine is known")
        .flag("hwaddr").short('H').effect(Effect::Live),
    row("net.ipaddr", &["network devices", "*", "ipaddr"], Kind::Ip4, "Address", "IPv4 address").flag("ipaddr").short('I'),
    row("net.netmask", &["network devices", "*", "netmask"], Kind::Netmask, "Netmask", "IPv4 netmask").flag("netmask").short('M'),
    row("net.gateway", &["network devices", "*", "gateway"], Kind::Ip4, "Gateway", "IPv4 router").flag("gateway").short('G'),
    row("net.ipaddr6", &["network devices", "*", "ipaddr6"], Kind::Ip6, "Address, v6", "IPv6 address").flag("ipaddr6"),
    row("net.prefixlen6", &["network devices", "*", "prefixlen6"], Kind::Number(0, 128), "Prefix, v6", "IPv6 prefix length").flag("prefixlen6"),
    row("net.gateway6", &["network devices", "*", "gateway6"], Kind::Ip6, "Gateway, v6", "IPv6 router").flag("gateway6"),
    row("net.mtu", &["network devices", "*", "mtu"], Kind::Number(68, 65_536), "MTU", "Largest packet in bytes").flag("mtu"),
    row("net.tags", &["network devices", "*", "tags", "*"], Kind::Note, "Device tag", "Free tag, as `DNS1` or `route1`").flag("nettagadd"),
    row("tags", &["tags", "*"], Kind::Note, "Tag", "Free tag for templates and queries; `rack` groups lists").flag("tagadd"),
    row("primary", &["primary network"], Kind::Name, "Primary network", "Device whose address stands for the node").flag("primarynet").short('p').offer(Offer::Devices),
    row("disks.wipe_table", &["disks", "*", "wipe_table"], Kind::Bool, "Wipe table", "Whether the partition table is made anew")
        .flag("diskwipe"),
    row("disks.partitions.number", &["disks", "*", "partitions", "*", "number"], Kind::Number(0, 128), "Partition number",
        "Number of the partition; 0 means the next").flag("partnumber"),
    row("disks.partitions.size_mib", &["disks", "*", "partitions", "*", "size_mib"], Kind::Number(0, u64::MAX), "Partition size",
        "Size in MiB; 0 means all that is left").flag("partsize"),
    row("disks.partitions.start_mib", &["disks", "*", "partitions", "*", "start_mib"], Kind::Number(0, u64::MAX), "Partition start",
        "Start in MiB").flag("partstart"),
    row("disks.partitions.type_guid", &["disks", "*", "partitions", "*", "type_guid"], Kind::Text, "Partition type", "GPT type GUID")
        .flag("parttype"),
    row("disks.partitions.guid", &["disks", "*", "partitions", "*", "guid"], Kind::Text, "Partition GUID", "GPT unique GUID")
        .flag("partguid"),
    row("disks.partitions.wipe_partition_entry", &["disks", "*", "partitions", "*", "wipe_partition_entry"], Kind::Bool,
        "Wipe partition", "Whether an entry that differs is made anew").flag("partwipe"),
    row("disks.partitions.should_exist", &["disks", "*", "partitions", "*", "should_exist"], Kind::Bool, "Partition exists",
        "Whether the partition is made").flag("partcreate"),
    row("disks.partitions.resize", &["disks", "*", "partitions", "*", "resize"], Kind::Bool, "Partition resize",
        "Whether a partition that differs in size is resized").flag("partresize"),
    row("filesystems.format", &["filesystems", "*", "format"], Kind::Text, "Format", "File system type, as `ext4`").flag("fsformat")
        .offer(Offer::Words(&["ext4", "xfs", "btrfs", "vfat", "swap"])),
    row("filesystems.path", &["filesystems", "*", "path"], Kind::Text, "Mount point", "Where it is mounted").flag("fspath"),
    row("filesystems.wipe_filesystem", &["filesystems", "*", "wipe_filesystem"], Kind::Bool, "Wipe file system",
        "Whether it is made anew at boot").flag("fswipe"),
    row("filesystems.label", &["filesystems", "*", "label"], Kind::Text, "Label", "File system label").flag("fslabel"),
    row("filesystems.uuid", &["filesystems", "*", "uuid"], Kind::Text, "UUID", "File system UUID").flag("fsuuid"),
    row("filesystems.options", &["filesystems", "*", "options"], Kind::Words, "Options", "Options of mkfs").flag("fsoptions"),
    row("filesystems.mount_options", &["filesystems", "*", "mount_options"], Kind::Text, "Mount options", "Options of mount")
        .flag("fsmountoptions"),
    row("resources", &["resources", "*"], Kind::Yaml, "Resource", "Free YAML for templates"),
];
