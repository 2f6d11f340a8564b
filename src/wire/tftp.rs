//! TFTP packets (RFC 1350 section 5, options as in RFC 2347 to 2349 and RFC 7440).
//!
//! Firmware is sloppy: a request may end in one NUL too many or lack its last one; both are read. Everything that is text is
//! cut to a bounded length and holds printable ASCII only, so it can be shown and logged as it is.

/// Longest request that is read. RFC 2347 section 2 gives requests 512 bytes; some clients add options beyond that.
pub const MAX_REQUEST: usize = 1024;
/// Longest file name that is read.
pub const MAX_NAME: usize = 255;
/// Longest error text that is kept.
pub const MAX_TEXT: usize = 128;
/// Most option pairs that are looked at.
const MAX_OPTIONS: usize = 16;

/// Error codes of RFC 1350 (appendix) and RFC 2347 section 3.
pub mod code {
    /// Not defined, see the text.
    pub const OTHER: u16 = 0;
    /// File not found.
    pub const NOT_FOUND: u16 = 1;
    /// Access violation.
    pub const ACCESS: u16 = 2;
    /// Illegal operation.
    pub const ILLEGAL: u16 = 4;
    /// Unknown transfer ID: the packet belongs to no transfer that is under way.
    pub const UNKNOWN_ID: u16 = 5;
    /// Options refused; also what firmware sends after asking for a size only.
    pub const OPTIONS: u16 = 8;
}

const READ: u16 = 1;
const WRITE: u16 = 2;
const DATA: u16 = 3;
const ACK: u16 = 4;
const ERROR: u16 = 5;
const OPTION_ACK: u16 = 6;

/// How a file's bytes are to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// As they are.
    Octet,
    /// With line ends and carriage returns translated (RFC 764).
    Netascii,
    /// Something else, as the long dead `mail`.
    Unknown,
}

/// The options that muster knows, as numbers. A value that is no decimal number, negative or beyond 64 bits counts as not
/// given (RFC 2347 section 2: what a server does not understand it leaves out).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Bytes of a block (RFC 2348).
    pub blksize: Option<u64>,
    /// Seconds until a retransmission (RFC 2349).
    pub timeout: Option<u64>,
    /// Bytes of the file (RFC 2349); 0 in a request that asks for it.
    pub tsize: Option<u64>,
    /// Blocks sent before an acknowledgement (RFC 7440).
    pub windowsize: Option<u64>,
}

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// File name as asked; every byte outside of printable ASCII is U+FFFD.
    pub name: String,
    /// Mode.
    pub mode: Mode,
    /// Options.
    pub options: Options,
}

/// One packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet<'a> {
    /// RRQ.
    Read(Request),
    /// WRQ.
    Write(Request),
    /// DATA.
    Data {
        /// Block number, from 1, rolling over to 0.
        block: u16,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// ACK of a block.
    Ack(u16),
    /// ERROR.
    Error {
        /// See [`code`].
        code: u16,
        /// What the sender says about it.
        text: String,
    },
    /// OACK.
    OptionAck(Options),
}

/// Why bytes are no packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Too few bytes for its kind.
    #[error("the packet is cut short")]
    Short,
    /// No such packet kind.
    #[error("there is no TFTP packet of kind {0}")]
    Kind(u16),
    /// Longer than [`MAX_REQUEST`].
    #[error("the request is longer than {MAX_REQUEST} bytes")]
    LongRequest,
    /// The name is empty or longer than [`MAX_NAME`].
    #[error("the file name is empty or longer than {MAX_NAME} bytes")]
    Name,
    /// A request without a mode.
    #[error("the request has no mode after the file name")]
    NoMode,
}

impl Options {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn parse<'a>(fields: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut options = Self::default();
        let mut fields = fields.take(2 * MAX_OPTIONS);
        while let (Some(name), Some(value)) = (fields.next(), fields.next()) {
            let slot = match name.to_ascii_lowercase().as_slice() {
                b"blksize" => &mut options.blksize,
                b"timeout" => &mut options.timeout,
                b"tsize" => &mut options.tsize,
                b"windowsize" => &mut options.windowsize,
                _ => continue,
            };
            if slot.is_none() {
                *slot = number(value);
            }
        }
        options
    }

    fn emit(&self, to: &mut Vec<u8>) {
        let named = [
            ("blksize", self.blksize),
            ("timeout", self.timeout),
            ("tsize", self.tsize),
            ("windowsize", self.windowsize),
        ];
        for (name, value) in named {
            if let Some(value) = value {
                field(to, name);
                field(to, &value.to_string());
            }
        }
    }
}

