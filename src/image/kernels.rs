//! Which kernels and initramfs files an image has, and which of them is meant. The patterns, their order and the comparison of
//! versions are Warewulf's, so that a `kernel version` means the same file here.

use std::cmp::Ordering;
use std::path::Path;
use std::sync::Arc;

use super::catalog::{Image, Kernel};

/// Where a kernel lies: text before and after the part that varies, most wanted first.
const KERNELS: [(&str, &str); 5] = [
    ("/boot/Image-", ""),
    ("/boot/vmlinuz-linux", ""),
    ("/boot/vmlinuz-", ""),
    ("/lib/modules/", "/vmlinuz"),
    ("/lib/modules/", "/vmlinuz.gz"),
];
const INITRAMFS: [(&str, &str); 3] = [
    ("/boot/initramfs-", ""),
    ("/boot/initrd-", ""),
    ("/boot/initrd.img-", ""),
];

/// The kernels among `paths` (as seen inside the image, with the real path on the server), best first: highest version, plain
/// ones before debug and rescue kernels, then in the order of the patterns.
#[must_use]
pub fn kernels(paths: &[(String, std::path::PathBuf)]) -> Vec<Kernel> {
    best_first(matching(paths, &KERNELS))
}

/// The initramfs files among `paths`, best first.
#[must_use]
pub fn initramfs(paths: &[(String, std::path::PathBuf)]) -> Vec<Kernel> {
    best_first(matching(paths, &INITRAMFS))
}

/// Plain ones before odd ones, then the highest version, then the order of the patterns.
fn best_first(mut found: Vec<(Kernel, usize)>) -> Vec<Kernel> {
    found.sort_by(|(a, at), (b, bt)| {
        odd(a)
            .cmp(&odd(b))
            .then_with(|| newer(&b.version, &a.version))
            .then(at.cmp(bt))
    });
    found.into_iter().map(|(kernel, _)| kernel).collect()
}

impl Image {
    /// The kernel that `wanted` means: a path inside the image, else the best kernel whose version begins with it; none wanted
    /// means the best that is neither a debug nor a rescue kernel.
    #[must_use]
    pub fn kernel_for(&self, wanted: Option<&str>) -> Option<&Kernel> {
        let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) else {
            return self
                .kernels
                .iter()
                .find(|kernel| !odd(kernel))
                .or(self.kernels.first());
        };
        let path = Path::new(wanted.trim_start_matches('/'));
        let inside = self.root.join(path);
        // Where /usr is merged, /lib is a link, and the kernel's own path is the one below /usr.
        let merged = self.root.join("usr").join(path);
        let named = |kernel: &&Kernel| kernel.path == inside || kernel.path == merged;
        let by_path = self.kernels.iter().find(named);
        let meant = |kernel: &&Kernel| kernel.version.starts_with(wanted);
        by_path
            .or_else(|| {
                self.kernels
                    .iter()
                    .filter(meant)
                    .find(|kernel| !odd(kernel))
            })
            .or_else(|| self.kernels.iter().find(meant))
    }

    /// The initramfs that belongs to `kernel`: the best whose version begins with the kernel's numbers.
    #[must_use]
    pub fn initramfs_for(&self, kernel: &Kernel) -> Option<&Kernel> {
        let whole = |file: &&Kernel| file.version == kernel.version;
        let numbers = numbers(&kernel.version);
        let like = |file: &&Kernel| !numbers.is_empty() && file.version.starts_with(numbers);
        self.initramfs
            .iter()
            .find(whole)
            .or_else(|| self.initramfs.iter().find(like))
    }
}

fn matching(
    paths: &[(String, std::path::PathBuf)],
    patterns: &[(&str, &str)],
) -> Vec<(Kernel, usize)> {
    let mut found: Vec<(Kernel, usize)> = Vec::new();
    for (at, (before, after)) in patterns.iter().enumerate() {
        for (inside, path) in paths {
            let middle = inside
                .strip_prefix(before)
                .and_then(|rest| rest.strip_suffix(after));
            let Some(middle) = middle.filter(|middle| !middle.is_empty() && !middle.contains('/'))
            else {
                continue;
            };
            if found.iter().any(|(kernel, _)| kernel.path == *path) {
                continue;
            }
            let version: Arc<str> = middle.strip_suffix(".img").unwrap_or(middle).into();
            found.push((
                Kernel {
                    version,
                    path: path.clone(),
                },
                at,
            ));
        }
    }
    found
}

fn odd(kernel: &Kernel) -> bool {
    let path = kernel.path.to_string_lossy();
    path.contains("+debug") || path.contains("-rescue")
}

/// The first `1.2.3` or `1.2.3-45.6` in a text; empty if there is none.
fn numbers(text: &str) -> &str {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        bytes[from..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let mut start = 0;
    'search: while start < bytes.len() {
        let mut at = start;
        for part in 0..3 {
            let length = digits(at);
            let dot = part == 2 || bytes.get(at + length) == Some(&b'.');
            if length == 0 || !dot {
                start += 1;
                continue 'search;
            }
            at += length + usize::from(part < 2);
        }
        if bytes.get(at) == Some(&b'-') {
            let tail = bytes[at + 1..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit() || **byte == b'.');
            let tail = tail.count();
            if tail > 0 {
                at += 1 + tail;
            }
        }
        return text[start..at].trim_end_matches('.');
    }
    ""
}

/// As semantic versions: what follows `-` makes a version lower than the same without it.
fn newer(a: &str, b: &str) -> Ordering {
    let key = |text: &str| {
        let (release, rest) = match numbers(text).split_once('-') {
            Some((release, rest)) => (release.to_owned(), Some(rest.to_owned())),
            None => (numbers(text).to_owned(), None),
        };
        let parts = |text: &str| -> Vec<u64> {
            text.split('.')
                .map(|part| part.parse().unwrap_or(u64::MAX))
                .collect()
        };
        (
            parts(&release),
            rest.is_none(),
            rest.map(|rest| parts(&rest)),
        )
    };
    let known = |text: &str| !numbers(text).is_empty();
    known(a)
        .cmp(&known(b))
        .then_with(|| key(a).cmp(&key(b)))
        .then_with(|| a.cmp(b))
}
