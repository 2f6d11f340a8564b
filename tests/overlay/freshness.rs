//! No build step: whatever an archive was made from makes a new one when it changes, and nothing else does.

use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use muster::daemon::archives::Archives;
use muster::model::{Node, Settings, View};
use muster::overlay::{Archive, Context};

use super::world::{World, node, settings, tags};

/// Servers that run, and a registry that is swapped whole.
struct Site {
    world: World,
    settings: Arc<Settings>,
    archives: Arc<Archives>,
    runtime: tokio::runtime::Runtime,
}

impl Site {
    fn new(nodes: Vec<Node>) -> Self {
        let world = World::new(nodes);
        let state = world.dir.path().to_owned();
        Self {
            settings: Arc::new(settings(state.clone())),
            archives: Arc::new(Archives::new(state, [])),
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .build()
                .unwrap(),
            world,
        }
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.world
            .dir
            .path()
            .join("overlays/site/rootfs")
            .join(path)
    }

    fn write(&self, path: &str, text: &str) {
        self.world
            .write(&format!("overlays/site/rootfs/{path}"), text);
    }

    fn view(&self) -> Arc<View> {
        let nodes = self.world.nodes.iter().cloned().map(Arc::new).collect();
        let settings = self.settings.clone();
        Arc::new(View::new(
            self.world.revision,
            settings,
            nodes,
            Default::default(),
            vec![],
        ))
    }

    /// What the node gets a moment after the last change.
    fn get(&self, at: usize) -> Arc<Archive> {
        std::thread::sleep(Duration::from_millis(60));
        let view = self.view();
        let node = view.nodes[at].clone();
        let made = self.archives.get(&view, &node, Context::System);
        self.runtime.block_on(made).unwrap()
    }

    /// Whether `change` makes something else of what the first node gets, and how often something was rendered for it.
    fn after(&mut self, change: impl FnOnce(&mut Self)) -> (bool, u64) {
        let before = self.get(0);
        let rendered = self.archives.rendered();
        change(self);
        self.world.revision += 1;
        let after = self.get(0);
        let times = self.archives.rendered() - rendered;
        assert!(Arc::ptr_eq(&after, &self.get(0)));
        assert_eq!(self.archives.rendered() - rendered, times);
        assert_eq!(Arc::ptr_eq(&before, &after), before.digest == after.digest);
        (before.digest != after.digest, times)
    }
}

const NEW: (bool, u64) = (true, 1);
const OLD: (bool, u64) = (false, 0);

#[test]
fn every_change_of_an_overlay_is_seen() {
    let mut site = Site::new(vec![node(1, "n1", &["site"])]);
    site.write("etc/plain", "one");
    site.write("etc/made.tera", "{% include \"etc/part.tera\" %}");
    site.write("etc/part.tera", "part");
    site.write("etc/go.ww", "{{ .Id }}");
    symlink("there", site.path("etc/link")).unwrap();
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    assert_eq!(site.after(|_| ()), OLD);
    assert_eq!(site.after(|site| site.write("etc/plain", "two")), NEW);
    assert_eq!(site.after(|site| site.write("etc/part.tera", "trap")), NEW);
    assert_eq!(site.after(|site| site.write("etc/go.ww", "{{.Id}}!")), NEW);
    assert_eq!(
        site.after(|site| mode(&site.path("etc/plain"), 0o4711)),
        NEW
    );
    assert_eq!(site.after(|site| mode(&site.path("etc"), 0o700)), NEW);
    assert_eq!(site.after(|site| mode(&site.path("etc/go.ww"), 0o600)), NEW);
    let linked = site.after(|site| {
        std::fs::remove_file(site.path("etc/link")).unwrap();
        symlink("elsewhere", site.path("etc/link")).unwrap();
    });
    assert_eq!(linked, NEW);
    assert_eq!(site.after(|site| site.write("etc/deep/er/new", "")), NEW);
    let gone = |site: &mut Site| std::fs::remove_file(site.path("etc/deep/er/new")).unwrap();
    assert_eq!(site.after(gone), NEW);
    let moved = |site: &mut Site| {
        std::fs::rename(site.path("etc/plain"), site.path("etc/renamed")).unwrap();
    };
    assert_eq!(site.after(moved), NEW);
    if nix::unistd::geteuid().is_root() {
        assert_eq!(
            site.after(|site| chown(site.path("etc/renamed"), Some(7), None).unwrap()),
            NEW
        );
        assert_eq!(
            site.after(|site| chown(site.path("etc/go.ww"), None, Some(7)).unwrap()),
            NEW
        );
    }
    // Looked at, and found to be the same.
    let touched = |site: &mut Site| site.write("etc/renamed", "two");
    assert_eq!(site.after(touched), (false, 1));
}

