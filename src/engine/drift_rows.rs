//! Drift as clients show it: equal answers of many nodes as one row.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::drift::Found;
use super::engine::Engine;
use crate::api::{DriftFile, DriftPart, DriftReport, DriftRow};
use crate::boot::load::{Changed, Differences, FileChange, Piece};
use crate::kit::hostlist;
use crate::model::Node;

/// What is said of nodes whose boot nobody saw.
const UNSEEN: &str = "what they were given in their boot is not known: they booted before this was recorded, or from elsewhere";

/// What a reboot would do to the nodes that are meant; none = all.
pub(super) fn report(engine: &Engine, meant: Option<&HashSet<String>>) -> DriftReport {
    let mut report = DriftReport::default();
    // What would change first, then what is not known.
    let mut groups: BTreeMap<(u8, DriftRow), Vec<&Arc<str>>> = BTreeMap::new();
    let is_meant = |node: &&Arc<Node>| meant.is_none_or(|names| names.contains(&*node.name));
    for node in engine.view.nodes.iter().filter(is_meant) {
        match row(engine, node) {
            None => report.idle += 1,
            Some(row) => groups
                .entry((rank(&row), row))
                .or_default()
                .push(&node.name),
        }
    }
    let grouped = |((_, row), nodes): ((u8, DriftRow), Vec<&Arc<str>>)| DriftRow {
        nodes: hostlist::compress(&nodes).into(),
        count: u32::try_from(nodes.len()).unwrap_or(u32::MAX),
        ..row
    };
    report.rows = groups.into_iter().map(grouped).collect();
    report
}

fn rank(row: &DriftRow) -> u8 {
    match &*row.drift {
        "yes" if row.why.is_some() => 0,
        "yes" => 1,
        "looking" => 2,
        "unknown" => 3,
        _ => 4,
    }
}

/// Of one node, without its name; none if it is not up.
pub(super) fn row(engine: &Engine, node: &Arc<Node>) -> Option<DriftRow> {
    let says = |drift: &str, why: Option<Arc<str>>| DriftRow {
        drift: drift.into(),
        why,
        ..DriftRow::default()
    };
    Some(match engine.compared(node.id) {
        Found::Idle => return None,
        Found::Looking => says("looking", None),
        Found::Unseen => says("unknown", Some(UNSEEN.into())),
        Found::Fails(why) => DriftRow {
            settings: engine.settings_since(node),
            ..says("yes", Some(format!("would not come up: {why}").into()))
        },
        Found::Compared(found) if found.any() => DriftRow {
            settings: engine.settings_since(node),
            ..differing(&found)
        },
        Found::Compared(found) if found.unseen.is_empty() => says("no", None),
        Found::Compared(found) => {
            let unseen: Vec<&str> = found.unseen.iter().copied().collect();
            let why = format!("nobody saw which {} they were given", unseen.join(", "));
            says("unknown", Some(why.into()))
        }
    })
}

fn differing(found: &Differences) -> DriftRow {
    let pieces = [
        ("kernel", &found.kernel),
        ("initramfs", &found.initramfs),
        ("image", &found.image),
    ];
    let pieces = pieces.into_iter().filter_map(|(part, changed)| {
        let (runs, next) = changed.as_ref()?;
        Some(DriftPart {
            part: part.into(),
            runs: runs.as_ref().map(shown),
            next: next.as_ref().map(shown),
        })
    });
    let args = found.args.as_ref().map(|(runs, next)| {
        let (gone, came) = words(runs, next);
        DriftPart {
            part: "args".into(),
            runs: gone,
            next: came,
        }
    });
    let some = found.some_files.then(|| DriftFile {
        path: "?".into(),
        overlay: "?".into(),
        what: vec!["content; which files is not known any more".into()],
    });
    DriftRow {
        drift: "yes".into(),
        parts: pieces.chain(args).collect(),
        files: found.files.iter().map(file).chain(some).collect(),
        ..DriftRow::default()
    }
}

/// The name and the beginning of the digest, as people tell two builds apart.
fn shown(piece: &Piece) -> Arc<str> {
    let digest = piece.digest.as_deref().unwrap_or("?");
    let short = digest.get(..12).unwrap_or(digest);
    format!("{} ({short})", piece.name).into()
}

fn file(change: &FileChange) -> DriftFile {
    DriftFile {
        path: change.path().clone(),
        overlay: change.overlay().clone(),
        what: change.what(),
    }
}

/// The words that would go, and those that would come; all of them where only their order differs.
fn words(runs: &str, next: &str) -> Changed<Arc<str>> {
    let lacks = |words: &str, other: &str| -> Option<Arc<str>> {
        let mut there: Vec<&str> = other.split_whitespace().collect();
        let missing = words.split_whitespace().filter(|word| {
            let at = there.iter().position(|known| known == word);
            at.map(|at| there.swap_remove(at)).is_none()
        });
        let missing: Vec<&str> = missing.collect();
        (!missing.is_empty()).then(|| missing.join(" ").into())
    };
    match (lacks(runs, next), lacks(next, runs)) {
        (None, None) => (Some(runs.into()), Some(next.into())),
        both => both,
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_that_go_and_come_are_told_apart() {
        let (gone, came) = words("a quiet b", "a b debug debug");
        assert_eq!(gone.as_deref(), Some("quiet"));
        assert_eq!(came.as_deref(), Some("debug debug"));
        assert_eq!(
            words("a b", "b a"),
            (Some("a b".into()), Some("b a".into()))
        );
    }
}
