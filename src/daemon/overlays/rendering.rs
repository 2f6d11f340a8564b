//! What overlays make for nodes: previews, and what fails.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::looked::Looked;
use super::{Overlays, users};
use crate::api::{CheckRow, Checked, Content, Draft, OverlayReply, Refusal, Rendered, Rendering};
use crate::daemon::archives::Archives;
use crate::daemon::files::Disk;
use crate::kit::{hostlist, suggest};
use crate::model::{Fault, Node, View};
use crate::overlay::{self, Body, Files, Inspected, Inspection, Meta, Piece};

/// How long a check makes way for a boot at a time.
const GIVES_WAY: (u32, Duration) = (10, Duration::from_millis(2));

/// What is to be checked.
pub(super) struct Wanted {
    pub(super) names: Vec<Arc<str>>,
    pub(super) nodes: Option<Arc<str>>,
    pub(super) draft: Option<Draft>,
}

impl Overlays {
    /// What the overlay `name` makes for a node, or a file of it.
    pub(super) fn render(
        &self,
        view: &View,
        (name, node): (&str, &str),
        file: Option<&str>,
        draft: Option<Draft>,
    ) -> Result<OverlayReply, Refusal> {
        let looked = self.look(name)?;
        let node = one(view, node)?;
        let drafts = drafts(draft)?;
        let sources = self.archives.sources();
        let made = overlay::preview(view, node, sources, &Disk, name, file, &drafts);
        Ok(OverlayReply::Render(Box::new(Rendering {
            name: looked.name,
            node: node.name.clone(),
            revision: view.revision,
            files: made.outputs.iter().map(rendered).collect(),
            faults: made.faults,
        })))
    }

    /// What fails, and for whom.
    pub(super) fn check(
        &self,
        view: &View,
        wanted: Wanted,
        left: &AtomicBool,
    ) -> Result<OverlayReply, Refusal> {
        let Wanted {
            names,
            nodes,
            draft,
        } = wanted;
        for name in &names {
            self.look(name)?;
        }
        let drafts = drafts(draft)?;
        let drafts = of_one(&names, &drafts)?;
        let whom = chosen(view, nodes.as_deref())?;
        let inspection = Inspection {
            nodes: whom.as_deref().unwrap_or(&view.nodes),
            overlays: (!names.is_empty()).then_some(names.as_slice()),
            drafts,
        };
        let door = Polite(&self.archives);
        let found = overlay::inspect(view, &inspection, self.archives.sources(), &door, left);
        let (mut compiled, mut templates) = (Vec::new(), found.templates);
        if inspection.nodes.is_empty() || whom.is_none() {
            let rendered = !inspection.nodes.is_empty();
            let (faults, some) = self.compiled(view, &names, rendered);
            compiled = faults;
            templates += some;
        }
        Ok(OverlayReply::Check(Box::new(Checked {
            nodes: count(found.nodes),
            failing: count(found.failing),
            templates: count(templates),
            rows: self.rows(found, compiled),
        })))
    }

    /// What was found for nodes and without them, errors first.
    fn rows(&self, found: Inspected, compiled: Vec<Fault>) -> Vec<CheckRow> {
        let places = self.places();
        let hits = found.hits.into_iter().map(|hit| (hit.fault, hit.nodes));
        let others = compiled.into_iter().map(|fault| (fault, Vec::new()));
        let row = |(fault, nodes): (Fault, Vec<Arc<str>>)| CheckRow {
            fault: about(fault, &places),
            nodes: hostlist::compress(&nodes).into(),
            count: count(nodes.len()),
        };
        let mut rows: Vec<CheckRow> = hits.chain(others).map(row).collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.fault.level));
        if found.more > 0 {
            rows.push(CheckRow {
                fault: Fault::warning(format!("{} more faults are not told of", found.more)),
                nodes: "".into(),
                count: 0,
            });
        }
        rows
    }

    /// What can be seen without a node, and of how many templates: of the site's overlays that no node lists, or of those in `names`
    /// where nothing was `rendered` at all.
    fn compiled(&self, view: &View, names: &[Arc<str>], rendered: bool) -> (Vec<Fault>, usize) {
        let listed = users::counts(view);
        let known = self.archives.sources().names(&Disk).unwrap_or_default();
        let known = known.into_iter().filter(|(name, site)| match names {
            [] => *site && !listed.contains_key(&**name),
            names => !rendered && names.contains(name),
        });
        let (mut faults, mut templates) = (Vec::new(), 0);
        for (name, _) in known {
            let Ok(looked) = self.look(&name) else {
                continue;
            };
            let (mut found, some) = looked.compiled();
            faults.append(&mut found);
            templates += some;
        }
        (faults, templates)
    }

    /// Where the files of each overlay are.
    fn places(&self) -> Vec<(String, Arc<str>)> {
        let known = self.archives.sources().names(&Disk).unwrap_or_default();
        let looked = known.iter().filter_map(|(name, _)| self.look(name).ok());
        looked
            .map(|looked: Looked| (looked.place(), looked.name))
            .collect()
    }
}

