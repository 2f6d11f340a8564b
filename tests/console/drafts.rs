//! Drafts on disk: kept, read back, forgotten, and never in anyone's way.

use std::os::unix::fs::PermissionsExt;

use muster::api::Content;
use muster::console::drafts::{forget, keep, read};
use muster::console::writing::Kept;
use muster::kit::Stamp;

fn kept(path: &str, text: &str, at: u64) -> Kept {
    Kept {
        name: "slurm".into(),
        path: path.into(),
        base: "d1".into(),
        content: Content::of(text.as_bytes()),
        at: Stamp(at),
    }
}

#[test]
fn drafts_outlive_a_console() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("state/drafts");
    assert!(read(&folder).is_empty(), "there is no such folder yet");
    let long = format!("{}/x", "a".repeat(400));
    for one in [
        kept("etc/b", "2", 20),
        kept(&long, "1", 10),
        kept("etc/b", "3", 30),
    ] {
        keep(&folder, &one).unwrap();
    }
    assert_eq!(
        read(&folder),
        [kept(&long, "1", 10), kept("etc/b", "3", 30)]
    );
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for file in std::fs::read_dir(&folder).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
    // What is no draft counts as none.
    std::fs::write(folder.join("other.json"), "{\"name\": 1}").unwrap();
    forget(&folder, "slurm", &long).unwrap();
    forget(&folder, "slurm", "etc/never").unwrap();
    assert_eq!(read(&folder), [kept("etc/b", "3", 30)]);
}

#[test]
fn a_draft_of_bytes_comes_back_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let bytes = Kept {
        content: Content::of(&[0, 255, 10, 13]),
        ..kept("bin", "", 1)
    };
    keep(home.path(), &bytes).unwrap();
    assert_eq!(
        read(home.path())[0].content.bytes(),
        Some(vec![0, 255, 10, 13])
    );
}
