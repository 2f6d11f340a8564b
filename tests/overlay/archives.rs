//! The cache of archives: never stale, one render for a herd, the last good one when a template breaks.

use std::sync::Arc;
use std::time::Duration;

use muster::daemon::archives::Archives;
use muster::model::Node;
use muster::overlay::{Archive, Context};

use super::world::{World, node};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap()
}

struct Desk {
    runtime: tokio::runtime::Runtime,
    archives: Arc<Archives>,
}

impl Desk {
    fn new(world: &World) -> Self {
        Self {
            runtime: runtime(),
            archives: Arc::new(Archives::new(world.dir.path().to_owned(), [])),
        }
    }

    /// What the node gets. Files were changed a moment ago, not just now: times of files go by ticks, so a file that is read within
    /// the tick of its change is read again later.
    fn get(&self, world: &World, at: usize) -> Result<Arc<Archive>, Arc<str>> {
        std::thread::sleep(Duration::from_millis(60));
        let view = world.view();
        let node: Arc<Node> = view.nodes[at].clone();
        self.runtime
            .block_on(self.archives.get(&view, &node, Context::System))
    }
}

#[test]
fn a_hand_edit_a_new_file_and_a_new_overlay_are_seen() {
    let world = World::new(vec![node(1, "n1", &["site", "hostname"])]);
    world.write("overlays/site/rootfs/etc/a.tera", "{{ node.name }} one");
    let desk = Desk::new(&world);
    let first = desk.get(&world, 0).unwrap();
    let same = desk.get(&world, 0).unwrap();
    assert!(Arc::ptr_eq(&first, &same));
    assert_eq!(desk.archives.rendered(), 1);
    world.write("overlays/site/rootfs/etc/a.tera", "{{ node.name }} two!");
    let edited = desk.get(&world, 0).unwrap();
    assert_ne!(edited.digest, first.digest);
    world.write("overlays/site/rootfs/etc/b", "new");
    let added = desk.get(&world, 0).unwrap();
    assert_ne!(added.digest, edited.digest);
    world.write("overlays/hostname/rootfs/etc/hostname", "hidden");
    assert_ne!(desk.get(&world, 0).unwrap().digest, added.digest);
    assert_eq!(desk.archives.rendered(), 4);
}

#[test]
fn a_commit_that_does_not_concern_the_node_renders_nothing_anew() {
    let mut world = World::new(vec![
        node(1, "n1", &["hostname"]),
        node(2, "n2", &["hosts"]),
    ]);
    let desk = Desk::new(&world);
    let before = [desk.get(&world, 0).unwrap(), desk.get(&world, 1).unwrap()];
    world.revision = 2;
    world.nodes.push(node(3, "n3", &[]));
    let after = [desk.get(&world, 0).unwrap(), desk.get(&world, 1).unwrap()];
    assert!(Arc::ptr_eq(&before[0], &after[0]));
    assert_ne!(before[1].digest, after[1].digest);
    world.nodes[0].name = "renamed".into();
    world.nodes[0].tags.insert("a".into(), "b".into());
    assert_ne!(desk.get(&world, 0).unwrap().digest, after[0].digest);
}

#[test]
fn a_broken_template_leaves_the_last_good_archive_in_force() {
    let world = World::new(vec![node(1, "n1", &["site"])]);
    world.write("overlays/site/rootfs/a.tera", "good");
    let desk = Desk::new(&world);
    let good = desk.get(&world, 0).unwrap();
    world.write("overlays/site/rootfs/a.tera", "{{ nothing }}");
    assert!(Arc::ptr_eq(&good, &desk.get(&world, 0).unwrap()));
    assert!(Arc::ptr_eq(&good, &desk.get(&world, 0).unwrap()));
    assert_eq!(desk.archives.rendered(), 2);
    assert_eq!(desk.archives.faults().len(), 1);
    world.write("overlays/site/rootfs/a.tera", "good again");
    assert_ne!(desk.get(&world, 0).unwrap().digest, good.digest);
    assert_eq!(desk.archives.faults(), []);
}

