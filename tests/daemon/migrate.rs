//! An installation of Warewulf taken over by the real binary: what is written, what is left, what is refused, and that theirs is never
//! touched.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::world::World;

/// A muster that has nothing yet, and room for an installation beside it.
struct Story {
    world: World,
    theirs: PathBuf,
}

/// What a verb said.
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Story {
    fn new() -> Self {
        let world = World::new(0);
        fs::remove_dir_all(world.conf("")).unwrap();
        let theirs = world.beside().join("ww");
        fs::create_dir_all(theirs.join("etc/warewulf")).unwrap();
        Self { world, theirs }
    }

    fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.theirs.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn migrate(&self, more: &[&str]) -> Said {
        let dir = self.theirs.to_str().unwrap();
        self.said(&[&["migrate", dir], more].concat())
    }

    fn said(&self, args: &[&str]) -> Said {
        let out = self.world.run(args);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Said {
            code: out.status.code().unwrap_or(-1),
            out: text(&out.stdout),
            err: text(&out.stderr),
        }
    }

    fn mine(&self, path: &str) -> PathBuf {
        self.world.conf("").join("../..").join(path)
    }

    fn nodes(&self) -> String {
        fs::read_to_string(self.world.conf("nodes.conf")).unwrap()
    }
}

/// Every path of a tree with its kind, mode, owner, time and content.
fn digest(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut todo = vec![root.to_owned()];
    while let Some(path) = todo.pop() {
        let meta = fs::symlink_metadata(&path).unwrap();
        let what = if meta.is_dir() {
            todo.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            String::new()
        } else if meta.is_symlink() {
            fs::read_link(&path).unwrap().display().to_string()
        } else {
            String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()
        };
        let (mtime, nsec) = (meta.mtime(), meta.mtime_nsec());
        let facts = format!(
            "{:o} {}:{} {mtime}.{nsec} {what}",
            meta.mode(),
            meta.uid(),
            meta.gid()
        );
        found.insert(path, facts);
    }
    found
}

const CONF_4_2: &str = "\
WW_INTERNAL: 43
# the head node
ipaddr: 10.0.0.1
netmask: 255.255.252.0
warewulf:
  port: 9873
  secure: false
  syslog: false
dhcp:
  enabled: true
  range start: 10.0.1.1
  range end: 10.0.1.255
  template: default
  systemd name: dhcpd
tftp:
  enabled: true
  systemd name: tftp
nfs:
  systemd name: nfs-server
  exports: [/home]
";

const NODES_4_2: &str = "\
WW_INTERNAL: 43
nodeprofiles:
  default:
    # everybody's image
    container name: rocky-8
    kernel args: quiet crashkernel=no
    ipmi username: admin
    ipmi password: hunter2
    system overlay: wwinit
    runtime overlay: generic,site
nodes:
  n1:
    # lent to physics
    profiles: [default]
    network devices:
      default:
        hwaddr: 52:54:00:00:00:01
        ipcidr: 10.0.0.11/22
        default: \"true\"
  n2:
    profiles: [default]
    network devices:
      default: {hwaddr: 52:54:00:00:00:02, ipaddr: 10.0.0.12, netmask: 255.255.252.0}
";

/// An installation of 4.2: flat keys, overlays and images without `rootfs`.
fn of_4_2() -> Story {
    let story = Story::new();
    story.write("etc/warewulf/warewulf.conf", CONF_4_2);
    let nodes = story.write("etc/warewulf/nodes.conf", NODES_4_2);
    fs::set_permissions(&nodes, Permissions::from_mode(0o600)).unwrap();
    let state = "var/lib/warewulf";
    for file in ["wwinit/init", "generic/etc/hosts.ww", "site/etc/motd"] {
        story.write(&format!("{state}/overlays/{file}"), "text {{.Id}}\n");
    }
    let tool = story.write(&format!("{state}/overlays/site/opt/tool"), "#!/bin/sh\n");
    fs::set_permissions(&tool, Permissions::from_mode(0o4751)).unwrap();
    symlink(
        "/nowhere/at/all",
        story.theirs.join(format!("{state}/overlays/site/etc/link")),
    )
    .unwrap();
    fs::hard_link(
        &tool,
        story.theirs.join(format!("{state}/overlays/site/opt/same")),
    )
    .unwrap();
    for file in ["bin/sh", "sbin/init", "boot/vmlinuz-4.18.0-477.el8.x86_64"] {
        story.write(&format!("{state}/chroots/rocky-8/{file}"), "binary");
    }
    story
}

