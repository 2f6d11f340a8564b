//! Every name below the words of the scope, with a line each: for listings, for help, and for whoever writes templates.

/// A name as a template writes it, and what it is. An element of a list is written as its first one. What is not set is empty.
pub const MEMBERS: [(&str, &str); 110] = [
    ("server.cluster", "name of the cluster"),
    ("server.hostname", "host name of the server"),
    (
        "server.ipaddr",
        "its address on the node's network; empty if unknown",
    ),
    ("server.netmask", "netmask of that network"),
    ("server.network", "address of that network"),
    ("server.port", "port of the HTTP server"),
    (
        "server.url",
        "`http://address:port`; empty if the address is unknown",
    ),
    (
        "server.secure",
        "whether a refresh must come from a privileged port",
    ),
    (
        "server.update_interval",
        "seconds between two refreshes of a running node",
    ),
    ("server.ntp", "time servers of the node's network, a list"),
    (
        "server.keys",
        "folder of the cluster's SSH host keys; the overlay ssh.host_keys alone may include them",
    ),
    (
        "server.key_types",
        "types of those keys, the preferred one first, a list",
    ),
    ("server.dns", "name servers of the node's network, a list"),
    ("server.domain", "domain of the node's network"),
    ("node.name", "its name"),
    ("node.short", "its name up to the first dot"),
    ("node.cluster", "`cluster name`"),
    ("node.comment", "`comment`"),
    ("node.image", "`image name`"),
    (
        "node.rack",
        "its tag rack, else the part of its name that neighbours share",
    ),
    ("node.profiles", "the profiles that it lists, in order"),
    (
        "node.discoverable",
        "whether the next unknown machine may become it",
    ),
    ("node.ipaddr", "address of the primary device"),
    ("node.hwaddr", "hardware address of the primary device"),
    (
        "node.net",
        "its network devices by name, each with the members of node.primary",
    ),
    (
        "node.tags",
        "its tags: node.tags.NAME | default(value=\"\")",
    ),
    ("node.primary", "the primary device, an element of node.net"),
    ("node.primary.name", "its name in the registry"),
    ("node.primary.primary", "whether it is the primary one"),
    (
        "node.primary.type",
        "`type` in small letters: ethernet, infiniband, bond, bridge, vlan",
    ),
    ("node.primary.onboot", "whether it comes up at boot"),
    ("node.primary.device", "`device`: its name in the kernel"),
    (
        "node.primary.interface",
        "`device`, or for a bond, bridge or VLAN without one its name",
    ),
    ("node.primary.hwaddr", "hardware address"),
    (
        "node.primary.ethernet",
        "whether that is one of Ethernet: 6 bytes",
    ),
    (
        "node.primary.port_guid",
        "the last 8 bytes of an address of InfiniBand, which do not change",
    ),
    ("node.primary.ipaddr", "IPv4 address"),
    ("node.primary.netmask", "its netmask"),
    ("node.primary.prefix", "the same as a number: 24"),
    ("node.primary.cidr", "address and prefix: 10.0.0.1/24"),
    ("node.primary.network", "address of the network"),
    ("node.primary.gateway", "its router"),
    ("node.primary.ipaddr6", "IPv6 address"),
    ("node.primary.prefixlen6", "its prefix length"),
    ("node.primary.cidr6", "both: fd00::1/64"),
    ("node.primary.gateway6", "its router"),
    ("node.primary.mtu", "largest packet"),
    (
        "node.primary.dhcp",
        "whether it asks DHCP: by its tag dhcp, or as the primary device of a node without any address",
    ),
    ("node.primary.dns", "name servers by its tags DNS…, a list"),
    (
        "node.primary.search",
        "search domains by its tags DNSSEARCH…, a list",
    ),
    (
        "node.primary.routes",
        "static routes by its tags route…, a list",
    ),
    ("node.primary.routes[0].tag", "the tag that says it"),
    ("node.primary.routes[0].dest", "where to: 10.9.0.0/16"),
    ("node.primary.routes[0].gateway", "by way of"),
    ("node.primary.routes[0].v6", "whether it is one of IPv6"),
    (
        "node.primary.master",
        "interface of the bond or bridge that it is a port of",
    ),
    ("node.primary.port_of", "what that is: bond, bridge, team"),
    (
        "node.primary.ports",
        "interfaces that are its ports, a list",
    ),
    ("node.primary.bond", "of a bond: its settings"),
    (
        "node.primary.bond.mode",
        "mode by its name, also where the tag says a number",
    ),
    (
        "node.primary.bond.miimon",
        "milliseconds between two looks at the link",
    ),
    (
        "node.primary.bond.updelay",
        "milliseconds before a link that came is used",
    ),
    (
        "node.primary.bond.downdelay",
        "milliseconds before a link that went is left",
    ),
    (
        "node.primary.bond.xmit_hash_policy",
        "what traffic is spread by; none for a mode that does not",
    ),
    (
        "node.primary.vlan",
        "of a VLAN whose number is known: its settings",
    ),
    ("node.primary.vlan.id", "its number"),
    ("node.primary.vlan.parent", "the interface that it lies on"),
    (
        "node.primary.vlans",
        "interfaces of the VLANs that lie on it, a list",
    ),
    (
        "node.primary.tags",
        "its tags: node.primary.tags.NAME | default(value=\"\")",
    ),
    ("node.init", "`init`"),
    ("node.root", "initramfs, tmpfs, ramfs or a block device"),
    ("node.kernel_version", "`kernel: version`"),
    ("node.kernel_args", "`kernel: args`, a list"),
    ("node.system_overlay", "`system overlay`, a list"),
    ("node.runtime_overlay", "`runtime overlay`, a list"),
    ("node.ipmi", "its BMC"),
    ("node.ipmi.ipaddr", "address of the BMC"),
    ("node.ipmi.netmask", "netmask of the BMC"),
    ("node.ipmi.gateway", "router of the BMC"),
    ("node.ipmi.port", "its UDP port"),
    ("node.ipmi.username", "who logs in at the BMC"),
    (
        "node.ipmi.password",
        "with which password: for files of mode 0600",
    ),
    ("node.ipmi.interface", "lan or lanplus"),
    (
        "node.ipmi.write",
        "whether the node is to write these settings to its BMC",
    ),
    (
        "node.ipmi.tags",
        "tags of the BMC: node.ipmi.tags.NAME | default(value=\"\")",
    ),
    ("node.disks", "its disks, in order of their devices"),
    ("node.disks[0].device", "`/dev/sda`"),
    (
        "node.disks[0].wipe_table",
        "whether the partition table is made anew",
    ),
    (
        "node.disks[0].partitions",
        "partitions by number, those without one last",
    ),
    (
        "node.disks[0].partitions[0].label",
        "its name, which is its label",
    ),
    ("node.disks[0].partitions[0].number", "its number"),
    ("node.disks[0].partitions[0].size_mib", "its size in MiB"),
    (
        "node.disks[0].partitions[0].start_mib",
        "its beginning in MiB",
    ),
    ("node.disks[0].partitions[0].type_guid", "GUID of its type"),
    ("node.disks[0].partitions[0].guid", "its own GUID"),
    (
        "node.disks[0].partitions[0].wipe_partition_entry",
        "whether one that is there and differs is made anew",
    ),
    (
        "node.disks[0].partitions[0].should_exist",
        "whether it is to be there at all",
    ),
    (
        "node.disks[0].partitions[0].resize",
        "whether one that is there may change its size",
    ),
    (
        "node.filesystems",
        "its file systems, in order of their devices",
    ),
    (
        "node.filesystems[0].device",
        "`/dev/disk/by-partlabel/scratch`",
    ),
    ("node.filesystems[0].format", "ext4, xfs, swap …"),
    (
        "node.filesystems[0].path",
        "where it is mounted; none for swap",
    ),
    (
        "node.filesystems[0].unit",
        "name of the systemd unit that mounts it or swaps on it; none if there is nothing to do",
    ),
    (
        "node.filesystems[0].wipe_filesystem",
        "whether it is made anew at each boot",
    ),
    ("node.filesystems[0].label", "its label"),
    ("node.filesystems[0].uuid", "its UUID"),
    ("node.filesystems[0].options", "options of mkfs, a list"),
    (
        "node.filesystems[0].mount_options",
        "options of mount, a list",
    ),
    ("node.resources", "free YAML by name: node.resources.fstab"),
    (
        "node.values",
        "every merged value by its dotted key, as typed: node.values[\"kernel.args\"]",
    ),
];

/// What every element of `nodes` has, in place of all the members of `node`.
pub const BRIEF: [&str; 12] = [
    "name",
    "short",
    "cluster",
    "comment",
    "image",
    "rack",
    "profiles",
    "discoverable",
    "ipaddr",
    "hwaddr",
    "net",
    "tags",
];
