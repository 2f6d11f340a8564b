//! The read-only tree of network boot programs: from a name as firmware asks for it to the places where it may lie.
//!
//! A site's own folder comes first, then the folders of the distribution's packages. Distributions name the same program
//! differently, so a name stands for its whole family. Names are refused, not repaired, when they try to leave the tree;
//! whether a file's real place is inside is checked by whoever opens it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::grub;
use crate::fleet::{Arch, Part};
use crate::model::{Fault, Settings};
use crate::wire::tftp::{MAX_NAME, code};

/// Folder that Warewulf puts loaders into; its names are tolerated with and without it.
const PREFIX: &str = "warewulf";

/// Names of one program each, best first. A name is served by any member of its family, the one that was asked for first. In the
/// folders of Red Hat's kin lies what also boots their disks and knows the network as well.
const FAMILIES: [&[&str]; 7] = [
    &["undionly.kpxe", "undionly.kkpxe"],
    &[
        "snponly.efi",
        "ipxe-snponly-x86_64.efi",
        "snponly-x86_64.efi",
        "ipxe.efi",
        "ipxe-x86_64.efi",
    ],
    &[
        "arm64-efi/snponly.efi",
        "ipxe-snponly-arm64.efi",
        "snponly-arm64.efi",
        "snp-arm64.efi",
        "arm64-efi/ipxe.efi",
        "ipxe-arm64.efi",
    ],
    &[
        "shimx64.efi",
        "shimx64.efi.signed",
        "shim.efi",
        "redhat/shimx64.efi",
        "rocky/shimx64.efi",
        "almalinux/shimx64.efi",
        "centos/shimx64.efi",
        "fedora/shimx64.efi",
    ],
    &["shimaa64.efi", "shimaa64.efi.signed"],
    &[
        "grubx64.efi",
        "grubnetx64.efi.signed",
        "x86_64-efi-signed/grubnetx64.efi.signed",
        "grubnetx64.efi",
        "grub.efi",
        "redhat/grubx64.efi",
        "rocky/grubx64.efi",
        "almalinux/grubx64.efi",
        "centos/grubx64.efi",
        "fedora/grubx64.efi",
    ],
    &[
        "grubaa64.efi",
        "grubnetaa64.efi.signed",
        "arm64-efi-signed/grubnetaa64.efi.signed",
        "grubnetaa64.efi",
    ],
];

/// First step of the paths of a node's own parts, as HTTP has them.
const NODE_PARTS: [(&str, Part); 5] = [
    ("kernel", Part::Kernel),
    ("image", Part::Image),
    ("initramfs", Part::Initramfs),
    ("system", Part::System),
    ("runtime", Part::Runtime),
];

/// What shim starts from beside itself: without it, it is no loader.
const SECOND: [(&str, &str); 2] = [
    ("shimx64.efi", "grubx64.efi"),
    ("shimaa64.efi", "grubaa64.efi"),
];

/// Why a name is not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The name itself is not allowed.
    Name {
        /// As asked.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// There is no such file.
    Missing {
        /// As asked.
        name: String,
        /// Where was looked.
        searched: Vec<PathBuf>,
    },
    /// There is something by that name, but it is not for clients.
    Forbidden {
        /// As asked.
        name: String,
        /// What was found.
        path: PathBuf,
        /// Why it is not served.
        why: String,
    },
}

impl Refusal {
    /// The TFTP error code for it.
    #[must_use]
    pub fn tftp(&self) -> u16 {
        match self {
            Self::Missing { .. } => code::NOT_FOUND,
            Self::Name { .. } | Self::Forbidden { .. } => code::ACCESS,
        }
    }

    /// The HTTP status for it.
    #[must_use]
    pub fn http(&self) -> u16 {
        match self {
            Self::Missing { .. } => 404,
            Self::Name { .. } | Self::Forbidden { .. } => 403,
        }
    }

