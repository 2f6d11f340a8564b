//! Overlays looked at by verbs and clients: what there is, what it makes, what differs and what fails; the same with a daemon and
//! without one; and news of every change on the disk.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::process::Output;

use serde_json::{Value, json};

use super::control::{http, next_line, watcher};
use super::world::{World, secs, until};

/// Three nodes with shipped overlays and one of the site, which has a template of many files and a plain script.
fn world() -> World {
    let world = World::new(3);
    let text = fs::read_to_string(world.conf("nodes.conf")).unwrap();
    let lists =
        "{image name: small, system overlay: [hostname, hosts, site], runtime overlay: [site]}";
    let text = text.replace("{image name: small}", lists);
    world.write_registry(&(text + "  spare: {runtime overlay: [hosts]}\n"));
    write(
        &world,
        "site/rootfs/etc/motd.tera",
        "This is {{ node.name }}.\n",
    );
    write(
        &world,
        "site/rootfs/etc/many.tera",
        "{{ file(path=\"one\", mode=\"0600\") }}first\n{{ file(path=\"/opt/two\") }}second\n{{ symlink(target=\"one\") }}",
    );
    write(&world, "site/rootfs/etc/tool", "#!/bin/sh\n");
    fs::set_permissions(
        place(&world, "site/rootfs/etc/tool"),
        fs::Permissions::from_mode(0o750),
    )
    .unwrap();
    world
}

fn place(world: &World, path: &str) -> PathBuf {
    world.root().join("var/lib/muster/overlays").join(path)
}

fn write(world: &World, path: &str, text: &str) {
    let path = place(world, path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn good(world: &World, args: &[&str]) -> String {
    let out = world.run(args);
    assert!(out.status.success(), "{args:?}: {out:?}");
    String::from_utf8(out.stdout).unwrap()
}

fn bad(world: &World, args: &[&str]) -> String {
    let out = world.run(args);
    assert_eq!(out.status.code(), Some(1), "{args:?}: {out:?}");
    String::from_utf8(out.stderr).unwrap()
}

fn holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part:?} in:\n{text}");
    }
}

/// What is asked of overlays at the socket.
fn asked(world: &World, what: &Value) -> (u16, Value) {
    http(world, "POST", "/v1/overlay", what.to_string().as_bytes())
}

#[test]
fn verbs_say_the_same_with_a_daemon_and_without() {
    let world = world();
    let verbs: &[&[&str]] = &[
        &["overlay", "list"],
        &["overlay", "list", "--json"],
        &["overlay", "ls", "-l", "site", "host*"],
        &["overlay", "list", "sit"],
        &["overlay", "show", "site"],
        &["overlay", "show", "site", "--json"],
        &["overlay", "show", "hosts", "/etc/hosts.tera"],
        &["overlay", "show", "hosts", "etc/none"],
        &["overlay", "show", "host"],
        &["overlay", "show", "site", "etc/motd", "-r", "n2"],
        &["overlay", "render", "n1", "site"],
        &["overlay", "render", "n1", "site", "--json"],
        &["overlay", "render", "n9", "site"],
        &["overlay", "render", "n1", "site", "etc/nope"],
        &["overlay", "diff", "site"],
        &["overlay", "diff", "hosts"],
        &["overlay", "diff", "site", "--nodes", "n[1-3]"],
        &["overlay", "check"],
        &["overlay", "check", "site", "-w", "n1,n2", "--json"],
        &["overlay", "check", "nothing"],
        &["overlay", "vars"],
    ];
    let all = |world: &World| -> Vec<Output> { verbs.iter().map(|verb| world.run(verb)).collect() };
    let without = all(&world);
    let daemon = world.serve();
    for ((verb, one), other) in verbs.iter().zip(without).zip(all(&world)) {
        assert_eq!(one, other, "{verb:?}\n{}", daemon.log());
        assert!(!one.stdout.is_empty() || !one.stderr.is_empty(), "{verb:?}");
    }
}

