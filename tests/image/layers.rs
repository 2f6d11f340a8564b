//! Layers over one another: what stays, what goes, and what is refused.

use std::collections::BTreeMap;

use muster::image::layers::{Body, Entry, Inode, LIMITS, Limits, Tree};
use proptest::prelude::*;

fn inode(body: Body) -> Entry {
    Entry::New(Inode {
        body,
        mode: 0o755,
        uid: 0,
        gid: 0,
        mtime: (0, 0),
        xattrs: Vec::new(),
    })
}

fn file(content: u64) -> Entry {
    inode(Body::File { content, size: 1 })
}

fn folder() -> Entry {
    inode(Body::Folder)
}

fn link(target: &str) -> Entry {
    inode(Body::Symlink(target.into()))
}

/// A story: `+path` begins a layer entry; each inner list is a layer.
fn tree(layers: &[&[(&str, Entry)]]) -> Result<Tree, String> {
    let mut tree = Tree::new(LIMITS);
    for layer in layers {
        tree.next_layer();
        for (path, entry) in *layer {
            tree.put(path.as_bytes(), entry.clone())?;
        }
    }
    Ok(tree)
}

/// `path` of folders ends in a slash; files show the number of their content, links their target.
fn listing(tree: &Tree) -> Vec<String> {
    let line = |(path, inode): (&[u8], &Inode)| {
        let path = String::from_utf8_lossy(path);
        match &inode.body {
            Body::Folder => format!("{path}/"),
            Body::File { content, .. } => format!("{path} {content}"),
            Body::Symlink(target) => format!("{path} -> {}", String::from_utf8_lossy(target)),
            other => format!("{path} {other:?}"),
        }
    };
    tree.entries().skip(1).map(line).collect()
}

fn shows(layers: &[&[(&str, Entry)]]) -> Vec<String> {
    listing(&tree(layers).unwrap())
}

fn refuses(layers: &[&[(&str, Entry)]]) -> String {
    tree(layers).map(|tree| listing(&tree)).unwrap_err()
}

#[test]
fn a_later_layer_wins_and_keeps_what_it_does_not_name() {
    let shown = shows(&[
        &[("etc/", folder()), ("etc/a", file(1)), ("./etc/b", file(2))],
        &[("/etc/a", file(3))],
    ]);
    assert_eq!(shown, ["etc/", "etc/a 3", "etc/b 2"]);
}

#[test]
fn a_whiteout_hides_a_file_and_a_whole_folder() {
    let shown = shows(&[
        &[("a/b/c", file(1)), ("a/d", file(2)), ("a-b", file(3))],
        &[
            ("a/.wh.b", file(0)),
            ("a/.wh.d", file(0)),
            (".wh.nothing", file(0)),
        ],
    ]);
    assert_eq!(shown, ["a/", "a-b 3"]);
}

#[test]
fn an_opaque_folder_hides_what_is_below_it_and_nothing_of_its_own_layer() {
    let shown = shows(&[
        &[
            ("a/old", file(1)),
            ("a/both", file(2)),
            ("a/deep/old", file(3)),
        ],
        // In whichever order they come.
        &[
            ("a/new", file(4)),
            ("a/deep/new", file(6)),
            ("a/.wh..wh..opq", file(0)),
            ("a/both", file(5)),
        ],
    ]);
    assert_eq!(
        shown,
        ["a/", "a/both 5", "a/deep/", "a/deep/new 6", "a/new 4"]
    );
}

#[test]
fn a_whiteout_and_a_new_file_of_one_name_leave_the_new_one() {
    for swap in [false, true] {
        let mut layer = vec![("x", file(9)), (".wh.x", file(0))];
        if swap {
            layer.reverse();
        }
        assert_eq!(shows(&[&[("x/under", file(1))], &layer]), ["x 9"]);
    }
}

#[test]
fn a_folder_takes_the_place_of_a_file_and_the_other_way_round() {
    let shown = shows(&[
        &[("a", file(1)), ("b/c", file(2))],
        &[("a", folder()), ("a/x", file(3)), ("b", file(4))],
    ]);
    assert_eq!(shown, ["a/", "a/x 3", "b 4"]);
}

#[test]
fn files_below_a_link_go_where_it_leads_and_never_out() {
    let shown = shows(&[
        &[
            ("usr/lib", folder()),
            ("lib", link("usr/lib")),
            ("abs", link("/usr/lib")),
            ("up", link("../../../usr")),
        ],
        &[
            ("lib/a", file(1)),
            ("abs/b", file(2)),
            ("up/lib/c", file(3)),
        ],
    ]);
    assert_eq!(
        shown,
        [
            "abs -> /usr/lib",
            "lib -> usr/lib",
            "up -> ../../../usr",
            "usr/",
            "usr/lib/",
            "usr/lib/a 1",
            "usr/lib/b 2",
            "usr/lib/c 3"
        ]
    );
}

