//! A file that is one entry: `muster.conf`, edited one edit after the other.

use std::sync::Arc;

use super::lines;
use super::meant::{self, Meant};
use super::piece::Piece;
use super::shape::Uneditable;
use crate::model::{Branch, Edit, Fault, File, Key, Place, Spot, Table};
use crate::registry::steps::{Whose, steps};

/// The byte order mark that a text may begin with.
const MARK: &str = "\u{feff}";

/// The file, and what is meant to become of its values.
#[derive(Debug)]
pub(in crate::registry) struct Whole {
    piece: Piece,
    /// What is to become of its values.
    pub meant: Vec<Meant>,
    file: Arc<str>,
    marked: bool,
}

impl Whole {
    /// The text of `file`; its last line has an end.
    pub(in crate::registry) fn new(text: &str, file: &Arc<str>) -> Self {
        let bare = text.strip_prefix(MARK);
        Self {
            piece: Piece::whole(bare.unwrap_or(text), lines::newline(text)),
            meant: Vec::new(),
            file: file.clone(),
            marked: bare.is_some(),
        }
    }

    /// Its text now.
    pub(in crate::registry) fn text(&self) -> String {
        let mark = if self.marked { MARK } else { "" };
        format!("{mark}{}", self.piece.text)
    }

    /// Does one edit.
    ///
    /// # Errors
    /// What speaks against it.
    pub(in crate::registry) fn edit(&mut self, edit: &Edit) -> Result<(), Fault> {
        self.done(edit).map_err(|fault| Fault {
            about: fault.about.or_else(|| Some(edit.place().to_string())),
            ..fault
        })
    }

    fn done(&mut self, edit: &Edit) -> Result<(), Fault> {
        match edit {
            Edit::Set { place, key, value } => {
                alone(place)?;
                let (key, field) = meant::key(Table::Settings, key)?;
                let Some(value) = meant::value(&key, field, value)? else {
                    return self.unset(key);
                };
                let path = self.path(&key.path_in(Table::Settings))?;
                let set =
                    |piece: &mut Piece| piece.set(&path, (field, &value), steps(Whose::Server));
                self.lines(set)?;
                self.meant.push(Meant::Is(key, value));
                Ok(())
            }
            Edit::Unset { place, key } => {
                alone(place)?;
                let (key, _) = meant::key(Table::Settings, key)?;
                self.unset(key)
            }
            Edit::Drop { place, key } => {
                alone(place)?;
                self.drop_branch(key)
            }
            Edit::Write { place, text } => {
                alone(place)?;
                self.meant.push(Meant::Anything);
                self.lines(|piece| piece.write(text))
            }
            Edit::Remove { place } => self.drop_branch(network(place)?),
            Edit::Rename { place, to } => {
                let from = network(place)?.clone();
                self.rename(&from, to)
            }
            Edit::Add { .. } | Edit::Copy { .. } => {
                let fault = Fault::error("a network without a subnet is none");
                Err(fault.hint("set `networks.NAME.subnet`; that makes the network"))
            }
        }
    }

    fn unset(&mut self, key: Key) -> Result<(), Fault> {
        let path = self.path(&key.path_in(Table::Settings))?;
        self.lines(|piece| piece.unset(&path).map(|_| ()))?;
        self.meant.push(Meant::Not(key));
        Ok(())
    }

    fn drop_branch(&mut self, text: &Arc<str>) -> Result<(), Fault> {
        let branch = branch(text)?;
        let path = self.path(&branch.path)?;
        let mut found = false;
        self.lines(|piece| {
            found = piece.unset(&path)?;
            Ok(())
        })?;
        if !found {
            return Err(Fault::error(format!("there is no `{text}` in it")));
        }
        self.meant.push(Meant::None(branch));
        Ok(())
    }

    fn rename(&mut self, from: &Arc<str>, to: &Arc<str>) -> Result<(), Fault> {
        let branch = branch(from)?;
        let to = to.strip_prefix("networks.").unwrap_or(to);
        let path = self.path(&branch.path)?;
        // The new name is checked as that of a network is.
        meant::key(Table::Settings, &format!("networks.\"{to}\".subnet"))?;
        let mut there = path.clone();
        if let Some(last) = there.last_mut() {
            *last = to.into();
        }
        if self
            .piece
            .holds(&there)
            .map_err(|why| self.uneditable(&why))?
        {
            return Err(Fault::error(format!("there is a network `{to}` already")));
        }
        let mut found = false;
        self.lines(|piece| {
            found = piece.rename_at(&path, to)?;
            Ok(())
        })?;
        if !found {
            return Err(Fault::error(format!("there is no `{from}` in it")));
        }
        self.meant.push(Meant::Anything);
        Ok(())
    }

    /// The words that lead to something in this text; the section `server` may be called `warewulf` in it.
    fn path(&self, below: &[Arc<str>]) -> Result<Vec<Arc<str>>, Fault> {
        let mut path = vec![Arc::default()];
        path.extend_from_slice(below);
        if path.get(1).is_some_and(|word| &**word == "server") {
            let holds = |word: &str| {
                let held = self.piece.holds(&[Arc::default(), word.into()]);
                held.map_err(|why| self.uneditable(&why))
            };
            if holds("warewulf")? && !holds("server")? {
                path[1] = "warewulf".into();
            }
        }
        Ok(path)
    }

    /// Does something to the lines.
    fn lines(
        &mut self,
        what: impl FnOnce(&mut Piece) -> Result<(), Uneditable>,
    ) -> Result<(), Fault> {
        what(&mut self.piece).map_err(|why| self.uneditable(&why))
    }

    fn uneditable(&self, why: &Uneditable) -> Fault {
        let fault = Fault::error(format!("it cannot be changed for you: {}", why.why));
        let spot = Spot {
            file: self.file.clone(),
            line: u32::try_from(why.line + 1).unwrap_or(u32::MAX),
            column: 1,
        };
        fault.at(spot).hint("change it in the file by hand")
    }
}

fn branch(text: &str) -> Result<Branch, Fault> {
    Branch::parse_in(Table::Settings, text).map_err(|error| Fault {
        hint: error.hint,
        ..Fault::error(error.what)
    })
}

/// Whether the place is the file itself.
fn alone(place: &Place) -> Result<(), Fault> {
    if place.name.is_empty() || &*place.name == File::Conf.name() {
        return Ok(());
    }
    let fault = Fault::error(format!("there are no settings called `{}`", place.name));
    Err(fault.hint(format!("there are only those of {}", File::Conf.name())))
}

/// The network that a place names.
fn network(place: &Place) -> Result<&Arc<str>, Fault> {
    let named = place.name.strip_prefix("networks.");
    match named.filter(|name| !name.is_empty()) {
        Some(_) => Ok(&place.name),
        None => Err(
            Fault::error("only a network can be removed or renamed whole")
                .hint("name it as `networks.NAME`; unset single settings"),
        ),
    }
}
