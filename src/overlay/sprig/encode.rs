//! Other forms of texts: base 64 and 32, digests, paths, addresses.

use bytes::Bytes;
use data_encoding::{BASE32, BASE64, Encoding};
use sha2::{Digest, Sha256, Sha512};

use super::super::go::{Budget, Entries, Function, Value, Yield};
use super::args::{dict, string, text};
use super::text::made;

/// The functions.
pub static FUNCTIONS: [Function; 18] = [
    Function::pure("b64enc", 1, 1, |_, args| {
        made(BASE64.encode(&text(args, 0)?))
    }),
    Function::pure("b64dec", 1, 1, |_, args| {
        decode(&text(args, 0)?, &BASE64, 6)
    }),
    Function::pure("b32enc", 1, 1, |_, args| {
        made(BASE32.encode(&text(args, 0)?))
    }),
    Function::pure("b32dec", 1, 1, |_, args| {
        decode(&text(args, 0)?, &BASE32, 5)
    }),
    Function::pure("sha256sum", 1, 1, |_, args| {
        made(hex(&Sha256::digest(text(args, 0)?)))
    }),
    Function::pure("sha512sum", 1, 1, |_, args| {
        made(hex(&Sha512::digest(text(args, 0)?)))
    }),
    Function::pure("base", 1, 1, |_, args| {
        made(base(&string(args, 0)?).to_owned())
    }),
    Function::pure("osBase", 1, 1, |_, args| {
        made(base(&string(args, 0)?).to_owned())
    }),
    Function::pure("dir", 1, 1, |_, args| made(dir(&string(args, 0)?))),
    Function::pure("osDir", 1, 1, |_, args| made(dir(&string(args, 0)?))),
    Function::pure("clean", 1, 1, |_, args| made(clean(&string(args, 0)?))),
    Function::pure("osClean", 1, 1, |_, args| made(clean(&string(args, 0)?))),
    Function::pure("ext", 1, 1, |_, args| made(ext(&string(args, 0)?))),
    Function::pure("osExt", 1, 1, |_, args| made(ext(&string(args, 0)?))),
    Function::pure("isAbs", 1, 1, |_, args| {
        Ok(Value::Bool(text(args, 0)?.starts_with(b"/")))
    }),
    Function::pure("osIsAbs", 1, 1, |_, args| {
        Ok(Value::Bool(text(args, 0)?.starts_with(b"/")))
    }),
    Function::pure("urlParse", 1, 1, url_parse),
    Function::pure("urlJoin", 1, 1, url_join),
];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// As Go decodes: line breaks are nothing, and bits that are left over may be any.
fn decode(data: &Bytes, encoding: &Encoding, bits: u32) -> Yield {
    let group = if bits == 6 { 4 } else { 8 };
    let plain: Vec<u8> = data
        .iter()
        .copied()
        .filter(|byte| !b"\r\n".contains(byte))
        .collect();
    let end = plain.iter().position(|byte| *byte == b'=');
    let (body, fill) = plain.split_at(end.unwrap_or(plain.len()));
    let mut loose = encoding.specification();
    let strange = |byte: &u8| !loose.symbols.as_bytes().contains(byte);
    if let Some(at) = body.iter().position(strange) {
        return made(corrupt(bits, at));
    }
    let filled = fill.iter().all(|byte| *byte == b'=') && fill.len() < group - 1;
    if !plain.len().is_multiple_of(group) || !filled {
        // Go puts its complaint where the text would be.
        return made(corrupt(bits, body.len() - body.len() % group));
    }
    (loose.padding, loose.check_trailing_bits) = (None, false);
    let loose = loose.encoding().map_err(|error| error.to_string())?;
    match loose.decode(body) {
        Ok(bytes) => Ok(Value::Text(bytes.into())),
        Err(error) => made(corrupt(bits, error.position)),
    }
}

fn corrupt(bits: u32, at: usize) -> String {
    let name = if bits == 6 { "base64" } else { "base32" };
    format!("illegal {name} data at input byte {at}")
}

/// The last part of a path.
pub fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    match path.trim_end_matches('/') {
        "" => "/",
        path => path.rsplit('/').next().unwrap_or(path),
    }
}

fn dir(path: &str) -> String {
    let folder = path.rfind('/').map_or("", |at| &path[..=at]);
    clean(folder)
}

/// A path without `.`, `..` and doubled slashes, as far as that goes.
pub fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.join("/")) {
        (true, path) => format!("/{path}"),
        (false, path) if path.is_empty() => ".".into(),
        (false, path) => path,
    }
}

fn ext(path: &str) -> String {
    let last = path.rsplit('/').next().unwrap_or(path);
    last.rfind('.')
        .map_or(String::new(), |at| last[at..].to_owned())
}

/// `scheme://user@host:port/path?query#fragment`
fn url_parse(_: &mut Budget, args: &[Value]) -> Yield {
    let whole = string(args, 0)?;
    let (rest, fragment) = whole.split_once('#').unwrap_or((&whole, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let is_scheme = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    let (scheme, rest) = match rest.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => (scheme.to_ascii_lowercase(), rest),
        _ => (String::new(), rest),
    };
    let (mut authority, mut path, mut opaque) = ("", rest, "");
    if let Some(after) = rest.strip_prefix("//") {
        let end = after.find('/').unwrap_or(after.len());
        (authority, path) = after.split_at(end);
    } else if !scheme.is_empty() && !rest.starts_with('/') {
        (path, opaque) = ("", rest);
    }
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((name, _)) => name,
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    let parts = [
        ("scheme", scheme.as_str()),
        ("host", host),
        ("hostname", name),
        ("path", path),
        ("query", query),
        ("opaque", opaque),
        ("fragment", fragment),
        ("userinfo", user),
    ];
    let entry = |(name, text): (&'static str, &str)| {
        (Bytes::from_static(name.as_bytes()), Value::text(text))
    };
    Ok(Value::map(
        parts.into_iter().map(entry).collect::<Entries>(),
    ))
}

fn url_join(_: &mut Budget, args: &[Value]) -> Yield {
    let parts = dict(args, 0)?;
    let part = |name: &str| match parts.read().get(name.as_bytes()) {
        None => Ok(String::new()),
        Some(value) => {
            string(std::slice::from_ref(value), 0).map_err(|_| format!("{name} must be a text"))
        }
    };
    let (scheme, host, user) = (part("scheme")?, part("host")?, part("userinfo")?);
    let (path, query, opaque) = (part("path")?, part("query")?, part("opaque")?);
    let fragment = part("fragment")?;
    let mut out = String::new();
    if !scheme.is_empty() {
        out = format!("{scheme}:");
    }
    if opaque.is_empty() {
        let named = !host.is_empty() || !user.is_empty();
        if named || !scheme.is_empty() && !path.is_empty() {
            out.push_str("//");
        }
        if !user.is_empty() {
            out.push_str(&format!("{user}@"));
        }
        out.push_str(&host);
        if !path.is_empty() && !path.starts_with('/') && !host.is_empty() {
            out.push('/');
        }
        out.push_str(&path);
    } else {
        out.push_str(&opaque);
    }
    for (mark, text) in [('?', query), ('#', fragment)] {
        if !text.is_empty() {
            out.push(mark);
            out.push_str(&text);
        }
    }
    made(out)
}
