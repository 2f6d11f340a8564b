//! Whether one text is a value of a kind.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use ipnet::{Ipv4Net, Ipv6Net};

use super::kind::Kind;
use crate::kit::{Mac, hostlist};

impl Kind {
    /// Checks one scalar, or one item of a list.
    ///
    /// # Errors
    /// What is wrong, as the end of a sentence that begins with the value.
    pub fn check(self, text: &str) -> Result<(), String> {
        let wanted = || format!("is not {}", self.item());
        let good = match self {
            Self::Yaml => true,
            Self::Note => return bad_note(text).map_or(Ok(()), Err),
            Self::Text | Self::Words | Self::Path | Self::Paths => {
                return bad_text(text).map_or(Ok(()), Err);
            }
            Self::Name => return bad_name(text).map_or(Ok(()), Err),
            Self::Names => {
                let plain = text.strip_prefix('~').unwrap_or(text);
                return bad_name(plain).map_or(Ok(()), Err);
            }
            Self::Switch => return bad_text(text).map_or(Ok(()), Err),
            Self::Bool => matches!(text, "true" | "false"),
            Self::Number(least, most) => {
                let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
                digits && text.parse().is_ok_and(|n| (least..=most).contains(&n))
            }
            Self::Mac => {
                return text
                    .parse::<Mac>()
                    .map(|_| ())
                    .map_err(|e| format!("is wrong: {e}"));
            }
            Self::Ip4 | Self::Ip4s => return check_ip4(text, &wanted()),
            Self::Netmask => {
                let bits = text.parse::<Ipv4Addr>().map(u32::from);
                bits.is_ok_and(|bits| bits.leading_ones() + bits.trailing_zeros() >= 32)
            }
            Self::Ip6 => text.parse::<Ipv6Addr>().is_ok(),
            Self::Ip4Cidr => text.parse::<Ipv4Addr>().is_ok() || text.parse::<Ipv4Net>().is_ok(),
            Self::Ip6Cidr => text.parse::<Ipv6Addr>().is_ok() || text.parse::<Ipv6Net>().is_ok(),
            Self::Net => text.parse::<Ipv4Net>().is_ok(),
            Self::Pool => pool(text).is_some(),
            Self::Routes => route(text).is_some(),
            Self::Span => span(text).is_some(),
            Self::Choice(words) => words.contains(&text),
            Self::Hostlist => hostlist::expand(text).is_ok_and(|names| !names.is_empty()),
        };
        if good { Ok(()) } else { Err(wanted()) }
    }

    /// What one item should look like, in words.
    fn item(self) -> String {
        match self {
            Self::Ip4s => Self::Ip4.word(),
            Self::Routes => "a route, as `10.9.0.0/16 via 10.0.0.254`".into(),
            other => other.word(),
        }
    }

    /// First and last address of a [`Kind::Pool`].
    #[must_use]
    pub fn pool(text: &str) -> Option<(Ipv4Addr, Ipv4Addr)> {
        pool(text)
    }

    /// Destination and gateway of an item of [`Kind::Routes`].
    #[must_use]
    pub fn route(text: &str) -> Option<(Ipv4Net, Ipv4Addr)> {
        route(text)
    }
}

fn check_ip4(text: &str, wanted: &str) -> Result<(), String> {
    if text.parse::<Ipv4Addr>().is_ok() {
        return Ok(());
    }
    Err(match (text.parse::<IpAddr>(), text.contains('/')) {
        (Ok(_), _) => "is an IPv6 address; it belongs into the field for those".into(),
        (_, true) => format!("{wanted}; the prefix length goes into the netmask"),
        _ => wanted.into(),
    })
}

fn pool(text: &str) -> Option<(Ipv4Addr, Ipv4Addr)> {
    let (first, last) = text.split_once('-')?;
    let (first, last): (Ipv4Addr, Ipv4Addr) =
        (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first <= last).then_some((first, last))
}

fn route(text: &str) -> Option<(Ipv4Net, Ipv4Addr)> {
    let mut words = text.split_whitespace();
    let net = words.next()?.parse().ok()?;
    if words.next()? != "via" {
        return None;
    }
    let via = words.next()?.parse().ok()?;
    words.next().is_none().then_some((net, via))
}

/// The length of time that a text means: seconds, or a number with `s`, `m`, `h` or `d`.
#[must_use]
pub fn span(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let seconds: u64 = match unit.trim() {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    let seconds = number.parse::<u64>().ok()?.checked_mul(seconds)?;
    (seconds <= 366 * 86_400).then(|| Duration::from_secs(seconds))
}

/// The truth of a [`Kind::Switch`]: `yes`, `1`, `t`, `true` in any case; everything else is false.
#[must_use]
pub fn switch(text: &str) -> bool {
    switch_or(text, false)
}

/// The truth of a [`Kind::Switch`], where a text that is neither a yes nor a no means `otherwise`.
#[must_use]
pub fn switch_or(text: &str, otherwise: bool) -> bool {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "1" | "t" | "true" => true,
        "no" | "0" | "f" | "false" | "unset" | "delete" | "undef" | "--" | "nil" | "0.0.0.0" => {
            false
        }
        _ => otherwise,
    }
}

/// Why a text cannot be the name of a node, profile, image or overlay, or part of a path; none if it can.
#[must_use]
pub fn bad_name(name: &str) -> Option<String> {
    let letter = |c: char| r#"/\$`|&;<>()[]{}"'*?!#"#.contains(c);
    Some(match name {
        "" => "is empty".into(),
        "." | ".." => "is a folder, not a name".into(),
        _ if name.len() > 253 => "is longer than 253 bytes".into(),
        _ if name.contains("..") => "contains `..`".into(),
        _ if name.starts_with(['-', '~']) => "begins with `-` or `~`".into(),
        _ if name.trim() != name => "begins or ends with a blank".into(),
        _ => match name.chars().find(|c| letter(*c)) {
            Some(odd) => format!("contains `{odd}`"),
            None => return bad_text(name),
        },
    })
}

/// Why a text cannot be shown on one line; none if it can.
#[must_use]
pub fn bad_text(text: &str) -> Option<String> {
    let odd = text.chars().find(|c| c.is_control() || hidden(*c))?;
    Some(match odd {
        '\n' | '\r' => "contains a line break".into(),
        odd => format!("contains the invisible character U+{:04X}", u32::from(odd)),
    })
}

fn bad_note(text: &str) -> Option<String> {
    let odd = |c: &char| (c.is_control() && !matches!(c, '\n' | '\t' | '\r')) || hidden(*c);
    let odd = text.chars().find(odd)?;
    Some(format!(
        "contains the invisible character U+{:04X}",
        u32::from(odd)
    ))
}

/// Characters that change how their neighbours look, or that nobody sees: bidirectional controls, zero-width characters, line
/// and paragraph separators, the byte order mark.
fn hidden(c: char) -> bool {
    matches!(u32::from(c),
        0x061C | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x2069 | 0xFEFF | 0xFFF9..=0xFFFB)
}
