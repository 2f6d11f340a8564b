//! Hardware addresses: 6 bytes on Ethernet, 8 or 20 on InfiniBand.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A hardware address of 6, 8 or 20 bytes. Text form is lower-case hex pairs joined by `:`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mac {
    len: u8,
    bytes: [u8; 20],
}

/// Why a text or a byte string is no hardware address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MacError {
    /// The number of bytes is none of 6, 8, 20.
    #[error("a hardware address has 6, 8 or 20 bytes, this has {0}")]
    Length(usize),
    /// Something other than hex pairs joined by `:` or `-`.
    #[error("a hardware address is hex pairs joined by ':', as 52:54:00:12:34:56")]
    Digits,
}

impl Mac {
    /// From raw bytes.
    ///
    /// # Errors
    /// [`MacError::Length`] unless there are 6, 8 or 20 of them.
    pub fn from_bytes(from: &[u8]) -> Result<Self, MacError> {
        if !matches!(from.len(), 6 | 8 | 20) {
            return Err(MacError::Length(from.len()));
        }
        let mut bytes = [0; 20];
        bytes[..from.len()].copy_from_slice(from);
        Ok(Self {
            len: from.len() as u8,
            bytes,
        })
    }

    /// An Ethernet address.
    #[must_use]
    pub const fn ethernet(six: [u8; 6]) -> Self {
        let mut bytes = [0; 20];
        let mut at = 0;
        while at < 6 {
            bytes[at] = six[at];
            at += 1;
        }
        Self { len: 6, bytes }
    }

    /// The bytes, as many as the address has.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// As iPXE's `hexhyp` writes it: pairs joined by `-`.
    #[must_use]
    pub fn hyphenated(&self) -> String {
        self.to_string().replace(':', "-")
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.as_bytes().iter().enumerate() {
            if at > 0 {
                f.write_str(":")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Mac {
    type Err = MacError;

    /// Accepts `:` or `-` between pairs, any case, and bare hex of the right length.
    fn from_str(text: &str) -> Result<Self, MacError> {
        let mut bytes = Vec::with_capacity(20);
        let joined = text.contains([':', '-']);
        let pair = |p: &str| {
            if p.len() == 2 && p.bytes().all(|b| b.is_ascii_hexdigit()) {
                u8::from_str_radix(p, 16).map_err(|_| MacError::Digits)
            } else {
                Err(MacError::Digits)
            }
        };
        if text.len() > 64 {
            return Err(MacError::Digits);
        }
        if joined {
            for part in text.split([':', '-']) {
                bytes.push(pair(part)?);
            }
        } else {
            if !text.is_ascii() || !text.len().is_multiple_of(2) {
                return Err(MacError::Digits);
            }
            for at in (0..text.len()).step_by(2) {
                bytes.push(pair(&text[at..at + 2])?);
            }
        }
        Self::from_bytes(&bytes)
    }
}

impl Serialize for Mac {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Mac {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
