//! Values as Go's templates have them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bytes::Bytes;

/// Entries of a map, in the order in which Go prints and goes through them.
pub type Entries = BTreeMap<Bytes, Value>;

/// A value. Texts are bytes, as in Go: a file of the server need not be UTF-8.
#[derive(Clone)]
pub enum Value {
    /// Nothing: a key that a map lacks, `nil`.
    Nil,
    /// `bool`.
    Bool(bool),
    /// Any whole number, with the type that Go has it in.
    Int(i128, Int),
    /// `float64`.
    Float(f64),
    /// `string`.
    Text(Bytes),
    /// A slice.
    List(Arc<List>),
    /// A map with texts for keys.
    Map(Arc<Map>),
    /// A struct, or a named type with methods.
    Object(Arc<dyn Object>),
}

/// Go's types of whole numbers, as far as templates meet them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Int {
    /// `int`, of constants and lengths.
    Int,
    /// `int64`, of most arithmetic functions.
    Int64,
    /// `int32`.
    Int32,
    /// `uint8`, a byte of a text.
    Uint8,
    /// `uint64`.
    Uint64,
}

/// What the elements of a list or map are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// Anything: `interface {}`.
    Any,
    /// `string`.
    Text,
    /// `int`.
    Int,
    /// Something of ours, by the name of its type.
    Named(&'static str),
}

/// A slice.
pub struct List {
    /// Its elements.
    pub items: Vec<Value>,
    /// Of which type they are.
    pub of: Of,
    /// Whether it is Go's `nil` slice, which only JSON tells from an empty one.
    pub nil: bool,
}

/// A map. The only value that can be changed, as Sprig's `set` does.
pub struct Map {
    items: RwLock<Entries>,
    /// Of which type its values are.
    pub of: Of,
    /// Whether it is Go's `nil` map.
    pub nil: bool,
}

/// A struct or named type.
pub trait Object: Send + Sync {
    /// Its type, as `node.Node`.
    fn type_name(&self) -> &'static str;

    /// A field, or what a method yields for `args`; none if it has neither. A field is never given arguments: see
    /// [`Object::is_method`].
    ///
    /// # Errors
    /// A sentence.
    fn member(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>>;

    /// Whether a name is a method, which may have arguments.
    fn is_method(&self, _name: &str) -> bool {
        false
    }

    /// Every field and method, for advice.
    fn names(&self) -> Vec<&'static str>;

    /// Names of the fields that are printed, in order.
    fn fields(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// Whether `if` takes it for true.
    fn truth(&self) -> bool {
        true
    }

    /// The value below a named type or pointer, which functions take instead of it.
    fn plain(&self) -> Option<Value> {
        None
    }

    /// How it prints, if not as its fields: what its method `String` yields.
    fn text(&self) -> Option<Bytes> {
        None
    }

    /// For functions that know what is behind it.
    fn any(&self) -> &dyn std::any::Any;
}

impl Int {
    /// Go's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Int32 => "int32",
            Self::Uint8 => "uint8",
            Self::Uint64 => "uint64",
        }
    }

    /// Whether it has no sign.
    pub const fn unsigned(self) -> bool {
        matches!(self, Self::Uint8 | Self::Uint64)
    }
}

impl Of {
    /// Go's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Text => "string",
            Self::Int => "int",
            Self::Named(name) => name,
        }
    }

    /// What an element that is not there counts as.
    pub const fn zero(self) -> Value {
        match self {
            Self::Text => Value::Text(Bytes::new()),
            Self::Int => Value::Int(0, Int::Int),
            Self::Any | Self::Named(_) => Value::Nil,
        }
    }
}

impl Value {
    /// A text.
    pub fn text(text: &str) -> Self {
        Self::Text(Bytes::copy_from_slice(text.as_bytes()))
    }

    /// An `int`.
    pub fn int(number: usize) -> Self {
        Self::Int(number as i128, Int::Int)
    }

    /// An `int64`, with Go's overflow.
    pub const fn int64(number: i64) -> Self {
        Self::Int(number as i128, Int::Int64)
    }

