//! Whether a reboot would change a node: a real daemon, nodes that boot, and hands that change what they would boot.

use std::fs::{self, Permissions};
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use nix::sys::signal::Signal;
use serde_json::Value;

use super::midboot::{LAN, RELAY, get, takes_address};
use super::world::{World, mac_of, secs, until};
use crate::dhcp_client::{FakeNode, Firmware};

const NONE: i32 = 0;
const SOME: i32 = 10;

/// A daemon's root with an image that boots and overlays of the site.
struct Site {
    world: World,
}

impl Site {
    fn new(nodes: u32) -> Self {
        let world = World::new(nodes);
        let lists = "runtime overlay: [live], system overlay: [site, named]";
        let text = fs::read_to_string(world.conf("nodes.conf")).unwrap();
        let text = text.replace(
            "{image name: small}",
            &format!("{{image name: small, {lists}}}"),
        );
        world.write_registry(&text);
        world.configure(LAN);
        let site = Self { world };
        site.write("site/rootfs/etc/motd", "one\ntwo\nthree\n", 0o644);
        site.write("site/rootfs/etc/key", "secret\n", 0o600);
        site.write("named/rootfs/etc/name.tera", "{{ node.name }}\n", 0o644);
        site.write("live/rootfs/etc/live", "now\n", 0o644);
        let tree = site.tree();
        for (path, text) in [
            ("boot/vmlinuz-6.1.0", "kernel"),
            ("sbin/init", "#!/bin/sh\n"),
            ("bin/sh", "sh"),
        ] {
            fs::create_dir_all(tree.join(path).parent().unwrap()).unwrap();
            fs::write(tree.join(path), text).unwrap();
        }
        let (out, code) = site.says(&["image", "import", tree.to_str().unwrap(), "small"]);
        assert_eq!(code, 0, "{out}");
        site
    }

    fn tree(&self) -> PathBuf {
        self.world.beside().join("tree")
    }

    fn overlay(&self, path: &str) -> PathBuf {
        self.world.root().join("var/lib/muster/overlays").join(path)
    }

