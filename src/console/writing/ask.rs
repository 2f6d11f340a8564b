//! Questions that make, move and change files of an overlay: a few lines to fill in, checked at every key.

use std::sync::Arc;

use crate::api::{Content, OverlayStep};
use crate::console::widgets::Input;

use super::rights;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Write a new file.
    File,
    /// Make a folder.
    Folder,
    /// Make a symbolic link.
    Link,
    /// Make an overlay.
    Overlay,
    /// Take a file of this machine in.
    Import,
    /// Move this.
    Move(Arc<str>),
    /// Change the permission bits of this, which are so now.
    Mode(Arc<str>, u32),
    /// Change owner and group of this, which are so now.
    Owner(Arc<str>, (u32, u32)),
}

/// One line to fill in.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What it is.
    pub label: &'static str,
    /// What is typed.
    pub input: Input,
}

/// Users and groups of this machine: names and numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accounts {
    /// Users.
    pub users: Vec<(Arc<str>, u32)>,
    /// Groups.
    pub groups: Vec<(Arc<str>, u32)>,
}

impl Accounts {
    /// From the texts of `passwd` and `group`, whose fields are parted by colons: name, something, number.
    #[must_use]
    pub fn read(passwd: &str, group: &str) -> Self {
        let rows = |text: &str| {
            let row = |line: &str| {
                let mut fields = line.split(':');
                let name = fields.next()?;
                Some((Arc::from(name), fields.nth(1)?.parse().ok()?))
            };
            text.lines().filter_map(row).collect()
        };
        Self {
            users: rows(passwd),
            groups: rows(group),
        }
    }

    fn number(among: &[(Arc<str>, u32)], text: &str, what: &str) -> Result<u32, String> {
        if let Ok(number) = text.parse() {
            return Ok(number);
        }
        let known = among.iter().find(|(name, _)| **name == *text);
        known
            .map(|(_, number)| *number)
            .ok_or_else(|| format!("this server knows no {what} `{text}`: write its number"))
    }

    fn name(among: &[(Arc<str>, u32)], number: u32) -> String {
        let known = among.iter().find(|(_, own)| *own == number);
        known.map_or_else(
            || number.to_string(),
            |(name, _)| format!("{name} ({number})"),
        )
    }
}

/// The question.
#[derive(Debug, Clone)]
pub struct Ask {
    /// What is to be done.
    pub task: Task,
    /// The overlay that it is about; empty when one is made.
    pub overlay: Arc<str>,
    /// The lines.
    pub entries: Vec<Entry>,
    /// The line that is typed in.
    pub at: usize,
    accounts: Accounts,
    /// Paths that are there, and whether each is a folder.
    paths: Vec<(Arc<str>, bool)>,
}

fn entry(label: &'static str, text: impl Into<String>) -> Entry {
    Entry {
        label,
        input: Input::new(text),
    }
}

/// A path as it is kept, from one that was typed.
fn path(text: &str) -> Result<Arc<str>, String> {
    let text = text.trim().trim_start_matches('/').trim_end_matches('/');
    if text.is_empty() {
        return Err("type a path, as etc/motd".into());
    }
    if text.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(format!(
            "`{text}` leads elsewhere: no `.`, `..` or `//` in it"
        ));
    }
    Ok(text.into())
}

impl Ask {
    /// About an overlay with these paths, each with whether it is a folder; `folder` is where the cursor is.
    #[must_use]
    pub fn new(
        task: Task,
        overlay: Arc<str>,
        folder: &str,
        accounts: &Accounts,
        paths: Vec<(Arc<str>, bool)>,
    ) -> Self {
        let start = if folder.is_empty() {
            String::new()
        } else {
            format!("{folder}/")
        };
        let entries = match &task {
            Task::File => vec![entry("path", start)],
            Task::Folder => vec![entry("path", start), entry("rights", "0755")],
            Task::Link => vec![entry("path", start), entry("points to", "")],
            Task::Overlay => vec![entry("name", "")],
            Task::Import => vec![entry("file", ""), entry("to path", start)],
            Task::Move(from) => vec![entry("to path", &**from)],
            Task::Mode(_, mode) => vec![entry("rights", format!("{mode:04o}"))],
            Task::Owner(_, (user, group)) => vec![
                entry("user", user.to_string()),
                entry("group", group.to_string()),
            ],
        };
        Self {
            task,
            overlay,
            entries,
            at: 0,
            accounts: accounts.clone(),
            paths,
        }
    }