#[test]
fn what_there_is() {
    let world = world();
    let list = good(&world, &["overlay", "list"]);
    holds(
        &list,
        &["NAME", "site", "hosts", "/etc/hosts with this server"],
    );
    assert!(!list.contains("COPY"), "there is no copy:\n{list}");
    let rows: Value = serde_json::from_str(&good(&world, &["overlay", "list", "--json"])).unwrap();
    let row = |name: &str| {
        rows.as_array()
            .unwrap()
            .iter()
            .find(|row| row["name"] == name)
            .cloned()
            .unwrap()
    };
    let site = row("site");
    assert_eq!(
        (&site["origin"], &site["files"], &site["templates"]),
        (&json!("site"), &json!(3), &json!(2))
    );
    assert_eq!((&site["system"], &site["runtime"]), (&json!(3), &json!(3)));
    assert_eq!(
        (&row("hosts")["system"], &row("hosts")["runtime"]),
        (&json!(3), &json!(1))
    );
    let shown = good(&world, &["overlay", "show", "site"]);
    holds(
        &shown,
        &[
            "system overlay of profile default, 3 nodes",
            "0750",
            "etc/tool",
            "etc/motd.tera",
        ],
    );
    let shown = good(&world, &["overlay", "show", "hosts"]);
    holds(&shown, &["runtime overlay of node spare", "inside muster"]);
    assert_eq!(
        good(&world, &["overlay", "show", "site", "etc/motd.tera"]),
        "This is {{ node.name }}.\n"
    );
    holds(
        &bad(&world, &["overlay", "show", "sites"]),
        &["there is no overlay sites", "did you mean `site`"],
    );
    holds(
        &bad(&world, &["overlay", "show", "site", "etc/motd"]),
        &["no file etc/motd", "did you mean `etc/motd.tera`?"],
    );
    holds(
        &good(&world, &["overlay", "build", "-N", "hosts"]),
        &["nothing is built"],
    );
}

#[test]
fn what_it_makes() {
    let world = world();
    let all = good(&world, &["overlay", "render", "n2", "site"]);
    for part in [
        "==> /etc/motd 0644 ",
        "<==\nThis is n2.\n",
        "==> /etc/one 0600 ",
        "==> /opt/two -> one <==",
        "==> /etc/tool 0750 ",
    ] {
        holds(&all, &[part]);
    }
    assert_eq!(
        good(&world, &["overlay", "render", "n2", "site", "etc/motd"]),
        "This is n2.\n"
    );
    assert_eq!(
        good(&world, &["overlay", "render", "n2", "site", "/etc/tool"]),
        "#!/bin/sh\n"
    );
    let two = good(
        &world,
        &["overlay", "render", "n2", "site", "etc/many.tera", "--json"],
    );
    let two: Value = serde_json::from_str(&two).unwrap();
    let one = |path: &str, content: Value, mode: u32, symlink: Value| {
        let (uid, gid) = (
            nix::unistd::getuid().as_raw(),
            nix::unistd::getgid().as_raw(),
        );
        json!({"path": path, "content": content, "mode": mode, "uid": uid, "gid": gid, "symlink": symlink, "backup": false})
    };
    let expected = json!([
        one("/etc/one", json!("first\n"), 0o600, json!(null)),
        one("/opt/two", json!(null), 0o777, json!("one"))
    ]);
    assert_eq!(two, expected);
    write(
        &world,
        "site/rootfs/etc/motd.tera",
        "Hello\nThis is {{ node.nam }}.\n",
    );
    let out = world.run(&["overlay", "render", "n2", "site"]);
    assert_eq!(out.status.code(), Some(1));
    holds(
        &String::from_utf8_lossy(&out.stdout),
        &["==> /etc/tool", "==> /etc/one"],
    );
    let told = String::from_utf8_lossy(&out.stderr).into_owned();
    holds(
        &told,
        &[
            "site/rootfs/etc/motd.tera:2:",
            "node n2",
            "did you mean `name`",
            "overlay site fails for node n2: 1 error",
        ],
    );
}

#[test]
fn what_differs() {
    let world = world();
    holds(
        &good(&world, &["overlay", "diff", "hosts"]),
        &["as shipped: the site has no copy"],
    );
    holds(
        &bad(&world, &["overlay", "diff", "site"]),
        &["the site's own"],
    );
    let shipped = good(&world, &["overlay", "show", "hosts", "etc/hosts.tera"]);
    let mut lines: Vec<&str> = shipped.lines().collect();
    lines.drain(0..3);
    write(
        &world,
        "hosts/rootfs/etc/hosts.tera",
        &(lines.join("\n") + "\n"),
    );
    let told = good(&world, &["overlay", "diff", "hosts"]);
    holds(
        &told,
        &[
            "your copy is behind the shipped one: 3 lines",
            "--- shipped/hosts/etc/hosts.tera",
            "+++ ",
            "\n-127.0.0.1 localhost",
        ],
    );
    holds(
        &good(&world, &["overlay", "list", "hosts"]),
        &["COPY", "-3 +0", "copy"],
    );
    holds(
        &good(&world, &["overlay", "show", "hosts"]),
        &["behind the shipped one: 3 lines", "changed"],
    );
    write(&world, "hosts/rootfs/etc/hosts.tera", &shipped);
    write(&world, "hosts/rootfs/etc/hosts.extra", "10.1.1.1 gate\n");
    let told = good(&world, &["overlay", "diff", "hosts"]);
    holds(
        &told,
        &[
            "1 line more than the shipped one",
            "--- /dev/null",
            "+10.1.1.1 gate",
        ],
    );
    let told = good(&world, &["overlay", "diff", "site", "--nodes", "n1,n2"]);
    holds(
        &told,
        &[
            "--- n1:/etc/motd",
            "+++ n2:/etc/motd",
            "-This is n1.",
            "+This is n2.",
        ],
    );
    assert!(
        !told.contains("/opt/two"),
        "what is the same is not told:\n{told}"
    );
    holds(
        &good(
            &world,
            &["overlay", "diff", "site", "etc/tool", "-w", "n[1-3]"],
        ),
        &["n[2-3] get the same as n1"],
    );
}

