//! What a person is told at two in the morning.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use muster::fleet::{
    Arch, Beacon, Condition, DhcpStep, Event, Fleet, Form, Part, Stage, Step, TransferId, Verdict,
    What, Who, why,
};
use muster::kit::Stamp;
use muster::model::{Ipmi, Node, NodeId, View};

use crate::support::world::{Voice, at, node, view_of};

const N: NodeId = NodeId(0);

fn machine() -> Node {
    Node {
        ipmi: Ipmi {
            ipaddr: Some(Ipv4Addr::new(10, 9, 0, 138)),
            username: Some("admin".into()),
            ..Ipmi::default()
        },
        ..node(0)
    }
}

struct Story {
    fleet: Fleet,
    view: View,
}

impl Story {
    fn of(node: Node, events: impl IntoIterator<Item = Event>) -> Self {
        let view = view_of(vec![node]);
        let mut fleet = Fleet::new();
        fleet.registry(&view);
        for event in events {
            fleet.absorb(&event, &view);
        }
        Self { fleet, view }
    }

    fn heard(count: usize) -> Self {
        Self::of(machine(), Voice::new(0, 1).boots(0).into_iter().take(count))
    }

    fn then(mut self, events: impl IntoIterator<Item = Event>) -> Self {
        for event in events {
            self.fleet.absorb(&event, &self.view);
        }
        self
    }

    fn at(mut self, ms: u64) -> Verdict {
        self.fleet.tick(at(ms));
        why(&self.fleet, &self.view, N, at(ms))
    }
}

/// The verdict without its evidence, as lines.
fn told(verdict: &Verdict) -> String {
    let mut out = format!("{}\n", verdict.headline);
    for (label, line) in [
        ("expected", &verdict.expected),
        ("missing", &verdict.missing),
    ] {
        if let Some(line) = line {
            writeln!(out, "{label}: {line}").unwrap();
        }
    }
    for line in &verdict.meaning {
        writeln!(out, "- {line}").unwrap();
    }
    for line in &verdict.tries {
        writeln!(out, "> {line}").unwrap();
    }
    out
}

fn repeated_offers(times: u64) -> Vec<Event> {
    let v = Voice::new(0, 1);
    (0..times)
        .flat_map(|n| {
            [DhcpStep::Discover, DhcpStep::Offer]
                .map(|step| v.dhcp(n * 4_000, Form::Pxe, step, None))
        })
        .collect()
}

#[test]
fn offers_without_a_request() {
    let verdict = Story::of(machine(), repeated_offers(3)).at(20_000);
    assert_eq!(
        told(&verdict),
        "\
3 offers, no DHCPREQUEST for 20 s
expected: a DHCPREQUEST for the offered address within 8 s
missing: its answer to our offer; it hears nothing, or does not like what it hears
- the switch port is still blocked by spanning tree (30 s): set it to edge/portfast
- our broadcasts do not reach it: wrong VLAN on the port, DHCP snooping with this port untrusted, MLD/IGMP snooping
- another DHCP server was faster and we did not hear it
- firmware that wants a file name it knows: the loader for its architecture is missing from the offer
> tcpdump -eni eno1 'ether host 52:54:00:00:00:00 and (port 67 or port 68)'
> on the switch: show spanning-tree interface … ; show mac address-table address …
> ipmitool -I lanplus -H 10.9.0.138 -U admin -a chassis power cycle
"
    );
    assert_eq!(verdict.evidence.len(), 6);
    assert_eq!(&*verdict.evidence[1].1, "OFFER 10.4.1.1 via eno1");
    assert_eq!(
        (verdict.stage, verdict.condition),
        (Stage::Dhcp, Condition::Stalled)
    );
}

#[test]
fn a_rival_that_was_heard_is_named() {
    let rival = Event {
        at: at(500),
        who: Who::Server,
        boot: None,
        what: What::Rival {
            server: Ipv4Addr::new(10, 4, 0, 99),
            via: "eno1".into(),
            what: "offered 10.4.0.17".into(),
        },
    };
    let verdict = Story::of(machine(), repeated_offers(2))
        .then([rival])
        .at(20_000);
    assert_eq!(
        &*verdict.headline,
        "2 offers, no DHCPREQUEST for 20 s; another DHCP server is at work: 10.4.0.99"
    );
    assert_eq!(
        &*verdict.tries[2],
        "switch DHCP off on 10.4.0.99, or set `proxy: true` on this network in muster.conf"
    );
    assert!(
        verdict
            .evidence
            .iter()
            .any(|(_, line)| line.contains("10.4.0.99 on eno1"))
    );
}

