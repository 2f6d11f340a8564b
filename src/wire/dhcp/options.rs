//! Walking the options of a message so that one bad option never hides another.

use std::borrow::Cow;
use std::net::Ipv4Addr;

const PAD: u8 = 0;
const END: u8 = 255;
const OVERLOAD: u8 = 52;

/// Where the `sname` field lies in a message.
const SNAME: std::ops::Range<usize> = 44..108;
/// Where the `file` field lies in a message.
const FILE: std::ops::Range<usize> = 108..236;
/// Where the options field begins.
const FIRST: usize = 240;

/// The options of one message in the order of RFC 3396 section 5: options field, then `file`, then `sname` as far as option
/// 52 says that those hold options. An option that runs past the end of its field ends that field only.
#[derive(Debug, Clone, Default)]
pub struct Options<'a> {
    pieces: Vec<(u8, &'a [u8])>,
}

impl<'a> Options<'a> {
    /// Of a whole message. Anything shorter than the fixed header has none.
    #[must_use]
    pub fn of_message(message: &'a [u8]) -> Self {
        let mut all = Self::default();
        let Some(field) = message.get(FIRST..) else {
            return all;
        };
        all.walk(field);
        // Followed once: option 52 inside `file` or `sname` means nothing (RFC 2131 section 4.1).
        let overload = all.byte(OVERLOAD).unwrap_or(0);
        if overload & 1 != 0 {
            all.walk(&message[FILE]);
        }
        if overload & 2 != 0 {
            all.walk(&message[SNAME]);
        }
        all
    }

    /// Of bare bytes, as inside an encapsulated option.
    #[must_use]
    pub fn of_field(field: &'a [u8]) -> Self {
        let mut all = Self::default();
        all.walk(field);
        all
    }

    fn walk(&mut self, mut field: &'a [u8]) {
        while let [code, rest @ ..] = field {
            match *code {
                PAD => field = rest,
                END => return,
                code => {
                    let [len, rest @ ..] = rest else { return };
                    let Some((value, rest)) = rest.split_at_checked(usize::from(*len)) else {
                        return;
                    };
                    self.pieces.push((code, value));
                    field = rest;
                }
            }
        }
    }

    /// The value of an option; its pieces joined if it came in several (RFC 3396).
    #[must_use]
    pub fn get(&self, code: u8) -> Option<Cow<'a, [u8]>> {
        let mut found: Option<Cow<'a, [u8]>> = None;
        for (_, value) in self.pieces.iter().filter(|(c, _)| *c == code) {
            match &mut found {
                None => found = Some(Cow::Borrowed(value)),
                Some(joined) => joined.to_mut().extend_from_slice(value),
            }
        }
        found
    }

    /// The first piece of an option that has exactly `N` bytes: a repeated or wrongly sized option of fixed length does not
    /// spoil a good one.
    #[must_use]
    pub fn fixed<const N: usize>(&self, code: u8) -> Option<[u8; N]> {
        self.pieces
            .iter()
            .filter(|(c, _)| *c == code)
            .find_map(|(_, value)| <[u8; N]>::try_from(*value).ok())
    }

    /// An option of one byte.
    #[must_use]
    pub fn byte(&self, code: u8) -> Option<u8> {
        self.fixed::<1>(code).map(|[byte]| byte)
    }

    /// An option that is one IPv4 address.
    #[must_use]
    pub fn address(&self, code: u8) -> Option<Ipv4Addr> {
        self.fixed::<4>(code).map(Ipv4Addr::from)
    }

    /// Whether the option is there at all, even empty.
    #[must_use]
    pub fn has(&self, code: u8) -> bool {
        self.pieces.iter().any(|(c, _)| *c == code)
    }

    /// Every piece in order, as it came.
    pub fn pieces(&self) -> impl Iterator<Item = (u8, &'a [u8])> + '_ {
        self.pieces.iter().copied()
    }
}
