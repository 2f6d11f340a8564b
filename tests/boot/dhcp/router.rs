//! The empty router advertisement: to whom, and on which interfaces.

use muster::boot::ra::{is_solicitation, serves};

use super::world::{SERVER, ip, lan, network, settings};

#[test]
fn only_sound_solicitations_are_answered() {
    let bare = [133, 0, 0x7b, 0xb8, 0, 0, 0, 0];
    let with_address = [&bare[..], &[1, 1, 0x52, 0x54, 0, 0, 0, 1]].concat();
    let cases: [(&[u8], Option<i32>, bool); 10] = [
        (&bare, Some(255), true),
        (&with_address, Some(255), true),
        (&bare, Some(64), false),
        (&bare, None, false),
        (&[134, 0, 0, 0, 0, 0, 0, 0], Some(255), false),
        (&[133, 1, 0, 0, 0, 0, 0, 0], Some(255), false),
        (&bare[..7], Some(255), false),
        (&[], Some(255), false),
        (
            &[133, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
            Some(255),
            false,
        ),
        (
            &[133, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0],
            Some(255),
            false,
        ),
    ];
    for (packet, hops, sound) in cases {
        assert_eq!(is_solicitation(packet, hops), sound, "{packet:?} {hops:?}");
    }
}

#[test]
fn no_advertisement_leaves_a_network_that_is_not_served() {
    let view = lan();
    assert!(serves(&view.settings, "eno1", &[SERVER]));
    assert!(
        !serves(&view.settings, "eno2", &[SERVER]),
        "the network names its interface"
    );
    let mut free = settings(vec![network("x", "10.7.0.0/24", None)]);
    assert!(serves(&free, "br0", &[ip("10.7.0.1")]));
    assert!(!serves(&free, "br0", &[ip("10.8.0.1")]));
    assert!(!serves(&free, "lo", &[ip("10.7.0.1")]));
    free.dhcp.router_advertisement = false;
    assert!(!serves(&free, "br0", &[ip("10.7.0.1")]));
}