    /// What the client is told: nothing of the server's own paths.
    #[must_use]
    pub fn told(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "file not found",
            Self::Name { .. } => "file name not allowed",
            Self::Forbidden { .. } => "file not served",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { name, why } => write!(f, "the name {name:?} {why}"),
            Self::Missing { name, searched } => {
                write!(f, "there is no {name} in {}", list(searched))
            }
            Self::Forbidden { name, path, why } => {
                write!(f, "{name} is not served: {} {why}", path.display())
            }
        }
    }
}

/// A name inside the tree: relative, without `.` and `..`, without the `warewulf/` prefix.
///
/// # Errors
/// [`Refusal::Name`] for anything that could mean a place outside of the tree, on this or on another system.
pub fn clean(name: &str) -> Result<String, Refusal> {
    let refuse = |why| {
        Err(Refusal::Name {
            name: name.chars().take(MAX_NAME).collect(),
            why,
        })
    };
    if name.len() > MAX_NAME {
        return refuse("is too long");
    }
    if !name.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return refuse("holds characters that are not printable ASCII");
    }
    if name.contains(['\\', '%']) {
        return refuse("holds a backslash or percent sign");
    }
    let parts: Vec<&str> = name
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    if parts.iter().any(|part| part.starts_with('.')) {
        return refuse("holds a part that starts with a dot");
    }
    let parts = match parts.as_slice() {
        [PREFIX, rest @ ..] if !rest.is_empty() => rest,
        all => all,
    };
    if parts.is_empty() {
        return refuse("is empty");
    }
    Ok(parts.join("/"))
}

/// Where the file called `name` may lie, most wanted first.
///
/// # Errors
/// [`Refusal::Name`] as [`clean`].
pub fn candidates(settings: &Settings, name: &str) -> Result<Vec<PathBuf>, Refusal> {
    let clean = clean(name)?;
    let family = FAMILIES
        .iter()
        .find(|family| family.contains(&clean.as_str()));
    let mut names = vec![clean.as_str()];
    names.extend(
        family
            .into_iter()
            .flat_map(|family| family.iter().copied())
            .filter(|other| *other != clean),
    );
    let (site, search) = (&settings.tftp.root, &settings.tftp.search);
    let own = names
        .iter()
        .flat_map(|name| [site.join(name), site.join(PREFIX).join(name)]);
    let shipped = names
        .iter()
        .flat_map(|name| search.iter().map(move |folder| folder.join(name)));
    Ok(own.chain(shipped).collect())
}

/// The folders that are searched, in order. What is served lies in one of them, wherever links point.
pub fn folders(settings: &Settings) -> impl Iterator<Item = &Path> {
    std::iter::once(&settings.tftp.root)
        .chain(&settings.tftp.search)
        .map(PathBuf::as_path)
}

/// Whether clients ask for `name` by habit and go on happily without it: iPXE its `autoexec.ipxe`, shim its lists of
/// revocations, GRUB its modules, their lists, fonts and per-machine menus. That there is none is worth no line.
#[must_use]
pub fn optional(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    file == "autoexec.ipxe"
        || [".lst", ".mod", ".pf2", ".mo", ".mo.gz"]
            .iter()
            .any(|end| file.ends_with(end))
        || file.starts_with("grub.cfg-")
        || (file.ends_with(".efi")
            && (file.starts_with("revocations") || file.starts_with("shim_certificate")))
}

/// What a file of that name is for.
#[must_use]
pub fn part(name: &str) -> Part {
    // What GRUB fetches of a node has the paths of HTTP.
    let name = name.to_ascii_lowercase();
    let mut steps = name.trim_start_matches('/').split('/');
    if let (Some(first), Some(_)) = (steps.next(), steps.next())
        && let Some((_, part)) = NODE_PARTS.iter().find(|(word, _)| *word == first)
    {
        return *part;
    }
    if grub::is_config(name.rsplit('/').next().unwrap_or(&name)) {
        return Part::Script;
    }
    let is = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    if is(&[".ipxe", ".cfg"]) {
        Part::Script
    } else if is(&[".efi", ".signed", "pxe", ".0", ".lkrn"]) {
        Part::Loader
    } else {
        Part::File
    }
}

