//! Deadlines and failures: who is overdue, what is said of it in a few words, and what clears it.

use muster::fleet::{
    Beacon, Condition, DhcpStep, Ended, Fleet, Form, Part, Proto, Stage, Step, TransferId, What,
};
use muster::model::{NodeId, View};

use crate::support::world::{Voice, at, view};

const N: NodeId = NodeId(0);

struct Story {
    fleet: Fleet,
    view: View,
    voice: Voice,
}

impl Story {
    fn new() -> Self {
        let view = view(2);
        let mut fleet = Fleet::new();
        fleet.registry(&view);
        Self {
            fleet,
            view,
            voice: Voice::new(0, 1),
        }
    }

    fn hears(&mut self, events: impl IntoIterator<Item = muster::fleet::Event>) -> &mut Self {
        for event in events {
            self.fleet.absorb(&event, &self.view);
        }
        self
    }

    fn up_to(&mut self, count: usize) -> &mut Self {
        let story = self.voice.boots(0);
        self.hears(story.into_iter().take(count))
    }

    fn is(&self, stage: Stage, condition: Condition, note: Option<&str>) {
        let status = self.fleet.status(N);
        assert_eq!(
            (status.stage, status.condition, status.note.as_deref()),
            (stage, condition, note)
        );
    }
}

#[test]
fn a_machine_without_a_loader_for_it_has_failed_at_once() {
    for form in [Form::Pxe, Form::HttpBoot] {
        let v = Voice::new(0, 1);
        let view = view(1);
        let mut fleet = Fleet::new();
        fleet.registry(&view);
        let note = "no loader for arch 27 (00:1b); name one under `tftp: ipxe` in muster.conf";
        let told = v.dhcp(40, form, DhcpStep::NoLoader, Some(note));
        assert_eq!(told.level(), muster::model::Level::Error);
        assert!(told.text().contains(note), "{}", told.text());
        let exchange = v.exchange(0, form);
        for event in exchange.into_iter().chain([told]) {
            fleet.absorb(&event, &view);
        }
        let status = fleet.status(NodeId(0));
        assert_eq!(status.condition, Condition::Failed, "{form:?}");
        assert!(
            status.note.as_deref().unwrap().contains("no loader"),
            "{form:?}"
        );
        // The next boot, with a loader, is a boot like any other.
        let next = Voice::new(0, 2);
        for event in next.boots(60_000) {
            fleet.absorb(&event, &view);
        }
        assert_eq!(fleet.status(NodeId(0)).condition, Condition::Fine);
    }
}

#[test]
fn every_silence_is_noticed_at_its_own_time() {
    // How much of a healthy boot is heard, when it is overdue, and what is said then.
    let cases = [
        (1, 10_000, Stage::Dhcp, "no offer from us"),
        (2, 8_100, Stage::Dhcp, "offer not taken"),
        (3, 6_200, Stage::Dhcp, "no ack from us"),
        (4, 15_300, Stage::Dhcp, "asks for no loader"),
        (5, 10_500, Stage::Loader, "stuck at 0 %"),
        (6, 31_000, Stage::Loader, "loader sent, iPXE silent"),
        (8, 14_100, Stage::Loader, "iPXE took no offer"),
        (10, 27_300, Stage::Loader, "iPXE asks for no script"),
        (12, 22_510, Stage::Loader, "script sent, asks for no kernel"),
        (13, 13_000, Stage::Kernel, "stuck at 0 %"),
        (14, 24_000, Stage::Kernel, "asks for no image"),
        (15, 14_000, Stage::Image, "stuck at 0 %"),
        (16, 38_000, Stage::Image, "asks for no overlay"),
        (18, 88_100, Stage::Overlay, "kernel not started"),
        (21, 153_300, Stage::Init, "kernel started, silent"),
        (22, 149_000, Stage::Init, "root not ready"),
        (23, 210_000, Stage::Init, "root ready, not up"),
    ];
    for (heard, overdue, stage, note) in cases {
        let mut story = Story::new();
        story.up_to(heard);
        let due = story.fleet.next_deadline().unwrap();
        assert_eq!(due, at(overdue), "after {heard} events: {note}");
        story.fleet.tick(at(overdue - 1));
        assert_eq!(story.fleet.status(N).condition, Condition::Fine, "{note}");
        story.fleet.tick(at(overdue));
        story.is(stage, Condition::Stalled, Some(note));
        assert_eq!(story.fleet.status(N).since, at(overdue));
    }
}

