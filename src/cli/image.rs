//! Images in words.

use std::io::{self, Write};

use super::paper::Paper;
use super::table::{Cell, table};
use crate::api::ImageRow;
use crate::kit::units;

/// One line about an image, and one for each of its faults.
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

/// Lists images as a table or as one JSON array.
///
/// # Errors
/// Whatever writing gives.
pub fn list_images(paper: &mut Paper<'_>, images: &[ImageRow], json: bool) -> io::Result<()> {
    if json {
        let text = serde_json::to_string(images).unwrap_or_default();
        return writeln!(paper, "{text}");
    }
    let line = |image: &ImageRow| {
        [
            Cell::from(&*image.name),
            image.size.map(units::size).into(),
            image.unpacked.map(units::size).into(),
            image.nodes.to_string().into(),
            image.kernels.join(" ").into(),
        ]
    };
    let lines: Vec<_> = images.iter().map(line).collect();
    table(
        paper,
        ["IMAGE", "PACKED", "UNPACKED", "NODES", "KERNELS"],
        &lines,
    )
}
