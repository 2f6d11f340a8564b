//! `muster overlay import`: files of this machine on their way into an overlay.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::desk::Desk;
use super::super::failure::Failure;
use super::carry::{Asks, Wanted, carry_out};
use super::changing::Changing;
use super::{show, within};
use crate::api::{Content, FileKind, OverlayStep};
use crate::kit::text;

/// No overlay holds more than this many bytes.
const LIMIT: u64 = 64 << 20;
/// Deeper folders are a loop or a mistake.
const DEEPEST: usize = 60;

/// Takes a file or folder in.
///
/// # Errors
/// Refusals; what cannot be read here.
pub fn run(desk: &mut Desk<'_, '_>, verb: &Changing) -> Result<(), Failure> {
    let Changing::Import {
        overlay,
        source,
        dest,
        overwrite,
        no_owners,
        manner,
        ..
    } = verb
    else {
        return Err(Failure::Usage("this verb imports nothing".into()));
    };
    let to = goes_to(source, dest.as_deref())?;
    let mut load = Load {
        steps: Vec::new(),
        files: Vec::new(),
        left: LIMIT,
        owners: !no_owners,
        skipped: Vec::new(),
    };
    load.take(source, &to, 0)?;
    for what in &load.skipped {
        // Without a place for complaints it is left out all the same.
        let _ = writeln!(desk.err, "muster: {}", text::sanitise(what));
    }
    if !overwrite {
        refuse_known(desk, overlay, &load.files)?;
    }
    let wanted = Wanted::Steps {
        name: overlay.as_str().into(),
        steps: load.steps,
        base: None,
    };
    carry_out(desk, wanted, manner, Asks::Somebody)
}

/// Where a source goes in the overlay.
fn goes_to(source: &Path, dest: Option<&str>) -> Result<String, Failure> {
    let real = std::path::absolute(source).map_err(|e| unread(source, &e))?;
    let utf8 = |path: &Path| {
        let text = path.to_str().map(|text| text.trim_matches('/').to_owned());
        text.ok_or_else(|| Failure::Usage(format!("{} is not UTF-8", path.display())))
    };
    match dest {
        None => utf8(&real),
        // What a whole tree holds goes to where the node has it.
        Some("/" | ".") if real.is_dir() => Ok(String::new()),
        Some(dest) if dest.ends_with('/') => {
            let name = real.file_name().map(PathBuf::from).unwrap_or_default();
            let folder = dest.trim_matches('/');
            let name = utf8(&name)?;
            Ok(if folder.is_empty() {
                name
            } else {
                format!("{folder}/{name}")
            })
        }
        Some(dest) => Ok(within(dest).to_string()),
    }
}

/// Files that are there already stay unless that is asked for.
fn refuse_known(desk: &Desk<'_, '_>, name: &str, files: &[Arc<str>]) -> Result<(), Failure> {
    let detail = show::detail(desk, name)?;
    let there = detail
        .files
        .iter()
        .filter(|row| row.kind != FileKind::Folder);
    let there: BTreeSet<&str> = there.map(|row| &*row.path).collect();
    let known: Vec<&str> = files
        .iter()
        .map(AsRef::as_ref)
        .filter(|path| there.contains(path))
        .collect();
    match known.as_slice() {
        [] => Ok(()),
        [only] => Err(Failure::Refused(format!(
            "{only} is there already; --overwrite replaces it"
        ))),
        [first, others @ ..] => Err(Failure::Refused(format!(
            "{first} and {} more are there already; --overwrite replaces them",
            others.len()
        ))),
    }
}

fn unread(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Refused(format!("{} cannot be read: {error}", path.display()))
}

/// What is taken in.
struct Load {
    steps: Vec<OverlayStep>,
    files: Vec<Arc<str>>,
    left: u64,
    owners: bool,
    skipped: Vec<String>,
}

impl Load {
    fn take(&mut self, from: &Path, to: &str, depth: usize) -> Result<(), Failure> {
        if depth > DEEPEST {
            let what = format!(
                "{} is nested more than {DEEPEST} folders deep",
                from.display()
            );
            return Err(Failure::Refused(what));
        }
        // What is named is meant, also where it is a link; what lies in a folder is taken as it is.
        let meta = if depth == 0 {
            fs::metadata(from)
        } else {
            fs::symlink_metadata(from)
        };
        let meta = meta.map_err(|e| unread(from, &e))?;
        let path: Arc<str> = to.into();
        let mode = Some(meta.mode() & 0o7777);
        if meta.is_dir() {
            if !to.is_empty() {
                self.steps.push(OverlayStep::Mkdir {
                    path: path.clone(),
                    mode,
                });
                self.belongs(&path, &meta);
            }
            return self.inside(from, to, depth);
        }
        if meta.is_symlink() {
            let target = fs::read_link(from).map_err(|e| unread(from, &e))?;
            let target = target.to_string_lossy().into_owned().into();
            self.steps.push(OverlayStep::Symlink {
                path: path.clone(),
                target,
            });
        } else if meta.is_file() {
            self.left = self.left.checked_sub(meta.len()).ok_or_else(|| {
                let what = format!(
                    "{} and what is with it is more than an overlay holds, 64 MiB",
                    from.display()
                );
                Failure::Refused(what)
            })?;
            let data = fs::read(from).map_err(|e| unread(from, &e))?;
            let content = Content::of(&data);
            self.steps.push(OverlayStep::Write {
                path: path.clone(),
                content,
                mode,
            });
        } else {
            self.skipped.push(format!(
                "{} is a pipe, a device or a socket, and is left out",
                from.display()
            ));
            return Ok(());
        }
        self.belongs(&path, &meta);
        self.files.push(path);
        Ok(())
    }

    /// Everything in a folder.
    fn inside(&mut self, from: &Path, to: &str, depth: usize) -> Result<(), Failure> {
        let mut names = Vec::new();
        for entry in fs::read_dir(from).map_err(|e| unread(from, &e))? {
            names.push(entry.map_err(|e| unread(from, &e))?.file_name());
        }
        names.sort();
        for name in names {
            let Some(text) = name.to_str() else {
                let what = format!("the name {name:?} in {} is not UTF-8", from.display());
                return Err(Failure::Refused(what));
            };
            let below = if to.is_empty() {
                text.to_owned()
            } else {
                format!("{to}/{text}")
            };
            self.take(&from.join(&name), &below, depth + 1)?;
        }
        Ok(())
    }

    fn belongs(&mut self, path: &Arc<str>, meta: &fs::Metadata) {
        if self.owners {
            let (uid, gid) = (Some(meta.uid()), Some(meta.gid()));
            self.steps.push(OverlayStep::Owner {
                path: path.clone(),
                uid,
                gid,
            });
        }
    }
}