#[test]
fn what_an_overlay_does_not_hold_does_not_matter() {
    let mut site = Site::new(vec![
        node(1, "n1", &["site", "hostname"]),
        node(2, "n2", &["other"]),
    ]);
    site.write("etc/a.tera", "{{ node.name }}");
    site.world.write("overlays/other/rootfs/x", "x");
    assert_eq!(
        site.after(|site| drop(site.world.write("overlays/other/rootfs/x", "y"))),
        OLD
    );
    assert_eq!(
        site.after(|site| drop(site.world.write("overlays/site/README", "what it is"))),
        OLD
    );
    assert_eq!(
        site.after(|site| drop(site.world.write("files/motd", "hello"))),
        OLD
    );
    assert_eq!(
        site.after(|site| site.world.nodes.push(node(3, "n3", &[]))),
        OLD
    );
    assert_eq!(
        site.after(|site| site.world.nodes[1].comment = Some("x".into())),
        OLD
    );
    // An overlay that hides a shipped one comes and goes.
    let hides = |site: &mut Site| {
        drop(
            site.world
                .write("overlays/hostname/rootfs/etc/hostname", "x"),
        )
    };
    assert_eq!(site.after(hides), NEW);
    let gone = |site: &mut Site| {
        std::fs::remove_dir_all(site.world.dir.path().join("overlays/hostname")).unwrap()
    };
    assert_eq!(site.after(gone), NEW);
}

#[test]
fn files_that_templates_read_are_inputs() {
    let mut site = Site::new(vec![node(1, "n1", &["site"]), node(2, "n2", &["site"])]);
    let files = site.world.dir.path().join("files");
    std::fs::create_dir_all(&files).unwrap();
    let tera = format!(
        "{{{{ include_file(path=\"{}/a\", optional=true) }}}}",
        files.display()
    );
    site.write("a.tera", &tera);
    site.write(
        "b.ww",
        &format!("{{{{ Include \"{}/b\" }}}}", files.display()),
    );
    site.write(
        "c.tera",
        "{{ image_file(path=\"/etc/os-release\", optional=true) }}{{ node.name }}",
    );
    let image = "images/rocky/rootfs/etc/os-release";
    let writes = ["files/a", "files/b", image];
    for file in writes {
        assert_eq!(
            site.after(|site| drop(site.world.write(file, "one"))),
            NEW,
            "{file}"
        );
        assert_eq!(
            site.after(|site| drop(site.world.write(file, "two"))),
            NEW,
            "{file}"
        );
    }
    // What one node read is good for the next one, until it changes.
    for file in writes {
        let before = site.get(1);
        site.world.write(file, "three");
        assert_ne!(site.get(1).digest, before.digest, "{file}");
    }
    let gone =
        |site: &mut Site| std::fs::remove_file(site.world.dir.path().join("files/a")).unwrap();
    assert_eq!(site.after(gone), NEW);
}

#[test]
fn settings_and_values_of_the_node_are_inputs() {
    let mut site = Site::new(vec![node(1, "n1", &["site"])]);
    site.write("a.tera", "{{ node.comment }}{{ server.cluster }}");
    assert_eq!(
        site.after(|site| site.world.nodes[0].comment = Some("new".into())),
        NEW
    );
    let cluster = |site: &mut Site| {
        let mut settings = Settings::clone(&site.settings);
        settings.cluster = "green".into();
        site.settings = Arc::new(settings);
    };
    assert_eq!(site.after(cluster), NEW);
    assert_eq!(
        site.after(|site| site.world.nodes[0].system_overlay = vec!["hostname".into()]),
        NEW
    );
}

