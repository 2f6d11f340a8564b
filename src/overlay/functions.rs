//! What a template may call besides Tera's own filters. There is no way to the environment, the clock, the network or to files
//! that were not allowed.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tera::{Error, Kwargs, State, Tera, TeraResult, Value};

use super::budget::Budget;

/// Names of our functions and filters, for "did you mean".
pub const NAMES: [&str; 14] = {
    let mut names = [""; 14];
    let mut at = 0;
    while at < names.len() {
        names[at] = CALLS[at].0;
        at += 1;
    }
    names
};

/// The same, each with how it is called and what it does.
pub const CALLS: [(&str, &str); 14] = [
    (
        "file",
        "file(path=\"x\", mode=\"0600\"): what follows goes to x, relative to the template's folder or absolute on the node",
    ),
    (
        "symlink",
        "symlink(target=\"t\"): the current file becomes a symbolic link to t",
    ),
    (
        "agent",
        "agent(): the current file becomes the program that refreshes nodes, for the node's architecture; without one nothing is written",
    ),
    ("abort", "abort(): nothing of this template is written"),
    (
        "include_file",
        "include_file(path=\"/p\", optional=true): the text of a file of the server",
    ),
    (
        "image_file",
        "image_file(path=\"/p\", optional=true): the text of a file in the node's image",
    ),
    (
        "link_target",
        "link_target(path=\"/p\", optional=true): where a symbolic link of the server points, from the root",
    ),
    ("sh", "value | sh: quoted for a POSIX shell"),
    (
        "json",
        "value | json(pretty=true, set=true): as JSON, on one line or on many, without members that are not set",
    ),
    (
        "fstab",
        "value | fstab: with blanks as /etc/fstab wants them",
    ),
    ("uuid", "text | uuid: a UUID that stands for the text"),
    (
        "unit_text",
        "text | unit_text: as a value in a systemd unit",
    ),
    (
        "unit_path",
        "path | unit_path: as a name of a systemd unit, /scratch/a is scratch-a",
    ),
    (
        "unique_lines",
        "text | unique_lines(sep=\":\"): without lines whose first field was there before",
    ),
];

/// What of the outside a template asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// The text of a file of the server.
    File(String),
    /// The text of a file in the node's image.
    Image(String),
    /// The target of a link of the server.
    Link(String),
    /// The program that refreshes nodes.
    Agent,
}

/// What a template asked for while it was rendered; its place in the output is marked with NUL, index, NUL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Directive {
    /// Continue in this file, with this mode if given.
    File(String, Option<u32>),
    /// Make the current file a link to this.
    Symlink(String),
    /// The current file holds just these bytes.
    Bytes(Bytes),
}

type Ask = fn(String) -> Wanted;

/// One rendering of one template.
#[derive(Debug, Default)]
pub struct Run {
    inner: Mutex<Inner>,
}

/// State of a [`Run`].
#[derive(Debug, Default)]
pub struct Inner {
    /// Directives in the order of their markers.
    pub directives: Vec<Directive>,
    /// Texts read so far; none for what is not there.
    pub files: HashMap<Wanted, Option<String>>,
    /// The program that refreshes nodes, once it was looked for.
    pub agent: Option<Option<Bytes>>,
    /// What must be read before the template can go on, and whether it may be absent.
    pub wanted: Option<(Wanted, bool)>,
    /// The template called `abort`.
    pub aborted: bool,
    /// What was done so far, over all passes.
    pub budget: Budget,
}

impl Run {
    /// The state.
    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mark(&self, directive: Directive) -> Value {
        let mut inner = self.lock();
        inner.directives.push(directive);
        // Safe: where values are escaped, this is none.
        Value::safe_string(&format!("\0{}\0", inner.directives.len() - 1))
    }

    fn agent(&self) -> TeraResult<Value> {
        let mut inner = self.lock();
        match inner.agent.clone() {
            Some(Some(program)) => {
                drop(inner);
                Ok(self.mark(Directive::Bytes(program)))
            }
            Some(None) => {
                inner.aborted = true;
                Err(Error::message("aborted"))
            }
            None => {
                inner.wanted = Some((Wanted::Agent, true));
                Err(Error::message("a file is read"))
            }
        }
    }

    fn include(&self, wanted: Wanted, optional: bool) -> TeraResult<Value> {
        let mut inner = self.lock();
        match inner.files.get(&wanted) {
            Some(Some(text)) => Ok(Value::safe_string(text)),
            Some(None) => Ok(Value::from("")),
            None => {
                // Functions outlive any borrowed door, so the render stops here, the file is read, and it starts over.
                inner.wanted = Some((wanted, optional));
                Err(Error::message("a file is read"))
            }
        }
    }
}

