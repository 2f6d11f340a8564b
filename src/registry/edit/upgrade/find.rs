//! What is to be changed next in a text with older spellings.

use std::sync::Arc;

use saphyr_parser::ScalarStyle;

use super::{Sheet, Swaps};
use crate::kit::suggest;
use crate::model::Value;
use crate::model::field::{self, Field, Kind, Older};
use crate::registry::edit::shape::{Form, Shape};
use crate::registry::steps::{Step, Whose, steps};

/// What becomes of a key.
#[derive(Debug)]
pub(super) enum Act {
    /// It gets another name where it stands.
    Name(&'static str),
    /// Its value goes to another place.
    Move(Vec<Arc<str>>, &'static Field, Value),
    /// Its value is written otherwise where it stands.
    Value(&'static Field, Value),
    /// It becomes these, beside it, unless they are there already.
    Split(Vec<(&'static str, &'static Field, String)>),
    /// It becomes a comment.
    Out,
    /// It goes.
    Cut,
    /// An entry without a value gets an empty one.
    Empty,
}

/// One change to come.
#[derive(Debug)]
pub(super) struct Op {
    pub path: Vec<Arc<str>>,
    pub act: Act,
    pub why: String,
    pub secret: bool,
    pub loses: bool,
}

/// Looks for the first change.
pub(super) struct Finder<'a> {
    sheet: &'a Sheet,
    whose: Whose,
    swaps: &'a Swaps,
    path: Vec<Arc<str>>,
    /// Names of entries on the way.
    names: Vec<Arc<str>>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(sheet: &'a Sheet, whose: Whose, swaps: &'a Swaps) -> Self {
        Self {
            sheet,
            whose,
            swaps,
            path: Vec::new(),
            names: Vec::new(),
        }
    }

    /// The first change of an entry, or of the settings.
    pub(super) fn first(mut self, root: &Shape) -> Option<Op> {
        if self.whose == Whose::Server {
            return self.section(root, steps(self.whose));
        }
        let (name, entry) = root.pairs().first()?;
        self.path.push(name.text().into());
        if entry.is_hollow() && !entry.is_flow() {
            return Some(self.op(Act::Empty, "an entry without a value is written `{}`"));
        }
        self.section(entry, steps(self.whose))
    }

    fn op(&self, act: Act, why: impl Into<String>) -> Op {
        Op {
            path: self.path.clone(),
            act,
            why: why.into(),
            secret: false,
            loses: false,
        }
    }

    fn section(&mut self, map: &Shape, step: &'static Step) -> Option<Op> {
        for (key, value) in map.pairs() {
            self.path.push(key.text().into());
            let found = self.pair(map, key.text(), value, step);
            self.path.pop();
            if found.is_some() {
                return found;
            }
        }
        None
    }

    fn pair(&mut self, map: &Shape, name: &str, value: &Shape, step: &'static Step) -> Option<Op> {
        let top = self.whose == Whose::Server && self.names.is_empty();
        let alias = if top && name == "warewulf" {
            "server"
        } else {
            name
        };
        if let Some(next) = step.word(alias) {
            return self.known(map, value, next);
        }
        let Some(next) = &step.any else {
            return self.unknown(name, step);
        };
        self.names.push(name.into());
        let found = self.known(map, value, next);
        self.names.pop();
        found
    }

    fn known(&mut self, map: &Shape, value: &Shape, step: &'static Step) -> Option<Op> {
        if let Some(older) = step.older {
            return Some(self.older(map, value, older, step.field));
        }
        // A section whose entries are all older spellings, as `keys`, needs another name only.
        if let Some(older) = step.any.as_ref().and_then(|any| any.older)
            && let [now, "*"] = older.now
            && !value.is_hollow()
            && !map.pairs().iter().any(|(key, _)| key.text() == *now)
        {
            let why = format!("`{}` is now `{now}`", older.path[0]);
            return Some(self.op(Act::Name(now), why));
        }
        match step.field {
            Some(field) => self.field(value, field),
            None if self.whose == Whose::Server && is_idle(value, step) => {
                let words: Vec<&str> = self.path.iter().map(AsRef::as_ref).collect();
                let why = format!("`{}` is not acted on yet", words.join(": "));
                Some(self.op(Act::Out, why))
            }
            None => self.section(value, step),
        }
    }

    fn older(
        &self,
        map: &Shape,
        value: &Shape,
        older: &'static Older,
        field: Option<&'static Field>,
    ) -> Op {
        let last = older.path.iter().rev().find(|word| **word != "*");
        let last = last.copied().unwrap_or_default();
        let old = match older.path {
            path if path.contains(&"*") => last.to_owned(),
            ["server", rest @ ..] => format!("warewulf: {}", rest.join(": ")),
            path => path.join(": "),
        };
        let Some(field) = field else {
            return self.op(Act::Out, format!("`{old}` is no longer read"));
        };
        let now: Vec<&str> = field.path.iter().filter(|w| **w != "*").copied().collect();
        let why = format!("`{old}` is now `{}`", now.join(": "));
        if value.is_hollow() || value.text().is_empty() && matches!(value.what, Form::Scalar(..)) {
            return self.op(Act::Cut, format!("`{old}` says nothing"));
        }
        let mut op = match (last, field.id) {
            _ if self.whose == Whose::Server && !field.acted_on => self.op(
                Act::Out,
                format!("{} is not acted on yet", self.called(field)),
            ),
            ("ipcidr", _) => self.split(ipcidr(value.text()), why),
            ("ip6addr", _) if value.text().contains('/') => self.split(ip6cidr(value.text()), why),
            (_, "primary") => self.primary(value, field, why),
            _ => self.moved(map, value, older, field, why),
        };
        op.secret = field.secret;
        op
    }

    fn split(&self, parts: Vec<(&'static str, &'static Field, String)>, why: String) -> Op {
        if parts.is_empty() {
            let mut op = self.op(Act::Out, format!("{why}, and this is none"));
            op.loses = true;
            return op;
        }
        self.op(Act::Split(parts), why)
    }

    fn primary(&self, value: &Shape, field: &'static Field, why: String) -> Op {
        let Some(device) = self.names.last().filter(|_| field::switch(value.text())) else {
            return self.op(
                Act::Cut,
                "a device that is not the primary one says nothing of it",
            );
        };
        let to = vec![self.path[0].clone(), field.path[0].into()];
        self.op(Act::Move(to, field, Value::Text(device.clone())), why)
    }

    fn moved(
        &self,
        map: &Shape,
        value: &Shape,
        older: &'static Older,
        field: &'static Field,
        why: String,
    ) -> Op {
        let (head, now) = field.path.split_at(field.path.len() - 1);
        let beside = older.path.len() == field.path.len() && older.path.starts_with(head);
        let taken = |word: &str| map.pairs().iter().any(|(key, _)| key.text() == word);
        if beside && now != ["*"] && !taken(now[0]) {
            return self.op(Act::Name(now[0]), why);
        }
        let Some(new) = value_of(value, field) else {
            let mut op = self.op(Act::Out, format!("{why}, and this is none"));
            op.loses = true;
            return op;
        };
        let mut names = self.names.iter().cloned();
        let word = |word: &&'static str| match *word {
            "*" => names.next().unwrap_or_default(),
            word => word.into(),
        };
        let first = self.path.first().cloned();
        let entry = first.filter(|_| self.whose != Whose::Server);
        let to = entry
            .into_iter()
            .chain(field.path.iter().map(word))
            .collect();
        self.op(Act::Move(to, field, new), why)
    }

    fn field(&self, value: &Shape, field: &'static Field) -> Option<Op> {
        if self.whose == Whose::Server && !field.acted_on {
            return Some(self.op(
                Act::Out,
                format!("{} is not acted on yet", self.called(field)),
            ));
        }
        if let Some(op) = self.swapped(value, field) {
            return Some(op);
        }
        match &value.what {
            Form::Scalar(text, style) if field.kind == Kind::Bool && !value.is_hollow() => {
                let plain =
                    *style == ScalarStyle::Plain && matches!(text.as_str(), "true" | "false");
                let meant = match text.to_ascii_lowercase().as_str() {
                    "true" | "yes" | "on" | "y" => "true",
                    "false" | "no" | "off" | "n" => "false",
                    _ => return None,
                };
                let new = Value::Text(meant.into());
                let why = format!("{} is a plain `true` or `false` now", self.called(field));
                (!plain).then(|| self.op(Act::Value(field, new), why))
            }
            Form::Scalar(text, _)
                if field.kind.is_list() && !value.is_hollow() && !text.is_empty() =>
            {
                let new = value_of(value, field)?;
                let why = format!("{} is a list now", self.called(field));
                Some(self.op(Act::Value(field, new), why))
            }
            _ => None,
        }
    }

    /// Items of lists that stand for others.
    fn swapped(&self, value: &Shape, field: &'static Field) -> Option<Op> {
        if self.sheet.done.contains(&self.path) {
            return None;
        }
        let Some(Value::List(items)) = value_of(value, field).filter(|_| field.kind.is_list())
        else {
            return None;
        };
        let mut new = Vec::new();
        let mut why = None;
        for item in items {
            let (sign, plain) = match item.strip_prefix('~') {
                Some(plain) => ("~", plain),
                None => ("", &*item),
            };
            let key = (field.id, Arc::from(plain));
            match self.swaps.get(&key) {
                Some(others) => {
                    why.get_or_insert_with(|| {
                        format!("overlay `{plain}` was divided into {}", others.join(", "))
                    });
                    new.extend(
                        others
                            .iter()
                            .map(|other| Arc::from(format!("{sign}{other}"))),
                    );
                }
                None => new.push(item),
            }
        }
        why.map(|why| self.op(Act::Value(field, Value::List(new)), why))
    }

    fn unknown(&self, name: &str, step: &'static Step) -> Option<Op> {
        let near = suggest::hint(name, step.known());
        if self.whose != Whose::Server && near.is_none() {
            // It is passed over with a warning; it may be a word of a later release.
            return None;
        }
        let hint = near.map(|near| format!("; {near}")).unwrap_or_default();
        let name = crate::registry::findings::quoted(name);
        let mut op = self.op(Act::Out, format!("unknown key `{name}`{hint}"));
        op.loses = true;
        // Nobody knows whether it is a secret.
        op.secret = self.whose != Whose::Server;
        Some(op)
    }

    fn called(&self, field: &Field) -> String {
        let words: Vec<_> = field.path.iter().filter(|w| **w != "*").copied().collect();
        match (self.whose, words.as_slice()) {
            (Whose::Server, ["server", rest @ ..]) => format!("`warewulf: {}`", rest.join(": ")),
            (_, words) => format!("`{}`", words.join(": ")),
        }
    }
}

/// Whether nothing in a section of the settings is acted on.
fn is_idle(map: &Shape, step: &Step) -> bool {
    let idle = |(key, value): &(Shape, Shape)| {
        let Some(next) = step.word(key.text()).or(step.any.as_deref()) else {
            return false;
        };
        match next.field {
            Some(field) => !field.acted_on,
            None => next.older.is_some() || is_idle(value, next),
        }
    };
    !map.pairs().is_empty() && map.pairs().iter().all(idle)
}

/// A value as the loader reads it; none if it is not of the field's form.
pub(super) fn value_of(value: &Shape, field: &Field) -> Option<Value> {
    match &value.what {
        Form::Scalar(text, _) if field.kind.is_list() => {
            let blanks = field.kind == Kind::Words;
            let parts = text.split(|c: char| if blanks { c.is_whitespace() } else { c == ',' });
            let parts = parts.map(str::trim).filter(|part| !part.is_empty());
            Some(Value::List(parts.map(Arc::from).collect()))
        }
        Form::Scalar(text, _) => Some(Value::Text(text.as_str().into())),
        Form::Seq(_, items) if field.kind.is_list() => {
            let text = |item: &Shape| match &item.what {
                Form::Scalar(text, _) => Some(Arc::from(text.as_str())),
                Form::Seq(..) | Form::Map(..) => None,
            };
            items
                .iter()
                .map(text)
                .collect::<Option<_>>()
                .map(Value::List)
        }
        Form::Seq(..) | Form::Map(..) => None,
    }
}

fn ipcidr(text: &str) -> Vec<(&'static str, &'static Field, String)> {
    let Ok(net) = text.parse::<ipnet::Ipv4Net>() else {
        return Vec::new();
    };
    let parts = [
        ("net.ipaddr", net.addr().to_string()),
        ("net.netmask", net.netmask().to_string()),
    ];
    named(parts)
}

fn ip6cidr(text: &str) -> Vec<(&'static str, &'static Field, String)> {
    let Ok(net) = text.parse::<ipnet::Ipv6Net>() else {
        return Vec::new();
    };
    let parts = [
        ("net.ipaddr6", net.addr().to_string()),
        ("net.prefixlen6", net.prefix_len().to_string()),
    ];
    named(parts)
}

fn named(parts: [(&str, String); 2]) -> Vec<(&'static str, &'static Field, String)> {
    let field = |(id, text): (&str, String)| {
        let field = field::of_node(id)?;
        Some((*field.path.last()?, field, text))
    };
    parts.into_iter().filter_map(field).collect()
}