/// One complaint for each configured loader that is in none of the folders; `exists` says whether a path is a file. It is an
/// error when no architecture can boot at all. The built-in loaders for arm64 are not missed until a machine asks for them:
/// most clusters have no such machine, and no use for a complaint.
#[must_use]
pub fn missing(settings: &Settings, exists: &dyn Fn(&Path) -> bool) -> Vec<Fault> {
    let mut wanted: BTreeMap<&str, Vec<Arch>> = BTreeMap::new();
    for (arch, file) in &settings.tftp.ipxe {
        wanted.entry(file).or_default().push(Arch(*arch));
        if let Some(second) = second(file) {
            wanted.entry(second).or_default().push(Arch(*arch));
        }
    }
    let chosen = |arch: &Arch| {
        let key = format!("tftp.ipxe.00:{:02X}", arch.0);
        settings
            .listing
            .iter()
            .any(|(other, _, set)| *set && **other == key)
    };
    wanted.retain(|_, archs| archs.iter().any(|arch| !arm64(*arch) || chosen(arch)));
    let lost: Vec<_> = wanted
        .iter()
        .filter(|(file, _)| {
            !candidates(settings, file).is_ok_and(|paths| paths.iter().any(|path| exists(path)))
        })
        .collect();
    let none_at_all = lost.len() == wanted.len();
    lost.into_iter()
        .map(|(file, archs)| {
            let mut words: Vec<String> = archs.iter().map(|arch| arch.word()).collect();
            words.dedup();
            let folders: Vec<PathBuf> = folders(settings).map(Path::to_owned).collect();
            let what = format!(
                "the loader {file} for {} machines is in none of {}: they cannot boot from the network",
                words.join(" and "),
                list(&folders),
            );
            let fault = if none_at_all {
                Fault::error(what)
            } else {
                Fault::warning(what)
            };
            fault.about("tftp").hint(remedy(file, archs))
        })
        .collect()
}

/// Whether it is a 64-bit ARM machine, by TFTP or by HTTP.
const fn arm64(arch: Arch) -> bool {
    matches!(arch.0, 11 | 19)
}

/// What the loader called `file` starts beside itself.
fn second(file: &str) -> Option<&'static str> {
    let family = FAMILIES.iter().find(|family| family.contains(&file))?;
    let second = SECOND.iter().find(|(first, _)| family.contains(first));
    second.map(|(_, second)| *second)
}

/// How to get this loader for these architectures.
fn remedy(file: &str, archs: &[Arch]) -> String {
    let arm = archs.iter().copied().any(arm64);
    if file.contains("shim") || file.contains("grub") {
        let package = if arm {
            "Debian, Ubuntu: apt install shim-signed grub-efi-arm64-signed; RHEL and kin: dnf install shim-aa64 grub2-efi-aa64"
        } else {
            "Debian, Ubuntu: apt install shim-signed grub-efi-amd64-signed; RHEL and kin: dnf install shim-x64 grub2-efi-x64"
        };
        return format!(
            "{package}; SUSE: zypper install shim grub2; or put the file into the folder of `tftp: tftproot`, or boot by iPXE, without `grubboot`"
        );
    }
    let package = if arm {
        "Debian 13 and later, Ubuntu: apt install ipxe; RHEL and kin: dnf install ipxe-bootimgs-aarch64"
    } else {
        "Debian, Ubuntu: apt install ipxe; RHEL and kin: dnf install ipxe-bootimgs-x86"
    };
    format!(
        "{package}; SUSE: zypper install ipxe-bootimgs; or put the file into the folder of `tftp: tftproot`, or take its line out of `tftp: ipxe`"
    )
}

fn list(paths: &[PathBuf]) -> String {
    let mut folders: Vec<String> = Vec::new();
    for path in paths {
        let text = path.display().to_string();
        if !folders.contains(&text) {
            folders.push(text);
        }
    }
    folders.join(", ")
}