/// Teaches `tera` the functions, bound to one run.
pub fn register(tera: &mut Tera, run: &Arc<Run>) {
    let to = run.clone();
    tera.register_function(
        "file",
        move |args: Kwargs, _: &State<'_>| -> TeraResult<Value> {
            let path = args.must_get::<String>("path")?;
            let mode = args
                .get::<String>("mode")?
                .map(|text| octal(&text))
                .transpose()?;
            Ok(to.mark(Directive::File(path, mode)))
        },
    );
    let to = run.clone();
    tera.register_function(
        "symlink",
        move |args: Kwargs, _: &State<'_>| -> TeraResult<Value> {
            Ok(to.mark(Directive::Symlink(args.must_get::<String>("target")?)))
        },
    );
    let to = run.clone();
    tera.register_function(
        "agent",
        move |_: Kwargs, _: &State<'_>| -> TeraResult<Value> { to.agent() },
    );
    let to = run.clone();
    tera.register_function(
        "abort",
        move |_: Kwargs, _: &State<'_>| -> TeraResult<Value> {
            to.lock().aborted = true;
            Err(Error::message("aborted"))
        },
    );
    let includes: [(_, Ask); 3] = [
        ("include_file", Wanted::File),
        ("image_file", Wanted::Image),
        ("link_target", Wanted::Link),
    ];
    for (name, wanted) in includes {
        let to = run.clone();
        tera.register_function(
            name,
            move |args: Kwargs, _: &State<'_>| -> TeraResult<Value> {
                let path = args.must_get::<String>("path")?;
                let optional = args.get::<bool>("optional")?.unwrap_or(false);
                to.include(wanted(path), optional)
            },
        );
    }
    filters(tera);
}

fn filters(tera: &mut Tera) {
    tera.register_filter("sh", |value: &Value, _: Kwargs, _: &State<'_>| {
        quote(&value.to_string())
    });
    tera.register_filter(
        "json",
        |value: &Value, args: Kwargs, _: &State<'_>| -> TeraResult<Value> {
            let failed = |error: serde_json::Error| Error::message(error.to_string());
            let mut value = serde_json::to_value(value).map_err(failed)?;
            if args.get::<bool>("set")?.unwrap_or(false) {
                drop_unset(&mut value);
            }
            let text = match args.get::<bool>("pretty")?.unwrap_or(false) {
                true => serde_json::to_string_pretty(&value),
                false => serde_json::to_string(&value),
            };
            Ok(Value::safe_string(&text.map_err(failed)?))
        },
    );
    tera.register_filter("fstab", |value: &Value, _: Kwargs, _: &State<'_>| {
        fstab(&value.to_string())
    });
    tera.register_filter("uuid", |text: &str, _: Kwargs, _: &State<'_>| uuid(text));
    tera.register_filter("unit_text", |text: &str, _: Kwargs, _: &State<'_>| {
        unit_text(text)
    });
    tera.register_filter("unit_path", |path: &str, _: Kwargs, _: &State<'_>| {
        unit_path(path)
    });
    tera.register_filter(
        "unique_lines",
        |text: &str, args: Kwargs, _: &State<'_>| -> TeraResult<String> {
            Ok(unique_lines(text, &args.must_get::<String>("sep")?))
        },
    );
}

/// In single quotes, so that a shell reads it as one word and nothing in it acts.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Leaves out members that are null or an empty list.
fn drop_unset(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(members) => {
            members.retain(|_, member| {
                drop_unset(member);
                !member.is_null() && member.as_array().is_none_or(|list| !list.is_empty())
            });
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(drop_unset),
        _ => {}
    }
}

/// Without what systemd would take for more than text: specifiers, escapes, the end of the line.
fn unit_text(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    text.replace('%', "%%").replace('\\', "\\\\")
}

/// A field of `/etc/fstab`: what would end it is written in octal (getmntent(3)).
fn fstab(text: &str) -> String {
    text.replace('\\', "\\134")
        .replace(' ', "\\040")
        .replace('\t', "\\011")
        .replace('\n', "\\012")
}

/// A UUID of version 8 (RFC 9562) from the digest of a text.
fn uuid(text: &str) -> String {
    let digest = Sha256::digest(text);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let (part, variant) = (
        |from: usize, to: usize| &hex[from..to],
        digest[8] & 0x3f | 0x80,
    );
    format!(
        "{}-{}-8{}-{variant:02x}{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(18, 20),
        part(20, 32)
    )
}

/// A path as systemd writes it in the name of a unit.
pub fn unit_path(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let mut name = String::new();
    for (at, byte) in parts.join("/").bytes().enumerate() {
        match byte {
            b'/' => name.push('-'),
            b'.' if at == 0 => name.push_str("\\x2e"),
            b'.' | b':' | b'_' => name.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => name.push(char::from(byte)),
            _ => {
                // Writing into a text cannot fail.
                let _ = write!(name, "\\x{byte:02x}");
            }
        }
    }
    if name.is_empty() { "-".into() } else { name }
}

/// Leaves out each line whose text up to the first `sep` begins an earlier line too. Lines without one stay.
fn unique_lines(text: &str, sep: &str) -> String {
    let mut seen = HashSet::new();
    let mut kept = String::with_capacity(text.len());
    for line in text.lines() {
        let first = line.split_once(sep).map(|(first, _)| first);
        if first.is_none_or(|first| seen.insert(first)) {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

fn octal(text: &str) -> TeraResult<u32> {
    u32::from_str_radix(text, 8)
        .ok()
        .filter(|mode| *mode <= 0o7777)
        .ok_or_else(|| {
            Error::message(format!(
                "`{text}` is no file mode; write it in octal, as \"0640\""
            ))
        })
}
