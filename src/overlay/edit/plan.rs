//! From steps to a plan: what every path of the overlay's folder is and is to be, or everything that speaks against it.

use std::path::PathBuf;
use std::sync::Arc;

use super::act::Act;
use super::behind::{RECORD, Shipped};
use super::draft::{Base, Draft, MOST, join};
use super::piece::{Piece, digest, same};
use super::rows::{self, Row};
use super::step::Step;
use crate::kit::suggest;
use crate::model::{Fault, Level};
use crate::overlay::check::{check, is_template};
use crate::overlay::files::{Files, Kind};
use crate::overlay::found::Home;
use crate::overlay::shipped;
use crate::overlay::sources::{Sources, valid};
use crate::overlay::tree::LIMIT;

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

/// How a plan is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Path by path in the folder that is there.
    InPlace,
    /// The folder is made whole, and was not there.
    Make,
    /// The folder goes whole.
    Drop,
}

/// What one path is and is to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Shift {
    /// Path below the overlay's own folder; that folder has the empty one.
    pub path: String,
    /// What is there.
    pub before: Option<Piece>,
    /// What is to be there.
    pub after: Option<Piece>,
}

/// A change that may be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// How.
    pub way: Way,
    /// Every path that is another afterwards, by path.
    pub shifts: Vec<Shift>,
    /// The same as the administrator sees it.
    pub rows: Vec<Row>,
    /// Whether it makes the site's copy of a shipped overlay.
    pub copied: bool,
    /// The whole in one line.
    pub summary: String,
    /// What is not as it should be with it.
    pub warnings: Vec<Fault>,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq)]
pub enum Problem {
    /// Everything that speaks against it.
    Faults(Vec<Fault>),
    /// Something is not as whoever wants the change has seen it.
    Clash {
        /// Path in the overlay.
        path: String,
        /// What is there.
        theirs: Option<Piece>,
    },
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::Faults(vec![fault])
    }
}

/// What `steps` come to. `base` is the digest of the file that their author looked at; `force` takes templates that do not compile.
///
/// # Errors
/// [`Problem`].
pub fn plan(
    ground: &Ground<'_>,
    steps: &[Step],
    base: Option<&str>,
    force: bool,
) -> Result<Plan, Problem> {
    let (mut draft, root) = ground.draft(steps)?;
    if let (Some(base), Some(path)) = (base, steps.iter().find_map(Step::path)) {
        let theirs = draft.get(&join(root, path))?;
        if digest(theirs.as_ref()) != base {
            let path = path.to_owned();
            return Err(Problem::Clash { path, theirs });
        }
    }
    let summary = summary(ground.name, steps, &draft, root)?;
    if steps.contains(&Step::Delete) {
        for path in draft.below("")? {
            draft.put(&path, None);
        }
        return ground.finish(draft, root, summary, (Way::Drop, false), false);
    }
    let mut act = Act {
        draft: &mut draft,
        root,
        powers: ground.powers,
    };
    let faults: Vec<Fault> = steps
        .iter()
        .filter_map(|step| act.step(step).err())
        .collect();
    if !faults.is_empty() {
        return Err(Problem::Faults(ground.about(faults)));
    }
    let mut unchanged = true;
    for (path, after) in &draft.touched {
        unchanged &= same(draft.before_through(path)?.as_ref(), after.as_ref());
    }
    let copied = matches!(draft.base, Base::Shipped(_));
    let way = match draft.base {
        Base::Disk(..) => Way::InPlace,
        Base::Shipped(_) if unchanged && !steps.contains(&Step::Copy) => {
            return Ok(Plan {
                way: Way::InPlace,
                shifts: Vec::new(),
                rows: Vec::new(),
                copied: false,
                summary,
                warnings: Vec::new(),
            });
        }
        _ => Way::Make,
    };
    ground.finish(draft, root, summary, (way, copied), force)
}

impl<'a> Ground<'a> {
    /// The overlay as it stands before these steps, and the folder of its files below its own.
    fn draft(&self, steps: &[Step]) -> Result<(Draft<'a>, &'static str), Problem> {
        let name = self.name;
        let refused = |what: String, hint: Option<String>| -> Result<_, Problem> {
            let fault = Fault::error(what);
            Err(Problem::from(match hint {
                Some(hint) => fault.hint(hint),
                None => fault,
            }))
        };
        if !valid(name) {
            let what = format!("`{}` cannot be the name of an overlay", name.escape_debug());
            return refused(what, Some("names are letters, digits and `-._:`".into()));
        }
        if steps.is_empty() {
            return refused("there is nothing to do".into(), None);
        }
        if steps.len() > 1 && steps.contains(&Step::Delete) {
            return refused(
                "an overlay is deleted alone, without other steps".into(),
                None,
            );
        }
        let creates = steps.contains(&Step::Create);
        let home = self.home()?;
        match home {
            Some(Home::Site(_)) if creates || steps.contains(&Step::Copy) => {
                let folder = self.sources.folder(name);
                refused(
                    format!(
                        "there is an overlay {name} already, in {}",
                        folder.display()
                    ),
                    None,
                )
            }
            Some(Home::Site(root)) => {
                let folder = self.sources.folder(name);
                let root = if root == folder { "" } else { "rootfs" };
                if steps.contains(&Step::Delete) {
                    self.may_go("deleted")?;
                }
                Ok((Draft::new(Base::Disk(folder, self.files)), root))
            }
            Some(Home::Shipped) if creates => refused(
                format!("there is a shipped overlay {name} already"),
                Some("change it: the first change makes the site's copy".into()),
            ),
            Some(Home::Shipped) if steps.contains(&Step::Delete) => refused(
                format!("overlay {name} is shipped inside muster and cannot be deleted"),
                Some("take it off the lists of profiles and nodes".into()),
            ),
            Some(Home::Shipped) => Ok((Draft::new(Base::Shipped(self.shipped()?)), "rootfs")),
            None if creates => {
                let mut draft = Draft::new(Base::Nothing);
                self.begin(|path, piece| draft.put(path, Some(piece)));
                Ok((draft, "rootfs"))
            }
            None => {
                let known = self.sources.names(self.files).unwrap_or_default();
                let near = suggest::hint(name, known.iter().map(|(name, _)| name.as_ref()));
                let make = || format!("`muster overlay create {name}` makes it");
                refused(
                    format!("there is no overlay {name}"),
                    Some(near.unwrap_or_else(make)),
                )
            }
        }
    }

