//! The site's iPXE scripts on disk: the folder `ipxe` beside `nodes.conf`.

use std::io;
use std::path::Path;

use super::files::Disk;
use crate::boot::ipxe;
use crate::boot::ipxe::site::{Known, LARGEST, SUFFIXES, Source, name_of};
use crate::model::{Fault, Level};
use crate::overlay::Files;

/// The folder, below that of the configuration.
pub(super) const FOLDER: &str = "ipxe";

/// The file of the script `name`, if the site has one.
///
/// # Errors
/// A sentence, when it is there and cannot be read.
pub(super) fn find(conf: &Path, name: &str) -> Result<Option<Source>, String> {
    let folder = conf.join(FOLDER);
    for suffix in SUFFIXES {
        let file = format!("{name}{suffix}");
        let path = folder.join(&file);
        match Disk.read(&path, LARGEST) {
            Ok(text) => {
                return Ok(Some(Source {
                    file,
                    folder: folder.to_string_lossy().into(),
                    text: text.into(),
                }));
            }
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) => {}
            Err(error) => return Err(unreadable(&path, &error)),
        }
    }
    Ok(None)
}

/// Every script that the site has, with what is wrong with it.
pub(super) fn scan(conf: &Path) -> Vec<Known> {
    let folder = conf.join(FOLDER);
    let files = Disk.list(&folder).unwrap_or_default();
    let names = files.iter().filter_map(|file| name_of(file.to_str()?));
    let mut names: Vec<&str> = names.collect();
    names.dedup();
    names.into_iter().map(|name| known(conf, name)).collect()
}

fn known(conf: &Path, name: &str) -> Known {
    let faults = match find(conf, name) {
        Ok(Some(source)) => source.read(Default::default()).err().unwrap_or_default(),
        Ok(None) => Vec::new(),
        Err(what) => vec![Fault::error(what)],
    };
    let instead = if ipxe::NAMES.contains(&name) {
        "muster's own script of that name is used"
    } else {
        "nodes that want it wait"
    };
    let told = |mut fault: Fault| {
        let hint = fault.hint.take().map(|hint| format!("{hint}; "));
        let hint = format!("{}until then {instead}", hint.unwrap_or_default());
        fault.level = Level::Error;
        fault.about(format!("iPXE script {name}")).hint(hint)
    };
    Known {
        name: name.into(),
        faults: faults.into_iter().map(told).collect(),
    }
}

fn unreadable(path: &Path, error: &io::Error) -> String {
    format!("{} cannot be read: {error}", path.display())
}
