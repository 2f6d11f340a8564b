//! Hand edits, the way editors and tools make them, under a running daemon.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use super::world::{World, secs, until};

fn registry(names: &[&str]) -> String {
    let nodes: Vec<String> = names
        .iter()
        .map(|name| format!("  {name}: {{}}\n"))
        .collect();
    format!("nodes:\n{}", nodes.concat())
}

#[test]
fn every_way_to_edit_is_noticed() {
    let world = World::new(0);
    let path = world.conf("nodes.conf");
    fs::write(&path, registry(&["a0"])).unwrap();
    let _daemon = world.serve();
    let noticed = |name: &str, how: &str| {
        until(secs(10), &format!("{how} is noticed"), || {
            world.names() == [name]
        });
    };
    noticed("a0", "the start");

    fs::write(&path, registry(&["a1"])).unwrap();
    noticed("a1", "writing in place");

    let sed = Command::new("sed")
        .args(["-i", "s/a1/a2/"])
        .arg(&path)
        .status();
    assert!(sed.unwrap().success());
    noticed("a2", "sed -i");

    // vim with `backup`: the old file is renamed, a new one is written under its name.
    fs::rename(&path, world.conf("nodes.conf~")).unwrap();
    fs::write(&path, registry(&["a3"])).unwrap();
    noticed("a3", "vim's backup");

    // Written in pieces, with pauses shorter than an editor's.
    let mut file = File::create(&path).unwrap();
    for piece in registry(&["a4"]).as_bytes().chunks(4) {
        file.write_all(piece).unwrap();
        sleep(Duration::from_millis(10));
    }
    drop(file);
    noticed("a4", "writing in pieces");

    // A link to a file elsewhere, as tools that keep /etc in version control make it; then that file changes.
    let elsewhere = world.beside().join("elsewhere.conf");
    fs::write(&elsewhere, registry(&["a5"])).unwrap();
    symlink(&elsewhere, world.conf("link")).unwrap();
    fs::rename(world.conf("link"), &path).unwrap();
    noticed("a5", "a link");
    fs::write(&elsewhere, registry(&["a6"])).unwrap();
    noticed("a6", "what a link points to");

    for n in 0..200 {
        fs::write(&path, registry(&[&format!("b{n}")])).unwrap();
    }
    noticed("b199", "the last of many edits");
}

#[test]
fn edits_without_end_are_taken_in_meanwhile() {
    let world = World::new(1);
    let path = world.conf("nodes.conf");
    let _daemon = world.serve();
    let mut seen = 0;
    for n in 0..100 {
        world.write_registry(&registry(&[&format!("c{n}")]));
        sleep(Duration::from_millis(30));
        if n % 10 == 9 && world.names().iter().any(|name| name.starts_with('c')) {
            seen += 1;
        }
    }
    assert!(seen > 0, "nothing was in force before the edits ended");
    until(secs(10), "the last one", || world.names() == ["c99"]);
    assert!(path.exists());
}

#[test]
fn a_folder_that_comes_later_is_watched() {
    let world = World::new(1);
    let folder = world.conf("");
    let kept = world.beside().join("kept");
    fs::create_dir_all(world.beside().join("root")).unwrap();
    let conf = fs::read_to_string(world.conf("muster.conf")).unwrap();
    let _daemon = world.serve();
    fs::rename(&folder, &kept).unwrap();
    sleep(Duration::from_millis(300));
    fs::create_dir_all(&folder).unwrap();
    fs::write(world.conf("muster.conf"), conf).unwrap();
    fs::write(world.conf("nodes.conf"), registry(&["d1"])).unwrap();
    until(secs(15), "the new folder's file", || {
        world.names() == ["d1"]
    });
    fs::write(world.conf("nodes.conf"), registry(&["d2"])).unwrap();
    until(secs(10), "an edit in the new folder", || {
        world.names() == ["d2"]
    });
}
