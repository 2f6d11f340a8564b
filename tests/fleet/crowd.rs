//! Machines that nobody knows.

use muster::fleet::{Arch, CROWD, DhcpEvent, DhcpStep, Event, Fleet, Form, What, Who};
use muster::kit::Mac;

use crate::support::world::{at, mac, view};

fn asks(mac: Mac, ms: u64, form: Form, step: DhcpStep) -> Event {
    Event {
        at: at(ms),
        who: Who::Stranger(mac),
        boot: None,
        what: What::Dhcp(DhcpEvent {
            step,
            form,
            arch: Some(Arch(7)),
            ip: None,
            via: "eno1".into(),
            uuid: Some("4c4c4544-0000".into()),
            note: None,
        }),
    }
}

#[test]
fn a_stranger_is_listed_with_what_it_said() {
    let view = view(1);
    let mut fleet = Fleet::new();
    fleet.registry(&view);
    let new = mac(900);
    for ms in [0, 4_000, 8_000] {
        fleet.absorb(&asks(new, ms, Form::Pxe, DhcpStep::Discover), &view);
        fleet.absorb(&asks(new, ms + 1, Form::Pxe, DhcpStep::Unanswered), &view);
    }
    assert!(fleet.take_touched().strangers);
    let list = fleet.strangers();
    assert_eq!(list.len(), 1);
    let one = &list[0];
    assert_eq!((one.mac, one.asks, one.arch), (new, 3, Some(Arch(7))));
    assert_eq!((one.first, one.last), (at(0), at(8_001)));
    assert_eq!(&*one.via, "eno1");
}

#[test]
fn a_laptop_is_no_stranger_and_neither_is_a_node() {
    let view = view(1);
    let mut fleet = Fleet::new();
    fleet.registry(&view);
    fleet.absorb(&asks(mac(900), 0, Form::Os, DhcpStep::Discover), &view);
    fleet.absorb(&asks(mac(0), 0, Form::Pxe, DhcpStep::Discover), &view);
    assert!(fleet.strangers().is_empty());
    assert!(!fleet.take_touched().strangers);
}

#[test]
fn whoever_is_adopted_is_a_stranger_no_more() {
    let before = view(1);
    let mut fleet = Fleet::new();
    fleet.registry(&before);
    fleet.absorb(&asks(mac(1), 0, Form::Pxe, DhcpStep::Discover), &before);
    assert_eq!(fleet.strangers().len(), 1);
    fleet.take_touched();
    fleet.registry(&view(2));
    assert!(fleet.strangers().is_empty());
    assert!(fleet.take_touched().strangers);
}

#[test]
fn a_flood_of_invented_addresses_does_not_wash_out_real_machines() {
    let view = view(0);
    let mut fleet = Fleet::new();
    fleet.registry(&view);
    for real in 0..20 {
        for ms in [0, 2_000, 6_000] {
            fleet.absorb(
                &asks(mac(1_000_000 + real), ms, Form::Pxe, DhcpStep::Discover),
                &view,
            );
        }
    }
    for fake in 0..70_000_u32 {
        fleet.absorb(
            &asks(
                mac(2_000_000 + fake),
                10_000 + u64::from(fake),
                Form::Pxe,
                DhcpStep::Discover,
            ),
            &view,
        );
    }
    let list = fleet.strangers();
    assert_eq!(list.len(), CROWD);
    let real = list.iter().filter(|one| one.asks == 3).count();
    assert_eq!(real, 20);
    // Newest first: what asked last can be seen.
    assert_eq!(list[0].mac, mac(2_069_999));
}
