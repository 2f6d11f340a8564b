//! What the values of a field look like.

/// The kind of a field's values; it decides which YAML shapes and which texts are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One line of text.
    Text,
    /// Text of any number of lines.
    Note,
    /// The name of a thing of ours that becomes part of a path (image, device entry).
    Name,
    /// A list of such names; `~x` takes `x` away.
    Names,
    /// A list of texts; `~x` takes `x` away where the merge rules say so. Older files write it as one text with blanks between.
    Words,
    /// A switch in any of the spellings of Warewulf's own boolean; what is none of them reads as false.
    Switch,
    /// `true` or `false`.
    Bool,
    /// A whole number between two bounds.
    Number(u64, u64),
    /// A hardware address.
    Mac,
    /// An IPv4 address.
    Ip4,
    /// A dotted netmask with its ones in front.
    Netmask,
    /// An IPv6 address.
    Ip6,
    /// An IPv4 address, or one with a prefix length.
    Ip4Cidr,
    /// An IPv6 address, or one with a prefix length.
    Ip6Cidr,
    /// An IPv4 network with a prefix length.
    Net,
    /// A list of IPv4 addresses.
    Ip4s,
    /// First and last IPv4 address, as `10.0.1.1-10.0.1.255`.
    Pool,
    /// A list of static routes, each `network via gateway`.
    Routes,
    /// A length of time: seconds, or a number with `s`, `m`, `h` or `d`.
    Span,
    /// One of some words.
    Choice(&'static [&'static str]),
    /// A path in a file system.
    Path,
    /// A list of paths.
    Paths,
    /// A hostlist pattern.
    Hostlist,
    /// Any YAML, kept as it is.
    Yaml,
}

impl Kind {
    /// Whether values are lists.
    #[must_use]
    pub const fn is_list(self) -> bool {
        matches!(
            self,
            Self::Names | Self::Words | Self::Ip4s | Self::Routes | Self::Paths
        )
    }

    /// A value of it; empty where any text is one.
    #[must_use]
    pub const fn example(self) -> &'static str {
        match self {
            Self::Mac => "52:54:00:12:34:56",
            Self::Ip4 | Self::Ip4s => "10.0.0.1",
            Self::Netmask => "255.255.252.0",
            Self::Ip6 => "fd00::1",
            Self::Ip4Cidr => "10.0.0.1/22",
            Self::Ip6Cidr => "fd00::1/64",
            Self::Net => "10.0.0.0/22",
            Self::Pool => "10.0.1.1-10.0.1.255",
            Self::Routes => "10.9.0.0/16 via 10.0.0.254",
            Self::Span => "12h",
            Self::Path | Self::Paths => "/srv/tftp",
            Self::Hostlist => "n[001-999]",
            Self::Switch | Self::Bool => "true",
            Self::Choice([first, ..]) => first,
            Self::Choice([])
            | Self::Text
            | Self::Note
            | Self::Name
            | Self::Names
            | Self::Words
            | Self::Number(..)
            | Self::Yaml => "",
        }
    }

    /// What a value should look like, in words.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Self::Text => "one line of text".into(),
            Self::Note => "text".into(),
            Self::Name => "a name".into(),
            Self::Names => "a list of names".into(),
            Self::Words => "a list of words".into(),
            Self::Switch => "yes or no".into(),
            Self::Bool => "true or false".into(),
            Self::Number(least, most) => format!("a whole number from {least} to {most}"),
            Self::Mac => "a hardware address, as 52:54:00:12:34:56".into(),
            Self::Ip4 => "an IPv4 address, as 10.0.0.1".into(),
            Self::Netmask => "a netmask, as 255.255.252.0".into(),
            Self::Ip6 => "an IPv6 address, as fd00::1".into(),
            Self::Ip4Cidr => "an IPv4 address, as 10.0.0.1 or 10.0.0.1/22".into(),
            Self::Ip6Cidr => "an IPv6 address, as fd00::1 or fd00::1/64".into(),
            Self::Net => "a network, as 10.0.0.0/22".into(),
            Self::Ip4s => "a list of IPv4 addresses".into(),
            Self::Pool => "two addresses, as 10.0.1.1-10.0.1.255".into(),
            Self::Routes => "a list of routes, as `10.9.0.0/16 via 10.0.0.254`".into(),
            Self::Span => "a time, as 60, 90s, 15m, 12h or 2d".into(),
            Self::Choice(words) => format!("one of {}", words.join(", ")),
            Self::Path => "a path".into(),
            Self::Paths => "a list of paths".into(),
            Self::Hostlist => "a pattern of names, as n[001-999]".into(),
            Self::Yaml => "any YAML".into(),
        }
    }
}
