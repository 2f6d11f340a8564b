//! The route table: which path means what.

use super::target::Target;
use crate::boot::grub;
use crate::fleet::Part;
use crate::kit::Mac;

/// What a path asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// The iPXE script.
    Ipxe,
    /// The GRUB configuration.
    Grub,
    /// The kernel.
    Kernel,
    /// The image's own initramfs.
    Initramfs,
    /// The image.
    Image,
    /// The system overlay.
    System,
    /// The runtime overlay.
    Runtime,
    /// A network boot program by file name.
    Loader(String),
    /// A site file: its path segments.
    Files(Vec<String>),
    /// The status of all nodes.
    Status,
    /// A node's word about itself.
    Beacon,
}

/// First path segment to route. The last three are names that older node images use.
const ROUTES: [(&str, Route); 13] = [
    ("ipxe", Route::Ipxe),
    ("grub", Route::Grub),
    ("kernel", Route::Kernel),
    ("initramfs", Route::Initramfs),
    ("image", Route::Image),
    ("system", Route::System),
    ("runtime", Route::Runtime),
    ("beacon", Route::Beacon),
    ("status", Route::Status),
    ("files", Route::Files(Vec::new())),
    ("container", Route::Image),
    ("overlay-system", Route::System),
    ("overlay-runtime", Route::Runtime),
];

/// Words that `/provision/{wwid}?stage=` knows.
pub(super) const STAGES: [&str; 7] = [
    "ipxe",
    "kernel",
    "image",
    "system",
    "runtime",
    "grub",
    "initramfs",
];

impl Route {
    /// The route of a target, or nothing when no such path exists.
    #[must_use]
    pub fn of(target: &Target) -> Option<Self> {
        let first = target.segments.first()?.as_str();
        let last = target.segments.last()?.as_str();
        if first != "files" && grub::is_config(last) {
            return Some(Self::Grub);
        }
        match first {
            "provision" => {
                let stage = target.get("stage").filter(|stage| !stage.is_empty());
                let stage = stage.unwrap_or("ipxe");
                STAGES.contains(&stage).then(|| named(stage)).flatten()
            }
            "efiboot" => match target.segments.get(1..)? {
                [] if target.get("file")? == "grub.cfg" => Some(Self::Grub),
                [] => loader(target.get("file")?.to_owned()),
                path => loader(path.join("/")),
            },
            // GRUB's modules, fonts and menus by address, below its prefix.
            "grub" if target.segments.len() > 2 || last.starts_with("grub.cfg") => {
                loader(target.segments.join("/"))
            }
            "files" => Some(Self::Files(target.segments[1..].to_vec())),
            // shim asks for its second stage at the root ("GET //grubx64.efi") when it was loaded from there itself.
            file if target.segments.len() == 1 && file.ends_with(".efi") => loader(file.to_owned()),
            other => named(other),
        }
    }

    /// What the events call it.
    #[must_use]
    pub fn part(&self) -> Part {
        match self {
            Self::Ipxe | Self::Grub => Part::Script,
            Self::Kernel => Part::Kernel,
            Self::Initramfs => Part::Initramfs,
            Self::Image => Part::Image,
            Self::System => Part::System,
            Self::Runtime => Part::Runtime,
            Self::Loader(_) => Part::Loader,
            Self::Files(_) | Self::Status | Self::Beacon => Part::File,
        }
    }

    /// The hardware address that the target names: in the path, else as `?wwid=`. The outer `None` means that none is named, the
    /// inner error that what is named is none. The form `[eno1]` (a node that does not know its own) names none.
    #[must_use]
    pub fn wwid(&self, target: &Target) -> Option<Result<Mac, String>> {
        let in_path = match self {
            Self::Loader(_) | Self::Files(_) | Self::Status => None,
            // GRUB looks for grub.cfg-01-<mac> (ARP type 1) before grub.cfg, both under its own prefix.
            Self::Grub => match target.segments.last().map(String::as_str) {
                Some(last) if grub::is_config(last) => last.strip_prefix("grub.cfg-01-"),
                _ => target.segments.get(1).map(String::as_str),
            },
            _ => target.segments.get(1).map(String::as_str),
        };
        let text = in_path
            .filter(|text| !text.is_empty())
            .or_else(|| target.get("wwid"))
            .filter(|text| !text.is_empty() && !text.starts_with('['))?;
        Some(text.parse().map_err(|_| text.to_owned()))
    }
}

/// A network boot program; nothing for a name that could mean a place outside of its tree.
fn loader(name: String) -> Option<Route> {
    let odd = name.contains('\\')
        || name
            .split('/')
            .any(|part| part.is_empty() || part.starts_with('.'));
    (!odd).then_some(Route::Loader(name))
}

fn named(word: &str) -> Option<Route> {
    ROUTES
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, route)| route.clone())
}
