//! Structs of templates as tables: a row for every name, with what it yields.

use std::any::Any;

use bytes::Bytes;

use super::super::go::{Entries, List, Map, Object, Of, Value, Yield};
use super::super::sprig;
use crate::model::field::switch_or;

/// A field or method of a struct.
pub struct Row<T: 'static> {
    /// Its name in templates.
    pub name: &'static str,
    /// What it is, in one line.
    pub doc: &'static str,
    /// Its value.
    pub get: fn(&T) -> Value,
}

/// A struct: its type's name in Go, and its rows.
pub struct Kind<T: 'static> {
    /// The type, as `node.NetDev`.
    pub name: &'static str,
    /// Fields and methods without arguments.
    pub rows: &'static [Row<T>],
}

/// A row.
pub const fn row<T>(name: &'static str, doc: &'static str, get: fn(&T) -> Value) -> Row<T> {
    Row { name, doc, get }
}

/// A value of a struct.
struct Thing<T: 'static> {
    kind: &'static Kind<T>,
    of: T,
}

impl<T: Send + Sync + 'static> Kind<T> {
    /// A value of this struct.
    pub fn make(&'static self, of: T) -> Value {
        Value::object(Thing { kind: self, of })
    }
}

impl<T: Send + Sync + 'static> Object for Thing<T> {
    fn type_name(&self) -> &'static str {
        self.kind.name
    }

    fn member(&self, name: &str, _: &[Value]) -> Option<Yield> {
        let row = self.kind.rows.iter().find(|row| row.name == name)?;
        Some(Ok((row.get)(&self.of)))
    }

    fn names(&self) -> Vec<&'static str> {
        self.kind.rows.iter().map(|row| row.name).collect()
    }

    fn fields(&self) -> Vec<&'static str> {
        self.names()
    }

    fn any(&self) -> &dyn Any {
        self
    }
}

/// A text with methods: a switch of Warewulf (`OnBoot.Bool`), a name (`Id.Get`).
struct Named {
    text: Bytes,
    of: &'static str,
}

impl Object for Named {
    fn type_name(&self) -> &'static str {
        self.of
    }

    fn member(&self, name: &str, _: &[Value]) -> Option<Yield> {
        let text = String::from_utf8_lossy(&self.text);
        match name {
            "Get" | "String" => Some(Ok(Value::Text(self.text.clone()))),
            "Bool" | "GetB" if self.of == SWITCH => Some(Ok(Value::Bool(switch_or(&text, false)))),
            "BoolDefaultTrue" if self.of == SWITCH => Some(Ok(Value::Bool(switch_or(&text, true)))),
            _ => None,
        }
    }

    fn names(&self) -> Vec<&'static str> {
        match self.of {
            SWITCH => vec!["Bool", "BoolDefaultTrue", "Get", "String"],
            _ => vec!["Get", "String"],
        }
    }

    fn truth(&self) -> bool {
        !self.text.is_empty()
    }

    fn plain(&self) -> Option<Value> {
        Some(Value::Text(self.text.clone()))
    }

    fn text(&self) -> Option<Bytes> {
        Some(self.text.clone())
    }

    fn any(&self) -> &dyn Any {
        self
    }
}

/// The type of switches in Warewulf.
const SWITCH: &str = "wwtype.WWbool";

/// A switch, kept as it was written.
pub fn wwbool(text: &str) -> Value {
    let text = Bytes::copy_from_slice(text.as_bytes());
    Value::object(Named { text, of: SWITCH })
}

/// A name.
pub fn name(text: &str) -> Value {
    let text = Bytes::copy_from_slice(text.as_bytes());
    Value::object(Named { text, of: "string" })
}

/// A switch that may be unset: Go's pointer, which is true whenever it points at something, were it `false`.
struct Pointer(Option<bool>);

