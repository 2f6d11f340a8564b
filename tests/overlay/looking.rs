//! Looking at what overlays make before a node gets it: previews with a text that is not saved, and every template for every node.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use muster::daemon::files::Disk;
use muster::model::Level;
use muster::overlay::{
    Body, Draft, Inspected, Inspection, Piece, Preview, Sources, inspect, preview,
};

use super::world::{World, node};

fn look(world: &World, overlay: &str, file: Option<&str>, draft: Option<(&str, &str)>) -> Preview {
    let draft = draft.map(|(path, text)| Draft {
        path: path.into(),
        text: Some(text.to_owned().into()),
    });
    let drafts: Vec<Draft> = draft.into_iter().collect();
    let sources = Sources::new(world.dir.path());
    let view = world.view();
    preview(
        &view,
        &view.nodes[0],
        &sources,
        &Disk,
        overlay,
        file,
        &drafts,
    )
}

fn shown(piece: &Piece) -> (String, String) {
    let body = match &piece.item.body {
        Body::File(data) => String::from_utf8_lossy(data).into_owned(),
        Body::Symlink(target) => format!("-> {}", String::from_utf8_lossy(target)),
        other => format!("{other:?}"),
    };
    (String::from_utf8_lossy(&piece.path).into_owned(), body)
}

fn all(preview: &Preview) -> Vec<(String, String)> {
    assert_eq!(preview.faults, []);
    preview.outputs.iter().map(shown).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

#[test]
fn a_preview_shows_every_output_of_an_overlay_that_the_node_does_not_even_list() {
    let world = World::new(vec![node(1, "n1", &[])]);
    let many = "{{ file(path=\"one\", mode=\"0600\") }}1{{ file(path=\"/x/two\") }}{{ symlink(target=\"one\") }}";
    world.write("overlays/site/rootfs/etc/many.tera", many);
    world.write("overlays/site/rootfs/etc/go.ww", "{{ .Id }}");
    world.write("overlays/site/rootfs/etc/plain", "as it is");
    let preview = look(&world, "site", None, None);
    let expected = [
        ("etc", "Folder"),
        ("etc/plain", "as it is"),
        ("etc/go", "n1"),
        ("etc/one", "1"),
        ("x/two", "-> one"),
    ];
    assert_eq!(all(&preview), pairs(&expected));
    let one = &preview.outputs[3];
    assert_eq!(
        (one.source.as_slice(), one.template, one.item.mode),
        (&b"etc/many.tera"[..], true, 0o600)
    );
    assert_eq!(&*one.item.overlay, "site");
    let go = &preview.outputs[2];
    assert!(go.backup && !one.backup && !preview.outputs[1].template);
}

#[test]
fn one_file_is_asked_for_by_its_source_or_by_what_it_makes() {
    let world = World::new(vec![node(1, "n1", &[])]);
    let many = "{{ file(path=\"one\") }}1{{ file(path=\"two\") }}2";
    world.write("overlays/site/rootfs/etc/many.tera", many);
    world.write("overlays/site/rootfs/etc/other.tera", "other");
    let both = pairs(&[("etc/one", "1"), ("etc/two", "2")]);
    for file in ["etc/many.tera", "/etc/many", "etc/many"] {
        assert_eq!(all(&look(&world, "site", Some(file), None)), both);
    }
    let two = look(&world, "site", Some("/etc/two"), None);
    assert_eq!(all(&two), pairs(&[("etc/two", "2")]));
    let none = look(&world, "site", Some("etc/manny"), None);
    let told = none.faults[0].to_string();
    assert!(
        told.contains("neither has nor makes a file etc/manny"),
        "{told}"
    );
    assert!(told.contains("did you mean `etc/many.tera`?"), "{told}");
    let none = look(&world, "sites", None, None);
    assert!(none.faults[0].to_string().contains("did you mean `site`?"));
}

#[test]
fn an_unsaved_text_is_rendered_in_place_of_the_file_and_nothing_is_written() {
    let world = World::new(vec![node(1, "n1", &["site"])]);
    world.write(
        "overlays/site/rootfs/etc/a.tera",
        "{% include \"etc/b.tera\" %}!",
    );
    let b = world.write("overlays/site/rootfs/etc/b.tera", "saved");
    let draft = Some(("etc/b.tera", "{{ node.name }}"));
    let made = look(&world, "site", Some("etc/a.tera"), draft);
    assert_eq!(all(&made), pairs(&[("etc/a", "n1!")]));
    let made = look(
        &world,
        "site",
        Some("etc/new.ww"),
        Some(("/etc/new.ww", "{{ .Id }}")),
    );
    assert_eq!(all(&made), pairs(&[("etc/new", "n1")]));
    assert_eq!(made.outputs[0].item.mode, 0o644);
    let made = look(
        &world,
        "hostname",
        Some("etc/hostname"),
        Some(("etc/hostname.tera", "x")),
    );
    assert_eq!(all(&made), pairs(&[("etc/hostname", "x")]));
    assert_eq!(std::fs::read_to_string(b).unwrap(), "saved");
}

#[test]
fn a_fault_has_its_place_and_hides_nothing_else() {
    let world = World::new(vec![node(1, "n1", &["site"])]);
    world.write("overlays/site/rootfs/a.tera", "good");
    world.write("overlays/site/rootfs/b.tera", "{% if %}");
    world.write("overlays/site/rootfs/c.ww", "ok\n  {{ .Idd }}");
    world.write("overlays/site/rootfs/lib/x", "");
    let made = look(&world, "site", None, None);
    let outputs: Vec<_> = made.outputs.iter().map(shown).collect();
    assert_eq!(outputs, pairs(&[("a", "good")]));
    let told: Vec<String> = made.faults.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 4, "{told:#?}");
    assert!(
        told.iter()
            .any(|one| one.contains("/lib would replace the link into /usr"))
    );
    assert!(told.iter().any(|one| one.contains("/b.tera:1:")));
    assert!(told.iter().any(|one| one.contains("/c.ww:2:")));
    // What is asked for alone is told alone.
    let one = look(
        &world,
        "site",
        Some("a.tera"),
        Some(("a.tera", "{{ node.nmae }}")),
    );
    let places: Vec<_> = one
        .faults
        .iter()
        .filter(|fault| fault.to_string().contains("/a.tera:1:9"))
        .collect();
    assert_eq!(places.len(), 1, "{:?}", one.faults);
}