    fn write(&self, path: &str, text: &str, mode: u32) {
        let path = self.overlay(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        for folder in path.ancestors().skip(1).take(3) {
            fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
        }
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    }

    fn says(&self, args: &[&str]) -> (String, i32) {
        let out = self.world.run(args);
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        let err = String::from_utf8_lossy(&out.stderr).into_owned();
        (text + &err, out.status.code().unwrap())
    }

    /// Node `n` boots by iPXE and comes up.
    fn boots(&self, n: u8) {
        let client = FakeNode::numbered(Firmware::IpxeRom, n.into()).behind(RELAY, Some(&[19, 0]));
        let ip = takes_address(&self.world, &client);
        assert_eq!(ip, Ipv4Addr::new(127, 9, 0, n + 1));
        let mac = mac_of(n.into());
        let script = get(&self.world, ip, &format!("/ipxe/{mac}"));
        assert!(script.1.contains("boot kernel"), "{script:?}");
        for part in ["kernel", "image", "system", "runtime"] {
            let packed = if part == "system" { "?compress=gz" } else { "" };
            let (status, _) = get(&self.world, ip, &format!("/{part}/{mac}{packed}"));
            assert_eq!(status, 200, "{part}");
        }
        let beacon = format!("/beacon/{mac}?name=up");
        assert_eq!(get(&self.world, ip, &beacon).0, 200);
        until(secs(10), "the node is up", || self.node(n)["stage"] == "up");
    }

    fn node(&self, n: u8) -> Value {
        let status = self.world.status().unwrap_or_default();
        status["nodes"][usize::from(n) - 1].clone()
    }

    /// `muster drift` with these arguments, once it says so.
    fn drifts(&self, args: &[&str], code: i32) -> String {
        let words: Vec<&str> = ["drift"].into_iter().chain(args.iter().copied()).collect();
        let (mut said, mut got) = self.says(&words);
        // What inotify or a look tells of files of the configuration takes a moment; everything else is looked at anew.
        for _ in 0..50 {
            if got == code {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(200));
            (said, got) = self.says(&words);
        }
        assert_eq!(got, code, "{args:?}: {said}");
        said
    }
}

#[test]
fn a_reboot_would_change_what_was_changed_and_nothing_else() {
    let site = Site::new(3);
    let mut daemon = site.world.serve();
    assert!(site.drifts(&[], NONE).contains("3 not up"));
    site.boots(1);
    site.boots(2);
    let said = site.drifts(&[], NONE);
    assert!(said.contains("2 nodes would boot what they run"), "{said}");
    until(secs(10), "lists say so", || site.node(1)["drift"] == "no");
    assert_eq!(site.node(3)["drift"], Value::Null);

    // Arguments of one node.
    let set = ["node", "set", "n1", "--kernelargs", "quiet,debug", "-y"];
    assert_eq!(site.says(&set).1, 0);
    let said = site.drifts(&[], SOME);
    assert!(said.contains("args + quiet debug"), "{said}");
    assert!(
        said.contains("1 node would change") && said.contains("1 node would boot"),
        "{said}"
    );
    let (only, _) = site.says(&["status", "drift:yes"]);
    assert!(only.contains("n1") && !only.contains("n2"), "{only}");
    assert_eq!(site.node(1)["differs"][0], "args");
    assert_eq!(site.drifts(&["n2"], NONE).matches("n2").count(), 0);
    assert_eq!(site.says(&["undo", "-y"]).1, 0);
    site.drifts(&[], NONE);

    // A file of an overlay, its lines, its mode.
    site.write("site/rootfs/etc/motd", "one\n2\nthree\n", 0o644);
    let said = site.drifts(&[], SOME);
    assert!(
        said.contains("n[1-2]") && said.contains("/etc/motd (content)"),
        "{said}"
    );
    let said = site.drifts(&["n1", "--diff"], SOME);
    assert!(
        said.contains("overlay site") && said.contains("-two") && said.contains("+2"),
        "{said}"
    );
    site.write("site/rootfs/etc/motd", "one\ntwo\nthree\n", 0o600);
    let said = site.drifts(&["--files"], SOME);
    assert!(
        said.contains("/etc/motd  overlay site  mode 0644 → 0600"),
        "{said}"
    );
    site.write("site/rootfs/etc/motd", "one\ntwo\nthree\n", 0o644);
    site.drifts(&[], NONE);

    // What only root may read is shown to who asks for it.
    site.write("site/rootfs/etc/key", "other\n", 0o600);
    let said = site.drifts(&["n1", "--diff"], SOME);
    assert!(
        said.contains("/etc/key") && !said.contains("other"),
        "{said}"
    );
    let said = site.drifts(&["n1", "--diff", "--secrets"], SOME);
    assert!(
        said.contains("-secret") && said.contains("+other"),
        "{said}"
    );
    site.write("site/rootfs/etc/key", "secret\n", 0o600);
    site.write("site/rootfs/etc/new", "new\n", 0o644);
    assert!(site.drifts(&[], SOME).contains("/etc/new (added)"));
    fs::remove_file(site.overlay("site/rootfs/etc/new")).unwrap();

    // The runtime overlay is mended by nodes themselves.
    site.write("live/rootfs/etc/live", "later\n", 0o644);
    site.drifts(&[], NONE);

    // Another image, which a restart does not make forgotten; a reboot ends it.
    fs::write(
        site.world
            .root()
            .join("var/lib/muster/images/small/rootfs/etc-new"),
        "x",
    )
    .unwrap();
    assert_eq!(site.says(&["image", "build", "small"]).1, 0);
    let said = site.drifts(&[], SOME);
    assert!(
        said.contains("image small (") && said.contains("2 nodes would change"),
        "{said}"
    );
    std::thread::sleep(secs(1));
    daemon.signal(Signal::SIGTERM);
    daemon.ended(secs(20));
    let _daemon = site.world.serve();
    assert!(site.drifts(&[], SOME).contains("image small ("));
    site.boots(1);
    let said = site.drifts(&[], SOME);
    assert!(
        said.contains("1 node would change") && said.contains("1 node would boot"),
        "{said}"
    );
    site.write("site/rootfs/etc/motd", "after\n", 0o644);
    let said = site.drifts(&["n2", "--diff"], SOME);
    assert!(
        said.contains("-one") && said.contains("+after"),
        "known from before the restart: {said}"
    );
}

#[test]
fn nobody_knows_what_a_node_was_given_elsewhere() {
    let site = Site::new(1);
    let daemon = site.world.serve();
    let refused = site.says(&["drift", "n7"]);
    assert_eq!(refused.1, 1, "{refused:?}");
    site.boots(1);
    site.drifts(&[], NONE);
    drop(daemon);
    fs::remove_file(site.world.root().join("var/lib/muster/state.db")).unwrap();
    let (said, code) = site.says(&["drift"]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("only running servers know"), "{said}");
    let _daemon = site.world.serve();
    // Without its record nothing even tells that it is up.
    assert!(site.drifts(&[], NONE).contains("1 not up"));
}