impl Request {
    /// A request for `name` in octet mode with `options`.
    #[must_use]
    pub fn octet(name: &str, options: Options) -> Self {
        Self {
            name: name.into(),
            mode: Mode::Octet,
            options,
        }
    }

    fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > MAX_REQUEST {
            return Err(Malformed::LongRequest);
        }
        let mut fields = bytes.split(|byte| *byte == 0);
        let name = fields.next().unwrap_or_default();
        if name.is_empty() || name.len() > MAX_NAME {
            return Err(Malformed::Name);
        }
        let mode = fields.next().unwrap_or_default().to_ascii_lowercase();
        let mode = match mode.as_slice() {
            b"" => return Err(Malformed::NoMode),
            b"octet" | b"binary" => Mode::Octet,
            b"netascii" => Mode::Netascii,
            _ => Mode::Unknown,
        };
        Ok(Self {
            name: printable(name, MAX_NAME),
            mode,
            options: Options::parse(fields),
        })
    }

    fn emit(&self, kind: u16, to: &mut Vec<u8>) {
        to.extend(kind.to_be_bytes());
        field(to, &self.name);
        field(
            to,
            match self.mode {
                Mode::Octet => "octet",
                Mode::Netascii => "netascii",
                Mode::Unknown => "mail",
            },
        );
        self.options.emit(to);
    }
}

impl<'a> Packet<'a> {
    /// Reads one packet.
    ///
    /// # Errors
    /// [`Malformed`] says what is wrong with it.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (kind, rest) = short(bytes).ok_or(Malformed::Short)?;
        match kind {
            READ => Request::parse(rest).map(Self::Read),
            WRITE => Request::parse(rest).map(Self::Write),
            OPTION_ACK => Ok(Self::OptionAck(Options::parse(rest.split(|b| *b == 0)))),
            DATA | ACK | ERROR => {
                let (number, rest) = short(rest).ok_or(Malformed::Short)?;
                Ok(match kind {
                    DATA => Self::Data {
                        block: number,
                        bytes: rest,
                    },
                    ACK => Self::Ack(number),
                    _ => Self::Error {
                        code: number,
                        text: printable(
                            rest.split(|b| *b == 0).next().unwrap_or_default(),
                            MAX_TEXT,
                        ),
                    },
                })
            }
            other => Err(Malformed::Kind(other)),
        }
    }

    /// Its bytes.
    #[must_use]
    pub fn emit(&self) -> Vec<u8> {
        let mut to = Vec::with_capacity(64);
        match self {
            Self::Read(request) => request.emit(READ, &mut to),
            Self::Write(request) => request.emit(WRITE, &mut to),
            Self::Data { block, bytes } => {
                to.extend(data_head(*block));
                to.extend_from_slice(bytes);
            }
            Self::Ack(block) => {
                to.extend(ACK.to_be_bytes());
                to.extend(block.to_be_bytes());
            }
            Self::Error { code, text } => {
                to.extend(ERROR.to_be_bytes());
                to.extend(code.to_be_bytes());
                field(&mut to, text);
            }
            Self::OptionAck(options) => {
                to.extend(OPTION_ACK.to_be_bytes());
                options.emit(&mut to);
            }
        }
        to
    }
}

/// The four bytes before a block's own: sent beside them, so that nothing is copied.
#[must_use]
pub fn data_head(block: u16) -> [u8; 4] {
    let ([a, b], [c, d]) = (DATA.to_be_bytes(), block.to_be_bytes());
    [a, b, c, d]
}

/// A file as netascii (RFC 764): line feed becomes CR LF, carriage return becomes CR NUL.
#[must_use]
pub fn netascii(bytes: &[u8]) -> Vec<u8> {
    let mut to = Vec::with_capacity(bytes.len() + bytes.len() / 16);
    for byte in bytes {
        match byte {
            b'\n' => to.extend(*b"\r\n"),
            b'\r' => to.extend(*b"\r\0"),
            other => to.push(*other),
        }
    }
    to
}

fn short(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<2>()?;
    Some((u16::from_be_bytes(*head), rest))
}

fn number(value: &[u8]) -> Option<u64> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(value).ok()?.parse().ok()
}

/// A text and its NUL. A NUL inside would end the field early and let its rest pose as another one.
fn field(to: &mut Vec<u8>, text: &str) {
    to.extend(text.bytes().filter(|byte| *byte != 0));
    to.push(0);
}

fn printable(bytes: &[u8], most: usize) -> String {
    let shown = |byte: &u8| match byte {
        b' '..=b'~' => char::from(*byte),
        _ => char::REPLACEMENT_CHARACTER,
    };
    bytes.iter().take(most).map(shown).collect()
}