#[test]
fn hard_links_are_one_file_until_one_of_them_is_replaced() {
    let layers: &[&[(&str, Entry)]] = &[
        &[("a", file(1)), ("b", Entry::HardLink(b"a".to_vec()))],
        &[("c", Entry::HardLink(b"/b".to_vec())), ("a", file(2))],
    ];
    let tree = tree(layers).unwrap();
    assert_eq!(listing(&tree), ["a 2", "b 1", "c 1"]);
    let links: Vec<_> = tree.links().into_iter().collect();
    assert_eq!(links, [(&b"c"[..], &b"b"[..])]);
}

#[test]
fn what_is_hostile_or_contradicts_itself_is_refused_with_its_path() {
    let cases: &[(&[(&str, Entry)], &str)] = &[
        (
            &[("../etc/passwd", file(1))],
            "the path ../etc/passwd leads out of the image",
        ),
        (
            &[("a/../../b", file(1))],
            "the path a/../../b leads out of the image",
        ),
        (
            &[("a", file(1)), ("a/b", file(2))],
            "a/b lies below a, which is no folder",
        ),
        (
            &[("a", link("b")), ("b", link("a")), ("a/x", file(1))],
            "the links above a/x go round in a circle",
        ),
        (
            &[("a", link("nowhere")), ("a/x", file(1))],
            "a/x lies below the link a, which leads nowhere",
        ),
        (
            &[("h", Entry::HardLink(b"gone".to_vec()))],
            "the hard link h points to gone, which is not there",
        ),
        (
            &[("d", folder()), ("h", Entry::HardLink(b"d".to_vec()))],
            "the hard link h points to d, which is a folder",
        ),
        (
            &[("h", Entry::HardLink(b"../x".to_vec()))],
            "the path ../x leads out of the image",
        ),
        (&[(".wh.", file(1))], "the whiteout .wh. names no file"),
        (&[(".wh...", file(1))], "the whiteout .wh... names no file"),
        (&[("/", file(1))], "the root of the image is no folder"),
        (&[("a\0b", file(1))], "the path a\\0b holds a NUL"),
    ];
    for (layer, says) in cases {
        assert_eq!(refuses(&[layer]), *says);
    }
    let long = "x".repeat(300);
    assert!(refuses(&[&[(&long, file(1))]]).ends_with("is too long"));
}

#[test]
fn bookkeeping_of_other_file_systems_is_left_out() {
    let layer = [
        (".wh..wh.plnk/1.2", file(1)),
        (".wh..wh.aufs", file(2)),
        ("a", file(3)),
    ];
    assert_eq!(shows(&[&layer]), ["a 3"]);
    assert_eq!(
        refuses(&[&[(".wh.b/c", file(1))]]),
        ".wh.b/c lies below a whiteout"
    );
}

#[test]
fn limits_hold() {
    let limits = Limits {
        names: 3,
        bytes: 2,
        xattrs: 4,
    };
    let mut tree = Tree::new(limits);
    tree.put(b"a", file(1)).unwrap();
    tree.put(b"b", file(1)).unwrap();
    let says = tree.put(b"c", file(1)).unwrap_err();
    assert_eq!(says, "the image holds more than 2 bytes");
    tree.put(b"d", folder()).unwrap();
    let says = tree.put(b"e", folder()).unwrap_err();
    assert_eq!(says, "the image holds more than 3 files");
    let heavy = Entry::New(Inode {
        xattrs: vec![(b"user.x".to_vec(), b"y".to_vec())],
        ..Inode {
            body: Body::Folder,
            mode: 0,
            uid: 0,
            gid: 0,
            mtime: (0, 0),
            xattrs: Vec::new(),
        }
    });
    let says = tree.put(b"d", heavy).unwrap_err();
    assert_eq!(says, "the extended attributes of d are larger than 4 bytes");
}

#[test]
fn whiteouts_cannot_be_used_to_keep_us_busy() {
    let limits = Limits {
        names: 100,
        ..LIMITS
    };
    let mut tree = Tree::new(limits);
    tree.next_layer();
    for number in 0..90 {
        tree.put(format!("d/{number}").as_bytes(), file(number))
            .unwrap();
    }
    let mut says = Ok(());
    for _ in 0..100 {
        says = says.and_then(|()| tree.put(b"d/.wh..wh..opq", file(0)));
    }
    assert_eq!(
        says.unwrap_err(),
        "the whiteouts at d hide too much too often"
    );
}

/// What one entry of a random layer does.
#[derive(Debug, Clone)]
enum Step {
    File(usize),
    Folder(usize),
    Gone(usize),
    Opaque(usize),
}