#[test]
fn an_address_but_no_loader() {
    let verdict = Story::heard(4).at(30_000);
    assert_eq!(
        told(&verdict),
        "\
it has its address (10.4.1.1) and asks for no loader since 29 s
expected: a request for the loader within 15 s
missing: a TFTP request for snponly.efi
- a firewall on this server or on the way drops UDP 69
- its netmask or gateway is wrong, so it cannot reach this server
- the firmware did not accept the boot file: another architecture, or Secure Boot wants a signed one
> ping -c3 10.4.1.1
> tcpdump -ni eno1 'host 10.4.1.1 and udp'
> nft list ruleset | grep -n -e 'dport 69' -e tftp    # or: firewall-cmd --list-services
> firewall-cmd --add-service=tftp --add-service=dhcp --permanent && firewall-cmd --reload
"
    );
}

#[test]
fn an_architecture_without_a_loader() {
    let mut events: Vec<Event> = Voice::new(0, 1).boots(0).into_iter().take(4).collect();
    events.push(Voice::new(0, 1).dhcp(310, Form::Pxe, DhcpStep::NoLoader, None));
    for event in &mut events {
        if let What::Dhcp(dhcp) = &mut event.what {
            let answer = matches!(dhcp.step, DhcpStep::Offer | DhcpStep::Ack);
            dhcp.note = answer.then(|| "no loader for arch 13 (00:0d); name one".into());
            dhcp.arch = Some(Arch(13));
        }
    }
    let story = Story::of(machine(), events);
    let status = story.fleet.status(N);
    assert_eq!(status.condition, Condition::Failed);
    assert_eq!(status.note.as_deref(), Some("no loader for arch 13"));
    let verdict = story.at(1_000);
    assert_eq!(
        &*verdict.headline,
        "there is no loader for arch 13, so it has nothing to boot"
    );
}

#[test]
fn a_script_that_loads_nothing_is_noticed_however_often_it_is_fetched() {
    let v = Voice::new(0, 1);
    let mut story = Story::heard(12);
    for n in 1..6 {
        story = story.then(v.file(n * 5_000, 100 + n, Part::Script, 700, 1));
    }
    let verdict = story.at(26_000);
    assert_eq!(verdict.condition, Condition::Stalled);
    assert_eq!(
        &*verdict.headline,
        "iPXE fetched its script 6 times and never asked for a kernel"
    );
}

#[test]
fn silence_after_everything_was_sent_speaks_of_memory_and_console() {
    let verdict = Story::heard(21).at(200_000);
    assert_eq!(
        told(&verdict),
        "\
all sent and the kernel started, then silence for 3m01
expected: the beacon `init started` within 2m15
missing: the beacon `init started`
- the image does not fit: 900 MB packed are about 2.7 GB unpacked, and an initramfs root may use half of the memory, so the node needs 5.4 GB or more
- the kernel panicked, and nobody sees it: kernel args name no console=
- the image lacks the driver of the network card, so the node runs but cannot report
- the image has no wwinit overlay, so nothing reports; then it counts as up at its first runtime refresh
> add console=tty0 console=ttyS0,115200 to kernel args and boot again
> ipmitool -I lanplus -H 10.9.0.138 -U admin -a sol activate
> add rootfstype=ramfs to kernel args: no half-of-memory limit
> ping -c3 10.4.1.1
> ipmitool -I lanplus -H 10.9.0.138 -U admin -a chassis power cycle
"
    );
}

#[test]
fn a_missing_image() {
    let v = Voice::new(0, 1);
    let no = Step::Refused {
        status: 404,
        why: "image rocky9 has no archive: build it".into(),
    };
    let verdict = Story::heard(14)
        .then([v.transfer(5_000, 8, Part::Image, "/image/52:54:00:00:00:00", no)])
        .at(6_000);
    assert_eq!(
        told(&verdict),
        "\
image rocky9 refused: 404
missing: image rocky9 has no archive: build it
- the image rocky9 was imported but its archive was never built, or a build failed
- no image is named rocky9: a typing error in the node or one of its profiles
> muster image list
> muster image build rocky9
> curl -sI http://10.4.0.1:9873/image/52:54:00:00:00:00
"
    );
}