/// What it is called, what it does to a node, and whether Tera's templates and Go's see it of another node.
type Change = (&'static str, fn(&mut Node), bool, bool);

/// Of other nodes a template in Tera sees names, networks and tags; one of Go sees everything.
#[test]
fn changes_of_other_nodes_are_seen_as_far_as_templates_see_them() {
    let change: [Change; 5] = [
        (
            "kernel",
            |node| node.kernel_args.push("debug".into()),
            false,
            false,
        ),
        (
            "password",
            |node| node.ipmi.username = Some("x".into()),
            false,
            false,
        ),
        ("name", |node| node.name = "other".into(), true, true),
        ("tag", |node| node.tags = tags(&[("a", "b")]), true, true),
        (
            "value",
            |node| {
                let key = muster::model::Key {
                    field: "kernel.args",
                    names: vec![],
                };
                let value = muster::model::Value::Text("x".into());
                node.values = [(key, Arc::new(value))].into_iter().collect();
            },
            false,
            true,
        ),
    ];
    for (go, template) in [
        (false, "{% for n in nodes %}{{ n.name }}{% endfor %}"),
        (true, "{{ range .AllNodes }}{{ .Id }}{{ end }}"),
    ] {
        let mut site = Site::new(vec![node(1, "n1", &["site"]), node(2, "n2", &[])]);
        site.write(if go { "a.ww" } else { "a.tera" }, template);
        for (what, change, tera_sees, go_sees) in change {
            let (_, times) = site.after(|site| change(&mut site.world.nodes[1]));
            assert_eq!(
                times,
                u64::from(if go { go_sees } else { tera_sees }),
                "{what} {go}"
            );
        }
        let node = node(3, "n3", &[]);
        assert_eq!(site.after(|site| site.world.nodes.push(node)), NEW);
    }
}

/// As in Warewulf: at the top of the data, where the node sets none.
#[test]
fn the_version_of_the_kernel_is_that_of_the_image_unless_it_is_set() {
    let mut site = Site::new(vec![node(1, "n1", &["site"])]);
    site.write(
        "v.ww",
        "<{{ .Kernel.Version }}|{{ .ThisNode.Kernel.Version }}>",
    );
    let holds = |site: &Site, text: &str| {
        let plain = site.get(0).plain.joined();
        String::from_utf8_lossy(&plain).contains(text)
    };
    assert!(holds(&site, "<|>"));
    for (path, text) in [
        ("boot/vmlinuz-5.14.0-70.el9.x86_64", "<5.14.0-70|>"),
        ("usr/lib/modules/6.1.0-9-amd64/vmlinuz", "<5.14.0-70|>"),
    ] {
        site.world.write(&format!("images/rocky/rootfs/{path}"), "");
        assert!(holds(&site, text), "{path}");
    }
    symlink(
        "usr/lib",
        site.world.dir.path().join("images/rocky/rootfs/lib"),
    )
    .unwrap();
    assert!(holds(&site, "<6.1.0-9|>"));
    site.world.nodes[0].kernel_version = Some("4.18".into());
    assert!(holds(&site, "<4.18|4.18>"));
}

/// Times of files go by ticks: what changes twice within one looks as if it had changed once.
#[test]
fn a_file_that_changes_twice_within_a_tick_is_read_again() {
    use muster::daemon::files::Disk;
    use muster::overlay::{Files, Kind, Meta, Sources, lay};
    use std::cell::Cell;
    use std::path::PathBuf;

    /// A disk on which every change happens at the same time.
    struct Still {
        settled: Cell<bool>,
    }
    impl Files for Still {
        fn meta(&self, path: &Path) -> std::io::Result<Option<Meta>> {
            let meta = Disk.meta(path)?;
            Ok(meta.map(|meta| Meta {
                mtime: (0, 0),
                ctime: (0, 0),
                settled: self.settled.get() || meta.kind != Kind::File,
                ..meta
            }))
        }
        fn read(&self, path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
            Disk.read(path, limit)
        }
        fn list(&self, path: &Path) -> std::io::Result<Vec<std::ffi::OsString>> {
            Disk.list(path)
        }
        fn target(&self, path: &Path) -> std::io::Result<PathBuf> {
            Disk.target(path)
        }
        fn real(&self, path: &Path) -> std::io::Result<PathBuf> {
            Disk.real(path)
        }
    }
    let world = World::new(vec![node(1, "n1", &["site"])]);
    world.write("overlays/site/rootfs/a", "one");
    std::thread::sleep(Duration::from_millis(60));
    let (view, sources) = (world.view(), Sources::new(world.dir.path()));
    let disk = Still {
        settled: Cell::new(false),
    };
    let text = || {
        let layout = lay(&view, &view.nodes[0], Context::System, &sources, &disk).unwrap();
        super::world::text(&layout, "a")
    };
    assert_eq!(text(), "one");
    world.write("overlays/site/rootfs/a", "two");
    disk.settled.set(true);
    assert_eq!(text(), "two");
}
