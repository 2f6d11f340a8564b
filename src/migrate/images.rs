//! What becomes of each image, and whether nodes will find their kernels in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::found::Listed;
use super::overlays::whom;
use crate::api::FoundImage;
use crate::image::{Image, check_name};
use crate::model::{Fault, Level, View};

/// Rows for the images that were found, and what is to be known. `mode` is how they are brought over.
pub fn decide(found: &[Listed], view: &View, mode: &str) -> (Vec<FoundImage>, Vec<Fault>) {
    let mut findings = Vec::new();
    let mut rows = Vec::new();
    for image in found {
        let nodes = view
            .nodes
            .iter()
            .filter(|node| node.image.as_deref() == Some(image.name.as_str()));
        let nodes = nodes.count();
        let mut row = FoundImage {
            name: image.name.as_str().into(),
            root: image.root.display().to_string(),
            size: image.size,
            kernels: image
                .kernels
                .iter()
                .map(|kernel| kernel.version.clone())
                .collect(),
            nodes,
            ..FoundImage::default()
        };
        let command = format!("muster image import {} {}", quoted(&row.root), row.name);
        let bad = check_name(&image.name).err().map(|error| error.to_string());
        let bad = bad.or_else(|| {
            image
                .trouble
                .as_ref()
                .map(|why| format!("image {} {why}", image.name))
        });
        row.fate = match (bad, image.known, mode) {
            (Some(what), ..) => {
                findings.push(Fault::error(what).hint("it is not imported"));
                "cannot be imported".into()
            }
            (None, true, _) => "muster has it already".into(),
            (None, false, "copy") => "copied".into(),
            (None, false, "link") => "linked".into(),
            (None, false, _) => {
                row.command = command;
                "not imported".into()
            }
        };
        if image.trouble.is_none() && image.kernels.is_empty() {
            let level = if nodes > 0 {
                Level::Error
            } else {
                Level::Warning
            };
            let fault = Fault::error(format!(
                "image {} has no kernel in /boot or /lib/modules",
                image.name
            ));
            let hint = "install the distribution's kernel package in it; muster boots the kernels of images alone";
            findings.push(Fault {
                level,
                ..fault.hint(hint)
            });
        }
        rows.push(row);
    }
    findings.extend(missing(found, view));
    findings.extend(kernels(found, view));
    (rows, findings)
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
            "image {image} was not found; {} boot it",
            whom(&nodes)
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
            "{} want kernel {version}, which image {image} does not have",
            whom(&nodes)
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