impl Object for Pointer {
    fn type_name(&self) -> &'static str {
        "*bool"
    }

    fn member(&self, _: &str, _: &[Value]) -> Option<Yield> {
        None
    }

    fn names(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn truth(&self) -> bool {
        self.0.is_some()
    }

    fn plain(&self) -> Option<Value> {
        Some(self.0.map_or(Value::Nil, Value::Bool))
    }

    fn text(&self) -> Option<Bytes> {
        Some(Bytes::from_static(match self.0 {
            Some(true) => b"true",
            Some(false) => b"false",
            None => b"<nil>",
        }))
    }

    fn any(&self) -> &dyn Any {
        self
    }
}

/// A switch that may be unset.
pub fn pointer(switch: Option<bool>) -> Value {
    Value::object(Pointer(switch))
}

/// An address. Unset, it prints `<nil>` and is false.
struct Address(Option<std::net::IpAddr>);

impl Object for Address {
    fn type_name(&self) -> &'static str {
        "net.IP"
    }

    fn member(&self, name: &str, args: &[Value]) -> Option<Yield> {
        let of = self.0;
        let truth = |truth: Option<bool>| Some(Ok(Value::Bool(truth.unwrap_or(false))));
        match name {
            "String" => self.text().map(|text| Ok(Value::Text(text))),
            "IsUnspecified" => truth(of.map(|ip| ip.is_unspecified())),
            "IsLoopback" => truth(of.map(|ip| ip.is_loopback())),
            "IsMulticast" => truth(of.map(|ip| ip.is_multicast())),
            "IsPrivate" => truth(of.map(|ip| match ip {
                std::net::IpAddr::V4(v4) => v4.is_private(),
                std::net::IpAddr::V6(v6) => v6.is_unique_local(),
            })),
            "To4" => Some(Ok(Value::object(Self(
                of.filter(std::net::IpAddr::is_ipv4),
            )))),
            "To16" => Some(Ok(Value::object(Self(of)))),
            "Equal" => {
                let other = args.first().map(sprig::spelled)?;
                Some(other.map(|other| Value::Bool(Some(other) == self.text())))
            }
            _ => None,
        }
    }

    fn is_method(&self, name: &str) -> bool {
        name == "Equal"
    }

    fn names(&self) -> Vec<&'static str> {
        vec![
            "String",
            "IsUnspecified",
            "IsLoopback",
            "IsMulticast",
            "IsPrivate",
            "To4",
            "To16",
            "Equal",
        ]
    }

    fn truth(&self) -> bool {
        self.0.is_some()
    }

    fn text(&self) -> Option<Bytes> {
        let text = self
            .0
            .map_or_else(|| "<nil>".to_owned(), |ip| ip.to_string());
        Some(Bytes::from(text))
    }

    fn any(&self) -> &dyn Any {
        self
    }
}

/// An address.
pub fn address(ip: Option<impl Into<std::net::IpAddr>>) -> Value {
    Value::object(Address(ip.map(Into::into)))
}

/// A list of texts, which Go knows as `nil` when there are none.
pub fn texts<T: AsRef<str>>(items: &[T]) -> Value {
    let items: Vec<Value> = items
        .iter()
        .map(|item| Value::text(item.as_ref()))
        .collect();
    let nil = items.is_empty();
    Value::List(
        List {
            items,
            of: Of::Text,
            nil,
        }
        .into(),
    )
}

/// Texts by name.
pub fn tags<K: AsRef<str>, V: AsRef<str>>(tags: impl IntoIterator<Item = (K, V)>) -> Value {
    map(
        tags.into_iter()
            .map(|(key, value)| (key, Value::text(value.as_ref()))),
        Of::Text,
    )
}

/// Values by name.
pub fn map<K: AsRef<str>>(entries: impl IntoIterator<Item = (K, Value)>, of: Of) -> Value {
    let key = |key: K| Bytes::copy_from_slice(key.as_ref().as_bytes());
    let entries: Entries = entries
        .into_iter()
        .map(|(name, value)| (key(name), value))
        .collect();
    Value::Map(Map::new(entries, of).into())
}
