//! What must never get in, on every road that leads in: a verb's arguments, a table, a text, an editor, the control socket, and the
//! file as a hand left it. Each is refused whole, with a sentence that says where.

use std::fmt::Write as _;
use std::fs;

use muster::api::{Command, Reply};
use muster::cli::Ask as _;
use muster::model::{Edit, Place, Table, Value};

use super::world::World;
use crate::support::loose_view;

const NODES: &str = "\
nodeprofiles:
  default: {image name: small}
nodes:
  n1:
    profiles: [default]
    comment: first
";

/// Texts that are no names, and what is said of each.
fn names() -> Vec<(String, &'static str)> {
    vec![
        ("..".into(), "is a folder, not a name"),
        ("../etc".into(), "contains `"),
        ("a/b".into(), "contains `/`"),
        ("a..b".into(), "contains `..`"),
        ("-x".into(), "begins with `-`"),
        ("~x".into(), "begins with `-` or `~`"),
        ("a\nb".into(), "contains a line break"),
        ("a\u{7}b".into(), "U+0007"),
        ("a\u{1b}b".into(), "U+001B"),
        ("a\u{202e}b".into(), "U+202E"),
        ("a\u{200b}b".into(), "U+200B"),
        ("a\u{feff}b".into(), "U+FEFF"),
        ("$(id)".into(), "contains `"),
        ("x".repeat(4096), "longer than 253 bytes"),
    ]
}