#[test]
fn what_fails_is_told_once_with_everybody_it_fails_for() {
    let world = world();
    holds(
        &good(&world, &["overlay", "check"]),
        &["4 nodes", "0 errors"],
    );
    write(
        &world,
        "site/rootfs/etc/rack.tera",
        "{{ node.tags.rack }}\n",
    );
    write(&world, "idle/rootfs/etc/x.tera", "{% if %}\n");
    let _daemon = world.serve();
    let out = world.run(&["overlay", "check"]);
    assert_eq!(out.status.code(), Some(1));
    let (said, told) = (
        String::from_utf8(out.stdout).unwrap(),
        String::from_utf8(out.stderr).unwrap(),
    );
    let line = said
        .lines()
        .find(|line| line.contains("rack.tera"))
        .unwrap();
    for part in [
        "error: ",
        "site/rootfs/etc/rack.tera:1:",
        "overlay site: ",
        "for what some nodes lack",
        ": n[1-3] (3 nodes)",
    ] {
        holds(line, &[part]);
    }
    holds(&said, &["idle/rootfs/etc/x.tera:1:", "overlay idle"]);
    holds(&told, &["4 nodes", "2 errors", "3 nodes would fail"]);
    assert_eq!(said.lines().count(), 2, "a line each:\n{said}");
    let found: Value = serde_json::from_slice(
        &world
            .run(&["overlay", "check", "site", "-w", "n1", "--json"])
            .stdout,
    )
    .unwrap();
    assert_eq!(
        (
            &found["rows"][0]["nodes"],
            &found["failing"],
            &found["nodes"]
        ),
        (&json!("n1"), &json!(1), &json!(1))
    );
    // What is being written counts, and is written nowhere.
    let draft = |text: &str| json!({"check": {"names": ["site"], "draft": {"path": "etc/rack.tera", "content": text}}});
    let (status, reply) = asked(&world, &draft("{{ node.name }}"));
    assert_eq!(
        (status, &reply["overlay"]["check"]["rows"]),
        (200, &json!([])),
        "{reply}"
    );
    // An overlay that is named is also looked at for whoever does not list it.
    let (_, reply) = asked(&world, &draft("{{ node.nope }}"));
    assert_eq!(reply["overlay"]["check"]["rows"][0]["count"], 4, "{reply}");
    let rendered = json!({"render": {"name": "site", "node": "n1", "file": "etc/new.tera", "draft": {"path": "etc/new.tera", "content": "for {{ node.name }}"}}});
    let (_, reply) = asked(&world, &rendered);
    assert_eq!(
        reply["overlay"]["render"]["files"][0]["content"], "for n1",
        "{reply}"
    );
    assert!(!place(&world, "site/rootfs/etc/new.tera").exists());
}