    /// The line that is typed in.
    pub fn input(&mut self) -> &mut Input {
        let at = self.at.min(self.entries.len() - 1);
        &mut self.entries[at].input
    }

    /// To the line below or above.
    pub fn step(&mut self, by: isize) {
        let last = self.entries.len() - 1;
        self.at = self.at.saturating_add_signed(by).min(last);
    }

    /// To the next line. A file that is taken in keeps its name unless another one is typed.
    pub fn go_on(&mut self) {
        let name = self.source().and_then(|source| source.rsplit('/').next());
        let name = name.unwrap_or_default().to_owned();
        self.step(1);
        let to = self.input();
        if to.text().is_empty() || to.text().ends_with('/') {
            to.insert(&name);
        }
    }

    fn text(&self, at: usize) -> &str {
        self.entries
            .get(at)
            .map_or("", |entry| entry.input.text().trim())
    }

    /// What the question is.
    #[must_use]
    pub fn title(&self) -> String {
        let overlay = &self.overlay;
        match &self.task {
            Task::File => format!("new file in {overlay}"),
            Task::Folder => format!("new folder in {overlay}"),
            Task::Link => format!("new symbolic link in {overlay}"),
            Task::Overlay => "new overlay".into(),
            Task::Import => format!("take a file of this machine into {overlay}"),
            Task::Move(from) => format!("move {from}"),
            Task::Mode(path, _) => format!("rights of {path}"),
            Task::Owner(path, _) => format!("owner of {path}"),
        }
    }

    /// The path that is typed in line `at`, if nothing is there.
    fn free(&self, at: usize) -> Result<Arc<str>, String> {
        let path = path(self.text(at))?;
        let there = |(own, _): &&(Arc<str>, bool)| **own == *path;
        match self.paths.iter().find(there) {
            Some((_, true)) => Err(format!("there is a folder {path}")),
            Some((_, false)) => Err(format!("there is a file {path}: e on it edits it")),
            None => Ok(path),
        }
    }

