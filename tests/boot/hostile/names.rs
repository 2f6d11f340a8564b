//! Names and values that would like to be commands: in every place of `nodes.conf` that a person can write to, one bad word at a
//! time. Either the word is refused where it stands, or it is only ever text: in the scripts that machines run, in file names, in
//! lines for people.

use muster::boot::http::Plan;
use muster::model::{Access, View};

use crate::boot::http_world::World;
use crate::support::loose_view;

/// A place of the file, `WORD` in it, and whether odd words may stand there at all.
const PLACES: [(&str, &str); 16] = [
    (
        "a node's name",
        "nodes:\n  WORD: {profiles: [p], network devices: {default: {hwaddr: \"52:54:00:00:00:01\"}}}\n",
    ),
    (
        "a profile's name",
        "nodeprofiles:\n  WORD: {}\nnodes:\n  n1: {profiles: [WORD], REST}\n",
    ),
    (
        "an image's name",
        "nodes:\n  n1: {image name: WORD, REST}\n",
    ),
    (
        "a system overlay's name",
        "nodes:\n  n1: {system overlay: [WORD], REST}\n",
    ),
    (
        "a runtime overlay's name",
        "nodes:\n  n1: {runtime overlay: [WORD], REST}\n",
    ),
    ("a tag's name", "nodes:\n  n1: {tags: {WORD: x}, REST}\n"),
    ("a tag", "nodes:\n  n1: {tags: {x: WORD}, REST}\n"),
    (
        "the boot method",
        "nodes:\n  n1: {tags: {IPXEMenuEntry: WORD}, REST}\n",
    ),
    (
        "a script's name",
        "nodes:\n  n1: {ipxe template: WORD, REST}\n",
    ),
    (
        "a kernel argument",
        "nodes:\n  n1: {kernel: {args: [quiet, WORD]}, REST}\n",
    ),
    (
        "a kernel version",
        "nodes:\n  n1: {kernel: {version: WORD}, REST}\n",
    ),
    ("the init", "nodes:\n  n1: {init: WORD, REST}\n"),
    ("the root", "nodes:\n  n1: {root: WORD, REST}\n"),
    ("a comment", "nodes:\n  n1: {comment: WORD, REST}\n"),
    ("a cluster", "nodes:\n  n1: {cluster name: WORD, REST}\n"),
    (
        "a device's name",
        "nodes:\n  n1: {network devices: {default: {device: WORD, hwaddr: \"52:54:00:00:00:01\", ipaddr: 10.0.0.1}}}\n",
    ),
];

/// What every node has.
const REST: &str = "network devices: {default: {hwaddr: \"52:54:00:00:00:01\", ipaddr: 10.0.0.1}}";

fn words() -> Vec<(&'static str, String)> {
    let plain = [
        ("..", ".."),
        ("a path upwards", "../../etc/passwd"),
        ("a slash", "a/b"),
        ("a leading hyphen", "-rf"),
        ("a line break", "a\nshell"),
        ("CR LF", "a\r\nshell"),
        ("NUL", "a\0b"),
        ("an escape sequence", "a\u{1b}[2J"),
        ("shell: a command", "a; reboot"),
        ("shell: a substitution", "$(reboot)"),
        ("shell: backquotes", "`reboot`"),
        ("shell: quotes", "a' || reboot '"),
        ("iPXE: a setting", "${net0/mac}"),
        ("iPXE: or", "x || shell"),
        ("iPXE: and", "x && shell"),
        ("iPXE: a remark", "x # shell"),
        ("YAML: a map", "a: b"),
        ("YAML: an alias", "*a"),
        ("YAML: a tag", "!!python/object"),
        ("a template", "{{ tags }}{% raw %}"),
        ("another template", "{{.Id}}"),
        ("written from right to left", "a\u{202e}b"),
        ("zero width", "a\u{200b}b"),
        ("nil", "<nil>"),
        ("unset", "UNDEF"),
        ("a blank", "a b"),
        ("nothing", ""),
    ];
    let mut words: Vec<(&str, String)> = plain.map(|(name, word)| (name, word.to_owned())).into();
    words.push(("4 KiB", "a".repeat(4096)));
    words
}

