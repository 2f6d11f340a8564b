//! What would keep a node from booting, whatever its image: such an overlay is refused, and the node keeps what it had.

use std::collections::BTreeSet;

use super::archive::Context;
use super::layout::{Body, Item, Layout};
use crate::model::Fault;

/// Folders of every system; nothing else can be in their place.
const FOLDERS: [&[u8]; 12] = [
    b"etc",
    b"usr",
    b"usr/bin",
    b"usr/lib",
    b"var",
    b"dev",
    b"proc",
    b"sys",
    b"run",
    b"tmp",
    b"newroot",
    b"warewulf",
];

/// Links of a merged `/usr`, and where each may lead.
const MERGED: [(&[u8], &[&[u8]]); 4] = [
    (b"bin", &[b"usr/bin"]),
    (b"sbin", &[b"usr/sbin", b"usr/bin", b"bin"]),
    (b"lib", &[b"usr/lib"]),
    (b"lib64", &[b"usr/lib64", b"usr/lib", b"lib"]),
];

/// What something is mounted over before anybody sees it. `/run` only while the node boots.
const HIDDEN: [&[u8]; 5] = [b"dev/", b"proc/", b"sys/", b"newroot/", b"run/"];
/// Devices that the kernel wants before it has made its own.
const EARLY: [&[u8]; 2] = [b"dev/console", b"dev/null"];

/// The first program of a node, and the one that it ends in.
const INIT: &[u8] = b"init";
const RUN_INIT: &[u8] = b"warewulf/run-init";

/// Errors for what a node would not boot with, warnings for what it would not see.
pub fn faults(layout: &Layout, context: Context) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (path, item) in &layout.items {
        faults.extend(place(path, item));
    }
    faults.extend(programs(layout));
    faults.extend(accounts(layout));
    faults.extend(hidden(layout, context));
    faults
}

fn place(path: &[u8], item: &Item) -> Option<Fault> {
    let shown = String::from_utf8_lossy(path);
    let overlay = &item.overlay;
    if FOLDERS.contains(&path) && item.body != Body::Folder {
        let what = format!(
            "/{shown} of overlay {overlay} is no folder, and nothing would run without that one"
        );
        return Some(Fault::error(what).hint("take it out of the overlay"));
    }
    let (_, targets) = MERGED.iter().find(|(link, _)| *link == path)?;
    let Body::Symlink(target) = &item.body else {
        return None;
    };
    let plain = target.strip_prefix(b"/").unwrap_or(target);
    let plain = plain.strip_suffix(b"/").unwrap_or(plain);
    let right = targets.contains(&plain);
    (!right).then(|| {
        let target = String::from_utf8_lossy(target);
        let what = format!(
            "/{shown} of overlay {overlay} leads to {target}, and nothing would run any more"
        );
        Fault::error(what).hint(format!("it leads to usr/{shown}, and the image has it"))
    })
}

/// The programs that start a node have to be programs.
fn programs(layout: &Layout) -> Vec<Fault> {
    let mut faults = Vec::new();
    for path in [INIT, RUN_INIT] {
        if let Some(item) = layout.items.get(path)
            && let Some(why) = idle(item)
        {
            let (shown, overlay) = (String::from_utf8_lossy(path), &item.overlay);
            let what = format!(
                "/{shown} of overlay {overlay} {why}: the kernel could not start this node with it"
            );
            faults.push(Fault::error(what).hint("compare it with the one of the shipped wwinit"));
        }
    }
    if let Some(init) = layout.items.get(INIT)
        && !layout.items.contains_key(RUN_INIT)
        && let Body::File(text) = &init.body
        && text.windows(RUN_INIT.len()).any(|part| part == RUN_INIT)
    {
        let what = format!(
            "/init of overlay {} ends in /warewulf/run-init, which no overlay brings",
            init.overlay
        );
        faults.push(Fault::error(what).hint("copy it from the shipped wwinit"));
    }
    faults
}

/// Why nothing can be executed there.
fn idle(item: &Item) -> Option<&'static str> {
    match &item.body {
        Body::Symlink(_) => None,
        Body::File(_) if item.mode & 0o111 == 0 => Some("is not executable"),
        Body::File(data) if data.is_empty() => Some("is empty"),
        Body::File(data) if data.starts_with(b"#!") || data.starts_with(b"\x7fELF") => None,
        Body::File(_) => Some("is neither a script that begins with `#!` nor a program"),
        _ => Some("is no file"),
    }
}

/// Without root in them no service starts and nobody gets in to mend it.
fn accounts(layout: &Layout) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (path, zero) in [(&b"etc/passwd"[..], 2), (b"etc/group", 2)] {
        let Some(item) = layout.items.get(path) else {
            continue;
        };
        let Body::File(text) = &item.body else {
            continue;
        };
        let is_root = |line: &[u8]| {
            let mut fields = line.split(|byte| *byte == b':');
            fields.next() == Some(b"root") && fields.nth(zero - 1) == Some(b"0")
        };
        if !text.split(|byte| *byte == b'\n').any(is_root) {
            let (shown, overlay) = (String::from_utf8_lossy(path), &item.overlay);
            let what = format!("/{shown} of overlay {overlay} has no root with the number 0");
            let hint = "begin it with the lines of the image, as the shipped syncuser does";
            faults.push(Fault::error(what).hint(hint));
        }
    }
    faults
}

/// One warning for each overlay and folder.
fn hidden(layout: &Layout, context: Context) -> Vec<Fault> {
    let mut found = BTreeSet::new();
    for folder in HIDDEN {
        if folder == b"run/" && context == Context::Runtime {
            continue;
        }
        let below = layout.items.range(folder.to_vec()..);
        let below = below.take_while(|(path, _)| path.starts_with(folder));
        for (path, item) in below.filter(|(path, _)| !EARLY.contains(&path.as_slice())) {
            let first = String::from_utf8_lossy(path).into_owned();
            if !found
                .iter()
                .any(|(known, overlay, _)| (*known, overlay) == (folder, &item.overlay))
            {
                found.insert((folder, item.overlay.clone(), first));
            }
        }
    }
    let fault = |(folder, overlay, first): (&[u8], std::sync::Arc<str>, String)| {
        let folder = String::from_utf8_lossy(folder);
        let folder = folder.trim_end_matches('/');
        Fault::warning(format!(
            "/{first} of overlay {overlay} is not seen on the node: something is mounted over /{folder}"
        ))
    };
    found.into_iter().map(fault).collect()
}
