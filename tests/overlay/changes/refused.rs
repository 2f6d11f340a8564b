//! What is refused, whole, and why.

use std::fs;
use std::os::unix::fs::symlink;

use muster::api::{OverlayCommand, OverlayReply, OverlayStep};
use muster::model::Fault;

use super::{Site, change, link, mkdir, mode, owner, relocate, remove, root, write};

fn said(faults: &[Fault]) -> String {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn says(faults: &[Fault], words: &[&str]) {
    let text = said(faults);
    for word in words {
        assert!(text.contains(word), "no {word:?} in: {text}");
    }
}

#[test]
fn paths_that_lead_out_of_the_overlay_or_are_none() {
    let site = Site::new();
    site.does("own", vec![OverlayStep::Create, write("etc/a", "a")]);
    let long = "x".repeat(256);
    let deep = "d/".repeat(70) + "f";
    let bad = [
        "",
        "/",
        ".",
        "..",
        "../x",
        "etc/../../x",
        "/etc/x",
        "etc//x",
        "etc/./x",
        "etc/",
        "a\0b",
        "a\nb",
        "a\u{1b}[31m",
        "a\u{202e}b",
        &long,
        &deep,
    ];
    for path in bad {
        site.refuses("own", vec![write(path, "x")]);
        site.refuses("own", vec![mkdir(path)]);
        site.refuses("own", vec![link(path, "x")]);
        site.refuses("own", vec![remove(path)]);
        site.refuses("own", vec![mode(path, 0o600)]);
        site.refuses("own", vec![relocate("etc/a", path)]);
        site.refuses("own", vec![relocate(path, "b")]);
    }
    for name in [
        "",
        ".",
        "..",
        "../own",
        "a/b",
        "-x",
        ".hidden",
        "a b",
        "a\nb",
        "ä",
        &"n".repeat(129),
    ] {
        site.refuses(name, vec![OverlayStep::Create]);
        site.refuses(name, vec![write("a", "x")]);
        site.refuses(name, vec![OverlayStep::Delete]);
    }
}

#[test]
fn nothing_is_done_through_a_link() {
    let site = Site::new();
    site.does("own", vec![OverlayStep::Create, write("real/a", "a")]);
    let outside = site.paths.state.join("outside");
    fs::create_dir_all(&outside).unwrap();
    fs::write(outside.join("secret"), "s").unwrap();
    symlink(&outside, site.file("own", "out")).unwrap();
    symlink(outside.join("secret"), site.file("own", "file")).unwrap();
    let faults = site.refuses("own", vec![write("out/new", "x")]);
    says(&faults, &["out is a link to", "own"]);
    says(
        &site.refuses("own", vec![write("file", "x")]),
        &["is a link to"],
    );
    site.refuses("own", vec![remove("out/secret")]);
    site.refuses("own", vec![mode("out/secret", 0o777)]);
    site.refuses("own", vec![owner("out/secret", 1, 1)]);
    site.refuses("own", vec![relocate("out/secret", "mine")]);
    site.refuses("own", vec![relocate("real/a", "out/a")]);
    site.refuses("own", vec![mode("file", 0o777)]);
    assert_eq!(fs::read_to_string(outside.join("secret")).unwrap(), "s");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
    // The link itself may go.
    site.does("own", vec![remove("out")]);
    assert!(outside.join("secret").exists());
}

#[test]
fn an_overlay_that_is_a_link_is_none() {
    let site = Site::new();
    let elsewhere = site.paths.state.join("elsewhere");
    fs::create_dir_all(elsewhere.join("rootfs")).unwrap();
    fs::create_dir_all(site.folder()).unwrap();
    symlink(&elsewhere, site.folder().join("own")).unwrap();
    says(
        &site.refuses("own", vec![OverlayStep::Create]),
        &["is no folder"],
    );
    site.refuses("own", vec![write("a", "x")]);
    symlink(&elsewhere, site.folder().join("hosts")).unwrap();
    site.refuses("hosts", vec![write("a", "x")]);
}

#[test]
fn what_does_not_fit_what_is_there() {
    let site = Site::new();
    site.does(
        "own",
        vec![
            OverlayStep::Create,
            write("etc/hosts.tera", "a"),
            write("etc/deep/b", "b"),
        ],
    );
    says(
        &site.refuses("own", vec![write("etc", "x")]),
        &["etc is a folder"],
    );
    says(
        &site.refuses("own", vec![write("etc/hosts.tera/x", "x")]),
        &["etc/hosts.tera is no folder"],
    );
    says(
        &site.refuses("own", vec![mkdir("etc/hosts.tera")]),
        &["is no folder"],
    );
    says(
        &site.refuses("own", vec![link("etc/deep", "x")]),
        &["is a folder"],
    );
    says(
        &site.refuses("own", vec![remove("etc/hosts")]),
        &["there is no etc/hosts", "did you mean `etc/hosts.tera`"],
    );
    says(
        &site.refuses("own", vec![mode("etc/deap/b", 0o600)]),
        &["did you mean `etc/deep/b`"],
    );
    says(
        &site.refuses("own", vec![mode("etc/deep", 0o10000)]),
        &["no mode"],
    );
    says(
        &site.refuses("own", vec![owner("etc/deep", u32::MAX, 0)]),
        &["nobody's number"],
    );
    says(
        &site.refuses("own", vec![relocate("etc", "etc/deep/etc")]),
        &["into itself"],
    );
    says(
        &site.refuses("own", vec![relocate("etc/deep", "etc/hosts.tera")]),
        &["there already"],
    );
    says(&site.refuses("own", vec![link("l", "")]), &["cannot point"]);
    says(&site.refuses("own", Vec::new()), &["nothing to do"]);
    // All that is wrong is told at once, and what was right is not done either.
    let faults = site.refuses(
        "own",
        vec![write("fine", "x"), remove("no1"), remove("no2")],
    );
    assert_eq!(faults.len(), 2, "{faults:?}");
}

#[test]
fn overlays_that_are_there_or_are_not() {
    let site = Site::new();
    says(
        &site.refuses("gpu", vec![write("a", "x")]),
        &["there is no overlay gpu", "overlay create gpu"],
    );
    says(
        &site.refuses("host", vec![write("a", "x")]),
        &["did you mean `hosts`"],
    );
    says(
        &site.refuses("hosts", vec![OverlayStep::Create]),
        &["shipped overlay hosts already"],
    );
    says(
        &site.refuses("hosts", vec![OverlayStep::Delete]),
        &["shipped inside muster"],
    );
    site.does("own", vec![OverlayStep::Create]);
    says(
        &site.refuses("own", vec![OverlayStep::Create]),
        &["already, in"],
    );
    says(
        &site.refuses("own", vec![OverlayStep::Copy]),
        &["already, in"],
    );
    // It is on the list of a profile, and nothing would take its place.
    let faults = site.refuses("own", vec![OverlayStep::Delete]);
    says(&faults, &["profile default list it", "off their lists"]);
    says(
        &site.refuses("own", vec![OverlayStep::Delete, write("a", "x")]),
        &["deleted alone"],
    );
    site.does("hosts", vec![OverlayStep::Copy]);
    site.does("hosts", vec![OverlayStep::Delete]);
}

#[test]
fn templates_that_do_not_compile_and_are_told_with_their_place() {
    let site = Site::new();
    site.does("own", vec![OverlayStep::Create]);
    let broken = write("etc/x.tera", "fine\n{% if node.id %}\n");
    let faults = site.refuses("own", vec![broken.clone()]);
    let spot = faults[0].spot.as_ref().unwrap();
    assert!(spot.file.ends_with("own/rootfs/etc/x.tera"), "{spot}");
    assert!(spot.line >= 2, "{spot}");
    let faults = site.refuses("own", vec![write("etc/y.ww", "{{ nonsense }}\n")]);
    says(&faults, &["nonsense"]);
    let mut command = change("own", vec![broken]);
    if let OverlayCommand::Change { force, .. } = &mut command {
        *force = true;
    }
    let OverlayReply::Change(outcome) = site.ask(command) else {
        panic!()
    };
    assert_eq!(outcome.warnings.len(), 1);
    // What was broken before does not stand in the way of other things.
    site.does("own", vec![write("etc/z", "z"), mode("etc/x.tera", 0o600)]);
}

#[test]
fn what_no_image_could_boot_with() {
    let site = Site::new();
    site.does("gpu", vec![OverlayStep::Create]);
    for step in [mkdir("lib"), write("sbin/x", "x"), write("bin", "x")] {
        let faults = site.refuses("gpu", vec![step]);
        says(&faults, &["would replace the link into /usr"]);
    }
    site.does("gpu", vec![link("lib", "usr/lib"), mkdir("usr/lib")]);
}

#[test]
fn more_than_an_overlay_may_hold() {
    let site = Site::new();
    site.does("own", vec![OverlayStep::Create]);
    let big = "x".repeat(40 << 20);
    site.does("own", vec![write("a", &big)]);
    says(&site.refuses("own", vec![write("b", &big)]), &["64 MiB"]);
    // What is too large by hand may shrink.
    fs::write(site.file("own", "c"), vec![0; 50 << 20]).unwrap();
    site.does("own", vec![remove("a")]);
}

#[test]
fn an_ordinary_user_gives_nothing_away() {
    if !root() {
        return;
    }
    use muster::overlay::edit::{Ground, Powers, Problem, Step, plan};
    let site = Site::new();
    let sources = muster::overlay::Sources::new(&site.paths.state);
    let powers = Powers {
        root: false,
        uid: 1000,
        groups: vec![100, 27],
    };
    let name = "hosts".into();
    let ground = Ground {
        name: &name,
        sources: &sources,
        files: &muster::daemon::files::Disk,
        powers: &powers,
        listed: &[],
        version: "1",
    };
    let give = |uid, gid| {
        let path = "etc/hosts.tera".to_owned();
        plan(&ground, &[Step::Owner { path, uid, gid }], None, false)
    };
    let Err(Problem::Faults(faults)) = give(Some(0), None) else {
        panic!()
    };
    says(&faults, &["only root gives files away"]);
    assert!(give(None, Some(33)).is_err());
    let plan = give(None, Some(27)).unwrap();
    assert_eq!(plan.rows[0].what, "owner 1000:100 → 1000:27");
    assert!(plan.warnings[0].what.contains("belong to uid 1000"));
}