/// The word as a quoted YAML scalar.
fn quoted(word: &str) -> String {
    let escaped: Vec<String> = word
        .chars()
        .map(|c| match c {
            '"' | '\\' => format!("\\{c}"),
            c if c.is_control() || !c.is_ascii() => format!("\\u{:04x}", c as u32),
            c => c.to_string(),
        })
        .collect();
    format!("\"{}\"", escaped.concat())
}

#[test]
fn no_word_in_any_place_becomes_a_command() {
    for (place, text) in PLACES {
        let innocent = scripts(&load(text, "innocent"));
        for (name, word) in words() {
            let about = format!("{name} as {place}");
            let view = load(text, &word);
            for fault in &view.faults {
                let told = fault.to_string();
                let fine = |c: char| !c.is_control() && !"\u{202e}\u{200b}".contains(c);
                assert!(told.chars().all(fine), "{about}: {told:?}");
            }
            assert!(
                !view.nodes.is_empty() || !view.faults.is_empty(),
                "{about}: left out without a word"
            );
            for node in &view.nodes {
                let bad = |c: char| c.is_control() || "/\\ \u{202e}\u{200b}${}|&;`'\"".contains(c);
                assert!(
                    !node.name.contains(bad) && !node.name.starts_with(['-', '.']),
                    "{about}: {}",
                    node.name
                );
                let image = node.image.as_deref().unwrap_or_default();
                assert!(
                    !image.contains(['/', '\0', '\n']) && image != "..",
                    "{about}: {image}"
                );
                for overlay in node.system_overlay.iter().chain(&node.runtime_overlay) {
                    assert!(
                        !overlay.contains(['/', '\0', '\n']) && &**overlay != "..",
                        "{about}: {overlay}"
                    );
                }
            }
            for (script, plain) in scripts(&view).iter().zip(&innocent) {
                harmless(&about, script, plain);
            }
        }
    }
}

fn load(text: &str, word: &str) -> std::sync::Arc<View> {
    let text = text.replace("REST", REST).replace("WORD", &quoted(word));
    let conf = "networks:\n  lan: {subnet: 10.0.0.0/24, interface: eno1}\n";
    loose_view(&text, conf)
}

/// The iPXE script and the GRUB menu of the first node, with and without an open boot.
fn scripts(view: &View) -> Vec<String> {
    let mut all = Vec::new();
    for booting in [true, false] {
        let mut world = World::new(Access::Boot);
        world.nodes = view.nodes.iter().map(|node| (**node).clone()).collect();
        for node in &mut world.nodes {
            // The number that `World::dhcp` gives a boot to.
            node.id = muster::model::NodeId(1);
        }
        if booting {
            world.dhcp(1);
        }
        for target in ["/ipxe/52:54:00:00:00:01", "/grub/52:54:00:00:00:01"] {
            match world.get(target, "10.0.0.1:4000").plan {
                Plan::Text(text) | Plan::Held(text, ..) => all.push(text),
                Plan::Refused { why, .. } => {
                    assert!(!why.contains(char::is_control), "{why:?}");
                    all.push(String::new());
                }
                other => panic!("{other:?}"),
            }
        }
    }
    all
}

/// Every line of a script begins with a word that muster's own scripts begin with, and nothing in it is a setting or a joint that
/// muster did not write.
fn harmless(about: &str, script: &str, plain: &str) {
    for line in script.lines() {
        assert!(
            !line.contains(|c: char| c.is_control() && c != '\t'),
            "{about}: {line:?}"
        );
        let first = line.split_whitespace().next().unwrap_or_default();
        assert!(
            !matches!(first, "reboot" | "poweroff") || plain.contains(first),
            "{about}: {line}"
        );
        assert!(
            !line.contains("${net0/mac}") || plain.contains("${net0/mac}"),
            "{about}: {line}"
        );
        for joint in [
            "|| shell", "&& shell", "; reboot", "\u{202e}", "\u{200b}", "<nil>",
        ] {
            let quoted = line.contains('\'') && !joint.starts_with(['\u{202e}', '\u{200b}']);
            assert!(
                !line.contains(joint) || quoted || plain.contains(joint),
                "{about}: {line}"
            );
        }
    }
    let shells = |text: &str| text.lines().filter(|line| line.trim() == "shell").count();
    assert!(shells(script) <= shells(plain).max(2), "{about}:\n{script}");
}
