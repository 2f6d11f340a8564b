//! What of the timeline is news, and how it is told.

use std::net::{IpAddr, Ipv4Addr};

use muster::fleet::{
    Arch, Beacon, DhcpEvent, DhcpStep, Event, Form, Part, Proto, Step, TransferEvent, TransferId,
    What, Who, brief, headline,
};
use muster::model::NodeId;

use super::world::NOW;

fn event(what: What) -> Event {
    Event {
        at: NOW,
        who: Who::Node(NodeId(1)),
        boot: None,
        what,
    }
}

fn transfer(proto: Proto, part: Part, path: &str, step: Step) -> Event {
    event(What::Transfer(TransferEvent {
        id: TransferId(1),
        proto,
        part,
        path: path.into(),
        peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
        step,
    }))
}

fn dhcp(step: DhcpStep, note: Option<&str>) -> Event {
    event(What::Dhcp(DhcpEvent {
        step,
        form: Form::Pxe,
        arch: Some(Arch(7)),
        ip: None,
        via: "relay 10.4.0.1".into(),
        uuid: None,
        note: note.map(Into::into),
    }))
}

/// The news of an event, if it is any.
fn news(event: &Event, known: bool) -> Option<String> {
    let text = event.text();
    headline(event.kind(), event.level(), known, &text).then(|| brief(event.kind(), &text))
}

#[test]
fn a_transfer_is_at_most_one_piece_of_news() {
    let image = "/image/52:54:00:77:00:01?assetkey=&uuid=x";
    let started = Step::Started {
        size: Some(46_000_000),
        offset: 0,
    };
    let finished = Step::Finished {
        sent: 46_000_000,
        ms: 6_500,
    };
    assert_eq!(
        news(
            &transfer(Proto::Http, Part::Image, image, started.clone()),
            true
        ),
        None
    );
    assert_eq!(
        news(
            &transfer(Proto::Http, Part::Image, image, finished.clone()),
            true
        )
        .unwrap(),
        "image done · 46 MB in 6.5 s"
    );
    let older = "/provision/52:54:00:77:00:01?stage=image&x=1";
    assert!(
        news(
            &transfer(Proto::Http, Part::Image, older, finished.clone()),
            true
        )
        .is_some()
    );
    for (part, small) in [
        (Part::Script, "/ipxe/52:54:00:77:00:01"),
        (Part::Kernel, "/kernel/n1"),
        (Part::System, "/system/n1"),
    ] {
        assert_eq!(
            news(&transfer(Proto::Http, part, small, finished.clone()), true),
            None
        );
    }
    assert_eq!(
        news(
            &transfer(Proto::Tftp, Part::Loader, "snponly.efi", finished),
            true
        ),
        None
    );
}

#[test]
fn what_goes_wrong_is_told_with_its_reason_first() {
    let broken = Step::Broken {
        sent: 14_000_000,
        why: "the connection was closed".into(),
    };
    assert_eq!(
        news(
            &transfer(Proto::Http, Part::Image, "/image/n1", broken),
            true
        )
        .unwrap(),
        "image broke off: the connection was closed, after 14 MB"
    );
    let refused = Step::Refused {
        status: 404,
        why: "image rocky9 is not built".into(),
    };
    assert_eq!(
        news(
            &transfer(Proto::Http, Part::Image, "/image/n1", refused),
            true
        )
        .unwrap(),
        "image refused: 404 image rocky9 is not built"
    );
    assert_eq!(
        news(&dhcp(DhcpStep::Unanswered, Some("the pool is full")), true).unwrap(),
        "no answer: the pool is full"
    );
}

#[test]
fn packets_of_known_nodes_are_no_news() {
    for step in [
        DhcpStep::Discover,
        DhcpStep::Offer,
        DhcpStep::Request,
        DhcpStep::Ack,
    ] {
        assert_eq!(news(&dhcp(step, None), true), None);
    }
    assert!(news(&dhcp(DhcpStep::Discover, None), false).is_some());
    let beacon = |beacon| {
        event(What::Beacon {
            beacon,
            queued_ms: 0,
        })
    };
    assert_eq!(news(&beacon(Beacon::RootReady), true), None);
    assert_eq!(news(&beacon(Beacon::Up), true).unwrap(), "up");
    assert!(news(&beacon(Beacon::Failed("no carrier".into())), true).is_some());
    let change = event(What::Change {
        revision: 3,
        by: "ana".into(),
        text: "kernel.args on 96 nodes".into(),
    });
    assert_eq!(news(&change, true).unwrap(), "r3 kernel.args on 96 nodes");
}
