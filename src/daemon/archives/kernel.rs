//! What templates see of an image's kernels.

use crate::image::kernels;

/// Version of the kernel that is booted unless another is asked for.
pub fn default(paths: &[String]) -> Option<String> {
    let paths: Vec<_> = paths
        .iter()
        .map(|path| (path.clone(), path.into()))
        .collect();
    let best = kernels(&paths).into_iter().next();
    // As much of it as Warewulf takes for the version.
    let version = regex::Regex::new(r"\d+\.\d+\.\d+(-[\d.]+)?").ok()?;
    let best = best?;
    let found = version.find(&best.version)?.as_str().trim_end_matches('.');
    Some(found.to_owned())
}
