//! The files that are shipped beside the program work as they are.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use super::world::World;

#[test]
fn the_shipped_configuration_loads_without_a_fault() {
    let packaging = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging");
    let world = World::new(0);
    for name in ["muster.conf", "nodes.conf"] {
        fs::copy(packaging.join(name), world.conf(name)).unwrap();
    }
    is_faultless(&world);
}

#[test]
fn what_the_readme_says_to_write_loads_without_a_fault() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"));
    let blocks = yaml_blocks(&readme.unwrap());
    let find = |key: &str| {
        let found = blocks.iter().find(|block| block.contains(key));
        found.unwrap_or_else(|| panic!("no block of the README has `{key}`"))
    };
    let world = World::new(0);
    world.write_registry(find("nodes:\n"));
    let first = find("range start");
    fs::write(world.conf("muster.conf"), first).unwrap();
    is_faultless(&world);
    // With networks of its own, the pool is theirs.
    let address = first.lines().next().unwrap();
    let networks = format!("{address}\n{}", find("networks:\n"));
    fs::write(world.conf("muster.conf"), networks).unwrap();
    is_faultless(&world);
}

#[test]
fn the_unit_is_one_that_systemd_takes() {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/muster.service");
    let text = fs::read_to_string(unit).unwrap();
    let setting = |key: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once('='));
        lines.find(|(name, _)| *name == key).map(|(_, value)| value)
    };
    // A daemon that was told to stop ends well, and stays away.
    assert_eq!(setting("Restart"), Some("on-failure"));
    // The overlay ssh.authorized_keys reads /root/.ssh, which is a home too.
    assert_eq!(setting("ProtectHome"), Some("read-only"));
    if Command::new("systemd-analyze")
        .arg("--version")
        .output()
        .is_err()
    {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: no systemd-analyze here to look at packaging/muster.service"
        );
        return;
    }
    // It is installed nowhere; what it starts must exist all the same.
    let world = World::new(0);
    let copy = world.beside().join("muster.service");
    let here = text.replace("/usr/bin/muster", env!("CARGO_BIN_EXE_muster"));
    fs::write(&copy, here).unwrap();
    for args in [
        &["verify", "--man=no"][..],
        // Root in name, and a server on the machine's network: not below 4.
        &["security", "--offline=true", "--threshold=45", "--no-pager"][..],
    ] {
        let out = Command::new("systemd-analyze")
            .args(args)
            .arg(&copy)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.success(), "{args:?}: {said}");
        assert!(!said.contains("muster.service:"), "{args:?}: {said}");
    }
}

/// Blocks fenced as YAML, without their indentation.
fn yaml_blocks(text: &str) -> Vec<String> {
    let (mut blocks, mut open) = (Vec::new(), None);
    for line in text.lines() {
        let bare = line.trim_start();
        match &mut open {
            None if bare == "```yaml" => open = Some((line.len() - bare.len(), String::new())),
            None => {}
            Some(_) if bare == "```" => blocks.extend(open.take().map(|(_, block)| block)),
            Some((indent, block)) => {
                block.push_str(line.get(*indent..).unwrap_or(bare));
                block.push('\n');
            }
        }
    }
    blocks
}

fn is_faultless(world: &World) {
    let out = world.run(&["check"]);
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(
        out.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&out.stderr)
    );
    assert!(text.contains("0 errors, 0 warnings"), "{text}");
}
