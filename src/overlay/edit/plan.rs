//! From steps to a plan: what every path of the overlay's folder is and is to be, or everything that speaks against it.

use std::sync::Arc;

use super::act::Act;
use super::draft::{Base, Draft, MOST, join};
use super::ground::Ground;
use super::piece::{Piece, digest, same};
use super::rows::{self, Row};
use super::step::Step;
use crate::model::{Fault, Level, Spot};
use crate::overlay::check::{check, is_template};
use crate::overlay::layout::{Item, Layout};
use crate::overlay::tree::LIMIT;
use crate::overlay::xattrs::Xattrs;

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
        theirs: Option<Box<Piece>>,
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
            let (path, theirs) = (path.to_owned(), theirs.map(Box::new));
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
        name: ground.name,
        more: Vec::new(),
        version: ground.version,
        powers: ground.powers,
    };
    let mut faults = Vec::new();
    for step in steps {
        let last = act.step(step).err();
        faults.append(&mut act.more);
        faults.extend(last);
    }
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

impl Ground<'_> {
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

    /// Templates that do not compile, and what no image could boot with: refused, or with `force` told.
    fn broken(&self, rows: &[Row], force: bool) -> Result<Vec<Fault>, Problem> {
        let place = self.sources.folder(self.name).join("rootfs");
        let place = place.display().to_string();
        let mut faults = Vec::new();
        for row in rows {
            faults.extend(self.unfit(&place, row));
            let data = row.after.as_ref().and_then(Piece::data);
            let data =
                data.filter(|data| is_template(&row.path) && row.before_data() != Some(data));
            if let Some(data) = data {
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

    /// Why what comes at a path cannot be laid over an image whose `/usr` is merged, as nearly all are.
    fn unfit(&self, place: &str, row: &Row) -> Option<Fault> {
        let after = row.after.as_ref()?;
        let kept = row
            .before
            .as_ref()
            .is_some_and(|old| old.is_folder() == after.is_folder());
        if kept || is_template(&row.path) {
            return None;
        }
        let item = Item {
            body: after.body.clone(),
            mode: after.mode,
            uid: after.uid,
            gid: after.gid,
            overlay: self.name.clone(),
            shared: false,
            xattrs: Xattrs::default(),
        };
        let what = Layout::default().put(row.path.as_bytes(), item).err()?;
        let spot = Spot {
            file: format!("{place}/{}", row.path).into(),
            line: 1,
            column: 1,
        };
        let hint = "if the image has a folder of its own there, it can be forced";
        Some(Fault::error(what).at(spot).hint(hint))
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