#[test]
fn an_installation_of_4_2_is_taken_over_and_theirs_stays_to_the_byte() {
    let story = of_4_2();
    let before = digest(&story.theirs);
    let said = story.migrate(&["-y"]);
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
    assert_eq!(digest(&story.theirs), before);
    assert!(said.out.contains("Warewulf 4.2 or older"), "{}", said.out);
    assert!(said.out.contains("muster config check"), "{}", said.out);
    assert!(
        said.out
            .contains("systemctl disable --now warewulfd dhcpd tftp"),
        "{}",
        said.out
    );
    assert!(said.out.contains("chroots/rocky-8 rocky-8"), "{}", said.out);
    assert!(!format!("{}{}", said.out, said.err).contains("hunter2"));

    let nodes = story.nodes();
    assert!(
        nodes.contains("    # everybody's image\n    image name: rocky-8\n"),
        "{nodes}"
    );
    assert!(nodes.contains("    # lent to physics\n"), "{nodes}");
    let mode = fs::metadata(story.world.conf("nodes.conf")).unwrap().mode();
    assert_eq!(mode & 0o7777, 0o600, "as theirs");

    let check = story.said(&["config", "check"]);
    assert!(check.out.contains("2 nodes, 0 errors"), "{}", check.out);
    assert!(!check.out.contains("older"), "{}", check.out);
    assert!(!check.out.contains("muster.conf"), "{}", check.out);

    let site = story.mine("var/lib/muster/overlays/site/rootfs");
    let tool = fs::metadata(site.join("opt/tool")).unwrap();
    assert_eq!(tool.mode() & 0o7777, 0o4751);
    assert_eq!(
        tool.ino(),
        fs::metadata(site.join("opt/same")).unwrap().ino(),
        "one file still"
    );
    assert_eq!(
        fs::read_link(site.join("etc/link")).unwrap(),
        Path::new("/nowhere/at/all")
    );
    for own in ["wwinit", "generic"] {
        let path = story.mine(&format!("var/lib/muster/overlays/{own}"));
        assert!(!path.exists(), "{own} would hide what muster boots with");
    }
    assert!(
        nodes.contains("      - hostname\n"),
        "what wwinit did, others do: {nodes}"
    );
}

#[test]
fn a_second_run_finds_nothing_to_do_and_a_change_is_never_overwritten() {
    let story = of_4_2();
    assert_eq!(story.migrate(&["-y"]).code, 0);
    let once = digest(&story.mine("etc/muster"));
    let again = story.migrate(&["-y"]);
    assert_eq!(again.code, 0, "{}", again.err);
    assert!(again.err.contains("nothing to write"), "{}", again.err);
    assert_eq!(digest(&story.mine("etc/muster")), once);

    let edited = story.nodes() + "  n3: {}\n";
    fs::write(story.world.conf("nodes.conf"), &edited).unwrap();
    fs::remove_file(story.world.conf("muster.conf")).unwrap();
    let refused = story.migrate(&["-y"]);
    assert_eq!(refused.code, 1);
    assert!(
        refused.err.contains("--merge") && refused.err.contains("--force"),
        "{}",
        refused.err
    );
    assert!(!story.world.conf("muster.conf").exists(), "all or nothing");

    assert_eq!(story.migrate(&["-y", "--merge"]).code, 0);
    assert_eq!(story.nodes(), edited, "what is there stays");
    assert!(
        story.world.conf("muster.conf").exists(),
        "what is missing comes"
    );

    let forced = story.migrate(&["-y", "--force"]);
    assert_eq!(forced.code, 0, "{}", forced.err);
    assert_ne!(story.nodes(), edited);
    let aside = story.world.conf(".nodes.conf.before-migration.1");
    assert_eq!(
        fs::read_to_string(&aside).unwrap(),
        edited,
        "nothing is lost"
    );
    assert!(
        forced.out.contains(".nodes.conf.before-migration.1"),
        "{}",
        forced.out
    );
}