#[test]
fn faults_of_nodes_that_are_gone_are_forgotten() {
    let mut world = World::new(vec![
        node(1, "n1", &["nothing"]),
        node(2, "n2", &["hostname"]),
    ]);
    let desk = Desk::new(&world);
    desk.get(&world, 0).unwrap_err();
    desk.get(&world, 1).unwrap();
    assert_eq!(desk.archives.faults().len(), 1);
    world.nodes.remove(0);
    desk.archives.retain(&world.view());
    assert_eq!(desk.archives.faults(), []);
    desk.get(&world, 0).unwrap();
    assert_eq!(desk.archives.rendered(), 2);
}

#[test]
fn without_a_good_archive_the_error_names_the_place() {
    let world = World::new(vec![node(1, "n1", &["site"])]);
    world.write("overlays/site/rootfs/a.tera", "\n{{ nothing }}");
    let error = Desk::new(&world).get(&world, 0).unwrap_err();
    assert!(error.contains("/a.tera:2:"), "{error}");
}

#[test]
fn a_herd_is_one_render() {
    let world = World::new(vec![node(1, "n1", &["wwinit", "hosts"])]);
    let desk = Desk::new(&world);
    let view = world.view();
    let node = view.nodes[0].clone();
    desk.runtime.block_on(async {
        let mut herd = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let (archives, view, node) = (desk.archives.clone(), view.clone(), node.clone());
            herd.spawn(async move { archives.get(&view, &node, Context::System).await.unwrap() });
        }
        while let Some(got) = herd.join_next().await {
            got.unwrap();
        }
    });
    assert_eq!(desk.archives.rendered(), 1);
}

#[test]
fn memory_is_bounded_and_the_oldest_go_first() {
    let world = World::new(
        (1..=8)
            .map(|at| node(at, &format!("n{at}"), &["site"]))
            .collect(),
    );
    world.write(
        "overlays/site/rootfs/big.tera",
        &format!("{{{{ node.name }}}}{}", "x".repeat(40_000)),
    );
    let desk = Desk {
        runtime: runtime(),
        archives: Arc::new(Archives::new(world.dir.path().to_owned(), []).keeping(150_000)),
    };
    for at in 0..8 {
        desk.get(&world, at).unwrap();
    }
    desk.get(&world, 7).unwrap();
    assert_eq!(desk.archives.rendered(), 8);
    desk.get(&world, 0).unwrap();
    assert_eq!(desk.archives.rendered(), 9);
}

#[test]
fn an_included_file_is_an_input() {
    let world = World::new(vec![node(1, "n1", &["site"])]);
    let motd = world.dir.path().join("files/motd");
    let template = format!(
        "{{{{ include_file(path=\"{}\", optional=true) }}}}",
        motd.display()
    );
    world.write("overlays/site/rootfs/motd.tera", &template);
    let desk = Desk::new(&world);
    let without = desk.get(&world, 0).unwrap();
    assert!(Arc::ptr_eq(&without, &desk.get(&world, 0).unwrap()));
    world.write("files/motd", "hello");
    let with = desk.get(&world, 0).unwrap();
    assert_ne!(with.digest, without.digest);
    assert!(Arc::ptr_eq(&with, &desk.get(&world, 0).unwrap()));
}