#[test]
fn the_missing_signal_clears_a_stall() {
    let mut story = Story::new();
    story.up_to(16);
    story.fleet.tick(at(60_000));
    story.is(
        Stage::Image,
        Condition::Stalled,
        Some("asks for no overlay"),
    );
    let next = story.voice.begins(61_000, 9, Part::System, 1000);
    story.hears([next]);
    story.is(Stage::Overlay, Condition::Fine, None);
}

#[test]
fn a_repeated_question_does_not_clear_the_missing_answer() {
    let mut story = Story::new();
    let voice = story.voice;
    story.up_to(2);
    story.fleet.tick(at(9_000));
    story.is(Stage::Dhcp, Condition::Stalled, Some("offer not taken"));
    for n in 1..3 {
        story.hears([
            voice.dhcp(10_000 * n, Form::Pxe, DhcpStep::Discover, None),
            voice.dhcp(10_000 * n + 1, Form::Pxe, DhcpStep::Offer, None),
        ]);
    }
    story.is(
        Stage::Dhcp,
        Condition::Stalled,
        Some("3 offers, none taken"),
    );
    story.hears([voice.dhcp(30_000, Form::Pxe, DhcpStep::Request, None)]);
    story.is(Stage::Dhcp, Condition::Fine, None);
}

#[test]
fn bytes_that_flow_keep_a_transfer_alive_and_bring_it_back() {
    let mut story = Story::new();
    story.up_to(15);
    let id = TransferId(13);
    for n in 1..30_u64 {
        story.fleet.progress(
            &[(id, n * 1_000_000)],
            [0, n * 1_000_000],
            at(4_000 + n * 1_000),
        );
        story.fleet.tick(at(4_000 + n * 1_000));
    }
    story.is(Stage::Image, Condition::Fine, None);
    let progress = story.fleet.status(N).progress.clone().unwrap();
    assert_eq!(
        (progress.sent, progress.of),
        (29_000_000, Some(900_000_000))
    );
    assert_eq!(progress.rate, 1_000_000);
    for n in 30..45_u64 {
        story
            .fleet
            .progress(&[(id, 29_000_000)], [0, 29_000_000], at(4_000 + n * 1_000));
        story.fleet.tick(at(4_000 + n * 1_000));
    }
    story.is(Stage::Image, Condition::Stalled, Some("stuck at 3 %"));
    story
        .fleet
        .progress(&[(id, 30_000_000)], [0, 30_000_000], at(50_000));
    story.is(Stage::Image, Condition::Fine, None);
}

#[test]
fn patience_is_learned_from_boots_of_the_same_image() {
    let mut story = Story::new();
    // Three boots in which the kernel needs 100 s until init speaks.
    for n in 1..4 {
        let voice = Voice::new(1, n);
        let slow = voice.boots(0).into_iter().map(|mut event| {
            if matches!(&event.what, What::Beacon { beacon, .. } if *beacon != Beacon::KernelStart)
            {
                event.at.0 += 90_000;
            }
            event
        });
        story.hears(slow);
    }
    story.up_to(21);
    // 18.3 s into the boot the kernel starts; it took 100.7 s before, so 302.1 s are allowed.
    assert_eq!(story.fleet.next_deadline(), Some(at(18_300 + 302_100)));
}

#[test]
fn a_refusal_fails_the_boot_until_the_same_thing_is_granted() {
    let mut story = Story::new();
    story.up_to(14);
    let voice = story.voice;
    let no = Step::Refused {
        status: 404,
        why: "image rocky9 has no archive; build it".into(),
    };
    story.hears([voice.transfer(5_000, 8, Part::Image, "/image/x", no)]);
    story.is(Stage::Image, Condition::Failed, Some("rocky9 refused: 404"));
    // iPXE tries its script again; that is no recovery.
    story.hears(voice.file(8_000, 20, Part::Kernel, 14_000_000, 500));
    story.is(Stage::Image, Condition::Failed, Some("rocky9 refused: 404"));
    story.hears([voice.begins(9_000, 21, Part::Image, 900_000_000)]);
    story.is(Stage::Image, Condition::Fine, None);
}

#[test]
fn files_that_loaders_ask_for_on_the_off_chance_fail_nothing() {
    let mut story = Story::new();
    story.up_to(6);
    let voice = story.voice;
    for (part, path) in [
        (Part::Loader, "autoexec.ipxe"),
        (Part::Loader, "/revocations_sbat.efi"),
        (Part::File, "grub/x86_64-efi/command.lst"),
    ] {
        let no = Step::Refused {
            status: 1,
            why: "no such file".into(),
        };
        story.hears([voice.transfer(1_500, 30, part, path, no)]);
        story.is(Stage::Loader, Condition::Fine, None);
    }
}