fn inspected(
    world: &World,
    overlays: Option<&[&str]>,
    drafts: Option<(&str, &[Draft])>,
) -> Inspected {
    let view = world.view();
    let overlays: Option<Vec<Arc<str>>> =
        overlays.map(|names| names.iter().map(|name| (*name).into()).collect());
    let wanted = Inspection {
        nodes: &view.nodes,
        overlays: overlays.as_deref(),
        drafts,
    };
    let sources = Sources::new(world.dir.path());
    inspect(&view, &wanted, &sources, &Disk, &AtomicBool::new(false))
}

#[test]
fn an_inspection_tells_each_fault_once_with_the_nodes_that_have_it() {
    let mut nodes: Vec<_> = (1..=50)
        .map(|at| node(at, &format!("n{at}"), &["site", "hosts"]))
        .collect();
    nodes[7].tags = super::world::tags(&[("broken", "yes")]);
    nodes[9].tags = super::world::tags(&[("broken", "yes")]);
    let mut world = World::new(nodes);
    let template = "\n{% if node.tags.broken %}{{ nothing }}{% endif %}";
    world.write("overlays/site/rootfs/a.tera", template);
    let found = inspected(&world, None, None);
    assert_eq!((found.nodes, found.hits.len(), found.more), (50, 1, 0));
    let hit = &found.hits[0];
    assert_eq!(
        hit.nodes.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
        ["n8", "n10"]
    );
    assert_eq!(
        (hit.fault.level, hit.fault.spot.as_ref().unwrap().line),
        (Level::Error, 2)
    );
    assert_eq!(hit.fault.about, None);
    // Two overlays that are good alone and cannot be laid over one another.
    world.write("overlays/site/rootfs/a.tera", "");
    world.write("overlays/site/rootfs/etc/hosts/x", "");
    let found = inspected(&world, Some(&["hosts"]), None);
    assert_eq!(found.hits[0].nodes.len(), 50);
    assert!(
        found.hits[0]
            .fault
            .what
            .contains("/etc/hosts is a folder in overlay site")
    );
    for node in &mut world.nodes {
        node.system_overlay = vec!["site".into()];
    }
    assert_eq!(inspected(&world, None, None).hits, []);
    assert_eq!(inspected(&world, Some(&["hosts"]), None).hits, []);
}

#[test]
fn an_inspection_tries_what_is_not_saved_and_overlays_that_nobody_lists() {
    let mut world = World::new(
        (1..=3)
            .map(|at| node(at, &format!("n{at}"), &["site"]))
            .collect(),
    );
    world.write("overlays/site/rootfs/a.tera", "good");
    world.write("overlays/lone/rootfs/b.ww", "{{ .Nope }}");
    let draft = Draft {
        path: "a.tera".into(),
        text: Some("{{ node.nmae }}".into()),
    };
    let drafts = [draft];
    assert_eq!(inspected(&world, None, None).hits, []);
    let found = inspected(&world, None, Some(("site", &drafts)));
    assert_eq!(found.hits[0].nodes.len(), 3);
    assert_eq!(inspected(&world, None, Some(("lone", &drafts))).hits, []);
    let found = inspected(&world, Some(&["lone"]), None);
    assert_eq!(
        (found.hits[0].nodes.len(), found.failing, found.templates),
        (3, 3, 1)
    );
    let gone = [Draft {
        path: "b.ww".into(),
        text: None,
    }];
    let found = inspected(&world, Some(&["lone"]), Some(("lone", &gone)));
    assert_eq!((found.hits, found.failing), (vec![], 0));
    world.nodes.clear();
    assert_eq!(inspected(&world, None, None), Inspected::default());
}

#[test]
fn an_inspection_that_is_stopped_tells_how_far_it_came_and_many_faults_are_counted() {
    let world = World::new(
        (1..=400)
            .map(|at| node(at, &format!("n{at}"), &["site"]))
            .collect(),
    );
    world.write(
        "overlays/site/rootfs/a.ww",
        "{{ fail (print \"no \" .Id) }}",
    );
    let found = inspected(&world, None, None);
    assert_eq!((found.nodes, found.hits.len(), found.more), (400, 200, 200));
    let view = world.view();
    let wanted = Inspection {
        nodes: &view.nodes,
        overlays: None,
        drafts: None,
    };
    let sources = Sources::new(world.dir.path());
    let found = inspect(&view, &wanted, &sources, &Disk, &AtomicBool::new(true));
    assert_eq!(found, Inspected::default());
}