/// What lies in the folder of last good archives, once all is written.
fn kept(world: &World) -> Vec<std::path::PathBuf> {
    let folder = world.dir.path().join("last-good");
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Written beside the answer, not before it.
fn wait_for(what: impl Fn() -> bool) {
    for _ in 0..500 {
        if what() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("it never happened");
}

#[test]
fn the_last_good_archive_survives_a_restart_while_it_is_needed() {
    use std::os::unix::fs::PermissionsExt;
    let list = ["site", "hosts", "hostname"];
    let mut world = World::new(
        (1..=3)
            .map(|at| node(at, &format!("n{at}"), &list))
            .collect(),
    );
    world.write("overlays/site/rootfs/a.tera", "good {{ node.name }}");
    let desk = Desk::new(&world);
    let good: Vec<_> = (0..3).map(|at| desk.get(&world, at).unwrap()).collect();
    assert_eq!(kept(&world), Vec::<std::path::PathBuf>::new());
    world.write("overlays/site/rootfs/a.tera", "{{ nothing }}");
    for (at, good) in good.iter().enumerate() {
        assert!(Arc::ptr_eq(good, &desk.get(&world, at).unwrap()));
    }
    // One for each node, and what they share once.
    wait_for(|| kept(&world).len() == 4);
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&world.dir.path().join("last-good")), 0o700);
    assert!(kept(&world).iter().all(|path| mode(path) == 0o600));
    // Servers that start anew know nothing but what lies there.
    let desk = Desk::new(&world);
    for (at, good) in good.iter().enumerate() {
        let recalled = desk.get(&world, at).unwrap();
        assert_eq!(
            (&recalled.plain, &recalled.digest),
            (&good.plain, &good.digest)
        );
        let gzip = recalled.gzip.joined();
        let mut plain = Vec::new();
        let mut decoder = flate2::read::GzDecoder::new(&gzip[..]);
        std::io::Read::read_to_end(&mut decoder, &mut plain).unwrap();
        assert_eq!(plain, good.plain.joined());
        assert_eq!(desk.archives.faults().len(), 1);
    }
    // A node that is gone, and what is mended, leave nothing behind.
    let gone = world.nodes.pop().unwrap();
    desk.archives.retain(&world.view());
    assert_eq!(kept(&world).len(), 3);
    world.write("overlays/site/rootfs/a.tera", "mended {{ node.name }}");
    for (at, good) in good.iter().take(2).enumerate() {
        assert_ne!(desk.get(&world, at).unwrap().digest, good.digest);
    }
    assert_eq!(kept(&world), Vec::<std::path::PathBuf>::new());
    world.nodes.push(gone);
    desk.get(&world, 2).unwrap();
}

#[test]
fn a_last_good_archive_that_was_tampered_with_is_not_served() {
    let world = World::new(vec![node(1, "n1", &["site", "hostname"])]);
    world.write("overlays/site/rootfs/a.tera", "good");
    let desk = Desk::new(&world);
    desk.get(&world, 0).unwrap();
    world.write("overlays/site/rootfs/a.tera", "{{ nothing }}");
    desk.get(&world, 0).unwrap();
    wait_for(|| kept(&world).len() == 2);
    for path in kept(&world) {
        let mut data = std::fs::read(&path).unwrap();
        let last = data.len() - 5;
        data[last] ^= 1;
        std::fs::write(path, data).unwrap();
    }
    let error = Desk::new(&world).get(&world, 0).unwrap_err();
    assert!(error.contains("a.tera:1:"), "{error}");
}

#[test]
fn an_archive_is_cut_anywhere_and_stays_the_same() {
    let world = World::new(vec![node(1, "n1", &["wwinit", "hosts", "hostname"])]);
    let archive = Desk::new(&world).get(&world, 0).unwrap();
    let whole = archive.plain.joined();
    assert!(archive.plain.pieces().len() > 1 && archive.own < whole.len() as u64);
    for (from, len) in [
        (0, 10),
        (1, whole.len()),
        (whole.len() - 700, 600),
        (whole.len(), 5),
        (4000, 0),
    ] {
        let expected = &whole[from..whole.len().min(from + len)];
        assert_eq!(archive.plain.slice(from, len).joined(), expected);
    }
    let (mut rest, mut taken) = (archive.plain.clone(), Vec::new());
    while !rest.is_empty() {
        let front = rest.take_front(777);
        assert!((1..=777).contains(&front.len()));
        taken.extend_from_slice(&front);
    }
    assert_eq!(taken, whole);
    assert!(rest.take_front(1).is_empty());
}
