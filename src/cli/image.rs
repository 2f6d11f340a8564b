//! Images in words.

use std::io::{self, Write};

use super::print::{or_dash, table};
use crate::api::ImageRow;
use crate::kit::units;

/// One line about an image.
#[must_use]
pub fn describe(image: &ImageRow) -> String {
    let kernel = image
        .kernels
        .first()
        .map_or_else(|| "no kernel".into(), |version| format!("kernel {version}"));
    let archive = image.size.zip(image.unpacked).map_or_else(
        || "not built".into(),
        |(size, unpacked)| {
            format!(
                "{} packed, {} unpacked",
                units::size(size),
                units::size(unpacked)
            )
        },
    );
    let faults: Vec<String> = image
        .faults
        .iter()
        .map(|fault| format!("\n  {fault}"))
        .collect();
    format!("{archive}, {kernel}{}", faults.concat())
}

/// Lists images as a table or as JSON.
///
/// # Errors
/// Whatever writing gives.
pub fn list_images(out: &mut dyn Write, images: &[ImageRow], json: bool) -> io::Result<()> {
    if json {
        return writeln!(out, "{}", serde_json::to_string(images).unwrap_or_default());
    }
    let line = |image: &ImageRow| {
        let size = |bytes: Option<u64>| or_dash(bytes.map(units::size));
        let nodes = image.nodes.to_string();
        vec![
            image.name.to_string(),
            size(image.size),
            size(image.unpacked),
            nodes,
            image.kernels.join(" "),
        ]
    };
    let lines: Vec<_> = images.iter().map(line).collect();
    table(
        out,
        &["IMAGE", "PACKED", "UNPACKED", "NODES", "KERNELS"],
        &lines,
    )
}
