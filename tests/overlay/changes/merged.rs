//! A copy of a shipped overlay, and a muster that ships another by now.

use std::fs;

use muster::api::{MergeSide, OverlayCommand, OverlayReply, OverlayStep};
use muster::overlay::shipped_items;
use serde_json::Value;

use super::{Site, remove, write};

const FILE: &str = "etc/hosts.tera";

fn merge(path: Option<&str>, side: Option<MergeSide>) -> Vec<OverlayStep> {
    let path = path.map(Into::into);
    vec![OverlayStep::Merge { path, side }]
}

fn shipped() -> String {
    let items = shipped_items("hosts").unwrap();
    let muster::overlay::Body::File(data) = &items[FILE.as_bytes()].body else {
        panic!()
    };
    String::from_utf8(data.to_vec()).unwrap()
}

/// A site whose copy was made when `older` was shipped, and says `ours` now.
fn site(older: &str, ours: &str) -> Site {
    let site = Site::new();
    site.does("hosts", vec![OverlayStep::Copy]);
    let path = site.folder().join("hosts/.shipped");
    let mut record: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(record["files"][FILE]["text"], shipped());
    record["files"][FILE]["text"] = older.into();
    // One that went, and one that came.
    record["files"]["etc/went"] = serde_json::json!({"mode": "0644", "text": "old\n"});
    fs::write(&path, record.to_string()).unwrap();
    fs::write(site.file("hosts", "etc/went"), "old\n").unwrap();
    fs::write(site.file("hosts", FILE), ours).unwrap();
    site
}

/// The faults that are told with the overlay.
fn told(site: &Site) -> String {
    let OverlayReply::Show(detail) = site.ask(OverlayCommand::Show {
        name: "hosts".into(),
    }) else {
        panic!()
    };
    let faults: Vec<String> = detail.faults.iter().map(ToString::to_string).collect();
    faults.join("\n")
}

#[test]
fn what_is_shipped_otherwise_comes_beside_what_the_site_changed() {
    let now = shipped();
    let older = now.replace("ip6-loopback", "ip6-older");
    let site = site(&older, &format!("{older}10.9.9.9 ours\n"));
    assert!(
        told(&site).contains("muster overlay merge hosts"),
        "{}",
        told(&site)
    );
    let before = site.tree();
    let outcome = site.does("hosts", merge(None, None));
    assert_eq!(&*outcome.summary, "merge what is shipped into hosts");
    assert_eq!(site.text("hosts", FILE), format!("{now}10.9.9.9 ours\n"));
    assert!(!site.file("hosts", "etc/went").exists());
    assert!(!told(&site).contains("merge"), "{}", told(&site));
    assert_eq!(site.does("hosts", merge(None, None)).number, None);
    site.undoes(None);
    assert_eq!(site.tree(), before);
}

#[test]
fn what_was_changed_in_one_place_is_refused_until_somebody_says_whose_it_is() {
    let now = shipped();
    let older = now.replace("ip6-loopback", "ip6-older");
    let ours = older.replace("ip6-older", "ip6-ours");
    for (side, left) in [(MergeSide::Ours, &ours), (MergeSide::Theirs, &now)] {
        let site = site(&older, &ours);
        fs::write(site.file("hosts", "etc/went"), "changed\n").unwrap();
        let faults = site.refuses("hosts", merge(None, None));
        let text: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(faults.len(), 2, "{text:?}");
        assert!(
            text[0].contains("at line 3") && text[0].contains("--ours"),
            "{text:?}"
        );
        assert!(text[1].contains("etc/went came or went"), "{text:?}");
        site.does("hosts", merge(Some(FILE), Some(side)));
        assert_eq!(site.text("hosts", FILE), *left);
        site.does("hosts", merge(Some("etc/went"), Some(side)));
        assert_eq!(
            site.file("hosts", "etc/went").exists(),
            side == MergeSide::Ours
        );
        assert_eq!(site.does("hosts", merge(None, None)).number, None);
    }
}

#[test]
fn a_copy_by_hand_and_an_overlay_of_the_site_have_nothing_to_merge() {
    let site = Site::new();
    site.does("own", vec![OverlayStep::Create, write("a", "a")]);
    let faults = site.refuses("own", merge(None, None));
    assert!(
        faults[0].to_string().contains("the site's own"),
        "{faults:?}"
    );
    let copy = site.file("syncuser", "etc");
    fs::create_dir_all(&copy).unwrap();
    fs::write(copy.join("passwd.tera"), "x").unwrap();
    let faults = site.refuses("syncuser", merge(None, None));
    assert!(faults[0].to_string().contains("is not known"), "{faults:?}");
    // As shipped, there is nothing to do.
    assert_eq!(site.does("hosts", merge(None, None)).number, None);
    let faults = site.refuses("hosts", merge(Some("etc/nothing"), None));
    assert!(
        faults[0].to_string().contains("no etc/nothing is shipped"),
        "{faults:?}"
    );
    // A file that the site removed stays away as long as it is shipped as it was.
    site.does("hosts", vec![remove(FILE)]);
    assert_eq!(site.does("hosts", merge(None, None)).number, None);
    assert!(!site.file("hosts", FILE).exists());
}