#[test]
fn the_examples_of_the_package_are_in_nobodys_way() {
    let story = of_4_2();
    let packaging = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging");
    fs::create_dir_all(story.world.conf("")).unwrap();
    for name in ["muster.conf", "nodes.conf"] {
        fs::copy(packaging.join(name), story.world.conf(name)).unwrap();
    }
    let said = story.migrate(&["-y"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(story.nodes().contains("rocky-8"));
}

#[test]
fn nothing_is_written_unless_somebody_agrees() {
    let story = of_4_2();
    for (more, code) in [(&["--dry-run"][..], 0), (&["--json"], 0), (&[], 1)] {
        let said = story.migrate(more);
        assert_eq!(said.code, code, "{more:?}: {}", said.err);
        assert!(!story.mine("etc/muster").exists(), "{more:?}");
        assert!(!story.mine("var/lib/muster/overlays").exists(), "{more:?}");
    }
    assert!(story.migrate(&[]).err.contains("-y writes it"));
}

#[test]
fn the_plan_can_be_read_by_programs_and_holds_no_secret() {
    let story = of_4_2();
    let said = story.migrate(&["--json"]);
    let plan: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(plan["release"], "4.2 or older");
    assert_eq!(plan["registry"]["nodes"], 2);
    assert_eq!(plan["images"][0]["kernels"][0], "4.18.0-477.el8.x86_64");
    let changes = plan["changes"].as_array().unwrap();
    let secret = changes
        .iter()
        .find(|c| c["old"].as_str().unwrap().starts_with("ipmi password"));
    assert_eq!(secret.unwrap()["line"], 8);
    assert!(!said.out.contains("hunter2"));

    let all = story.migrate(&["--dry-run", "--changes"]);
    let wanted = "nodes.conf:5: container name: rocky-8 -> image name: rocky-8";
    assert!(all.out.contains(wanted), "{}", all.out);
    assert!(!all.out.contains("hunter2"));
    let wide = all
        .out
        .lines()
        .find(|line| line.chars().count() > 80 && !line.contains('/'));
    assert_eq!(wide, None, "lines fit into 80 columns");

    let printed = story.migrate(&["--print", "nodes.conf"]);
    let whole = story.migrate(&["--print", "nodes.conf", "--secrets"]);
    assert_eq!(story.migrate(&["-y"]).code, 0);
    assert_eq!(whole.out, story.nodes());
    assert_eq!(printed.out, story.nodes().replace("hunter2", "\"••••\""));
}

#[test]
fn of_4_5_the_keys_of_nodes_stay_theirs_and_lists_name_what_wwinit_did() {
    let story = Story::new();
    let nodes = "\
WW_INTERNAL: 45
nodeprofiles:
  default:
    container name: rocky
    kernel:
      override: 5.14.0-1
      args: quiet
    runtime overlay:
      - generic
    system overlay:
      - wwinit
    ipmi:
      tags: {vlan: \"7\"}
      tagsdel: []
    network devices:
      default: {type: ethernet, netmask: 255.255.255.0}
nodes:
  n1:
    discoverable: \"true\"
    profiles: [default]
    network devices:
      default: {ip6addr: \"fd00::1/64\", ipaddr: 10.0.0.11, primary: \"true\"}
";
    story.write("etc/warewulf/nodes.conf", nodes);
    story.write(
        "etc/warewulf/warewulf.conf",
        "WW_INTERNAL: 45\nipaddr: 10.0.0.1\nnetmask: 255.255.255.0\nssh:\n  key types: [rsa]\n",
    );
    for (name, mode) in [
        ("ssh_host_rsa_key", 0o600),
        ("ssh_host_rsa_key.pub", 0o644),
        ("ssh_host_dsa_key", 0o600),
    ] {
        let key = story.write(
            &format!("etc/warewulf/keys/{name}"),
            &format!("the {name}\n"),
        );
        fs::set_permissions(&key, Permissions::from_mode(mode)).unwrap();
    }
    for file in ["bin/sh", "sbin/init", "boot/vmlinuz-5.14.0-70.el9.x86_64"] {
        story.write(
            &format!("var/lib/warewulf/chroots/rocky/rootfs/{file}"),
            "binary",
        );
    }
    let said = story.migrate(&["-y"]);
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
    assert!(said.out.contains("Warewulf 4.3 to 4.5"), "{}", said.out);
    assert!(
        said.out.contains("node n1 wants kernel 5.14.0-1"),
        "{}",
        said.out
    );
    assert!(
        said.out
            .contains("keys/ is not taken over: ssh_host_dsa_key"),
        "{}",
        said.out
    );
    let key = story.mine("var/lib/muster/keys/ssh_host_rsa_key");
    assert_eq!(fs::read_to_string(&key).unwrap(), "the ssh_host_rsa_key\n");
    assert_eq!(fs::metadata(&key).unwrap().mode() & 0o7777, 0o600);
    assert_eq!(
        fs::metadata(key.parent().unwrap()).unwrap().mode() & 0o7777,
        0o700
    );
    assert!(!story.mine("var/lib/muster/keys/ssh_host_dsa_key").exists());
    let show = story.said(&["node", "show", "n1"]);
    for word in [
        "fd00::1",
        "NetworkManager",
        "ssh.host_keys",
        "syncuser",
        "5.14.0-1",
    ] {
        assert!(show.out.contains(word), "{word}: {}", show.out);
    }
    let check = story.said(&["config", "check"]);
    assert!(
        check.out.contains("1 node, 0 errors") || check.out.contains("1 nodes, 0 errors"),
        "{}",
        check.out
    );
    assert!(
        !check.out.contains("older") && !check.out.contains("no longer"),
        "{}",
        check.out
    );
}

#[test]
fn of_4_4_braces_windows_lines_and_odd_indents_come_through() {
    let story = Story::new();
    let nodes = "WW_INTERNAL: 45\nnodeprofiles:\n    default: {container name: rocky, kernel: {args: quiet x=1}}\n    # second\n    \
                 gpu:\n        keys: {gres: gpu}   # four\nnodes:\n    n1:\n        profiles:\n        - default\n        - gpu\n        \
                 # first of all\n        kernel override: 5.1\n";
    story.write("etc/warewulf/nodes.conf", &nodes.replace('\n', "\r\n"));
    let said = story.migrate(&["-y"]);
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
    assert!(said.out.contains("no warewulf.conf"), "{}", said.out);
    let wanted = "nodeprofiles:\n    default: {image name: rocky, kernel: {args: [quiet, x=1]}}\n    # second\n    \
                  gpu:\n        tags: {gres: gpu}   # four\nnodes:\n    n1:\n        profiles:\n        - default\n        - gpu\n        \
                  # first of all\n        kernel:\n            version: 5.1\n";
    assert_eq!(story.nodes(), wanted.replace('\n', "\r\n"));
}

/// An installation of 4.6: Warewulf's own overlays lie apart from the site's.
fn of_4_6() -> Story {
    let story = Story::new();
    story.write(
        "etc/warewulf/warewulf.conf",
        "ipaddr: 10.0.0.1/22\npaths:\n  wwoverlaydir: /srv/overlays\n  wwchrootdir: /srv/chroots\n",
    );
    story.write(
        "etc/warewulf/nodes.conf",
        "nodeprofiles:\n  default:\n    image name: alma\n    ipxe template: own\n    system overlay: [wwinit, hostname, fstab, rack, vendor]\n    \
         runtime overlay: [hosts]\nnodes:\n  n1:\n    profiles: [default]\n    network devices:\n      default: {hwaddr: \
         52:54:00:00:00:01, ipaddr: 10.0.0.11}\n",
    );
    for name in [
        "wwinit/rootfs/init",
        "hosts/rootfs/etc/hosts",
        "fstab/rootfs/etc/fstab",
        "vendor/rootfs/etc/vendor",
        "mig/rootfs/x",
    ] {
        story.write(
            &format!("usr/share/warewulf/overlays/{name}"),
            "as shipped\n",
        );
    }
    story.write("srv/overlays/hosts/rootfs/etc/hosts", "ours\n");
    story.write("srv/overlays/fstab/rootfs/etc/fstab", "as shipped\n");
    story.write("srv/overlays/wwinit/rootfs/init", "ours\n");
    story.write("srv/overlays/rack/rootfs/etc/rack.tera", "{{ id }}\n");
    story.write("etc/warewulf/ipxe/own.ipxe", "#!ipxe\nboot\n");
    story.write("etc/warewulf/ipxe/default.ipxe", "#!ipxe\necho {{.Id}}\n");
    for file in ["bin/sh", "sbin/init", "boot/vmlinuz-5.14.0-427.el9.x86_64"] {
        story.write(&format!("srv/chroots/alma/rootfs/{file}"), "binary");
    }
    story
}

#[test]
fn of_4_6_the_site_s_own_is_copied_and_what_equals_the_shipped_is_not() {
    let story = of_4_6();
    let said = story.migrate(&["-y"]);
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
    assert!(said.out.contains("Warewulf 4.6 or newer"), "{}", said.out);
    let overlay = |name: &str| story.mine(&format!("var/lib/muster/overlays/{name}"));
    assert_eq!(
        fs::read_to_string(overlay("hosts/rootfs/etc/hosts")).unwrap(),
        "ours\n"
    );
    assert!(overlay("rack").exists());
    assert!(
        !overlay("fstab").exists(),
        "it is as Warewulf ships it, and muster has one"
    );
    assert!(
        overlay("vendor").exists(),
        "muster has none, and a node lists it"
    );
    assert!(!overlay("mig").exists(), "no node lists it");
    assert!(!overlay("wwinit").exists());
    assert!(
        said.out
            .contains("wwinit differs from what Warewulf ships in init"),
        "{}",
        said.out
    );
    assert!(story.world.conf("ipxe/own.ipxe").exists());
    assert!(!story.world.conf("ipxe/default.ipxe").exists());

    let taken = story.migrate(&["-y", "--take", "wwinit"]);
    assert_eq!(taken.code, 0, "{}", taken.err);
    assert_eq!(
        fs::read_to_string(overlay("wwinit/rootfs/init")).unwrap(),
        "ours\n"
    );
    assert!(story.migrate(&["--take", "nosuch"]).err.contains("nosuch"));
}

#[test]
fn a_site_s_template_that_is_not_rendered_is_told_with_whom_it_stops() {
    let story = of_4_6();
    story.write("srv/overlays/rack/rootfs/etc/bad.tera", "{% if %}\n");
    story.write("srv/overlays/rack/rootfs/etc/good.ww", "{{ .Id }}\n");
    let said = story.migrate(&["-y"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.out
            .contains("overlay rack: etc/bad.tera cannot be used"),
        "{}",
        said.out
    );
    assert!(said.out.contains("1 of 3 bad"), "{}", said.out);
    assert!(said.out.contains("node n1"), "{}", said.out);
}

#[test]
fn images_are_copied_or_linked_and_built() {
    for how in ["copy", "link"] {
        let story = of_4_6();
        let before = digest(&story.theirs);
        let said = story.migrate(&["-y", "--images", how]);
        assert_eq!(said.code, 0, "{how}: {}", said.err);
        assert_eq!(digest(&story.theirs), before, "{how}");
        let list = story.said(&["image", "list", "--json"]);
        let images: Value = serde_json::from_str(&list.out).unwrap();
        assert_eq!(images[0]["name"], "alma", "{how}");
        assert_eq!(images[0]["kernels"][0], "5.14.0-427.el9.x86_64", "{how}");
        assert!(
            images[0]["unpacked"].as_u64().unwrap() > 500,
            "{how}: {images}"
        );
        let rootfs = fs::symlink_metadata(story.mine("var/lib/muster/images/alma/rootfs")).unwrap();
        assert_eq!(rootfs.is_symlink(), how == "link");
        // A tree behind a link is built again as any other.
        fs::write(
            story.theirs.join("srv/chroots/alma/rootfs/new"),
            [b'x'; 4000],
        )
        .unwrap();
        let built = story.said(&["image", "build", "alma"]);
        assert_eq!(built.code, 0, "{how}: {}", built.err);
        assert_eq!(
            built.out.contains("unchanged"),
            how == "copy",
            "{how}: {}",
            built.out
        );
        assert!(
            story
                .migrate(&["-y", "--images", how])
                .err
                .contains("nothing to write"),
            "{how}"
        );
    }
}

#[test]
fn what_cannot_be_understood_is_refused_and_nothing_is_written() {
    let refused = |change: &dyn Fn(&Story), words: &[&str]| {
        let story = of_4_2();
        change(&story);
        let said = story.migrate(&["-y"]);
        assert_eq!(said.code, 1, "{words:?}: {}", said.out);
        for word in words {
            assert!(said.err.contains(word), "{word}: {}", said.err);
        }
        assert!(!said.err.contains("hunter2"), "{}", said.err);
        assert!(!story.mine("etc/muster").exists(), "{words:?}");
    };
    let nodes = "etc/warewulf/nodes.conf";
    refused(
        &|s| drop(s.write(nodes, "nodes:\n\tn1: {}\n")),
        &["nodes.conf:2", "tab"],
    );
    refused(
        &|s| drop(s.write(nodes, "nodes:\n  n1: {a\n")),
        &["nodes.conf:"],
    );
    refused(
        &|s| drop(s.write(nodes, "nodes:\n  n1:\n    comment: a\n    comment: b\n")),
        &["nodes.conf:4", "occurs twice"],
    );
    refused(
        &|s| {
            drop(s.write(
                "etc/warewulf/warewulf.conf",
                "ipaddr: 1.2.3.4\nipaddr: 1.2.3.5\n",
            ))
        },
        &["warewulf.conf:2", "occurs twice"],
    );
    refused(
        &|s| fs::remove_dir_all(s.theirs.join("etc")).unwrap(),
        &["neither warewulf.conf nor nodes.conf"],
    );
    refused(
        &|s| {
            let outside = s.world.beside().join("outside.conf");
            fs::write(&outside, "nodes: {}\n").unwrap();
            fs::remove_file(s.theirs.join(nodes)).unwrap();
            symlink(outside, s.theirs.join(nodes)).unwrap();
        },
        &["leads out of the tree"],
    );
}

#[test]
fn nothing_is_followed_out_of_a_copied_tree() {
    let story = of_4_2();
    let outside = story.world.beside().join("outside");
    fs::create_dir_all(outside.join("etc")).unwrap();
    fs::write(outside.join("etc/shadow"), "root:secret").unwrap();
    symlink(&outside, story.theirs.join("var/lib/warewulf/overlays/bad")).unwrap();
    symlink(&outside, story.theirs.join("var/lib/warewulf/chroots/bad")).unwrap();
    let text = CONF_4_2.to_owned() + "paths:\n  datadir: /../../usr/share\n";
    story.write("etc/warewulf/warewulf.conf", &text);
    let said = story.migrate(&["-y", "--images", "copy"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(
        said.out.matches("leads out of the tree").count(),
        2,
        "{}",
        said.out
    );
    assert!(!story.mine("var/lib/muster/overlays/bad").exists());
    assert!(!story.mine("var/lib/muster/images/bad").exists());
    assert!(story.mine("var/lib/muster/images/rocky-8").exists());
}

#[test]
fn a_failure_in_the_middle_leaves_nothing_behind() {
    let story = of_4_6();
    fs::create_dir_all(story.world.conf("")).unwrap();
    // Where the folder of scripts should be there is a file: by then images and overlays are made.
    fs::write(story.world.conf("ipxe"), "in the way").unwrap();
    let said = story.migrate(&["-y", "--images", "copy"]);
    assert_eq!(said.code, 1, "{}", said.out);
    assert!(
        said.err.contains("ipxe/own.ipxe cannot be written"),
        "{}",
        said.err
    );
    let left = |path: &str| {
        let below = fs::read_dir(story.mine(path))
            .unwrap()
            .map(|e| e.unwrap().file_name());
        let names = below.map(|name| name.into_string().unwrap());
        names
            .filter(|name| !name.ends_with(".lock"))
            .collect::<Vec<_>>()
    };
    assert_eq!(left("var/lib/muster/overlays"), Vec::<String>::new());
    assert_eq!(left("var/lib/muster/images"), Vec::<String>::new());
    assert_eq!(left("etc/muster"), ["ipxe"]);
    fs::remove_file(story.world.conf("ipxe")).unwrap();
    assert_eq!(story.migrate(&["-y", "--images", "copy"]).code, 0);
}

#[test]
fn a_muster_that_runs_is_not_written_under() {
    let story = of_4_2();
    fs::create_dir_all(story.world.conf("")).unwrap();
    story.world.configure("");
    let _daemon = story.world.serve();
    let said = story.migrate(&["-y", "--merge"]);
    assert_eq!(said.code, 1, "{}", said.out);
    assert!(said.err.contains("muster stop"), "{}", said.err);
    assert!(!story.world.conf("nodes.conf").exists());
}

#[test]
fn the_folder_of_the_configuration_alone_will_do() {
    let story = of_4_2();
    let conf = story.theirs.join("etc/warewulf");
    let said = story.said(&["migrate", conf.to_str().unwrap(), "-y"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        story.mine("var/lib/muster/overlays/site").exists(),
        "the root is found above it"
    );

    let story = of_4_2();
    let alone = story.world.beside().join("alone");
    fs::rename(story.theirs.join("etc/warewulf"), &alone).unwrap();
    let dir = alone.to_str().unwrap();
    let overlays = story.theirs.join("var/lib/warewulf/overlays");
    let said = story.said(&[
        "migrate",
        dir,
        "-y",
        "--overlays",
        overlays.to_str().unwrap(),
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.out.contains("the folder of images was not found"),
        "{}",
        said.out
    );
    assert!(story.mine("var/lib/muster/overlays/site").exists());
}
