//! What Warewulf's functions do with texts.

/// The lines of `text` whose field `at` (counted from 0, cut at `mark`) did not come before; lines without that field, or with
/// nothing in it, all stay.
pub fn unique(mark: &str, at: usize, text: &str) -> String {
    let mut seen = std::collections::HashSet::new();
    let fresh = |line: &&str| match line.split(mark).nth(at) {
        Some(field) if !field.is_empty() && !mark.is_empty() => seen.insert(field.to_owned()),
        _ => true,
    };
    let lines: Vec<&str> = text.split('\n').filter(fresh).collect();
    lines.join("\n")
}

/// The lines before the first that holds `stop`, and `stop` behind them.
pub fn block(text: &[u8], stop: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let holds = stop.is_empty() || line.windows(stop.len()).any(|part| part == stop);
        if holds {
            break;
        }
        out.extend_from_slice(line);
        if !line.ends_with(b"\n") {
            out.push(b'\n');
        }
    }
    out.extend_from_slice(stop);
    out
}

/// Escapes a text for the name of a systemd unit (systemd.unit(5), "string escaping").
pub fn unit(text: &str) -> String {
    let mut out = String::new();
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'/' => out.push('-'),
            b'.' if at == 0 => out.push_str("\\x2e"),
            byte if byte.is_ascii_alphanumeric() || b":_.".contains(&byte) => {
                out.push(byte as char)
            }
            byte => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out
}

/// The same for a path: slashes at its ends and doubled ones do not count, the root is `-`.
pub fn unit_of_path(path: &str) -> String {
    let parts: Vec<&str> = path
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    match parts.is_empty() {
        true => "-".into(),
        false => unit(&parts.join("/")),
    }
}