    /// The path of a new file; of an imported one with where it comes from.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn path(&self) -> Result<Arc<str>, String> {
        self.free(usize::from(self.task == Task::Import))
    }

    /// The file of this machine that is to be taken in.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        (self.task == Task::Import)
            .then(|| self.text(0))
            .filter(|text| !text.is_empty())
    }

    /// What it does. Of a new file and of one that is taken in that is not known here.
    ///
    /// # Errors
    /// What is wrong with what is typed.
    pub fn steps(&self) -> Result<Vec<OverlayStep>, String> {
        let step = match &self.task {
            Task::File | Task::Import => OverlayStep::Write {
                path: self.path()?,
                content: Content::Text("".into()),
                mode: None,
            },
            Task::Folder => OverlayStep::Mkdir {
                path: self.free(0)?,
                mode: Some(rights::read(self.text(1), 0o755)?),
            },
            Task::Link => {
                let path = self.free(0)?;
                let target = self.text(1);
                if target.is_empty() {
                    return Err("type what it points to, as on the node".into());
                }
                let target = target.into();
                OverlayStep::Symlink { path, target }
            }
            Task::Overlay => {
                self.name()?;
                OverlayStep::Create
            }
            Task::Move(from) => {
                let to = path(self.text(0))?;
                if to == *from {
                    return Err("type where it is to go".into());
                }
                if to
                    .strip_prefix(&**from)
                    .is_some_and(|rest| rest.starts_with('/'))
                {
                    return Err("a folder cannot go into itself".into());
                }
                let to = self.free(0)?;
                let path = from.clone();
                OverlayStep::Move { path, to }
            }
            Task::Mode(path, now) => {
                let mode = rights::read(self.text(0), *now)?;
                let path = path.clone();
                OverlayStep::Mode { path, mode }
            }
            Task::Owner(path, now) => self.owner(path, *now)?,
        };
        Ok(vec![step])
    }

    fn owner(&self, path: &Arc<str>, now: (u32, u32)) -> Result<OverlayStep, String> {
        let uid = Accounts::number(&self.accounts.users, self.text(0), "user")?;
        let gid = Accounts::number(&self.accounts.groups, self.text(1), "group")?;
        Ok(OverlayStep::Owner {
            path: path.clone(),
            uid: Some(uid).filter(|uid| *uid != now.0),
            gid: Some(gid).filter(|gid| *gid != now.1),
        })
    }

    /// The name of the overlay that it is about, or that is made.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn name(&self) -> Result<Arc<str>, String> {
        if self.task != Task::Overlay {
            return Ok(self.overlay.clone());
        }
        let name = self.text(0);
        if name.is_empty() {
            return Err("type a name, as slurm".into());
        }
        // The rest is for the engine to judge.
        if name.contains(|c: char| c == '/' || c.is_whitespace()) {
            return Err(format!("`{name}` is no name: no `/` and no blanks in it"));
        }
        Ok(name.into())
    }

    /// One line on what is typed.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn told(&self) -> Result<String, String> {
        match &self.task {
            Task::File | Task::Import => {
                if self.source().is_none() && self.task == Task::Import {
                    return Err("type the path of a file of this machine".into());
                }
                let path = self.path()?;
                Ok(match path.rsplit_once('.').map(|(_, end)| end) {
                    Some("tera") => "a template of muster's own kind".into(),
                    Some("ww") => "a template in Go's language, as Warewulf has them".into(),
                    _ => "taken as it is; a path that ends in .tera makes it a template".into(),
                })
            }
            Task::Folder => {
                self.free(0)?;
                Ok(rights::shown(rights::read(self.text(1), 0o755)?))
            }
            Task::Mode(_, now) => {
                let mode = rights::read(self.text(0), *now)?;
                let (new, old) = (rights::shown(mode), rights::shown(*now));
                Ok(if mode == *now {
                    format!("{new}, as it is")
                } else {
                    format!("{old} → {new} ({mode:04o})")
                })
            }
            Task::Owner(_, now) => {
                let OverlayStep::Owner { uid, gid, .. } = self.owner(&"".into(), *now)? else {
                    return Ok(String::new());
                };
                let user = Accounts::name(&self.accounts.users, uid.unwrap_or(now.0));
                let group = Accounts::name(&self.accounts.groups, gid.unwrap_or(now.1));
                Ok(format!("user {user}, group {group}"))
            }
            Task::Overlay => self.name().map(|_| {
                "an empty overlay of the site; nodes get it once a profile or node lists it".into()
            }),
            Task::Link | Task::Move(_) => self.steps().map(|_| String::new()),
        }
    }

    /// Tab: completes a path by those that are there, a name by those that are known; else to the next line.
    pub fn complete(&mut self) {
        let label = self.entries[self.at.min(self.entries.len() - 1)].label;
        let known: Vec<String> = match label {
            "path" | "to path" => {
                let folder = |(path, folder): &(Arc<str>, bool)| folder.then(|| format!("{path}/"));
                self.paths.iter().filter_map(folder).collect()
            }
            "user" => self
                .accounts
                .users
                .iter()
                .map(|(name, _)| name.to_string())
                .collect(),
            "group" => self
                .accounts
                .groups
                .iter()
                .map(|(name, _)| name.to_string())
                .collect(),
            _ => Vec::new(),
        };
        let typed = self.input().halves().0.to_owned();
        let mut fitting = known.iter().filter_map(|name| name.strip_prefix(&typed));
        let more = fitting.next().map(|first| {
            fitting.fold(first.to_owned(), |shared, other| {
                let same = shared
                    .chars()
                    .zip(other.chars())
                    .take_while(|(a, b)| a == b);
                same.map(|(a, _)| a).collect()
            })
        });
        match more.filter(|more| !more.is_empty()) {
            Some(more) => self.input().insert(&more),
            None => self.at = (self.at + 1) % self.entries.len(),
        }
    }
}
