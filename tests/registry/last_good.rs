//! What was good stays in force until something good replaces it; numbers and revisions keep their meaning.

use std::sync::Arc;

use muster::registry::Registry;

use crate::support::registry;

const GOOD: &str = "nodeprofiles:\n  p: {init: /p}\nnodes:\n  n1: {profiles: [p], image name: one}\n  n2: {profiles: [p]}\n";

fn loaded() -> Registry {
    let mut registry = registry();
    let first = registry.load(Some("naming: m[1-9]\n"), Some(GOOD));
    assert!(first.changed && first.view.faults.is_empty() && first.view.revision == 1);
    registry
}

fn images(registry: &Registry) -> Vec<(String, String)> {
    let view = registry.view().unwrap();
    let image = |node: &Arc<muster::model::Node>| {
        (
            node.name.to_string(),
            node.image.as_deref().unwrap_or("-").to_owned(),
        )
    };
    view.nodes.iter().map(image).collect()
}

fn own(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

#[test]
fn files_that_cannot_be_read_change_nothing() {
    for bad in [
        None,
        Some(""),
        Some("  \n"),
        Some("no yaml at all"),
        Some("- a\n"),
        Some("\0\0\0"),
        Some("]["),
        Some("nodes: [a]\nnodeprofiles: x\n"),
    ] {
        let mut registry = loaded();
        let again = registry.load(Some("naming: m[1-9]\n"), bad);
        assert!(!again.changed && again.view.revision == 1, "{bad:?}");
        assert_eq!(again.view.nodes.len(), 2, "{bad:?}");
        assert_eq!(again.view.profiles.len(), 1, "{bad:?}");
        assert!(!again.view.faults.is_empty(), "{bad:?}");
    }
}

#[test]
fn an_explicitly_empty_section_empties() {
    let mut registry = loaded();
    let again = registry.load(Some(""), Some("nodes: {}\n"));
    assert!(again.changed && again.view.nodes.is_empty() && again.view.faults.is_empty());
}

#[test]
fn a_faulty_entry_keeps_its_last_good_form() {
    let mut registry = loaded();
    let text = GOOD
        .replace("image name: one", "imge name: two")
        .replace("n2: {", "n2: {image name: new, ");
    let again = registry.load(Some(""), Some(&text));
    assert_eq!(images(&registry), own(&[("n1", "one"), ("n2", "new")]));
    assert_eq!(again.view.faults.len(), 1);
    // A broken quote hides where the entry ends, and still costs that entry alone.
    let text = GOOD.replace(
        "{profiles: [p], image name: one}",
        "\n    image name: \"two",
    );
    registry.load(Some(""), Some(&text));
    assert_eq!(images(&registry), own(&[("n1", "one"), ("n2", "-")]));
    let gone = GOOD.replace("  n1: {profiles: [p], image name: one}\n", "");
    registry.load(Some(""), Some(&gone));
    assert_eq!(images(&registry), own(&[("n2", "-")]));
}

#[test]
fn a_faulty_profile_keeps_its_last_good_form() {
    let mut registry = loaded();
    let again = registry.load(Some(""), Some(&GOOD.replace("init: /p", "init: [/p]")));
    assert_eq!(again.view.nodes[0].init.as_deref(), Some("/p"));
    assert_eq!(again.view.faults.len(), 1);
}

#[test]
fn a_slip_in_a_sections_name_does_not_empty_it() {
    let mut registry = loaded();
    let again = registry.load(Some(""), Some(&GOOD.replace("nodes:", "node:")));
    assert_eq!(again.view.nodes.len(), 2);
    assert!(
        again.view.faults[0]
            .to_string()
            .contains("did you mean `nodes`?")
    );
}

#[test]
fn bad_settings_keep_their_last_good_value() {
    let mut registry = registry();
    registry.load(
        Some("dhcp: {lease: 2h}\nserver: {port: 8000}\n"),
        Some("nodes: {}\n"),
    );
    let again = registry.load(
        Some("dhcp: {lease: soon}\nserver: {port: 9000}\n"),
        Some("nodes: {}\n"),
    );
    assert_eq!(again.view.settings.dhcp.lease.as_secs(), 7200);
    assert_eq!(again.view.settings.server.port, 9000);
    let again = registry.load(Some("dhcp: [\n"), Some("nodes: {}\n"));
    assert_eq!(again.view.settings.server.port, 9000);
    assert!(!again.changed);
    let again = registry.load(None, Some("nodes: {}\n"));
    assert_eq!(again.view.settings.server.port, 9000);
}

#[test]
fn revisions_count_changes_of_content_only() {
    let mut registry = loaded();
    let text = format!("# a remark\n\n{}", GOOD.replace("one", "\"one\""));
    let same = registry.load(Some("naming: \"m[1-9]\"\n"), Some(&text));
    assert!(!same.changed && same.view.revision == 1);
    let before = same.view.clone();
    let next = registry.load(Some("naming: m[1-9]\n"), Some(&GOOD.replace("one", "two")));
    assert!(next.changed && next.view.revision == 2);
    assert!(
        Arc::ptr_eq(&before.nodes[1], &next.view.nodes[1]),
        "an untouched node is the same in memory"
    );
    assert!(!Arc::ptr_eq(&before.nodes[0], &next.view.nodes[0]));
    let settings = registry.load(Some("naming: x[1-9]\n"), Some(&GOOD.replace("one", "two")));
    assert!(settings.changed && settings.view.revision == 3);
}

#[test]
fn numbers_belong_to_names_for_good() {
    let mut registry = loaded();
    let id = |registry: &Registry, name: &str| {
        registry.view().unwrap().by_name(name).map(|node| node.id)
    };
    let (one, two) = (id(&registry, "n1"), id(&registry, "n2"));
    registry.load(None, Some("nodes:\n  n3: {}\n  n2: {}\n"));
    assert_eq!((id(&registry, "n1"), id(&registry, "n2")), (None, two));
    let three = id(&registry, "n3");
    assert!(three.is_some() && three != one && three != two);
    registry.load(None, Some(GOOD));
    assert_eq!((id(&registry, "n1"), id(&registry, "n2")), (one, two));
}

#[test]
fn a_run_counts_on_from_the_last_one() {
    let mut registry = registry();
    registry.resume(42);
    assert_eq!(registry.load(None, Some(GOOD)).view.revision, 42);
}
