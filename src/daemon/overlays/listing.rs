//! Lists of overlays, one overlay in full, and one file of it as it is written.

use std::sync::Arc;

use super::Overlays;
use super::looked::{Looked, data, digest, unread};
use super::{told, users};
use crate::api::{
    Content, FileKind, FileRow, OverlayDetail, OverlayFile, OverlayItem, OverlayReply, Refusal,
    Standing,
};
use crate::daemon::files::Disk;
use crate::model::{Fault, View};
use crate::overlay::{self, Found, Kind, MOST_LISTED};

/// The content of larger files is not sent: nobody reads or edits that as a text.
const SENT: u64 = 8 << 20;

impl Overlays {
    /// All overlays, by name.
    pub(super) fn list(&self, view: &View) -> Result<OverlayReply, Refusal> {
        let names = self.archives.sources().names(&Disk);
        let names = names.map_err(|error| Refusal {
            what: format!("the overlays of the site cannot be listed: {error}").into(),
            fix: None,
        })?;
        let counts = users::counts(view);
        let faults = self.archives.faults();
        let mut items = Vec::with_capacity(names.len());
        for (name, _) in names {
            // One that has just gone is not in the list; one that cannot be read is, with its fault.
            let Ok(looked) = self.look(&name) else {
                continue;
            };
            let mut item = self.item(&looked, &faults);
            (item.system, item.runtime) = counts.get(&*name).copied().unwrap_or_default();
            match looked.entries() {
                Ok((entries, _)) => count(&mut item, &looked, &entries),
                Err(_) => item.faults += 1,
            }
            items.push(item);
        }
        Ok(OverlayReply::List(items))
    }

    /// One overlay.
    pub(super) fn show(&self, view: &View, name: &str) -> Result<OverlayReply, Refusal> {
        let looked = self.look(name)?;
        let (entries, whole) = looked.entries().map_err(|e| unread(name, &e))?;
        let known = self.archives.faults();
        let mut item = self.item(&looked, &known);
        let counts = users::counts(view);
        (item.system, item.runtime) = counts.get(name).copied().unwrap_or_default();
        count(&mut item, &looked, &entries);
        let mut faults: Vec<Fault> = Vec::new();
        if !whole {
            let what =
                format!("overlay {name} has more than {MOST_LISTED} files; the rest is not listed");
            faults.push(Fault::warning(what));
        }
        for entry in &entries {
            faults.extend(looked.broken(entry));
        }
        let place = looked.place();
        faults.extend(told::moved_on(&looked));
        for fault in known.iter().filter(|fault| lies_in(fault, &place)) {
            let told = |other: &Fault| other.spot == fault.spot && other.what == fault.what;
            if !faults.iter().any(told) {
                faults.push(fault.clone());
            }
        }
        item.faults = u32::try_from(faults.len()).unwrap_or(u32::MAX);
        let mut files: Vec<(Found, Standing)> = looked
            .missing(&entries)
            .map(|(entry, _)| (entry, Standing::Missing))
            .collect();
        files.extend(entries.into_iter().map(|entry| {
            let standing = looked.standing(&entry).0;
            (entry, standing)
        }));
        files.sort_by_cached_key(|(entry, _)| overlay::order(entry));
        let files = files.iter();
        Ok(OverlayReply::Show(Box::new(OverlayDetail {
            item,
            folder: self
                .archives
                .sources()
                .folder(name)
                .display()
                .to_string()
                .into(),
            files: files
                .map(|(entry, standing)| looked.row(entry, *standing))
                .collect(),
            users: users::of(view, name),
            nodes: users::nodes(view, name),
            faults,
        })))
    }

    /// One file.
    pub(super) fn file(&self, name: &str, path: &str) -> Result<OverlayReply, Refusal> {
        let looked = self.look(name)?;
        overlay::proper(path).map_err(|what| Refusal {
            what: what.into(),
            fix: Some(format!("`muster overlay show {name}` lists its files").into()),
        })?;
        let entry = looked.entry(path).map_err(|e| unread(name, &e))?;
        let Some(entry) = entry else {
            return Ok(OverlayReply::File(Box::new(gone(&looked, path))));
        };
        let standing = looked.standing(&entry).0;
        let row = looked.row(&entry, standing);
        let mut file = OverlayFile {
            name: looked.name.clone(),
            row,
            content: None,
            digest: "".into(),
            shipped: None,
            faults: Vec::new(),
        };
        if standing == Standing::Changed {
            file.shipped = looked.item(path).and_then(written);
        }
        if entry.kind == Kind::File {
            let data = looked.content(&entry).map_err(|e| unread(name, &e))?;
            file.digest = digest(&data);
            if data.len() as u64 <= SENT {
                file.content = Some(Content::of(&data));
            } else {
                let what = format!("{path} is too large to be shown: {} bytes", data.len());
                file.faults.push(Fault::warning(what));
            }
            file.faults
                .extend(overlay::check(&looked.place(), path, data));
        }
        Ok(OverlayReply::File(Box::new(file)))
    }

    /// What can be said of an overlay without looking at its files or at nodes.
    fn item(&self, looked: &Looked, faults: &[Fault]) -> OverlayItem {
        let about = self.archives.sources().about(&looked.name, &Disk);
        let place = looked.place();
        let faults = faults.iter().filter(|fault| lies_in(fault, &place)).count();
        OverlayItem {
            name: looked.name.clone(),
            origin: looked.origin(),
            about: about.unwrap_or_default().into(),
            files: 0,
            templates: 0,
            system: 0,
            runtime: 0,
            behind: None,
            faults: u32::try_from(faults).unwrap_or(u32::MAX),
        }
    }
}

/// Counts files, templates, and the lines in which a copy differs.
fn count(item: &mut OverlayItem, looked: &Looked, entries: &[Found]) {
    for entry in entries.iter().filter(|entry| entry.kind != Kind::Folder) {
        item.files += 1;
        let row = looked.row(entry, Standing::Own);
        item.templates += u32::from(matches!(row.kind, FileKind::Template(_)));
    }
    if item.origin == crate::api::Origin::Copy {
        let (mut gone, mut came) = (0u32, 0u32);
        let ours = entries.iter().map(|entry| looked.standing(entry).1);
        let theirs = looked.missing(entries).map(|(_, lines)| lines);
        for (went, arrived) in ours.chain(theirs) {
            gone = gone.saturating_add(went);
            came = came.saturating_add(arrived);
        }
        item.behind = Some((gone, came));
    }
}

/// Whether a fault is in a file below `place`.
pub(super) fn lies_in(fault: &Fault, place: &str) -> bool {
    let file = fault.spot.as_ref().map(|spot| &*spot.file);
    file.and_then(|file| file.strip_prefix(place))
        .is_some_and(|rest| rest.starts_with('/'))
}

/// A file that is not there.
fn gone(looked: &Looked, path: &str) -> OverlayFile {
    let item = looked.item(path);
    let standing = match (item, &looked.shipped) {
        (Some(_), _) => Standing::Missing,
        (None, Some(_)) => Standing::Added,
        (None, None) => Standing::Own,
    };
    OverlayFile {
        name: looked.name.clone(),
        row: FileRow {
            path: path.into(),
            kind: FileKind::File,
            mode: 0,
            uid: 0,
            gid: 0,
            size: 0,
            standing,
        },
        content: None,
        digest: Arc::from(""),
        shipped: item.and_then(written),
        faults: Vec::new(),
    }
}

/// The content of a shipped file.
fn written(item: &overlay::Item) -> Option<Content> {
    matches!(item.body, overlay::Body::File(_)).then(|| Content::of(&data(item)))
}