/// For each way to hang: how much is heard, what comes on top, and words that must be told.
#[test]
fn every_hang_has_its_cause() {
    let v = Voice::new(0, 1);
    let no = |status, why: &str| Step::Refused {
        status,
        why: why.into(),
    };
    let unanswered = |why: &str| vec![v.dhcp(100, Form::Pxe, DhcpStep::Unanswered, Some(why))];
    let loaders = |n: u64| -> Vec<Event> {
        (0..n)
            .flat_map(|n| {
                [
                    v.begins(500 + n * 4_000, 70 + n, Part::Loader, 970_000),
                    v.breaks(
                        3_500 + n * 4_000,
                        70 + n,
                        Part::Loader,
                        1_468,
                        "no acknowledgement for 3 s",
                    ),
                ]
            })
            .collect()
    };
    let cases: Vec<(usize, Vec<Event>, u64, &str, &str)> = vec![
        (1, vec![], 20_000, "no offer from us", "muster status"),
        (
            1,
            unanswered("pool 10.4.0.0/22 is full"),
            500,
            "no address left: pool 10.4.0.0/22 is full",
            "widen the network's `pool`",
        ),
        (
            1,
            vec![v.dhcp(
                300,
                Form::Pxe,
                DhcpStep::Request,
                Some("chose the DHCP server 10.4.0.99 instead of us"),
            )],
            500,
            "took the offer of another DHCP server, 10.4.0.99",
            "proxy: true",
        ),
        (
            1,
            unanswered("relay 10.7.0.1 is in no network"),
            500,
            "not answered: relay 10.7.0.1",
            "`networks` in muster.conf",
        ),
        (
            1,
            unanswered(
                "no loader for UEFI arm64 (00:0b); name one under `tftp: ipxe` in muster.conf",
            ),
            500,
            "there is no loader for UEFI",
            "ipxe-bootimgs",
        ),
        (1, unanswered("odd"), 500, "not answered: odd", "n0001"),
        (
            3,
            vec![v.dhcp(300, Form::Pxe, DhcpStep::Decline, None)],
            500,
            "it declined 10.4.1.1",
            "arping -D -I eno1 10.4.1.1",
        ),
        (
            3,
            vec![
                v.dhcp(300, Form::Pxe, DhcpStep::Nak, None),
                v.dhcp(900, Form::Pxe, DhcpStep::Nak, None),
            ],
            1_000,
            "2 times it asked for an address",
            "power cycle",
        ),
        (3, vec![], 20_000, "got no DHCPACK", "port 67"),
        (
            4,
            vec![v.transfer(500, 3, Part::Loader, "ipxe.efi", no(1, "no such loader"))],
            600,
            "ipxe.efi refused: TFTP error 1",
            "UEFI x64",
        ),
        (4, loaders(2), 5_000, "loader on its way", ""),
        (
            4,
            loaders(3),
            13_000,
            "loader broke off 3 times: no acknowledgement for 3 s",
            "ip -s link",
        ),
        (
            5,
            vec![],
            20_000,
            "the loader stands at 0 % of 970 kB",
            "sol activate",
        ),
        (
            6,
            vec![],
            60_000,
            "was sent in full, then silence",
            "snponly.efi",
        ),
        (
            6,
            vec![v.dhcp(4_000, Form::Pxe, DhcpStep::Discover, None)],
            5_000,
            "then the firmware started over",
            "Secure Boot",
        ),
        (
            8,
            vec![],
            30_000,
            "offered an address to iPXE",
            "spanning tree",
        ),
        (
            10,
            vec![],
            60_000,
            "iPXE has its address and asks for no script",
            "curl -sI http://10.4.0.1:9873/ipxe/",
        ),
        (
            12,
            vec![],
            60_000,
            "script sent, then no request for a kernel",
            "site template",
        ),
        (
            12,
            [
                v.file(5_000, 80, Part::Script, 2000, 5),
                v.file(9_000, 81, Part::Script, 2000, 5),
            ]
            .concat(),
            60_000,
            "fetched its script 3 times",
            "curl -s http",
        ),
        (
            12,
            vec![v.transfer(
                3_000,
                82,
                Part::Kernel,
                "/kernel/x",
                no(404, "no kernel in image rocky9"),
            )],
            3_100,
            "kernel refused: 404",
            "no kernel in image rocky9",
        ),
        (
            12,
            vec![v.transfer(
                3_000,
                82,
                Part::Kernel,
                "/kernel/x",
                no(401, "asset key differs"),
            )],
            3_100,
            "401",
            "chassis-asset-tag",
        ),
        (
            12,
            vec![v.transfer(
                3_000,
                82,
                Part::Kernel,
                "/kernel/x",
                no(403, "no open boot"),
            )],
            3_100,
            "403",
            "access: compatible",
        ),
        (
            14,
            vec![],
            60_000,
            "kernel sent, then no request for the image",
            "signature",
        ),
        (
            15,
            vec![],
            60_000,
            "image stands at 0 % of 900 MB for 56 s",
            "Broadcom",
        ),
        (
            16,
            vec![],
            80_000,
            "image (900 MB) sent in full, then no request for the overlays",
            "BIOS machines can load 3 to 4 GB",
        ),
        (
            16,
            vec![v.transfer(
                19_000,
                83,
                Part::System,
                "/system/x",
                no(503, "hosts.tera:3: unknown name"),
            )],
            19_100,
            "system overlay refused: 503",
            "rendered anew",
        ),
        (
            18,
            vec![],
            200_000,
            "did not say that it starts the kernel",
            "Secure Boot",
        ),
        (22, vec![], 400_000, "/init runs since", "wwinit.d"),
        (
            22,
            vec![v.beacon(31_000, Beacon::Failed("no carrier on eth0".into()))],
            32_000,
            "the node says: no carrier on eth0",
            "not called eno1",
        ),
        (
            22,
            vec![v.beacon(31_000, Beacon::Failed("No space left on device".into()))],
            32_000,
            "the node says: No space",
            "rootfstype=ramfs",
        ),
        (
            22,
            vec![v.beacon(31_000, Beacon::Failed("hook 50-x exited 1".into()))],
            32_000,
            "the node says: hook 50-x",
            "dmesg",
        ),
        (
            23,
            vec![],
            400_000,
            "does not report `up`",
            "interface called eno1",
        ),
    ];
    for (heard, more, ms, headline, somewhere) in cases {
        let verdict = Story::heard(heard).then(more).at(ms);
        let all = told(&verdict);
        assert!(
            verdict.headline.contains(headline),
            "wanted `{headline}` in\n{all}"
        );
        assert!(all.contains(somewhere), "wanted `{somewhere}` in\n{all}");
        assert!(!verdict.evidence.is_empty());
        for line in all.lines() {
            assert!(
                line.chars().count() < 200 && !line.contains("  {") && !line.ends_with(' '),
                "{line}"
            );
        }
    }
}

