//! A site's own iPXE scripts and rendered files, over a real server.

use std::path::Path;

use muster::fleet::{Part, Step, What};

use super::http_served::{ID, Served};

fn write(served: &Served, path: &str, text: &str) {
    let path = served.folder.path().join(path);
    std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).unwrap();
    std::fs::write(path, text).unwrap();
}

fn script(served: &Served) -> String {
    let answer = served.get(&format!("/ipxe/{ID}"), "");
    assert_eq!(answer.status, 200);
    answer.text()
}

const MINE: &str = "#!ipxe\necho {{ node.name }} of {{ node.tags.owner | default(value=\"nobody\") }}\n\
    kernel {{ boot.url }}/kernel/{{ boot.id }}{{ boot.query }} wwid={{ boot.mac }} {{ boot.args }} || goto failed\nboot\n{{ boot.tail }}";

#[test]
fn a_template_of_the_site_becomes_the_nodes_script() {
    let served = Served::start(4);
    write(&served, "ipxe/mine.ipxe.tera", MINE);
    served.changes(|node| {
        node.ipxe = Some("mine".into());
        node.tags
            .insert("owner".into(), "ana && shell || ${net0/mac} # x".into());
    });
    let text = script(&served);
    let at = served.at;
    let lines: Vec<&str> = text.lines().take(4).collect();
    assert_eq!(lines[0], "#!ipxe");
    assert_eq!(
        lines[1], "echo n1 of ana shell x",
        "no value becomes a command"
    );
    assert_eq!(
        lines[2],
        format!(
            "kernel http://{at}/kernel/{ID} wwid=52:54:00:00:00:01 quiet console=ttyS0,115200 || goto failed"
        )
    );
    assert!(
        text.contains("\n:failed\n") && text.contains("${backoff}"),
        "{text}"
    );

    // A hand edit is seen at the next request.
    write(&served, "ipxe/mine.ipxe.tera", "#!ipxe\necho second\n");
    assert_eq!(script(&served), "#!ipxe\necho second\n");
    // Without a suffix for a template it is sent as it is.
    std::fs::remove_file(served.folder.path().join("ipxe/mine.ipxe.tera")).unwrap();
    write(&served, "ipxe/mine.ipxe", "#!ipxe\necho ${net0/mac}\n");
    assert_eq!(script(&served), "#!ipxe\necho ${net0/mac}\n");
}

#[test]
fn a_script_that_cannot_be_made_holds_the_node_and_says_why() {
    let mut served = Served::start(4);
    served.changes(|node| node.ipxe = Some("mine".into()));
    let cases = [
        (
            "ipxe/mine.ipxe",
            "#!ipxe\necho {{.Hostnam}}\n",
            "mine.ipxe:2:8: ",
        ),
        (
            "ipxe/mine.ipxe.tera",
            "#!ipxe\n{{ node.nmae }}",
            "did you mean",
        ),
        (
            "ipxe/mine.ipxe.tera",
            "#!ipxe\n{% if %}",
            "mine.ipxe.tera:2:",
        ),
        (
            "ipxe/mine.ipxe.tera",
            "echo no magic",
            "does not begin with",
        ),
        ("ipxe/mine.ipxe.tera", "{{ abort() }}", "makes nothing"),
        (
            "ipxe/mine.ipxe.tera",
            "#!ipxe\n{{ file(path=\"a\") }}x{{ file(path=\"b\") }}",
            "several files",
        ),
    ];
    for (file, text, why) in cases {
        write(&served, file, text);
        let text = script(&served);
        assert!(
            text.starts_with("#!ipxe") && text.contains(why),
            "{file}: {text}"
        );
        assert!(text.contains(":retry"), "it asks again: {text}");
        let (part, status) = served.event(|event| match &event.what {
            What::Transfer(transfer) => match &transfer.step {
                Step::Refused { status, .. } => Some((transfer.part, *status)),
                _ => None,
            },
            _ => None,
        });
        assert_eq!((part, status), (Part::Script, 404));
    }
}

