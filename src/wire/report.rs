//! What a node's agent says of itself, as members of a request's query, and what the server tells the agent in a header of its answer.
//!
//! Both sides are here, so that they agree. Nothing that comes from the other side is trusted: what is not understood is left out,
//! numbers and texts have bounds.

use std::fmt::Write as _;

/// Name of the beacon that carries a [`Report`] after something was applied or went wrong.
pub const BEACON: &str = "refreshed";
/// Header of the answer to a request for the runtime overlay that came from an agent: see [`Orders`].
pub const HEADER: &str = "Muster-Agent";
/// First word of the datagram that tells an agent to refresh at once; a blank and its token follow.
pub const POKE: &str = "muster-refresh";

/// Longest fault that is told, in characters.
const LONGEST: usize = 240;
/// Longest token and version.
const WORD: usize = 32;
/// Seconds between two refreshes that are believed.
const INTERVAL: std::ops::RangeInclusive<u64> = 1..=86_400;

/// An agent's word.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Its version.
    pub version: String,
    /// SHA-256 in lower-case hex of the uncompressed runtime archive that is in force; none before the first.
    pub digest: Option<String>,
    /// Seconds since its kernel started.
    pub uptime: u64,
    /// Load average of the last minute, in hundredths.
    pub load: u32,
    /// KiB of memory that are available, and in all.
    pub memory: Option<(u64, u64)>,
    /// Files, folders and links that the last refresh changed.
    pub changed: u32,
    /// Those that it removed.
    pub removed: u32,
    /// What went wrong at the last refresh, in one line.
    pub fault: Option<String>,
    /// Whether that, and the digest, were reported before.
    pub again: bool,
    /// Where it hears of changes: its UDP port, and the token that makes a datagram credible.
    pub ear: Option<(u16, String)>,
}

impl Report {
    /// As members of a query, with `&` before each.
    #[must_use]
    pub fn query(&self) -> String {
        let mut text = format!(
            "&agent={}&uptime={}&load={}",
            escape(&self.version),
            self.uptime,
            self.load
        );
        let mut add = |name: &str, value: &str| {
            // Writing into a text cannot fail.
            let _ = write!(text, "&{name}={}", escape(value));
        };
        if let Some(digest) = &self.digest {
            add("digest", digest);
        }
        if let Some((free, all)) = self.memory {
            add("memory", &format!("{free}-{all}"));
        }
        if self.changed + self.removed > 0 {
            add("changed", &self.changed.to_string());
            add("removed", &self.removed.to_string());
        }
        if let Some(fault) = &self.fault {
            add("fault", &fault.chars().take(LONGEST).collect::<String>());
        }
        if self.again {
            add("again", "1");
        }
        if let Some((port, token)) = &self.ear {
            add("ear", &port.to_string());
            add("token", token);
        }
        text
    }

    /// The report among decoded members of a query; none where there is no `agent=`.
    #[must_use]
    pub fn read<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        let version = get("agent").filter(|version| is_word(version))?;
        let number = |name: &str| get(name).and_then(digits);
        let short = |name: &str| u32::try_from(number(name).unwrap_or(0)).unwrap_or(u32::MAX);
        let memory = get("memory").and_then(|text| text.split_once('-'));
        let port = number("ear").and_then(|port| u16::try_from(port).ok());
        let token = get("token").filter(|token| token.len() >= 16 && is_word(token));
        Some(Self {
            version: version.into(),
            digest: get("digest").filter(|text| is_digest(text)).map(Into::into),
            uptime: number("uptime").unwrap_or(0),
            load: short("load"),
            memory: memory
                .and_then(|(free, all)| Some((digits(free)?, digits(all)?)))
                .filter(|(free, all)| free <= all),
            changed: short("changed"),
            removed: short("removed"),
            fault: get("fault")
                .filter(|fault| !fault.trim().is_empty())
                .map(|fault| fault.chars().take(LONGEST).collect()),
            again: get("again").is_some(),
            ear: port.filter(|port| *port > 0).zip(token.map(Into::into)),
        })
    }
}

/// What the server wants of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Orders {
    /// Seconds between two refreshes.
    pub interval: u64,
    /// Whether what the overlays stopped providing is removed.
    pub remove: bool,
}

impl Default for Orders {
    fn default() -> Self {
        Self {
            interval: 60,
            remove: true,
        }
    }
}

impl Orders {
    /// As the value of [`HEADER`].
    #[must_use]
    pub fn value(&self) -> String {
        let word = if self.remove { "yes" } else { "no" };
        format!("interval={} remove={word}", self.interval)
    }

    /// From the value of [`HEADER`]; what it does not say stays as in `before`.
    #[must_use]
    pub fn read(value: &str, before: Self) -> Self {
        let mut orders = before;
        for (name, value) in value.split_whitespace().filter_map(|w| w.split_once('=')) {
            match (name, value) {
                ("interval", value) => {
                    let interval = digits(value).filter(|seconds| INTERVAL.contains(seconds));
                    orders.interval = interval.unwrap_or(before.interval);
                }
                ("remove", "yes") => orders.remove = true,
                ("remove", "no") => orders.remove = false,
                _ => {}
            }
        }
        orders
    }
}

/// Percent-encoded for a query.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => {
                // Writing into a text cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// Whether a text is a SHA-256 in lower-case hex.
#[must_use]
pub fn is_digest(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
}

fn is_word(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'+');
    (1..=WORD).contains(&text.len()) && text.bytes().all(fits)
}

/// At most 15 digits, so that no sum of such numbers overflows.
fn digits(text: &str) -> Option<u64> {
    let fits = (1..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| fits)
}
