//! What becomes of each image, and whether nodes will find their kernels in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::found::Listed;
use super::overlays::they;
use crate::api::FoundImage;
use crate::image::{Image, check_name};
use crate::model::{Fault, Level, Node, View};

/// Rows for the images that were found, and what is to be known. `mode` is how they are brought over.
pub fn decide(found: &[Listed], view: &View, mode: &str) -> (Vec<FoundImage>, Vec<Fault>) {
    let mut findings = Vec::new();
    let mut rows = Vec::new();
    for image in found {
        rows.push(row(image, view, mode, &mut findings));
    }
    findings.extend(missing(found, view));
    findings.extend(kernels(found, view));
    (rows, findings)
}

/// One image.
fn row(image: &Listed, view: &View, mode: &str, findings: &mut Vec<Fault>) -> FoundImage {
    let boots = |node: &&Arc<Node>| node.image.as_deref() == Some(image.name.as_str());
    let nodes = view.nodes.iter().filter(boots).count();
    let versions = image.kernels.iter().map(|kernel| kernel.version.clone());
    let mut row = FoundImage {
        name: image.name.as_str().into(),
        root: image.root.display().to_string(),
        size: image.size,
        kernels: versions.collect(),
        nodes,
        ..FoundImage::default()
    };
    let unnamed = check_name(&image.name).err().map(|error| error.to_string());
    let unread = || Some(format!("image {} {}", image.name, image.trouble.as_ref()?));
    row.fate = match (unnamed.or_else(unread), image.known, mode) {
        (Some(what), ..) => {
            findings.push(Fault::error(what).hint("it is not imported"));
            "cannot be imported".into()
        }
        (None, true, _) => "muster has it already".into(),
        (None, false, "copy") => "copied".into(),
        (None, false, "link") => "linked".into(),
        (None, false, _) => {
            row.command = format!("muster image import {} {}", quoted(&row.root), row.name);
            "not imported".into()
        }
    };
    if image.trouble.is_none() && image.kernels.is_empty() {
        let level = match nodes {
            0 => Level::Warning,
            _ => Level::Error,
        };
        let what = format!(
            "image {} has no kernel in /boot or /lib/modules",
            image.name
        );
        let hint = "install the distribution's kernel package in it; muster boots the kernels of images alone";
        findings.push(Fault {
            level,
            ..Fault::error(what).hint(hint)
        });
    }
    row
}

/// Nodes whose image is nowhere.
fn missing(found: &[Listed], view: &View) -> Vec<Fault> {
    let mut lost: BTreeMap<&Arc<str>, Vec<Arc<str>>> = BTreeMap::new();
    for node in &view.nodes {
        if let Some(image) = &node.image
            && !found.iter().any(|known| *known.name == **image)
        {
            lost.entry(image).or_default().push(node.name.clone());
        }
    }
    let fault = |(image, nodes): (&Arc<str>, Vec<Arc<str>>)| {
        Fault::warning(format!(
            "image {image} was not found; {}",
            they(&nodes, "boots it", "boot it")
        ))
        .hint(
            "give the folder of images with --chroots, or import it: muster image import DIR NAME",
        )
    };
    lost.into_iter().map(fault).collect()
}

/// Nodes that want a kernel which their image does not have. Up to 4.5 kernels were kept beside images.
fn kernels(found: &[Listed], view: &View) -> Vec<Fault> {
    let mut lost: BTreeMap<(&str, &str), Vec<Arc<str>>> = BTreeMap::new();
    for node in &view.nodes {
        let (Some(image), Some(version)) = (&node.image, &node.kernel_version) else {
            continue;
        };
        let known = found
            .iter()
            .find(|known| *known.name == **image && !known.kernels.is_empty());
        if known.is_some_and(|known| as_image(known).kernel_for(Some(version)).is_none()) {
            lost.entry((image, version))
                .or_default()
                .push(node.name.clone());
        }
    }
    let fault = |((image, version), nodes): ((&str, &str), Vec<Arc<str>>)| {
        let there = found.iter().find(|known| known.name == image);
        let there: Vec<&str> = there
            .into_iter()
            .flat_map(|image| &image.kernels)
            .map(|k| &*k.version)
            .collect();
        let what = format!(
            "{} kernel {version}, which image {image} does not have",
            they(&nodes, "wants", "want")
        );
        Fault::warning(what).hint(format!(
            "it has {}; install that kernel in the image, or unset `kernel.version`",
            there.join(", ")
        ))
    };
    lost.into_iter().map(fault).collect()
}

fn as_image(found: &Listed) -> Image {
    Image {
        name: found.name.as_str().into(),
        root: found.root.clone(),
        kernels: found.kernels.clone(),
        initramfs: Vec::new(),
        archive: None,
        faults: Vec::new(),
    }
}

/// A path as a shell takes it for one word.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%=".contains(c);
    if path.chars().all(plain) {
        return path.to_owned();
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}
