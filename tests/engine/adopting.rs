//! From an unknown machine to a node: check, save, commit, announce.

use muster::api::{Command, Reply};
use muster::engine::{SaveError, Text};
use muster::kit::Mac;

use super::desk::Desk;

const MAC: Mac = Mac::ethernet([0x52, 0x54, 0, 0, 0, 9]);

const NODES: &str = "\
# kept by hand
nodeprofiles:
  default:
    image name: rocky9   # what everybody runs
nodes:
  n001:
    profiles:
      - default
    network devices:
      default:
        hwaddr: 52:54:00:00:00:01
        ipaddr: 10.7.0.11
";

fn adopt(name: Option<&str>) -> Command {
    Command::Adopt {
        mac: MAC,
        name: name.map(Into::into),
        by: "ana".into(),
    }
}

#[test]
fn a_stranger_is_listed_with_the_name_it_would_get_and_becomes_that_node() {
    let mut desk = Desk::new(NODES);
    desk.attach();
    desk.stranger_asks(MAC);
    let stranger = desk.snapshot().strangers.remove(0);
    assert_eq!(
        (stranger.mac, stranger.proposed.as_deref()),
        (MAC, Some("n002"))
    );

    let revision = desk.view.revision;
    let reply = desk.ask(adopt(None));
    assert_eq!(
        reply,
        Reply::Adopted {
            name: "n002".into(),
            revision: revision + 1
        }
    );
    assert_eq!(desk.view.by_mac(&MAC).map(|node| &*node.name), Some("n002"));

    // What a hand kept stays as it was; the new node comes after it.
    let text = desk.disk.content().unwrap().to_owned();
    assert!(text.starts_with(NODES), "{text}");

    desk.later(std::time::Duration::from_secs(1));
    assert!(
        desk.mirror
            .head
            .nodes
            .iter()
            .any(|row| &*row.name == "n002")
    );
    let last = desk.mirror.events.iter().next_back().unwrap();
    assert_eq!((&*last.who, &*last.kind), ("ana", "edit"));
}

#[test]
fn a_name_that_is_taken_is_refused_and_nothing_changes() {
    let mut desk = Desk::new(NODES);
    desk.stranger_asks(MAC);
    let before = desk.disk.clone();
    let Reply::Refused(refusal) = desk.ask(adopt(Some("n001"))) else {
        panic!("not refused")
    };
    assert!(refusal.what.contains("n001"), "{}", refusal.what);
    assert_eq!(desk.disk, before);
}

#[test]
fn a_failed_save_changes_nothing_and_says_why() {
    let mut desk = Desk::new(NODES);
    desk.stranger_asks(MAC);
    let revision = desk.view.revision;
    desk.trouble = Some(SaveError::Io("No space left on device".into()));
    let Reply::Refused(refusal) = desk.ask(adopt(None)) else {
        panic!("not refused")
    };
    assert!(refusal.what.contains("No space left"), "{}", refusal.what);
    assert_eq!(desk.view.revision, revision);
    assert!(desk.view.by_mac(&MAC).is_none());
}

#[test]
fn a_hand_edit_at_the_same_moment_is_taken_in_and_the_change_made_anew() {
    let mut desk = Desk::new(NODES);
    desk.stranger_asks(MAC);
    let edited = NODES.replace("n001:", "n002:");
    desk.disk = Text::Content(edited.as_str().into());
    let Reply::Adopted { name, .. } = desk.ask(adopt(None)) else {
        panic!("not adopted")
    };
    // The hand edit took n002; the adoption was made anew on top of it.
    assert_eq!(&*name, "n001");
    assert_eq!(desk.saves, 2);
    assert!(desk.disk.content().unwrap().starts_with(&edited));
}

#[test]
fn a_discoverable_node_takes_the_machine_that_asks_for_its_script() {
    let nodes = NODES
        .replace("  n001:\n", "  n001:\n    discoverable: yes\n")
        .replace("        hwaddr: 52:54:00:00:00:01\n", "");
    let mut desk = Desk::new(&nodes);
    desk.stranger_asks(MAC);
    assert!(
        desk.view.by_mac(&MAC).is_none(),
        "a DHCP message alone discovers nothing"
    );
    desk.stranger_fetches_script(MAC);
    assert_eq!(desk.view.by_mac(&MAC).map(|node| &*node.name), Some("n001"));
    assert!(!desk.disk.content().unwrap().contains("discoverable: yes"));
    // The next stranger finds nobody waiting.
    let saves = desk.saves;
    desk.stranger_fetches_script(Mac::ethernet([2, 0, 0, 0, 0, 1]));
    assert_eq!(desk.saves, saves);
}