fn yaml(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn csv(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A file that `import` is given.
fn import(world: &mut World, end: &str, text: &str) -> (String, u8) {
    let file = tempfile::Builder::new().suffix(end).tempfile().unwrap();
    fs::write(file.path(), text).unwrap();
    let path = file.path().to_str().unwrap().to_owned();
    let said = world.words(&["node", "import", &path, "-y"]);
    (said.err.replace(&path, "FILE"), said.code)
}

/// What an editor is left with by somebody who gives up at once.
fn editor(world: &mut World, text: String) -> (String, u8) {
    world.someone.edits.push_back(Box::new(move |_| text));
    world.someone.edits.push_back(Box::new(str::to_owned));
    let said = world.types("node edit");
    world.someone.edits.clear();
    (said.err, said.code)
}

/// What the control socket answers to a request.
fn socket(world: &World, edits: Vec<Edit>) -> String {
    let command = Command::Change {
        edits,
        base: None,
        note: None,
        dry: false,
        by: "ana".into(),
    };
    match world.ask(command) {
        Ok(Reply::Faulty(faults)) => faults
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n"),
        Ok(other) => panic!("{other:?}"),
        Err(refused) => refused,
    }
}

#[test]
fn names_of_nodes() {
    for (name, wrong) in names() {
        let mut world = World::new(NODES);
        let place = |name: &str| Place {
            table: Table::Nodes,
            name: name.into(),
        };
        let mut told: Vec<(&str, String, u8, &str)> = Vec::new();
        for line in [
            &["node", "add", "--", &name][..],
            &["node", "copy", "--", "n1", &name],
            &["node", "rename", "--", "n1", &name],
            &["profile", "add", "--", &name],
        ] {
            let said = world.words(line);
            told.push((line[1], said.err, said.code, ""));
        }
        let (said, code) = import(
            &mut world,
            ".yaml",
            &format!("n2: {{}}\n{}: {{}}\n", yaml(&name)),
        );
        told.push(("a text", said, code, "FILE:2:1"));
        let (said, code) = import(
            &mut world,
            ".csv",
            &format!("node,comment\nn2,x\n{},y\n", csv(&name)),
        );
        told.push(("a table", said, code, "FILE:3:1"));
        let (said, code) = editor(
            &mut world,
            format!("nodes:\n  n1: {{}}\n  {}: {{}}\n", yaml(&name)),
        );
        told.push(("an editor", said, code, ":3:3"));
        let to = name.as_str().into();
        for edit in [
            Edit::Add {
                place: place(&name),
            },
            Edit::Copy {
                place: place("n1"),
                to,
            },
            Edit::Rename {
                place: place("n1"),
                to: name.as_str().into(),
            },
            Edit::Write {
                place: place(&name),
                text: "comment: x\n".into(),
            },
        ] {
            told.push(("the socket", socket(&world, vec![edit]), 1, ""));
        }
        let file = format!("nodes:\n  n1: {{}}\n  {}: {{}}\n", yaml(&name));
        let view = loose_view(&file, "");
        assert_eq!(view.nodes.len(), 1, "{name:?} is in force");
        let fault = view
            .faults
            .iter()
            .find(|fault| fault.spot.is_some())
            .unwrap();
        told.push(("the file", fault.to_string(), 1, ":3:3"));
        for (road, said, code, at) in told {
            let length = name.len();
            let name: String = name.chars().take(20).collect();
            assert!((1..=2).contains(&code), "{road} takes {name:?}: {said}");
            // A key of YAML is shorter than that.
            let long = said.contains("is no entry of the form `name:`") && length > 1024;
            assert!(
                (long || said.contains(wrong)) && said.contains(at),
                "{road}, {name:?}: {said}"
            );
            // What is answered as data is made harmless by whoever shows it.
            let shown = !["the socket", "the file"].contains(&road);
            assert!(
                !shown || said.lines().all(|line| line.len() < 1000),
                "{road} repeats all of {name:?}"
            );
            let odd = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
            assert!(!shown || !said.contains(odd), "{road}, {name:?}: {said:?}");
        }
        assert_eq!(world.file(), NODES, "{name:?}");
    }
}

/// What can be no value of a field: the field, the text, and what is said of it.
const VALUES: &[(&str, &str, &str)] = &[
    ("image", "../../etc", "contains `"),
    ("image", "a/b", "contains `/`"),
    ("image", "a\u{202e}b", "U+202E"),
    ("init", "/sbin/init\nx", "line break"),
    ("init", "a\u{7}b", "U+0007"),
    ("comment", "a\u{1b}[2Jb", "U+001B"),
    ("cluster", "a\u{2028}b", "U+2028"),
    ("net.eno1.ipaddr", "10.0.0", "not an IPv4 address"),
    ("net.eno1.ipaddr", "10.0.0.1/24", "netmask"),
    ("net.eno1.hwaddr", "52:54:00", "is wrong"),
    ("net.eno1.mtu", "1e3", "a whole number"),
    ("net.eno1.netmask", "255.0.255.0", "a netmask"),
    ("disks./dev/sda.wipe_table", "maybe", "true or false"),
];

#[test]
fn values_of_fields() {
    for (key, value, wrong) in VALUES {
        let mut world = World::new(NODES);
        let (said, code) = import(
            &mut world,
            ".csv",
            &format!("node,{key}\nn2,\nn1,{}\n", csv(value)),
        );
        assert_eq!(code, 1, "{key}: {said}");
        assert!(
            said.contains(wrong) && said.contains("FILE:3:4"),
            "a table, {key} {value:?}: {said}"
        );

        let set = Edit::Set {
            place: Place::node("n1"),
            key: (*key).into(),
            value: Value::Text((*value).into()),
        };
        let said = socket(&world, vec![set]);
        assert!(
            said.contains(wrong) && said.contains("n1"),
            "the socket, {key} {value:?}: {said}"
        );

        let mut path: Vec<&str> = key.split('.').collect();
        if let ["net", rest @ ..] = path.as_slice() {
            path = [&["network devices"], rest].concat();
        }
        let known = [("image", "image name"), ("cluster", "cluster name")];
        let path = path.iter().map(|step| {
            known
                .iter()
                .find(|(id, _)| id == step)
                .map_or(*step, |(_, word)| word)
        });
        let mut entry = String::new();
        for (deep, step) in path.enumerate() {
            let _ = write!(entry, "\n{}{step}:", "  ".repeat(deep + 1));
        }
        let entry = format!("n1:{entry} {}\n", yaml(value));
        let line = format!(":{}:", entry.trim_end().lines().count());
        let (said, code) = import(&mut world, ".yaml", &entry);
        assert_eq!(code, 1, "{key}: {said}");
        assert!(
            said.contains(wrong) && said.contains(&format!("FILE{line}")),
            "a text, {key} {value:?}: {said}"
        );

        let inner: String = entry.lines().map(|line| format!("  {line}\n")).collect();
        let file = format!("nodes:\n{inner}");
        let (said, code) = editor(&mut world, file.clone());
        assert_eq!(code, 1, "{key}: {said}");
        assert!(said.contains(wrong), "an editor, {key} {value:?}: {said}");

        let view = loose_view(&file, "");
        let fault = view
            .faults
            .iter()
            .find(|fault| fault.to_string().contains(wrong));
        let spot = fault.and_then(|fault| fault.spot.clone());
        assert!(
            spot.is_some_and(|spot| spot.line > 1 && spot.column > 1),
            "{:?}",
            view.faults
        );
        assert_eq!(world.file(), NODES, "{key}");
    }
}

/// Lists within lists: eight letters become hundreds of millions.
fn bomb() -> String {
    let mut text = String::from("x0: &a0 [a, a, a, a, a, a, a, a, a]\n");
    for at in 1..9 {
        let below = format!("*a{}", at - 1);
        let _ = writeln!(text, "x{at}: &a{at} [{}]", [below.as_str(); 9].join(", "));
    }
    text + "nodes:\n  n1: {comment: *a8}\n"
}

#[test]
fn texts() {
    let deep = format!(
        "nodes:\n  n1: {{comment: {}{}}}\n",
        "[".repeat(500),
        "]".repeat(500)
    );
    let rows: Vec<(&str, String, &str)> = vec![
        ("a bomb", bomb(), "aliases expand to more than"),
        ("depth", deep, "recursion limit"),
        (
            "a key twice",
            "nodes:\n  n1:\n    init: a\n    init: b\n".into(),
            ":4:5: node n1: the key `init` occurs twice",
        ),
        (
            "a node twice",
            "nodes:\n  n1: {}\n  n1: {}\n".into(),
            ":3:3",
        ),
        ("a tab", "nodes:\n\tn1: {}\n".into(), ":2:"),
        (
            "a tab further in",
            "nodes:\n  n1:\n\tinit: a\n".into(),
            ":3:",
        ),
        (
            "a byte of nothing",
            "nodes:\n  n1: {init: a\0b}\n".into(),
            "NUL",
        ),
        ("half a quote", "nodes:\n  n1: {init: \"a}\n".into(), ":2:"),
        (
            "another kind of file",
            "[Unit]\nDescription=x\n".into(),
            ":1:",
        ),
        ("a list", "- a\n- b\n".into(), ":1:"),
        ("a word", "hello\n".into(), ":1:"),
        (
            "two documents",
            "nodes:\n  n1: {}\n---\nnodes: {}\n".into(),
            "only the first document",
        ),
        (
            "an unknown key",
            "nodes:\n  n1: {imge name: x}\n".into(),
            ":2:8: node n1: unknown key `imge name` (did you mean `image name`?)",
        ),
        (
            "an unknown section",
            "nodes: {}\nnoodles: {}\n".into(),
            ":2:1: unknown section `noodles`",
        ),
    ];
    for (what, text, told) in rows {
        let mut world = World::new(NODES);
        let (said, code) = import(&mut world, ".yaml", &text);
        assert_eq!(code, 1, "{what} is imported: {said}");
        assert!(said.contains(told), "{what}, a text: {said}");
        let (said, code) = editor(&mut world, text.clone());
        assert_eq!(code, 1, "{what} is taken from an editor: {said}");
        assert!(said.contains(told), "{what}, an editor: {said}");
        // To a program it is a warning, of the check that it asks for.
        if what == "two documents" {
            continue;
        }
        match world
            .ask(Command::Read {
                text: text.as_str().into(),
            })
            .unwrap()
        {
            Reply::Faulty(faults) => {
                let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
                assert!(
                    all.iter().any(|fault| fault.contains(told)),
                    "{what}, the socket: {all:?}"
                );
            }
            other => panic!("{what}: {other:?}"),
        }
        assert_eq!(world.file(), NODES, "{what}");
    }
}

/// A byte order mark and the line ends of other systems are no fault; they do not get into the file either.
#[test]
fn marks_and_line_ends_are_taken_as_they_are_meant() {
    for (end, text) in [
        (".yaml", "\u{feff}n1:\r\n  comment: second\r\n"),
        (
            ".yaml",
            "\u{feff}nodes:\r\n  n1:\r\n    comment: second\r\n",
        ),
        (".csv", "\u{feff}node,comment\r\nn1,second\r\n"),
        (".CSV", "node,comment\nn1,second"),
        ("", "node,comment\nn1,\"second\"\n"),
        ("", "name, comment\nn1, second\n"),
    ] {
        let mut world = World::new(NODES);
        let (said, code) = import(&mut world, end, text);
        assert_eq!(code, 0, "{text:?}: {said}");
        assert_eq!(world.file(), NODES.replace("first", "second"), "{text:?}");
    }
}

/// Files that are too large, or no text, are not read into memory.
#[test]
fn files_that_are_no_texts() {
    let mut world = World::new(NODES);
    let big = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    big.as_file().set_len((100 << 20) + 1).unwrap();
    let said = world
        .words(&["node", "import", big.path().to_str().unwrap()])
        .bad();
    assert!(
        said.contains("is larger than 100 MiB; import it in parts"),
        "{said}"
    );
    let odd = tempfile::NamedTempFile::new().unwrap();
    fs::write(odd.path(), b"nodes:\n  n1: {comment: \xff}\n").unwrap();
    let path = odd.path().to_str().unwrap();
    let said = world.words(&["node", "import", path]).bad();
    assert!(
        said.contains(&format!("{path}:2:17: this is no UTF-8 text")),
        "{said}"
    );
    for (path, told) in [
        ("/nowhere.yaml", "cannot be read"),
        ("/", "cannot be read"),
        ("/dev/zero", "larger than 100 MiB"),
    ] {
        let said = world.words(&["node", "import", path]).bad();
        assert!(said.contains(told), "{path}: {said}");
    }
    assert_eq!(world.file(), NODES);
}