    /// Where the overlay is. A folder in its place that is none, as a link, is a fault.
    pub(super) fn home(&self) -> Result<Option<Home>, Problem> {
        let home = self.sources.home(self.name, self.files);
        let unread = |e: std::io::Error| {
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
    fn shipped(&self) -> Result<std::collections::BTreeMap<String, Piece>, Problem> {
        let mut pieces = std::collections::BTreeMap::new();
        self.begin(|path, piece| {
            pieces.insert(path.to_owned(), piece);
        });
        for (path, piece) in rows::shipped(self.name, self.powers) {
            pieces.insert(join("rootfs", &path), piece);
        }
        let record = Shipped::now(self.name, self.version).text();
        let record = Piece::of(
            crate::overlay::layout::Body::File(record.into()),
            0o644,
            self.powers.owner(),
        );
        pieces.insert(RECORD.into(), record);
        Ok(pieces)
    }

    /// The plan of a draft that is done.
    fn finish(
        &self,
        draft: Draft<'_>,
        root: &str,
        summary: String,
        (way, copied): (Way, bool),
        force: bool,
    ) -> Result<Plan, Problem> {
        let mut shifts = Vec::new();
        for (path, after) in &draft.touched {
            let before = match way {
                Way::Make => None,
                _ => draft.before_through(path)?,
            };
            if !same(before.as_ref(), after.as_ref()) {
                let (path, after) = (path.clone(), after.clone());
                shifts.push(Shift {
                    path,
                    before,
                    after,
                });
            }
        }
        if let (Base::Shipped(pieces), Way::Make) = (&draft.base, way) {
            for (path, piece) in pieces {
                if !draft.touched.contains_key(path) {
                    shifts.push(Shift {
                        path: path.clone(),
                        before: None,
                        after: Some(piece.clone()),
                    });
                }
            }
            shifts.sort_by(|a, b| a.path.cmp(&b.path));
        }
        if way != Way::Drop {
            self.fits(&draft)?;
        }
        let rows = rows::rows(self.name, root, (way, &shifts), self.powers);
        let mut warnings = self.broken(&rows, force)?;
        if copied && !self.powers.root {
            let what = format!(
                "the files of the copy belong to uid {}, on nodes too: muster does not run as root",
                self.powers.uid
            );
            warnings.push(Fault::warning(what).about(format!("overlay {}", self.name)));
        }
        Ok(Plan {
            way,
            shifts,
            rows,
            copied,
            summary,
            warnings,
        })
    }

    /// Whether the overlay is not too large; one that was before may shrink.
    fn fits(&self, draft: &Draft<'_>) -> Result<(), Problem> {
        let grows = draft.touched.values().any(Option::is_some);
        let (bytes, count) = if grows { draft.size()? } else { (0, 0) };
        if bytes > LIMIT {
            let what = format!("overlay {} would hold more than 64 MiB", self.name);
            let hint = "what is that large belongs into an image";
            return Err(Fault::error(what).hint(hint).into());
        }
        if count > MOST {
            let what = format!("overlay {} would hold more than {MOST} files", self.name);
            return Err(Fault::error(what).into());
        }
        Ok(())
    }

    /// Templates that do not compile: refused, or with `force` told.
    fn broken(&self, rows: &[Row], force: bool) -> Result<Vec<Fault>, Problem> {
        let place = self.sources.folder(self.name).join("rootfs");
        let place = place.display().to_string();
        let mut faults = Vec::new();
        for row in rows.iter().filter(|row| is_template(&row.path)) {
            let data = row.after.as_ref().and_then(Piece::data);
            if let Some(data) = data.filter(|data| row.before_data() != Some(data)) {
                faults.extend(check(&place, &row.path, data.clone()));
            }
        }
        if faults.iter().any(|fault| fault.level == Level::Error) && !force {
            return Err(Problem::Faults(faults));
        }
        for fault in &mut faults {
            fault.level = fault.level.min(Level::Warning);
        }
        Ok(faults)
    }

    /// The faults, about this overlay.
    pub(super) fn about(&self, faults: Vec<Fault>) -> Vec<Fault> {
        let whom = format!("overlay {}", self.name);
        let faults = faults.into_iter();
        faults.map(|fault| fault.about(whom.clone())).collect()
    }
}

/// Steps in one line.
fn summary(
    name: &Arc<str>,
    steps: &[Step],
    draft: &Draft<'_>,
    root: &str,
) -> Result<String, Problem> {
    let makes = |step: &&Step| matches!(step, Step::Create | Step::Copy);
    let files = steps.iter().filter(|step| !makes(step)).count();
    Ok(match steps {
        [only] => {
            let inner = only.path().map(|path| join(root, path));
            // What cannot be a path is told when it is done.
            let there = inner.map(|inner| draft.get(&inner).ok().flatten().is_some());
            only.words(name, there.unwrap_or_default())
        }
        [first, ..] if makes(&first) => {
            format!("{} with {files} changes", first.words(name, false))
        }
        _ => format!("change {name}: {files} steps"),
    })
}