/// A fault about the overlay that it is in, where it is in one.
fn about(mut fault: Fault, places: &[(String, Arc<str>)]) -> Fault {
    let holds = |place: &&(String, Arc<str>)| super::listing::lies_in(&fault, &place.0);
    if let Some((_, name)) = places.iter().find(holds) {
        fault.about = Some(format!("overlay {name}"));
    }
    fault
}

/// The node of that name.
fn one<'v>(view: &'v View, name: &str) -> Result<&'v Arc<Node>, Refusal> {
    view.by_name(name).ok_or_else(|| {
        let near = suggest::hint(name, view.nodes.iter().map(|node| &*node.name));
        Refusal {
            what: format!("there is no node {name}").into(),
            fix: near.map(Into::into),
        }
    })
}

/// Drafts are files of one overlay.
fn of_one<'d>(
    names: &'d [Arc<str>],
    drafts: &'d [overlay::Draft],
) -> Result<Option<(&'d str, &'d [overlay::Draft])>, Refusal> {
    match (names, drafts) {
        (_, []) => Ok(None),
        ([name], drafts) => Ok(Some((name, drafts))),
        _ => Err(Refusal {
            what: "a file that is not saved yet belongs to one overlay".into(),
            fix: Some("name that overlay alone".into()),
        }),
    }
}

/// The nodes of a hostlist, in its order; an empty one is of none, and no list is all.
fn chosen(view: &View, list: Option<&str>) -> Result<Option<Vec<Arc<Node>>>, Refusal> {
    let Some(list) = list else {
        return Ok(None);
    };
    if list.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let names = hostlist::expand(list).map_err(|error| Refusal {
        what: format!("`{list}`: {error}").into(),
        fix: None,
    })?;
    let nodes = names.iter().map(|name| one(view, name).cloned());
    nodes.collect::<Result<Vec<_>, _>>().map(Some)
}

/// What is being written, as previews take it.
fn drafts(draft: Option<Draft>) -> Result<Vec<overlay::Draft>, Refusal> {
    let refusal = |what: String| Refusal {
        what: what.into(),
        fix: None,
    };
    let Some(Draft { path, content }) = draft else {
        return Ok(Vec::new());
    };
    overlay::proper(&path).map_err(refusal)?;
    let text = content
        .bytes()
        .ok_or_else(|| refusal(format!("the content of {path} is no base64")))?;
    Ok(vec![overlay::Draft {
        path: path.to_string(),
        text: Some(text.into()),
    }])
}

fn rendered(piece: &Piece) -> Rendered {
    let text = |bytes: &[u8]| -> Arc<str> { String::from_utf8_lossy(bytes).into() };
    let (content, symlink) = match &piece.item.body {
        Body::File(data) => (Some(Content::of(data)), None),
        Body::Symlink(target) => (None, Some(text(target))),
        _ => (None, None),
    };
    Rendered {
        path: format!("/{}", text(&piece.path)).into(),
        content,
        mode: piece.item.mode,
        uid: piece.item.uid,
        gid: piece.item.gid,
        symlink,
        backup: piece.backup,
        template: piece.template.then(|| text(&piece.source)),
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A door to the disk that lets boots go first: whoever looks at ten thousand nodes has time, and a node that boots has not.
struct Polite<'a>(&'a Archives);

impl Polite<'_> {
    fn make_way(&self) {
        let (times, pause) = GIVES_WAY;
        for _ in 0..times {
            if !self.0.is_rendering() {
                break;
            }
            std::thread::sleep(pause);
        }
    }
}

impl Files for Polite<'_> {
    fn meta(&self, path: &Path) -> io::Result<Option<Meta>> {
        Disk.meta(path)
    }

    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        Disk.read(path, limit)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<OsString>> {
        self.make_way();
        Disk.list(path)
    }

    fn target(&self, path: &Path) -> io::Result<PathBuf> {
        Disk.target(path)
    }

    fn real(&self, path: &Path) -> io::Result<PathBuf> {
        Disk.real(path)
    }
}