const NAMES: [&str; 9] = [
    "a", "a/a", "a/b", "a/a/c", "b", "b/d", "b/d/e", "b/d/f", "a-b",
];

fn steps() -> impl Strategy<Value = Vec<Vec<Step>>> {
    let at = 0..NAMES.len();
    let step = prop_oneof![
        at.clone().prop_map(Step::File),
        at.clone().prop_map(Step::Folder),
        at.clone().prop_map(Step::Gone),
        at.prop_map(Step::Opaque),
    ];
    prop::collection::vec(prop::collection::vec(step, 0..6), 0..5)
}

/// The layers as a union file system would show them: one whole map a layer, and what it hides of the maps below. Gives nothing
/// for layers that say two things of one path.
fn union(layers: &[Vec<Step>]) -> Option<BTreeMap<String, Option<u64>>> {
    let mut shown: BTreeMap<String, Option<u64>> = BTreeMap::new();
    for (number, layer) in layers.iter().enumerate() {
        let mut own: BTreeMap<String, Option<u64>> = BTreeMap::new();
        for (place, step) in layer.iter().enumerate() {
            let (at, what) = match step {
                Step::File(at) => (NAMES[*at], Some((number * 10 + place) as u64)),
                Step::Folder(at) => (NAMES[*at], None),
                // Who hides something of a folder has the folder.
                Step::Gone(at) => {
                    let (parent, _) = NAMES[*at].rsplit_once('/').unwrap_or(("", ""));
                    let known = parent.is_empty() || shown.get(parent) == Some(&None);
                    known.then_some(())?;
                    continue;
                }
                Step::Opaque(at) => {
                    (shown.get(NAMES[*at]) == Some(&None)).then_some(())?;
                    continue;
                }
            };
            if own.insert(at.into(), what).is_some() {
                return None;
            }
        }
        for path in own.clone().keys() {
            for (end, _) in path.match_indices('/') {
                if own.entry(path[..end].to_owned()).or_insert(None).is_some() {
                    return None;
                }
            }
        }
        // Nor does any hide something in what it makes a file.
        for step in layer {
            if let Step::Gone(at) | Step::Opaque(at) = step {
                let folders = NAMES[*at]
                    .match_indices('/')
                    .map(|(end, _)| &NAMES[*at][..end]);
                let itself = matches!(step, Step::Opaque(_)).then_some(NAMES[*at]);
                if folders
                    .chain(itself)
                    .any(|path| matches!(own.get(path), Some(Some(_))))
                {
                    return None;
                }
            }
        }
        let mut next = shown.clone();
        let mut drop = |root: &str, itself: bool| {
            next.retain(|path, _| {
                !(itself && path == root
                    || path
                        .strip_prefix(root)
                        .is_some_and(|rest| rest.starts_with('/')))
            });
        };
        for step in layer {
            match step {
                Step::Gone(at) => drop(NAMES[*at], true),
                Step::Opaque(at) => drop(NAMES[*at], false),
                _ => {}
            }
        }
        for (path, what) in &own {
            if what.is_some() {
                drop(path, true);
            }
        }
        // A file of a lower layer above something of this one: no tool makes that, and it is refused.
        for path in own.keys() {
            for (end, _) in path.match_indices('/') {
                if matches!(shown.get(&path[..end]), Some(Some(_))) {
                    return None;
                }
            }
        }
        next.extend(own);
        shown = next;
    }
    Some(shown)
}

proptest! {
    #[test]
    fn layers_show_what_a_union_of_them_would(layers in steps()) {
        let Some(wanted) = union(&layers) else { return Ok(()); };
        let mut tree = Tree::new(LIMITS);
        for (number, layer) in layers.iter().enumerate() {
            tree.next_layer();
            for (place, step) in layer.iter().enumerate() {
                let hidden = |at: usize| match NAMES[at].rsplit_once('/') {
                    Some((folder, name)) => format!("{folder}/.wh.{name}"),
                    None => format!(".wh.{}", NAMES[at]),
                };
                let (path, entry) = match step {
                    Step::File(at) => (NAMES[*at].to_owned(), file((number * 10 + place) as u64)),
                    Step::Folder(at) => (NAMES[*at].to_owned(), folder()),
                    Step::Gone(at) => (hidden(*at), file(0)),
                    Step::Opaque(at) => (format!("{}/.wh..wh..opq", NAMES[*at]), file(0)),
                };
                prop_assert_eq!(tree.put(path.as_bytes(), entry), Ok(()));
            }
        }
        let shown: BTreeMap<String, Option<u64>> = tree.entries().skip(1).map(|(path, inode)| {
            let what = match inode.body {
                Body::File { content, .. } => Some(content),
                _ => None,
            };
            (String::from_utf8_lossy(path).into_owned(), what)
        }).collect();
        prop_assert_eq!(shown, wanted);
    }
}
