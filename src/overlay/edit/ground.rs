//! What a change is made upon: the overlay as it stands, who may give what to whom, and who lists it.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::behind::{RECORD, Shipped};
use super::draft::{Base, Draft, join};
use super::piece::Piece;
use super::plan::Problem;
use super::rows;
use super::step::Step;
use crate::kit::suggest;
use crate::model::Fault;
use crate::overlay::files::{Files, Kind};
use crate::overlay::found::Home;
use crate::overlay::layout::Body;
use crate::overlay::shipped;
use crate::overlay::sources::{Sources, valid};

/// What whoever writes may give to whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Powers {
    /// Whether it may give files to anybody.
    pub root: bool,
    /// Who it is.
    pub uid: u32,
    /// Its groups, its own first.
    pub groups: Vec<u32>,
}

impl Powers {
    /// Who owns what is new.
    #[must_use]
    pub fn owner(&self) -> (u32, u32) {
        if self.root {
            return (0, 0);
        }
        (self.uid, self.groups.first().copied().unwrap_or_default())
    }

    /// Whether something may belong to these.
    pub(super) fn may_give(&self, uid: u32, gid: u32) -> Result<(), Fault> {
        if self.root || uid == self.uid && self.groups.contains(&gid) {
            return Ok(());
        }
        let what = format!(
            "it cannot be given to {uid}:{gid}: muster runs as uid {}, and only root gives files away",
            self.uid
        );
        Err(Fault::error(what).hint("run muster as root"))
    }
}

/// What a change is made upon.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The overlay.
    pub name: &'a Arc<str>,
    /// Where overlays are found.
    pub sources: &'a Sources,
    /// The door to the disk.
    pub files: &'a dyn Files,
    /// What may be given to whom.
    pub powers: &'a Powers,
    /// Who lists the overlay: `profile gpu`, `node n1`.
    pub listed: &'a [Arc<str>],
    /// Version of this muster.
    pub version: &'a str,
}

impl std::fmt::Debug for Ground<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ground")
            .field("name", self.name)
            .finish_non_exhaustive()
    }
}

/// The fault `what`, with advice.
fn advised(what: String, hint: impl Into<String>) -> Problem {
    Fault::error(what).hint(hint).into()
}

impl<'a> Ground<'a> {
    /// The overlay as it stands before these steps, and the folder of its files below its own.
    pub(super) fn draft(&self, steps: &[Step]) -> Result<(Draft<'a>, &'static str), Problem> {
        let name = self.name;
        if !valid(name) {
            let what = format!("`{}` cannot be the name of an overlay", name.escape_debug());
            return Err(advised(what, "names are letters, digits and `-._:`"));
        }
        if steps.is_empty() {
            return Err(Fault::error("there is nothing to do").into());
        }
        let deletes = steps.contains(&Step::Delete);
        if deletes && steps.len() > 1 {
            let what = "an overlay is deleted alone, without other steps";
            return Err(Fault::error(what).into());
        }
        let creates = steps.contains(&Step::Create);
        match self.home()? {
            Some(Home::Site(root)) => {
                let folder = self.sources.folder(name);
                if creates || steps.contains(&Step::Copy) {
                    let folder = folder.display();
                    let what = format!("there is an overlay {name} already, in {folder}");
                    return Err(Fault::error(what).into());
                }
                if deletes {
                    self.may_go("deleted")?;
                }
                let root = if root == folder { "" } else { "rootfs" };
                Ok((Draft::new(Base::Disk(folder, self.files)), root))
            }
            Some(Home::Shipped) => self.of_shipped(creates, deletes),
            None if creates => {
                let mut draft = Draft::new(Base::Nothing);
                self.begin(|path, piece| draft.put(path, Some(piece)));
                Ok((draft, "rootfs"))
            }
            None => {
                let known = self.sources.names(self.files).unwrap_or_default();
                let near = suggest::hint(name, known.iter().map(|(name, _)| name.as_ref()));
                let make = || format!("`muster overlay create {name}` makes it");
                let what = format!("there is no overlay {name}");
                Err(advised(what, near.unwrap_or_else(make)))
            }
        }
    }

    /// The same, of one that is in the binary only.
    fn of_shipped(
        &self,
        creates: bool,
        deletes: bool,
    ) -> Result<(Draft<'a>, &'static str), Problem> {
        let name = self.name;
        if creates {
            let what = format!("there is a shipped overlay {name} already");
            let hint = "change it: the first change makes the site's copy";
            return Err(advised(what, hint));
        }
        if deletes {
            let what = format!("overlay {name} is shipped inside muster and cannot be deleted");
            let hint = "take it off the lists of profiles and nodes";
            return Err(advised(what, hint));
        }
        Ok((Draft::new(Base::Shipped(self.shipped())), "rootfs"))
    }

    /// Where the overlay is. A folder in its place that is none, as a link, is a fault.
    pub(super) fn home(&self) -> Result<Option<Home>, Problem> {
        let home = self.sources.home(self.name, self.files);
        let unread = |e: io::Error| {
            let what = format!("overlay {} cannot be read: {e}", self.name);
            Problem::from(Fault::error(what))
        };
        let home = home.map_err(unread)?;
        let folder: PathBuf = self.sources.folder(self.name);
        let there = self.files.meta(&folder).map_err(unread)?;
        match there {
            Some(meta) if meta.kind != Kind::Folder => {
                let what = format!("{} is there, and is no folder", folder.display());
                Err(Fault::error(what).hint("move it away").into())
            }
            _ => Ok(home),
        }
    }

    /// Whether the site's overlay may go: nobody lists it, or a shipped one comes back.
    pub(super) fn may_go(&self, done: &str) -> Result<(), Problem> {
        if self.listed.is_empty() || shipped::has(self.name) {
            return Ok(());
        }
        let shown: Vec<&str> = self.listed.iter().take(4).map(AsRef::as_ref).collect();
        let more = match self.listed.len() - shown.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let who = format!("{}{more}", shown.join(", "));
        let what = format!("overlay {} cannot be {done}: {who} list it", self.name);
        Err(Fault::error(what)
            .hint("take it off their lists first")
            .into())
    }

    /// The folders of a new overlay.
    fn begin(&self, mut put: impl FnMut(&str, Piece)) {
        for path in ["", "rootfs"] {
            put(path, Piece::folder(0o755, self.powers.owner()));
        }
    }

    /// The site's copy of the shipped overlay, as it is to begin.
    fn shipped(&self) -> BTreeMap<String, Piece> {
        let mut pieces = BTreeMap::new();
        self.begin(|path, piece| {
            pieces.insert(path.to_owned(), piece);
        });
        for (path, piece) in rows::shipped(self.name, self.powers) {
            pieces.insert(join("rootfs", &path), piece);
        }
        let record = Shipped::now(self.name, self.version).text();
        let record = Body::File(record.into());
        pieces.insert(RECORD.into(), Piece::of(record, 0o644, self.powers.owner()));
        pieces
    }
}
