//! From what an archive provides to what the node has: only what differs is written, and what is no longer provided is taken away.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::AsFd;

use rustix::fs::FileType;

use super::archive::{Body, Item};
use super::file;
use super::gone::{self, Gone, absent};
use super::label;
use super::ledger::{Ledger, Record};
use super::root::Root;
use super::seen::{self, Marks, digest_of};
use crate::wire::cpio::show;

/// Most faults that are told of one refresh.
const MOST_FAULTS: usize = 20;

type Items = BTreeMap<Vec<u8>, Item>;

/// How it is to be done.
#[derive(Debug, Clone, Copy)]
pub struct How {
    /// Whether what is no longer provided is removed; else it stays, and stays known.
    pub remove: bool,
    /// Whether the node labels its files.
    pub selinux: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Paths that were written.
    pub changed: Vec<Vec<u8>>,
    /// Paths that were removed.
    pub removed: Vec<Vec<u8>>,
    /// What did not work, each a sentence that names the path.
    pub faults: Vec<String>,
    /// What was left as it is and might surprise, each a sentence.
    pub notes: Vec<String>,
    /// Of the changed ones, those where nothing was before.
    pub fresh: Vec<Vec<u8>>,
}

/// How a path differs from its item.
enum Difference {
    /// Not at all; this is how it looks.
    None(Marks),
    /// It is not there.
    Missing,
    /// It is something else, or has another mode, owner or attribute.
    Other,
    /// Something is in its way that is not ours.
    Blocked(String),
}

/// Makes the node what `items` say. `keep` puts the ledger where the next run finds it; it is called before the first write, so that
/// what a crash cuts short is known, and after the last.
pub fn apply(
    root: &Root,
    items: &Items,
    ledger: &mut Ledger,
    how: How,
    keep: &mut dyn FnMut(&Ledger) -> io::Result<()>,
) -> Outcome {
    let mut work = Work {
        root,
        how,
        ledger,
        out: Outcome::default(),
    };
    let mut todo: Vec<&Vec<u8>> = Vec::new();
    for (path, item) in items {
        match work.compare(path, item) {
            Difference::None(marks) => work.adopt(path, item, marks),
            _ => todo.push(path),
        }
    }
    let vanished = if how.remove {
        work.vanished(items)
    } else {
        work.forget(items);
        Vec::new()
    };
    if !todo.is_empty() || !vanished.is_empty() {
        work.announce(items, &todo);
        if let Err(error) = keep(work.ledger) {
            let what = format!("what is about to be written cannot be noted: {error}");
            work.out.faults.push(what);
            return work.out;
        }
    }
    let blocked = work.write_all(items, &todo, false);
    work.clear(&vanished);
    // What stood in the way may have been taken away.
    work.write_all(items, &blocked, true);
    if how.selinux {
        label::restore(&work.out.fresh);
    }
    if let Err(error) = keep(work.ledger) {
        work.fault(format!("what was written cannot be noted: {error}"));
    }
    work.out
}

/// Whether anything that we wrote is no longer as we left it. Costs one look at each path and reads none.
#[must_use]
pub fn strayed(root: &Root, ledger: &Ledger) -> bool {
    let mut records = ledger.records.iter();
    records.any(|(path, record)| !as_left(root, path, record))
}

fn as_left(root: &Root, path: &[u8], record: &Record) -> bool {
    let Ok((folder, name)) = root.parent(path) else {
        return false;
    };
    let seen = seen::look(folder.as_fd(), name).ok().flatten();
    seen.is_some_and(|seen| record.folder || seen.marks == record.marks)
}

struct Work<'a> {
    root: &'a Root,
    how: How,
    ledger: &'a mut Ledger,
    out: Outcome,
}

