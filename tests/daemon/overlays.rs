//! A broken template of a site overlay in a running muster: named on the Board, the last good archive served meanwhile, and gone
//! once it is mended.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use super::world::{World, mac_of, secs, until};

/// Status and body of `/system/<mac>`, with the archive's text as it is.
fn system(world: &World, n: u32) -> (u16, Vec<u8>) {
    let mut stream = TcpStream::connect(("127.0.0.1", world.ports.http)).unwrap();
    stream.set_read_timeout(Some(secs(20))).unwrap();
    let request = format!(
        "GET /system/{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        mac_of(n)
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let body = answer.split_off(end.unwrap() + 4);
    let head = String::from_utf8_lossy(&answer).into_owned();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body)
}

fn holds(body: &[u8], text: &str) -> bool {
    body.windows(text.len()).any(|part| part == text.as_bytes())
}

#[test]
fn a_broken_template_is_told_and_its_mending_is_seen() {
    let world = World::new(2);
    world.configure("access: compatible\n");
    let text = fs::read_to_string(world.conf("nodes.conf")).unwrap();
    world.write_registry(&text.replace(
        "{image name: small}",
        "{image name: small, system overlay: [site]}",
    ));
    let template = world.conf("../../var/lib/muster/overlays/site/rootfs/etc/motd.tera");
    fs::create_dir_all(template.parent().unwrap()).unwrap();
    fs::write(&template, "This is {{ node.name }}.\n").unwrap();
    let daemon = world.serve();
    let log = || daemon.log();

    let (status, body) = system(&world, 1);
    assert_eq!(status, 200, "{}", log());
    assert!(holds(&body, "This is n1."));

    fs::write(&template, "Hello\nThis is {{ node.nam }}.\n").unwrap();
    let (status, body) = system(&world, 1);
    assert_eq!(status, 200, "the last good archive is served");
    assert!(holds(&body, "This is n1."));
    let (status, body) = system(&world, 2);
    assert_eq!(status, 500, "{}", String::from_utf8_lossy(&body));
    assert!(
        holds(&body, "motd.tera:2:"),
        "{}",
        String::from_utf8_lossy(&body)
    );

    let told = || world.status().unwrap_or_default()["faults"].to_string();
    until(secs(10), "the fault is told", || {
        told().contains("motd.tera")
    });
    let shown = world.run(&["status"]);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned()
        + &String::from_utf8_lossy(&shown.stderr);
    for part in [
        "site/rootfs/etc/motd.tera:2:",
        "node n1",
        "did you mean `name`",
    ] {
        assert!(shown.contains(part), "no {part} in:\n{shown}");
    }
    assert_eq!(
        shown.matches("motd.tera").count(),
        1,
        "once for all nodes:\n{shown}"
    );

    // Still wrong, elsewhere: the list says what is wrong now, without a node having asked.
    fs::write(&template, "{{ server.adress }}\n").unwrap();
    until(secs(10), "the new fault is told instead", || {
        told().contains("adress") && !told().contains("node.nam")
    });
    fs::write(&template, "Fine, {{ node.name }}.\n").unwrap();
    until(secs(10), "the fault is gone", || {
        !told().contains("motd.tera")
    });
    for n in [1, 2] {
        let (status, body) = system(&world, n);
        assert_eq!(status, 200, "{}", log());
        assert!(holds(&body, &format!("Fine, n{n}.")));
    }
}
