//! A tree walked through the field table: checked values out, faults for everything else.

use std::collections::HashSet;
use std::sync::Arc;

use ipnet::{Ipv4Net, Ipv6Net};

use super::findings::{Findings, quoted, shown};
use super::free;
use super::intern::Interner;
use super::steps::{Step, Whose, steps};
use super::tree::{Mark, Tree, What};
use crate::kit::suggest;
use crate::model::field::{self, Field, Kind, Owner};
use crate::model::{Fault, Key, Level, Spot, Value};

/// One walk over one entry.
pub(super) struct Walk<'a> {
    pub file: &'a Arc<str>,
    /// Whom faults are about, as `node n1`; empty for the server.
    pub about: String,
    pub whose: Whose,
    pub interner: &'a mut Interner,
    pub findings: &'a mut Findings,
    /// What was read so far.
    pub read: Vec<(Key, Arc<Value>, Mark)>,
    /// Keys whose values could not be taken.
    pub bad: Vec<Key>,
    /// Whether an error was found.
    pub failed: bool,
    pub names: Vec<Arc<str>>,
}

impl Walk<'_> {
    /// Walks the whole entry.
    pub(super) fn entry(&mut self, tree: &Tree<'_>) {
        let called = if self.whose == Whose::Server {
            "the file"
        } else {
            "the entry"
        };
        self.section(tree, steps(self.whose), called);
    }

    pub(super) fn spot(&self, at: Mark) -> Spot {
        Spot {
            file: self.file.clone(),
            line: at.line,
            column: at.column,
        }
    }

    fn fault(&mut self, level: Level, at: Mark, what: String, hint: Option<String>) {
        let about = (!self.about.is_empty()).then(|| self.about.clone());
        let spot = Some(self.spot(at));
        self.failed |= level == Level::Error;
        self.findings.faults.push(Fault {
            level,
            spot,
            about,
            what,
            hint,
        });
    }

    fn error(&mut self, at: Mark, what: String) {
        self.fault(Level::Error, at, what, None);
    }

    fn section(&mut self, tree: &Tree<'_>, step: &'static Step, called: &str) {
        match &tree.what {
            _ if tree.is_null() => self.hollow(tree.at, step),
            What::Map(pairs) if pairs.is_empty() => self.hollow(tree.at, step),
            What::Map(pairs) => self.pairs(pairs, step),
            What::Seq(items) if step.any.is_some() && self.whose == Whose::Server => {
                for item in items {
                    self.named_item(item, step);
                }
            }
            _ => self.error(
                tree.at,
                format!("{called} is {}, not a section of keys", tree.shape()),
            ),
        }
    }

    /// An item `{name: x, …}` of a list that stands for a map by name.
    fn named_item(&mut self, item: &Tree<'_>, step: &'static Step) {
        let (What::Map(pairs), Some((_, name))) = (&item.what, item.pair("name")) else {
            return self.error(item.at, "an item of this list needs a `name`".into());
        };
        let rest: Vec<_> = pairs
            .iter()
            .filter(|(key, _)| key.text() != Some("name"))
            .cloned()
            .collect();
        let value = Tree {
            at: item.at,
            what: What::Map(rest),
        };
        self.pairs(&[(name.clone(), value)], step);
    }

    fn pairs(&mut self, pairs: &[(Tree<'_>, Tree<'_>)], step: &'static Step) {
        let mut seen: HashSet<&str> = HashSet::new();
        for (at, (key, value)) in pairs.iter().enumerate() {
            let Some(name) = key.text() else {
                self.error(key.at, format!("a key is {}, not one text", key.shape()));
                continue;
            };
            let twice = if pairs.len() <= 24 {
                pairs[..at]
                    .iter()
                    .any(|(other, _)| other.text() == Some(name))
            } else {
                !seen.insert(name)
            };
            if twice {
                self.error(key.at, format!("the key `{}` occurs twice", quoted(name)));
                continue;
            }
            self.pair(key.at, name, value, step);
        }
    }

    fn pair(&mut self, at: Mark, name: &str, value: &Tree<'_>, step: &'static Step) {
        let alias = match (self.whose, self.names.is_empty(), name) {
            (Whose::Server, true, "warewulf") => "server",
            _ => name,
        };
        if let Some(next) = step.word(alias) {
            return self.follow(at, name, value, next);
        }
        let Some(any) = &step.any else {
            return self.unknown(at, name, step);
        };
        // Names of devices and networks become parts of paths; tags and disks are free.
        let strict = any.word("device").is_some() || any.word("subnet").is_some();
        let bad = if strict {
            field::bad_name(name)
        } else {
            field::bad_text(name)
        };
        let empty = name.is_empty().then(|| "is empty".to_owned());
        let long = (name.len() > 253).then(|| "is longer than 253 bytes".to_owned());
        if let Some(why) = bad.or(empty).or(long) {
            return self.error(at, format!("the name {name:?} {why}"));
        }
        let name = self.interner.name(name);
        self.names.push(name.clone());
        self.follow(at, &name, value, any);
        self.names.pop();
    }

    fn follow(&mut self, at: Mark, name: &str, value: &Tree<'_>, step: &'static Step) {
        match (step.older, step.field) {
            (Some(older), field) => self.older(at, older, field, value),
            (None, Some(field)) => self.field(at, field, value),
            (None, None) => self.section(value, step, &format!("`{name}`")),
        }
    }

    fn unknown(&mut self, at: Mark, name: &str, step: &'static Step) {
        let shown = quoted(name);
        let known = || step.known();
        match suggest::hint(name, known()) {
            // A word that is nearly one of ours is a slip: the entry does not say what it should.
            Some(hint) => self.fault(
                Level::Error,
                at,
                format!("unknown key `{shown}`"),
                Some(hint),
            ),
            None => {
                let spot = self.spot(at);
                self.findings
                    .remark(spot, format!("unknown key `{shown}`, ignored"));
            }
        }
    }

    fn older(
        &mut self,
        at: Mark,
        older: &'static field::Older,
        field: Option<&'static Field>,
        value: &Tree<'_>,
    ) {
        let word = |path: &[&'static str]| {
            path.last()
                .filter(|w| **w != "*")
                .or(path.first())
                .copied()
                .unwrap_or("")
        };
        let (old, spot) = (word(older.path), self.spot(at));
        let Some(field) = field else {
            return self
                .findings
                .remark(spot, format!("`{old}` is no longer read"));
        };
        let now = field
            .path
            .iter()
            .filter(|w| **w != "*")
            .copied()
            .collect::<Vec<_>>()
            .join(": ");
        self.findings
            .remark(spot, format!("`{old}` is an older spelling of `{now}`"));
        match (old, field.id) {
            ("ipcidr", _) => self.cidr(field, value),
            ("ip6addr", _) if value.text().is_some_and(|text| text.contains('/')) => {
                self.cidr6(field, value);
            }
            (_, "primary") => {
                if value.text().is_some_and(field::switch)
                    && let Some(device) = self.names.pop()
                {
                    let text = self.interner.text(&device);
                    self.push(field, text, value.at);
                    self.names.push(device);
                }
            }
            _ => self.field(at, field, value),
        }
    }

    /// `ipcidr: 10.0.0.1/22` says address and netmask.
    fn cidr(&mut self, field: &'static Field, value: &Tree<'_>) {
        let Some(net) = value.text().and_then(|text| text.parse::<Ipv4Net>().ok()) else {
            return self.error(
                value.at,
                "`ipcidr` is not an address with a prefix length".into(),
            );
        };
        let text = |text: String| Arc::new(Value::Text(text.into()));
        self.push(field, text(net.addr().to_string()), value.at);
        if let Some(netmask) = field::of_node("net.netmask") {
            self.push(netmask, text(net.netmask().to_string()), value.at);
        }
    }

    /// `ip6addr: fd00::1/64` says address and length of the prefix.
    fn cidr6(&mut self, field: &'static Field, value: &Tree<'_>) {
        let Some(net) = value.text().and_then(|text| text.parse::<Ipv6Net>().ok()) else {
            return self.error(
                value.at,
                "`ip6addr` is not an address with a prefix length".into(),
            );
        };
        let text = |text: String| Arc::new(Value::Text(text.into()));
        self.push(field, text(net.addr().to_string()), value.at);
        if let Some(length) = field::of_node("net.prefixlen6") {
            self.push(length, text(net.prefix_len().to_string()), value.at);
        }
    }

    fn field(&mut self, at: Mark, field: &'static Field, value: &Tree<'_>) {
        if field.owner == Owner::Node && self.whose == Whose::Profile {
            let what = format!(
                "`{}` belongs to nodes, not to profiles; ignored",
                field.path[0]
            );
            let spot = self.spot(at);
            return self.findings.remark(spot, what);
        }
        if value.is_null() || value.text() == Some("") {
            return;
        }
        let before = self.read.len();
        match field.kind {
            Kind::Yaml => {
                let free = Arc::new(Value::Yaml(Box::new(free::value(value))));
                self.push(field, free, value.at);
            }
            kind if kind.is_list() => self.list(field, value),
            _ => self.scalar(field, value),
        }
        if self.read.len() == before {
            self.bad.push(self.key(field));
        } else if !field.acted_on {
            let spot = self.spot(at);
            let words: Vec<_> = field.path.iter().filter(|w| **w != "*").copied().collect();
            self.findings
                .remark(spot, format!("`{}` is not acted on yet", words.join(": ")));
        }
    }

    fn list(&mut self, field: &'static Field, value: &Tree<'_>) {
        let mut items = Vec::new();
        match &value.what {
            What::Seq(list) => {
                for item in list {
                    self.item(field, item, item.text(), &mut items);
                }
            }
            What::Scalar(text, _) => {
                let spot = self.spot(value.at);
                let name = field.path.last().copied().unwrap_or_default();
                self.findings.remark(
                    spot,
                    format!("`{name}` is one text, as in older files; write a list"),
                );
                let blanks = field.kind == Kind::Words;
                let parts = text.split(|c: char| if blanks { c.is_whitespace() } else { c == ',' });
                for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
                    self.item(field, value, Some(part), &mut items);
                }
            }
            What::Map(_) => {
                return self.error(
                    value.at,
                    format!("{} is a section, not a list", self.called(field)),
                );
            }
        }
        let list = self.interner.list(items);
        self.push(field, list, value.at);
    }

    fn item(
        &mut self,
        field: &'static Field,
        at: &Tree<'_>,
        text: Option<&str>,
        items: &mut Vec<Arc<str>>,
    ) {
        match text.map(|text| (text, field.kind.check(text))) {
            Some(("", _)) => {}
            Some((text, Ok(()))) => items.push(self.interner.name(text)),
            Some((text, Err(why))) => {
                self.error(
                    at.at,
                    format!("{}: {} {why}", self.called(field), shown(text, field)),
                );
            }
            None => {
                self.error(
                    at.at,
                    format!(
                        "an item of {} is {}, not one text",
                        self.called(field),
                        at.shape()
                    ),
                );
            }
        }
    }

    fn scalar(&mut self, field: &'static Field, value: &Tree<'_>) {
        let What::Scalar(text, plain) = &value.what else {
            let what = format!("{} is {}, not one text", self.called(field), value.shape());
            return self.error(value.at, what);
        };
        let text: &str = match field.kind {
            Kind::Bool => self.bool(field, value.at, text, *plain),
            _ => text,
        };
        if let Err(why) = field.kind.check(text) {
            let what = format!("{}: {} {why}", self.called(field), shown(text, field));
            let hint = (field.id == "access" && text == "key")
                .then(|| "`key` is not there yet; `boot` is the strictest for now".into());
            return self.fault(Level::Error, value.at, what, hint);
        }
        if self.whose != Whose::Server && self.script(field, value.at, text) {
            return;
        }
        if field.kind == Kind::Switch && !field::switch(text) && field::switch_or(text, true) {
            let spot = self.spot(value.at);
            self.findings.remark(
                spot,
                format!("{text:?} is neither yes nor no; it reads as no"),
            );
        }
        // What hardly two entries share is not looked up.
        let unique = matches!(field.kind, Kind::Mac | Kind::Ip4 | Kind::Ip6)
            || field.secret
            || field.id == "comment";
        let text = if unique {
            Arc::new(Value::Text(text.into()))
        } else {
            self.interner.text(text)
        };
        self.push(field, text, value.at);
    }

    /// A YAML switch; the words of YAML 1.1 and quoted ones are taken with a warning.
    fn bool<'t>(&mut self, field: &Field, at: Mark, text: &'t str, plain: bool) -> &'t str {
        let meant = match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => "true",
            "false" | "no" | "off" | "n" => "false",
            _ => return text,
        };
        if !plain || !matches!(text, "true" | "false") {
            let spot = self.spot(at);
            let name = field.path.last().copied().unwrap_or_default();
            self.findings.remark(
                spot,
                format!("`{name}` should be a plain `true` or `false`"),
            );
        }
        meant
    }

    fn key(&self, field: &'static Field) -> Key {
        Key {
            field: field.id,
            names: self.names[..field.names().min(self.names.len())].to_vec(),
        }
    }

    fn called(&self, field: &'static Field) -> String {
        format!("`{}`", self.key(field))
    }

    pub(super) fn push(&mut self, field: &'static Field, value: Arc<Value>, at: Mark) {
        self.read.push((self.key(field), value, at));
    }
}