    /// A `[]interface {}`.
    pub fn list(items: Vec<Self>) -> Self {
        Self::typed(items, Of::Any)
    }

    /// A `[]string`.
    pub fn texts<T: AsRef<[u8]>>(items: impl IntoIterator<Item = T>) -> Self {
        let text = |item: T| Self::Text(Bytes::copy_from_slice(item.as_ref()));
        Self::typed(items.into_iter().map(text).collect(), Of::Text)
    }

    /// A slice of some type.
    pub fn typed(items: Vec<Self>, of: Of) -> Self {
        let nil = false;
        Self::List(Arc::new(List { items, of, nil }))
    }

    /// A `map[string]interface {}`.
    pub fn map(items: Entries) -> Self {
        Self::Map(Arc::new(Map::new(items, Of::Any)))
    }

    /// An object.
    pub fn object(object: impl Object + 'static) -> Self {
        Self::Object(Arc::new(object))
    }

    /// The value below named types.
    pub fn plain(&self) -> Self {
        match self {
            Self::Object(object) => object.plain().unwrap_or_else(|| self.clone()),
            other => other.clone(),
        }
    }

    /// Go's name of its type.
    pub fn type_name(&self) -> String {
        match self {
            Self::Nil => "nil".into(),
            Self::Bool(_) => "bool".into(),
            Self::Int(_, of) => of.word().into(),
            Self::Float(_) => "float64".into(),
            Self::Text(_) => "string".into(),
            Self::List(list) => format!("[]{}", list.of.word()),
            Self::Map(map) => format!("map[string]{}", map.of.word()),
            Self::Object(object) => object.type_name().into(),
        }
    }

    /// Whether `if` takes it for true: not for zero, nothing, or what is empty.
    pub fn truth(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(truth) => *truth,
            Self::Int(number, _) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(list) => !list.items.is_empty(),
            Self::Map(map) => !map.read().is_empty(),
            Self::Object(object) => object.truth(),
        }
    }

    /// How many values it holds, all the way down, up to `most`.
    pub fn weight(&self, most: u64) -> u64 {
        let mut left = vec![self.clone()];
        let mut seen = 0;
        while let Some(value) = left.pop().filter(|_| seen < most) {
            seen += 1;
            match value {
                Self::List(list) => left.extend(list.items.iter().cloned()),
                Self::Map(map) => left.extend(map.read().values().cloned()),
                Self::Text(text) => seen += text.len() as u64 / crate::overlay::budget::TEXT,
                _ => {}
            }
        }
        seen
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.type_name(), super::print::shown(self))
    }
}

impl Map {
    /// A map of values of one type.
    pub const fn new(items: Entries, of: Of) -> Self {
        Self {
            items: RwLock::new(items),
            of,
            nil: false,
        }
    }

    /// Its entries.
    pub fn read(&self) -> RwLockReadGuard<'_, Entries> {
        self.items
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Its entries, to be changed. Whoever puts a value in has made sure that the value does not hold this map.
    pub fn write(&self) -> RwLockWriteGuard<'_, Entries> {
        self.items
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Lets go of nested values one after another: a chain a million deep must not go down with the stack.
fn bury(mut left: Vec<Value>) {
    while let Some(value) = left.pop() {
        match value {
            Value::List(list) => {
                if let Some(mut list) = Arc::into_inner(list) {
                    left.append(&mut list.items);
                }
            }
            Value::Map(map) => {
                if let Some(map) = Arc::into_inner(map) {
                    left.extend(std::mem::take(&mut *map.write()).into_values());
                }
            }
            _ => {}
        }
    }
}

impl Drop for List {
    fn drop(&mut self) {
        if self
            .items
            .iter()
            .any(|item| matches!(item, Value::List(_) | Value::Map(_)))
        {
            bury(std::mem::take(&mut self.items));
        }
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        let items = std::mem::take(&mut *self.write());
        bury(items.into_values().collect());
    }
}
