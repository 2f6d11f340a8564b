//! Every event in one line.

use muster::fleet::{
    Arch, Beacon, DhcpEvent, DhcpStep, Event, Fleet, Form, Part, Step, What, Who, clean,
};
use muster::model::{Fault, Level};

use crate::support::world::{Voice, at, view};

fn server(what: What) -> Event {
    Event {
        at: at(0),
        who: Who::Server,
        boot: None,
        what,
    }
}

#[test]
fn each_kind_of_event_has_its_words() {
    let v = Voice::new(0, 1);
    let refused = Step::Refused {
        status: 404,
        why: "not built since r410".into(),
    };
    let cases = [
        (
            v.dhcp(0, Form::Pxe, DhcpStep::Discover, None),
            "dhcp",
            Level::Debug,
            "DISCOVER via eno1 (PXE, UEFI x64)",
        ),
        (
            v.dhcp(0, Form::Pxe, DhcpStep::Offer, Some("snponly.efi")),
            "dhcp",
            Level::Debug,
            "OFFER 10.4.1.1 via eno1 · snponly.efi",
        ),
        (
            v.dhcp(0, Form::Pxe, DhcpStep::Unanswered, Some("pool is full")),
            "dhcp",
            Level::Warning,
            "not answered via eno1: pool is full",
        ),
        (
            v.dhcp(0, Form::Pxe, DhcpStep::Decline, None),
            "dhcp",
            Level::Warning,
            "DECLINE 10.4.1.1 via eno1: the client found the address in use",
        ),
        (
            v.begins(0, 1, Part::Image, 1_600_000_000),
            "http",
            Level::Debug,
            "image begins · 1.6 GB",
        ),
        (
            v.ends(0, 1, Part::Image, 1_600_000_000, 14_000),
            "http",
            Level::Info,
            "image done · 1.6 GB in 14 s · 114 MB/s",
        ),
        (
            v.breaks(0, 1, Part::Image, 40_000_000, "connection reset"),
            "http",
            Level::Warning,
            "image broke off after 40 MB: connection reset",
        ),
        (
            v.transfer(0, 1, Part::Image, "/image/rocky9-gpu", refused.clone()),
            "http",
            Level::Error,
            "image refused: 404 not built since r410",
        ),
        (
            v.transfer(
                0,
                1,
                Part::Loader,
                "snponly.efi",
                Step::Broken {
                    sent: 0,
                    why: "client aborted: User aborted the transfer".into(),
                },
            ),
            "tftp",
            Level::Debug,
            "loader snponly.efi: asked for its size",
        ),
        (
            v.dhcp(
                0,
                Form::Ipxe,
                DhcpStep::Ack,
                Some("http://10.4.0.1:9873/ipxe/52-54-00-00-00-00?uuid=${uuid}"),
            ),
            "dhcp",
            Level::Info,
            "ACK 10.4.1.1 via eno1 · script from 10.4.0.1:9873",
        ),
        (
            v.ends(0, 1, Part::Runtime, 900, 3),
            "http",
            Level::Debug,
            "runtime overlay done · 900 B",
        ),
        (
            v.dhcp(0, Form::Pxe, DhcpStep::Ack, None),
            "dhcp",
            Level::Info,
            "ACK 10.4.1.1 via eno1 · snponly.efi",
        ),
        (
            v.beacon(0, Beacon::InitStarted),
            "beacon",
            Level::Info,
            "init started",
        ),
        (
            v.beacon(0, Beacon::Failed("no root".into())),
            "beacon",
            Level::Error,
            "failed: no root",
        ),
        (
            v.event(
                0,
                What::Beacon {
                    beacon: Beacon::RootReady,
                    queued_ms: 12_000,
                },
            ),
            "beacon",
            Level::Info,
            "root ready (reported 12 s later)",
        ),
        (
            server(What::Change {
                revision: 412,
                by: "ana".into(),
                text: "kernel.args on 96 nodes".into(),
            }),
            "edit",
            Level::Info,
            "r412 by ana: kernel.args on 96 nodes",
        ),
        (
            server(What::Fault(Fault::warning("unknown key `ipadr`"))),
            "fault",
            Level::Warning,
            "unknown key `ipadr`",
        ),
        (
            server(What::Service {
                name: "tftp".into(),
                level: Level::Error,
                text: "port 69 is held by dnsmasq (pid 812)".into(),
            }),
            "service",
            Level::Error,
            "tftp: port 69 is held by dnsmasq (pid 812)",
        ),
        (
            server(What::Rival {
                server: [10, 4, 0, 99].into(),
                via: "eno1".into(),
                what: "offered 10.4.0.17".into(),
            }),
            "dhcp",
            Level::Warning,
            "another DHCP server, 10.4.0.99 on eno1: offered 10.4.0.17",
        ),
    ];
    for (event, kind, level, text) in cases {
        assert_eq!(
            (event.kind(), event.level(), event.text().as_str()),
            (kind, level, text)
        );
    }
}

#[test]
fn the_fleet_adds_what_one_event_cannot_tell() {
    let view = view(1);
    let mut fleet = Fleet::new();
    fleet.registry(&view);
    let v = Voice::new(0, 1);
    let mut lines = Vec::new();
    for n in 0..4 {
        for step in [DhcpStep::Discover, DhcpStep::Offer] {
            let event = v.dhcp(n * 4_000, Form::Pxe, step, None);
            fleet.absorb(&event, &view);
            if step == DhcpStep::Offer {
                lines.push(fleet.line(&event));
            }
        }
    }
    assert_eq!(lines[0], "OFFER 10.4.1.1 via eno1");
    assert_eq!(lines[3], "OFFER 10.4.1.1 via eno1 → no REQUEST (3rd)");
    for event in v.boots(0) {
        fleet.absorb(&event, &view);
        if event.text() == "image begins · 900 MB" {
            assert_eq!(fleet.line(&event), "image rocky9 begins · 900 MB");
        }
        if event.text() == "up" {
            assert_eq!(fleet.line(&event), "up after 38 s");
        }
    }
}

#[test]
fn foreign_text_cannot_write_to_the_terminal() {
    assert_eq!(clean("a\x1b[2Jb\nc\u{202e}d"), "a·[2Jb·c·d");
    assert_eq!(clean(&"x".repeat(10_000)).chars().count(), 241);
    let event = server(What::Dhcp(DhcpEvent {
        step: DhcpStep::Unanswered,
        form: Form::Pxe,
        arch: Some(Arch(0)),
        ip: None,
        via: "eno1".into(),
        uuid: None,
        note: Some("bad \x1b]0;title\x07 name".into()),
    }));
    assert_eq!(event.text(), "not answered via eno1: bad ·]0;title· name");
}
