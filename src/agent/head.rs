//! The head of an HTTP answer (RFC 9112), read with suspicion.

/// Most bytes of a head.
pub const HEAD: usize = 16 * 1024;
/// Longest validator that is kept.
const ETAG: usize = 200;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// `ETag`, quotes included.
    pub etag: Option<String>,
    /// The server's orders for the agent.
    pub orders: Option<String>,
    /// All of the body.
    pub body: Vec<u8>,
}

/// What stands before the body.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// Status.
    pub status: u16,
    /// Bytes of the body, if told.
    pub length: Option<u64>,
    /// `ETag`, quotes included.
    pub etag: Option<String>,
    /// The server's orders for the agent.
    pub orders: Option<String>,
}

impl Head {
    /// Reads a head from the bytes that arrived so far, and says where the body begins; none while it is not complete. An interim
    /// answer (1xx) is passed over.
    ///
    /// # Errors
    /// A sentence, for what is no HTTP, or an answer in a form that was not asked for.
    pub fn read(bytes: &[u8]) -> Result<Option<(Self, usize)>, String> {
        let mut begin = 0;
        loop {
            let rest = bytes.get(begin..).unwrap_or_default();
            let Some(end) = rest.windows(4).position(|four| four == b"\r\n\r\n") else {
                if bytes.len() > HEAD {
                    return Err("the head of the answer is too long".into());
                }
                return Ok(None);
            };
            let text = std::str::from_utf8(&rest[..end])
                .map_err(|_| "the head of the answer is no text".to_owned())?;
            let head = Self::lines(text)?;
            begin += end + 4;
            if !(100..200).contains(&head.status) {
                return Ok(Some((head, begin)));
            }
        }
    }

    fn lines(text: &str) -> Result<Self, String> {
        let mut lines = text.split("\r\n");
        let first = lines.next().unwrap_or_default();
        let status = first
            .strip_prefix("HTTP/1.")
            .and_then(|rest| rest.get(2..5))
            .filter(|code| code.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|code| code.parse().ok());
        let mut head = Self {
            status: status.ok_or("this is no HTTP server")?,
            ..Self::default()
        };
        for line in lines {
            let (name, value) = line.split_once(':').ok_or("a header line has no colon")?;
            head.line(name, value.trim())?;
        }
        Ok(head)
    }

    fn line(&mut self, name: &str, value: &str) -> Result<(), String> {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        if is("content-length") {
            let fits = (1..=15).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit());
            let length = value.parse().ok().filter(|_| fits);
            if length.is_none() || self.length.is_some_and(|other| Some(other) != length) {
                return Err("the answer does not say how long it is".into());
            }
            self.length = length;
        } else if is("transfer-encoding") && !value.eq_ignore_ascii_case("identity") {
            return Err(format!(
                "the answer comes in a coding that was not asked for ({})",
                value.escape_debug()
            ));
        } else if is("etag") {
            let quoted = value.len() <= ETAG && value.starts_with('"') && value.ends_with('"');
            let plain = value.bytes().all(|byte| byte.is_ascii_graphic());
            self.etag = (quoted && plain).then(|| value.to_owned());
        } else if is(crate::wire::report::HEADER) {
            self.orders = Some(value.to_owned());
        }
        Ok(())
    }
}