#[test]
fn nothing_outside_of_an_overlay_is_told() {
    let world = world();
    fs::write(world.root().join("var/lib/muster/secret"), "outside\n").unwrap();
    symlink("../../../..", place(&world, "site/rootfs/out")).unwrap();
    symlink("../../../../secret", place(&world, "site/rootfs/leaf")).unwrap();
    symlink("site", place(&world, "alias")).unwrap();
    let _daemon = world.serve();
    let names = [
        "",
        ".",
        "..",
        "../overlays/site",
        "site/",
        "a\0b",
        "-x",
        "alias",
    ];
    for name in names {
        let (status, reply) = asked(&world, &json!({"show": {"name": name}}));
        assert_eq!(status, 422, "{name:?}: {reply}");
        let (status, reply) = asked(&world, &json!({"render": {"name": name, "node": "n1"}}));
        assert_eq!(status, 422, "{name:?}: {reply}");
    }
    let odd = [
        "",
        "/",
        "../../secret",
        "etc/../../../secret",
        "/etc/motd.tera",
        "etc//motd.tera",
        "etc/",
        "a\0b",
        "./etc",
    ];
    for path in odd {
        let (status, reply) = asked(&world, &json!({"file": {"name": "site", "path": path}}));
        assert_eq!(status, 422, "{path:?}: {reply}");
        let draft = json!({"render": {"name": "site", "node": "n1", "draft": {"path": path, "content": ""}}});
        let (status, reply) = asked(&world, &draft);
        assert_eq!(status, 422, "{path:?}: {reply}");
    }
    for path in ["out/secret", "out/var/lib/muster/secret", "leaf", "leaf/x"] {
        let (status, reply) = asked(&world, &json!({"file": {"name": "site", "path": path}}));
        assert_eq!(
            (status, &reply["overlay"]["file"]["content"]),
            (200, &Value::Null),
            "{path}: {reply}"
        );
    }
    let (status, _) = http(
        &world,
        "GET",
        "/v1/overlays/site/files/%2e%2e/%2e%2e/secret",
        b"",
    );
    assert_eq!(status, 422);
    let bad = json!({"render": {"name": "site", "node": "n1", "draft": {"path": "x", "content": {"base64": "!"}}}});
    assert_eq!(asked(&world, &bad).0, 422);
    // Templates reach no further either; that is told as what they do.
    write(
        &world,
        "site/rootfs/etc/reach.tera",
        "{{ include_file(path=\"/etc/shadow\") }}",
    );
    let (_, reply) = asked(&world, &json!({"render": {"name": "site", "node": "n1"}}));
    let told = reply["overlay"]["render"]["faults"].to_string();
    holds(&told, &["may not include /etc/shadow"]);
}

#[test]
fn a_large_overlay_is_told_within_bounds() {
    let world = world();
    for n in 0..1500 {
        write(&world, &format!("large/rootfs/opt/d{}/f{n}", n % 7), "x\n");
    }
    let huge = vec![b'x'; 9 << 20];
    fs::write(place(&world, "large/rootfs/opt/huge"), &huge).unwrap();
    let _daemon = world.serve();
    let (_, reply) = asked(&world, &json!({"show": {"name": "large"}}));
    let detail = &reply["overlay"]["show"];
    assert_eq!(detail["item"]["files"], 1501);
    assert_eq!(detail["files"].as_array().unwrap().len(), 1501 + 8);
    let (_, reply) = asked(
        &world,
        &json!({"file": {"name": "large", "path": "opt/huge"}}),
    );
    let file = &reply["overlay"]["file"];
    assert_eq!(
        (&file["content"], &file["row"]["size"]),
        (&Value::Null, &json!(huge.len()))
    );
    holds(&file["faults"].to_string(), &["too large to be shown"]);
    assert_eq!(
        file["digest"].as_str().unwrap().len(),
        64,
        "it can be replaced all the same"
    );
}

/// The number in the snapshot.
fn seen(world: &World) -> u64 {
    let (_, reply) = http(world, "GET", "/v1/snapshot", b"");
    reply["snapshot"]["overlays"].as_u64().unwrap()
}

#[test]
fn clients_are_told_of_every_change_on_the_disk_and_of_no_other() {
    let world = world();
    let _daemon = world.serve();
    let mut stream = watcher(&world);
    // The database is written, and templates are read: neither is a change.
    let (status, _) = http(
        &world,
        "POST",
        "/v1/adopt",
        br#"{"mac": "02:00:00:00:00:77", "name": "n77"}"#,
    );
    assert_eq!(status, 200);
    good(&world, &["overlay", "check"]);
    until(secs(5), "the history is written", || {
        world.root().join("var/lib/muster/state.db").exists()
    });
    assert_eq!(seen(&world), 0);
    let mut last = 0;
    let mut next = |what: &str| {
        loop {
            // A change may be told more than once, and what is told of the one before may still be under way.
            let line: Value = serde_json::from_str(&next_line(&mut stream)).unwrap();
            if line["overlays"]
                .as_u64()
                .is_some_and(|number| number > last)
            {
                break;
            }
        }
        std::thread::sleep(secs(1));
        let now = seen(&world);
        assert!(now > last, "{what}");
        last = now;
    };
    write(&world, "site/rootfs/etc/motd.tera", "Other\n");
    next("a file");
    write(&world, "new/rootfs/a/b/c/d", "deep\n");
    next("an overlay");
    write(&world, "new/rootfs/a/b/c/d", "deeper\n");
    next("a file in a new folder");
    fs::set_permissions(
        place(&world, "new/rootfs/a/b"),
        fs::Permissions::from_mode(0o700),
    )
    .unwrap();
    next("a mode");
    fs::remove_dir_all(place(&world, "new")).unwrap();
    next("a removal");
    let included = world.root().join("var/lib/muster/files");
    fs::create_dir_all(&included).unwrap();
    next("a folder of what templates include");
    fs::write(included.join("x"), "x").unwrap();
    next("a file in it");
}
