//! Option 82, what a relay agent adds (RFC 3046).

use std::net::Ipv4Addr;

use super::options::Options;

/// Longest option 82 that is echoed, in bytes.
const LARGEST: usize = 768;

/// A relay agent's information: the bytes to be echoed, and the sub-options that steer an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RelayInfo {
    /// Option 82 as it came, to be echoed unchanged.
    pub raw: Box<[u8]>,
    /// Sub-option 5, link selection (RFC 3527): an address on the client's link.
    pub link: Option<Ipv4Addr>,
    /// Sub-option 11, server identifier override (RFC 5107): what option 54 shall say.
    pub server: Option<Ipv4Addr>,
    /// Sub-option 19, relay source port (RFC 8357): answers go to the port that the relay sent from.
    pub from_port: bool,
}

impl RelayInfo {
    /// Reads option 82. A sub-option that runs past the end ends the reading; the raw bytes are kept in any case.
    #[must_use]
    pub fn parse(raw: &[u8]) -> Self {
        let mut info = Self {
            raw: raw.into(),
            ..Self::default()
        };
        let mut rest = raw;
        // Not the walk of top-level options: codes 0 and 255 have no special meaning here.
        while let [code, len, after @ ..] = rest {
            let Some((value, after)) = after.split_at_checked(usize::from(*len)) else {
                break;
            };
            match (*code, <[u8; 4]>::try_from(value)) {
                (5, Ok(four)) => info.link = info.link.or(Some(four.into())),
                (11, Ok(four)) => info.server = info.server.or(Some(four.into())),
                (19, _) => info.from_port = true,
                _ => {}
            }
            rest = after;
        }
        info
    }

    /// Option 82 of `options`, if there is one of a sane size: an answer that echoes it must fit into a frame.
    #[must_use]
    pub fn of(options: &Options<'_>) -> Option<Self> {
        let raw = options.get(82)?;
        (raw.len() <= LARGEST).then(|| Self::parse(&raw))
    }
}