#[test]
fn a_relay_is_suspected_of_its_own_faults() {
    let mut events = repeated_offers(2);
    for event in &mut events {
        if let What::Dhcp(dhcp) = &mut event.what {
            dhcp.via = "relay 10.4.7.1".into();
        }
    }
    let verdict = Story::of(machine(), events).at(20_000);
    assert_eq!(
        &*verdict.headline,
        "2 offers, no DHCPREQUEST for 20 s (relay 10.4.7.1)"
    );
    assert_eq!(&*verdict.tries[0], "ip route get 10.4.7.1");
}

#[test]
fn a_node_that_is_off() {
    let verdict = Story::of(machine(), []).at(0);
    assert_eq!(
        told(&verdict),
        "\
nothing was ever heard from it
expected: a DHCPDISCOVER from 52:54:00:00:00:00 once it is switched on
- it is switched off, or boots from disk
- network boot is not first in its boot order, or is off for this port
- its port is in another VLAN, or its MAC in nodes.conf is another one
> ipmitool -I lanplus -H 10.9.0.138 -U admin -a chassis power status
> ipmitool -I lanplus -H 10.9.0.138 -U admin -a chassis bootdev pxe && ipmitool -I lanplus -H 10.9.0.138 -U admin -a chassis power on
> tcpdump -eni any 'ether host 52:54:00:00:00:00 and port 67'
"
    );
}

#[test]
fn nodes_without_an_address_of_their_own() {
    let mut nameless = node(0);
    nameless.net.clear();
    nameless.primary = None;
    let verdict = Story::of(nameless.clone(), []).at(0);
    assert_eq!(
        &*verdict.headline,
        "it has no hardware address, so it cannot be recognised"
    );
    nameless.discoverable = true;
    let verdict = Story::of(nameless, []).at(0);
    assert_eq!(
        &*verdict.headline,
        "it waits for the next unknown machine that asks"
    );
}

#[test]
fn healthy_nodes_get_a_verdict_too() {
    let up = Story::heard(usize::MAX).at(338_000);
    assert_eq!(
        told(&up),
        "up for 5m00; its boot took 38 s\nexpected: a refresh of its runtime overlay every 1m00\n"
    );
    let mut story = Story::heard(15);
    for n in 1..9_u64 {
        story.fleet.progress(
            &[(TransferId(13), n * 60_000_000)],
            [0, 0],
            at(4_000 + n * 1_000),
        );
    }
    let verdict = story.at(12_100);
    assert_eq!(
        told(&verdict),
        "image on its way: 53 % of 900 MB, 60 MB/s\nexpected: the rest of the image within 10 s\n"
    );
}

#[test]
fn a_node_that_goes_round_is_told_so() {
    let mut story = Story::heard(14);
    for n in 2..5 {
        story = story.then(Voice::new(0, n).boots(n * 60_000).into_iter().take(14));
    }
    let verdict = story.at(4 * 60_000 + 60_000);
    assert_eq!(
        &*verdict.meaning[0],
        "it goes round: 3 boots in a row did not come up; the last one got as far as kernel"
    );
}

#[test]
fn a_node_that_nobody_knows() {
    let story = Story::heard(3);
    let verdict = why(&story.fleet, &story.view, NodeId(77), Stamp(0));
    assert_eq!(&*verdict.headline, "this node is not in the registry");
}
