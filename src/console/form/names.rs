//! Names being typed for nodes that are to be added, or for an entry that is to be called otherwise.

use std::sync::Arc;

use crate::console::widgets::Input;
use crate::kit::{hostlist, units};
use crate::model::{Edit, Place, Table, Value, field};

/// What the names are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// New nodes that say nothing yet.
    Add,
    /// A new profile, built on this one.
    Build(Option<Arc<str>>),
    /// New entries that say what this one says.
    Copy(Place),
    /// Another name for this one.
    Rename(Place),
}

/// The names being typed.
#[derive(Debug, Clone)]
pub struct Names {
    /// What for.
    pub task: Task,
    /// The line.
    pub input: Input,
    /// The revision that was looked at.
    pub base: u64,
    /// The profile that new nodes list; none when there is no such profile.
    pub profile: Option<Arc<str>>,
}

impl Names {
    /// For a task, with what the line begins with.
    #[must_use]
    pub fn new(task: Task, text: &str, base: u64) -> Self {
        Self {
            task,
            input: Input::new(text),
            base,
            profile: None,
        }
    }

    /// What it is about.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.task {
            Task::Add => "new nodes".into(),
            Task::Build(None) => "new profile".into(),
            Task::Build(Some(below)) => format!("new profile, built on {below}"),
            Task::Copy(place) => format!("new {} like {}", place.table.many(), place.name),
            Task::Rename(place) => format!("rename {place}"),
        }
    }

    /// Where the names are to be listed.
    #[must_use]
    pub const fn table(&self) -> Table {
        match &self.task {
            Task::Add => Table::Nodes,
            Task::Build(_) => Table::Profiles,
            Task::Copy(place) | Task::Rename(place) => place.table,
        }
    }

    /// The names that are typed; `exists` tells which are taken.
    ///
    /// # Errors
    /// What is wrong with them, as a sentence.
    pub fn names(&self, exists: impl Fn(&str) -> bool) -> Result<Vec<String>, String> {
        let text = self.input.text().trim();
        let one = self.table().one();
        if text.is_empty() {
            return Err(match self.task {
                Task::Rename(_) => "type its new name".into(),
                _ => format!("type a name, or several as {one}[001-200]"),
            });
        }
        let names = match &self.task {
            Task::Rename(place) if *place.name == *text => {
                return Err("that is its name now".into());
            }
            Task::Rename(_) => vec![text.to_owned()],
            _ => hostlist::expand(text).map_err(|error| error.to_string())?,
        };
        if names.is_empty() {
            return Err("this stands for no name".into());
        }
        for name in &names {
            if let Some(bad) = field::bad_name(name) {
                return Err(format!("`{name}` {bad}"));
            }
        }
        let taken: Vec<&String> = names.iter().filter(|name| exists(name)).collect();
        if !taken.is_empty() {
            let there = if taken.len() == 1 {
                "is there already"
            } else {
                "are there already"
            };
            return Err(format!("{} {there}", hostlist::compress(&taken)));
        }
        Ok(names)
    }

    /// What the names that are typed mean, in words.
    #[must_use]
    pub fn meaning(&self, names: &[String]) -> String {
        let table = self.table();
        match (&self.task, names) {
            (Task::Rename(place), [name]) => format!("{} becomes {name}, everywhere", place.name),
            (Task::Add, [name]) => format!("one new node: {name}{}", self.with()),
            (_, [name]) => format!("one new {}: {name}", table.one()),
            (_, names) => format!(
                "{} new {}, from {} to {}{}",
                units::count(names.len()),
                table.many(),
                names.first().map_or("", String::as_str),
                names.last().map_or("", String::as_str),
                if self.task == Task::Add {
                    self.with()
                } else {
                    String::new()
                },
            ),
        }
    }

    /// What new nodes inherit from, in words.
    fn with(&self) -> String {
        match &self.profile {
            Some(profile) => format!(", with profile {profile}"),
            None => String::new(),
        }
    }

    /// What they would change.
    #[must_use]
    pub fn edits(&self, names: &[String]) -> Vec<Edit> {
        let edit = |name: &String| {
            let to: Arc<str> = name.as_str().into();
            let place = Place {
                table: self.table(),
                name: to.clone(),
            };
            match &self.task {
                Task::Add => built(place, self.profile.as_ref()),
                Task::Build(below) => built(place, below.as_ref()),
                Task::Copy(place) => vec![Edit::Copy {
                    place: place.clone(),
                    to,
                }],
                Task::Rename(place) => vec![Edit::Rename {
                    place: place.clone(),
                    to,
                }],
            }
        };
        names.iter().flat_map(edit).collect()
    }
}

/// The edits that make an entry, and let it list a profile.
fn built(place: Place, below: Option<&Arc<str>>) -> Vec<Edit> {
    let list = below.map(|below| Edit::Set {
        place: place.clone(),
        key: "profiles".into(),
        value: Value::List(vec![below.clone()]),
    });
    [Edit::Add { place }].into_iter().chain(list).collect()
}
