//! Where the server is and who this node is: `/warewulf/config`, as the system overlay brings it, and the kernel's command line, which
//! wins.

use std::net::{IpAddr, SocketAddr};

/// Port of a server that names none.
const PORT: u16 = 9873;

/// What the agent has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The server.
    pub server: SocketAddr,
    /// The hardware address by which the server knows the node, as written.
    pub wwid: String,
    /// Seconds between two refreshes, until the server says.
    pub interval: Option<u64>,
}

impl Config {
    /// Reads the text of `/warewulf/config` and of the command line. `address` gives the hardware address of an interface by its name.
    ///
    /// # Errors
    /// A sentence that says what is missing or wrong, and where it should be.
    pub fn read(
        config: &str,
        cmdline: &str,
        address: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let mut server = value(config, "MUSTER_SERVER");
        let mut wwid = value(config, "MUSTER_MAC");
        let interval = value(config, "MUSTER_INTERVAL").and_then(|text| text.parse().ok());
        let mut weaker = None;
        for word in cmdline.split_whitespace() {
            match word.split_once('=') {
                Some(("muster.server", url)) if !url.is_empty() => server = Some(url.into()),
                Some(("wwinit.server", url)) if !url.is_empty() => weaker = Some(url.to_owned()),
                Some(("wwid", id)) => match id.strip_prefix('[') {
                    Some(name) => wwid = address(name.trim_end_matches(']')).or(wwid),
                    None if !id.is_empty() => wwid = Some(id.into()),
                    None => {}
                },
                _ => {}
            }
        }
        let server = server.filter(|url| !url.is_empty()).or(weaker).ok_or(
            "neither /warewulf/config (MUSTER_SERVER) nor the kernel's command line (muster.server=) names the server",
        )?;
        let wwid = wwid.filter(|id| !id.is_empty()).ok_or(
            "neither /warewulf/config (MUSTER_MAC) nor the kernel's command line (wwid=) names this node's hardware address",
        )?;
        let fits = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'-');
        if wwid.len() > 60 || !wwid.bytes().all(fits) {
            return Err(format!("`{}` is no hardware address", wwid.escape_debug()));
        }
        Ok(Self {
            server: place(&server)?,
            wwid,
            interval,
        })
    }
}

/// The address behind `http://address:port`, or `address:port`, as the boot scripts write it on the kernel's command line.
fn place(url: &str) -> Result<SocketAddr, String> {
    let wrong = |what: &str| Err(format!("the server `{}` {what}", url.escape_debug()));
    let rest = url.strip_prefix("http://").unwrap_or(url);
    if rest.contains("://") {
        return wrong("is not named as http://address:port");
    }
    let authority = rest.split('/').next().unwrap_or(rest);
    if let Ok(whole) = authority.parse() {
        return Ok(whole);
    }
    let bare = authority.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(ip) => Ok(SocketAddr::new(ip, PORT)),
        Err(_) => wrong("is not named by its address; nothing here looks names up"),
    }
}

/// The last value of `name` in lines of a shell, as `NAME='it'\''s'`.
fn value(text: &str, name: &str) -> Option<String> {
    let lines = text.lines().rev();
    let mut values = lines.filter_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='));
    let text = values.next()?;
    let mut out = String::new();
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), '\\') => out.extend(chars.next()),
            (None, c) if c.is_whitespace() || c == '#' => break,
            (_, c) => out.push(c),
        }
    }
    Some(out)
}