impl Work<'_> {
    fn fault(&mut self, what: String) {
        if self.out.faults.len() < MOST_FAULTS {
            self.out.faults.push(what);
        }
    }

    fn compare(&self, path: &[u8], item: &Item) -> Difference {
        match self.difference(path, item) {
            Ok(difference) => difference,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Difference::Missing,
            Err(error) => Difference::Blocked(format!("/{}: {error}", show(path))),
        }
    }

    fn difference(&self, path: &[u8], item: &Item) -> io::Result<Difference> {
        let (folder, name) = self.root.parent(path)?;
        let folder = folder.as_fd();
        let Some(seen) = seen::look(folder, name)? else {
            return Ok(Difference::Missing);
        };
        let record = self.ledger.records.get(path);
        if !seen::like(&seen, &item.body) {
            let is_folder = seen.kind == FileType::Directory;
            if (item.body == Body::Folder) == is_folder {
                return Ok(Difference::Other);
            }
            if seen.kind == FileType::Symlink && self.root.folder(path).is_ok() {
                // A folder by another name, as /lib of a merged /usr: what is to be in it goes there.
                return Ok(Difference::None(seen.marks));
            }
            if !is_folder && record.is_some_and(|record| !record.folder) {
                return Ok(Difference::Other);
            }
            let (is, wanted) = match is_folder {
                true => ("a folder", "something else"),
                false => ("no folder", "a folder"),
            };
            let what = format!(
                "/{} is {is} on the node and {wanted} in the overlay",
                show(path)
            );
            return Ok(Difference::Blocked(what));
        }
        if !seen::owned(&seen, item) || !label::has(folder, name, item) {
            return Ok(Difference::Other);
        }
        let wanted = digest_of(&item.body);
        let known =
            record.is_some_and(|record| record.marks == seen.marks && record.digest == wanted);
        if known || seen::digest(folder, name, &seen)? == wanted {
            return Ok(Difference::None(seen.marks));
        }
        Ok(Difference::Other)
    }

    /// Notes a path that is as it should be. A folder that was there is not ours.
    fn adopt(&mut self, path: &[u8], item: &Item, marks: Marks) {
        if item.body == Body::Folder {
            return;
        }
        let record = Record {
            folder: false,
            digest: digest_of(&item.body),
            before: None,
            marks,
        };
        self.ledger.records.insert(path.to_vec(), record);
    }

    /// Ours, and not provided any more, or not as a folder; what lies deepest first.
    fn vanished(&self, items: &Items) -> Vec<Vec<u8>> {
        let gone = |(path, record): &(&Vec<u8>, &Record)| {
            let item = items.get(*path);
            item.is_none_or(|item| record.folder && item.body != Body::Folder)
        };
        let records = self.ledger.records.iter().rev();
        records.filter(gone).map(|(path, _)| path.clone()).collect()
    }

    /// What stays although it is not provided any more is remembered for as long as it is as we left it.
    fn forget(&mut self, items: &Items) {
        let root = self.root;
        self.ledger
            .records
            .retain(|path, record| items.contains_key(path) || as_left(root, path, record));
    }

    /// Notes what will be written.
    fn announce(&mut self, items: &Items, todo: &[&Vec<u8>]) {
        for path in todo {
            let Some(item) = items.get(*path).filter(|item| item.body != Body::Folder) else {
                continue;
            };
            let old = self.ledger.records.get(*path);
            if old.is_some_and(|old| old.folder) {
                // First the folder has to go.
                continue;
            }
            let before = old.map(|old| old.digest.clone());
            let record = Record {
                folder: false,
                digest: digest_of(&item.body),
                before,
                marks: Marks::default(),
            };
            self.ledger.records.insert((*path).clone(), record);
        }
    }

    /// Writes paths; those that are blocked are given back, or, the last time, told.
    fn write_all<'p>(
        &mut self,
        items: &Items,
        todo: &[&'p Vec<u8>],
        last: bool,
    ) -> Vec<&'p Vec<u8>> {
        let mut blocked = Vec::new();
        for path in todo.iter().copied() {
            let Some(item) = items.get(path) else {
                continue;
            };
            let difference = self.compare(path, item);
            let missing = match difference {
                Difference::None(marks) => {
                    self.adopt(path, item, marks);
                    continue;
                }
                Difference::Blocked(_) if !last => {
                    blocked.push(path);
                    continue;
                }
                Difference::Blocked(what) => {
                    self.ledger.records.remove(path);
                    self.fault(what);
                    continue;
                }
                Difference::Missing => true,
                Difference::Other => false,
            };
            match self.write(path, item, missing) {
                Ok(()) => {
                    self.out.changed.push(path.clone());
                    if missing {
                        self.out.fresh.push(path.clone());
                    }
                }
                Err(error) => self.fault(format!("/{} cannot be written: {error}", show(path))),
            }
        }
        blocked
    }

    fn write(&mut self, path: &[u8], item: &Item, missing: bool) -> io::Result<()> {
        let (folder, name) = self.root.parent(path)?;
        let folder = folder.as_fd();
        if item.body == Body::Folder && !missing {
            let seen = seen::look(folder, name)?;
            if seen.is_some_and(|seen| seen.kind != FileType::Directory) {
                // Ours, as `difference` made sure.
                rustix::fs::unlinkat(folder, name, rustix::fs::AtFlags::empty())?;
            }
        }
        file::put(folder, name, item, self.how.selinux)?;
        let marks = seen::look(folder, name)?.map(|seen| seen.marks);
        let record = Record {
            folder: item.body == Body::Folder,
            digest: digest_of(&item.body),
            before: None,
            marks: marks.unwrap_or_default(),
        };
        if missing || !record.folder {
            self.ledger.records.insert(path.to_vec(), record);
        }
        Ok(())
    }

    /// Takes away what is no longer provided.
    fn clear(&mut self, vanished: &[Vec<u8>]) {
        for path in vanished {
            let Some(record) = self.ledger.records.get(path) else {
                continue;
            };
            let folder = record.folder;
            let became = match gone::remove(self.root, path, record) {
                Ok(became) => became,
                Err(error) if absent(&error) => Gone::Absent,
                Err(error) => {
                    self.fault(format!("/{} cannot be removed: {error}", show(path)));
                    continue;
                }
            };
            self.ledger.records.remove(path);
            match became {
                Gone::Removed => self.out.removed.push(path.clone()),
                Gone::Absent => {}
                Gone::Theirs if folder => {}
                Gone::Theirs => self.out.notes.push(format!(
                    "/{} is no longer provided and was changed on the node: it stays",
                    show(path)
                )),
                Gone::Vital => self.out.notes.push(format!(
                    "/{} is no longer provided and stays, because the node needs one; a boot brings the image's",
                    show(path)
                )),
            }
        }
    }
}