#[test]
fn the_size_probe_of_uefi_firmware_is_no_break() {
    let mut story = Story::new();
    story.up_to(4);
    let voice = story.voice;
    for n in 0..4 {
        story.hears([
            voice.begins(500 + n, 40 + n, Part::Loader, 970_000),
            voice.breaks(
                501 + n,
                40 + n,
                Part::Loader,
                0,
                "client aborted: User aborted the transfer",
            ),
        ]);
    }
    story.is(Stage::Loader, Condition::Fine, None);
    assert_eq!(
        story.fleet.boot(N).unwrap().counts.broken[Part::Loader as usize],
        0
    );
}

#[test]
fn a_part_that_breaks_off_thrice_has_failed() {
    let mut story = Story::new();
    story.up_to(14);
    let voice = story.voice;
    for n in 0..3 {
        story.hears([
            voice.begins(5_000 + n * 1_000, 50 + n, Part::Image, 900_000_000),
            voice.breaks(
                5_500 + n * 1_000,
                50 + n,
                Part::Image,
                1_000_000,
                "connection reset",
            ),
        ]);
    }
    story.is(Stage::Image, Condition::Failed, Some("broke off 3 times"));
    story.hears(voice.file(9_000, 60, Part::Image, 900_000_000, 9_000));
    story.is(Stage::Image, Condition::Fine, None);
}

#[test]
fn no_answer_fails_with_its_reason_until_there_is_one() {
    let mut story = Story::new();
    let voice = story.voice;
    story.hears([
        voice.dhcp(0, Form::Pxe, DhcpStep::Discover, None),
        voice.dhcp(
            1,
            Form::Pxe,
            DhcpStep::Unanswered,
            Some("pool 10.4.0.0/22 is full"),
        ),
        voice.dhcp(4_000, Form::Pxe, DhcpStep::Discover, None),
    ]);
    story.is(
        Stage::Dhcp,
        Condition::Failed,
        Some("pool 10.4.0.0/22 is full"),
    );
    story.hears([voice.dhcp(4_001, Form::Pxe, DhcpStep::Offer, None)]);
    story.is(Stage::Dhcp, Condition::Fine, None);
}

#[test]
fn a_node_that_says_it_failed_has_failed_until_it_says_more() {
    let mut story = Story::new();
    story.up_to(22);
    let voice = story.voice;
    story.hears([voice.beacon(30_000, Beacon::Failed("cannot mount /dev/sda1\u{7}".into()))]);
    story.is(
        Stage::Init,
        Condition::Failed,
        Some("cannot mount /dev/sda1·"),
    );
    story.hears([voice.beacon(40_000, Beacon::RootReady)]);
    story.is(Stage::Init, Condition::Fine, None);
}

#[test]
fn a_failed_boot_that_starts_over_is_recorded_as_failed() {
    let mut story = Story::new();
    story.up_to(22);
    let voice = story.voice;
    story.hears([
        voice.beacon(30_000, Beacon::Failed("no root".into())),
        Voice::new(0, 2).dhcp(40_000, Form::Pxe, DhcpStep::Discover, None),
    ]);
    let past = story.fleet.take_touched().boots_ended.remove(0);
    assert_eq!(past.ended, Some((at(40_000), Ended::Failed)));
    assert_eq!(past.note.as_deref(), Some("no root"));
}

#[test]
fn firmware_that_comes_back_after_its_loader_is_noticed_at_once() {
    let mut story = Story::new();
    story.up_to(6);
    let again = story.voice.dhcp(4_000, Form::Pxe, DhcpStep::Discover, None);
    story.hears([again]);
    story.is(
        Stage::Loader,
        Condition::Stalled,
        Some("loader did not run"),
    );
}

#[test]
fn tftp_refusals_name_the_file() {
    let mut story = Story::new();
    story.up_to(4);
    let no = Step::Refused {
        status: 1,
        why: "no loader ipxe-arm64.efi on the search path".into(),
    };
    let event = story
        .voice
        .transfer(900, 3, Part::Loader, "ipxe-arm64.efi", no);
    assert!(matches!(&event.what, What::Transfer(t) if t.proto == Proto::Tftp));
    story.hears([event]);
    story.is(
        Stage::Loader,
        Condition::Failed,
        Some("ipxe-arm64.efi refused: TFTP error 1"),
    );
}