#[test]
fn a_broken_script_of_a_built_in_name_leaves_the_built_in_in_force() {
    let mut served = Served::start(4);
    write(&served, "ipxe/default.ipxe", "#!ipxe\n{{- range .NetDevs}}");
    let text = script(&served);
    assert!(text.contains("boot kernel || goto failed"), "{text}");
    let told = served.event(|event| match &event.what {
        What::Service { text, .. } => Some(text.clone()),
        _ => None,
    });
    assert!(
        told.contains("default.ipxe:2:5: range has no {{end}}"),
        "{told}"
    );
    write(&served, "ipxe/default.ipxe.tera", "#!ipxe\necho ours\n");
    assert_eq!(script(&served), "#!ipxe\necho ours\n");
    // A name that is no file name is not looked for.
    served.changes(|node| node.ipxe = Some("../ipxe/default".into()));
    assert!(script(&served).contains("there is no iPXE script"));
}

#[test]
fn files_are_rendered_for_who_asks() {
    let served = Served::start(4);
    write(
        &served,
        "files/etc/motd.tera",
        "welcome to {{ node.name }}\n",
    );
    write(&served, "files/etc/old.ww", "{{.Id}}");
    write(&served, "files/etc/plain", "plain");
    write(&served, "files/etc/broken.tera", "\n{{ node.nmae }}");
    write(&served, "files/etc/none.tera", "{{ abort() }}");
    write(
        &served,
        "files/etc/with.tera",
        "{{ include_file(path=\"/etc/passwd\") }}",
    );
    std::os::unix::fs::symlink("/etc/passwd", served.folder.path().join("files/out.tera")).unwrap();
    let cases = [
        ("/files/etc/motd?render", 200, "welcome to n1\n"),
        ("/files/etc/motd.tera?render=n1", 200, "welcome to n1\n"),
        ("/files/etc/motd.tera", 200, "welcome to {{ node.name }}\n"),
        ("/files/etc/motd?render=n2", 400, "that is n1, not n2"),
        ("/files/etc/old?render", 200, "n1"),
        ("/files/etc/old.ww?render", 200, "n1"),
        ("/files/etc/old.ww", 200, "{{.Id}}"),
        (
            "/files/etc/plain?render",
            400,
            "there is no etc/plain.tera or etc/plain.ww",
        ),
        ("/files/etc/nothing?render", 404, "neither etc/nothing"),
        ("/files/etc?render", 404, "neither etc"),
        ("/files/etc/none?render", 404, "makes nothing for n1"),
        (
            "/files/etc/broken?render",
            500,
            "etc/broken.tera:2:9: Field `nmae`",
        ),
        ("/files/etc/with?render", 500, "may not include /etc/passwd"),
        ("/files/out?render", 404, "neither out"),
    ];
    for (path, status, says) in cases {
        let answer = served.get(path, "");
        let text = answer.text();
        assert_eq!(answer.status, status, "{path}: {text}");
        assert!(text.contains(says), "{path}: {text}");
    }
    let answer = served.get("/files/etc/motd?render", "");
    assert_eq!(
        answer.header("content-type"),
        Some("application/octet-stream")
    );
    let head = super::http_served::head(&served, "/files/etc/motd?render");
    assert_eq!((head.status, head.body.len()), (200, 0));
}

/// What nobody in the registry asks must not push out the events of nodes.
#[test]
fn strangers_cause_so_many_events_and_no_more() {
    let mut served = Served::start(4);
    for at in 0..2000u32 {
        let path = format!("/ipxe/02-00-00-00-{:02x}-{:02x}", at >> 8, at & 255);
        assert_eq!(served.get(&path, "").status, 200);
    }
    assert_eq!(served.get(&format!("/kernel/{ID}"), "").status, 200);
    let (mut strangers, mut told) = (0, false);
    while let Ok(event) = served.events.try_recv() {
        match &event.what {
            What::Transfer(transfer) if transfer.part == Part::Script => strangers += 1,
            What::Service { text, .. } => told |= text.contains("too many at once"),
            _ => {}
        }
    }
    // 512 at once and 100 a second after that, two events each.
    assert!(
        (1000..2 * (512 + 100 * 20)).contains(&strangers),
        "{strangers}"
    );
    assert!(told || strangers == 4000, "{strangers}");
}
