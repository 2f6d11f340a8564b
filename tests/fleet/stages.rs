//! From events to stages: how far a boot is, when it began, how it ended.

use muster::fleet::{
    Beacon, BootId, Condition, DhcpStep, Ended, Fleet, Form, Part, Past, Stage, Step, What,
};
use muster::kit::Stamp;
use muster::model::NodeId;

use crate::support::world::{Voice, at, ip, view};

const N: NodeId = NodeId(0);

fn fleet() -> (Fleet, muster::model::View) {
    let view = view(4);
    let mut fleet = Fleet::new();
    fleet.registry(&view);
    (fleet, view)
}

#[test]
fn a_healthy_boot_passes_every_stage_once_and_ends_up() {
    let (mut fleet, view) = fleet();
    let voice = Voice::new(0, 7);
    let mut passed = vec![Stage::Off];
    for event in voice.boots(0) {
        fleet.absorb(&event, &view);
        let stage = fleet.status(N).stage;
        if passed.last() != Some(&stage) {
            passed.push(stage);
        }
    }
    assert_eq!(passed, muster::fleet::STAGES);
    let status = fleet.status(N);
    assert_eq!(status.condition, Condition::Fine);
    assert_eq!(status.boot, Some(BootId(7)));
    assert_eq!(status.began, Some(at(0)));
    assert_eq!(status.ip, Some(ip(0)));
    let trail: Vec<u64> = status
        .trail
        .iter()
        .flatten()
        .map(|t| t.0 - at(0).0)
        .collect();
    assert_eq!(trail, [0, 500, 3_000, 4_000, 18_000, 18_300, 38_000]);
    assert_eq!(status.progress, None);

    let touched = fleet.take_touched();
    assert_eq!(touched.nodes, [N]);
    assert_eq!(touched.boots_began.len(), 1);
    let ended = &touched.boots_ended;
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].ended, Some((at(38_000), Ended::Up)));
    assert_eq!(ended[0].image.as_deref(), Some("rocky9"));
    assert_eq!(fleet.next_deadline(), None);
    assert!(fleet.take_touched().nodes.is_empty());
}

#[test]
fn a_rom_that_is_ipxe_needs_no_loader() {
    let (mut fleet, view) = fleet();
    let voice = Voice::new(0, 1);
    for event in voice.exchange(0, Form::Ipxe) {
        fleet.absorb(&event, &view);
    }
    assert_eq!(fleet.status(N).stage, Stage::Dhcp);
    assert!(fleet.boot(N).unwrap().plan.rom);
    fleet.absorb(&voice.begins(900, 1, Part::Script, 2000), &view);
    assert_eq!(fleet.status(N).stage, Stage::Loader);
}

#[test]
fn stages_never_go_back_and_a_retry_is_no_stage() {
    let (mut fleet, view) = fleet();
    let voice = Voice::new(0, 1);
    for event in voice.boots(0).into_iter().take(14) {
        fleet.absorb(&event, &view);
    }
    fleet.absorb(&voice.begins(5_000, 90, Part::Image, 1000), &view);
    assert_eq!(fleet.status(N).stage, Stage::Image);
    fleet.absorb(&voice.begins(6_000, 91, Part::Kernel, 1000), &view);
    assert_eq!(fleet.status(N).stage, Stage::Image);
    assert_eq!(
        fleet.boot(N).unwrap().counts.starts[Part::Kernel as usize],
        2
    );
}

#[test]
fn two_stages_fetch_the_image_after_the_kernel_was_started() {
    let (mut fleet, view) = fleet();
    let voice = Voice::new(0, 1);
    let mut story = voice.exchange(0, Form::Ipxe);
    story.extend(voice.file(500, 1, Part::Script, 2000, 5));
    story.extend(voice.file(1_000, 2, Part::Kernel, 14_000_000, 100));
    story.extend(voice.file(1_200, 3, Part::Initramfs, 30_000_000, 100));
    story.push(voice.beacon(1_400, Beacon::KernelStart));
    for event in story {
        fleet.absorb(&event, &view);
    }
    assert_eq!(fleet.status(N).stage, Stage::Kernel);
    let mut seen = Vec::new();
    let mut story = voice.file(9_000, 4, Part::System, 400_000, 100);
    story.extend(voice.file(9_200, 5, Part::Runtime, 20_000, 100));
    story.extend(voice.file(9_400, 6, Part::Image, 900_000_000, 9_000));
    story.push(voice.beacon(20_000, Beacon::InitStarted));
    story.push(voice.beacon(30_000, Beacon::Up));
    for event in story {
        fleet.absorb(&event, &view);
        seen.push(fleet.status(N).stage);
    }
    seen.dedup();
    assert_eq!(seen, [Stage::Overlay, Stage::Image, Stage::Init, Stage::Up]);
}

#[test]
fn an_image_without_our_agent_is_up_at_its_first_refresh() {
    let (mut fleet, view) = fleet();
    let voice = Voice::new(0, 1);
    for event in voice.boots(0) {
        if matches!(&event.what, What::Beacon { beacon, .. } if *beacon != Beacon::KernelStart) {
            continue;
        }
        fleet.absorb(&event, &view);
    }
    assert_eq!(fleet.status(N).stage, Stage::Init);
    for event in voice.file(50_000, 77, Part::Runtime, 20_000, 40) {
        fleet.absorb(&event, &view);
    }
    assert_eq!(fleet.status(N).stage, Stage::Up);
    assert_eq!(fleet.status(N).trail[Stage::Up.index()], Some(at(50_040)));
}

#[test]
fn the_loaders_own_runtime_overlay_told_late_does_not_show_a_running_system() {
    let (mut fleet, view) = fleet();
    let voice = Voice::new(0, 1);
    // The last events of the overlay overtake nothing: the kernel's start was told first, on another connection.
    let is_end = |event: &muster::fleet::Event| matches!(&event.what, What::Transfer(t) if t.part == Part::Runtime && matches!(t.step, Step::Finished { .. }));
    let boot = voice.boots(0);
    let late = boot.iter().find(|event| is_end(event)).unwrap().clone();
    for event in boot.iter().filter(|event| !is_end(event)) {
        if matches!(&event.what, What::Beacon { beacon, .. } if *beacon != Beacon::KernelStart) {
            continue;
        }
        fleet.absorb(event, &view);
    }
    fleet.absorb(&late, &view);
    assert_eq!(fleet.status(N).stage, Stage::Init);
    for event in voice.file(50_000, 77, Part::Runtime, 20_000, 40) {
        fleet.absorb(&event, &view);
    }
    assert_eq!(fleet.status(N).stage, Stage::Up);
}

#[test]
fn a_refresh_of_a_running_node_is_no_stage_and_no_boot() {
    let (mut fleet, view) = fleet();
    let voice = Voice::new(0, 1);
    for event in voice.boots(0) {
        fleet.absorb(&event, &view);
    }
    fleet.take_touched();
    for event in voice.file(100_000, 77, Part::Runtime, 20_000, 40) {
        fleet.absorb(&event, &view);
    }
    assert_eq!(fleet.status(N).stage, Stage::Up);
    assert_eq!(fleet.status(N).since, at(38_000));
    assert_eq!(fleet.status(N).progress, None);
    let touched = fleet.take_touched();
    assert!(touched.boots_began.is_empty() && touched.boots_ended.is_empty());
}

#[test]
fn a_runtime_overlay_that_is_refused_later_shows_until_the_next_good_one() {
    let (mut fleet, view) = fleet();
    let voice = Voice::new(0, 1);
    for event in voice.boots(0) {
        fleet.absorb(&event, &view);
    }
    let no = Step::Refused {
        status: 403,
        why: "not from a privileged port".into(),
    };
    fleet.absorb(
        &voice.transfer(100_000, 80, Part::Runtime, "/runtime/x", no),
        &view,
    );
    assert_eq!(fleet.status(N).stage, Stage::Up);
    assert_eq!(fleet.status(N).condition, Condition::Failed);
    for event in voice.file(160_000, 81, Part::Runtime, 20_000, 40) {
        fleet.absorb(&event, &view);
    }
    assert_eq!(fleet.status(N).condition, Condition::Fine);
}

#[test]
fn a_machine_that_starts_over_begins_a_new_boot_and_ends_the_old() {
    let (mut fleet, view) = fleet();
    for event in Voice::new(0, 1).boots(0).into_iter().take(14) {
        fleet.absorb(&event, &view);
    }
    fleet.absorb(
        &Voice::new(0, 2).dhcp(9_000, Form::Pxe, DhcpStep::Discover, None),
        &view,
    );
    let status = fleet.status(N);
    assert_eq!(status.stage, Stage::Dhcp);
    assert_eq!(status.boot, Some(BootId(2)));
    assert_eq!(status.trail[Stage::Kernel.index()], None);
    let ended = fleet.take_touched().boots_ended;
    assert_eq!(ended[0].id, BootId(1));
    assert_eq!(ended[0].ended, Some((at(9_000), Ended::Superseded)));
    // What is still told of the old boot changes nothing.
    fleet.absorb(&Voice::new(0, 1).beacon(9_100, Beacon::Up), &view);
    assert_eq!(fleet.status(N).stage, Stage::Dhcp);
}

#[test]
fn after_a_restart_a_node_is_taken_up_wherever_it_is() {
    for (event, stage) in [
        (
            Voice::new(1, 5).begins(0, 1, Part::Image, 1000),
            Stage::Image,
        ),
        (
            Voice::new(1, 5).begins(0, 1, Part::System, 1000),
            Stage::Overlay,
        ),
        (Voice::new(1, 5).beacon(0, Beacon::InitStarted), Stage::Init),
        (Voice::new(1, 5).beacon(0, Beacon::Up), Stage::Up),
        (
            Voice {
                node: 1,
                boot: None,
            }
            .begins(0, 1, Part::Kernel, 1000),
            Stage::Kernel,
        ),
        (
            Voice {
                node: 1,
                boot: None,
            }
            .ends(0, 1, Part::Runtime, 1000, 5),
            Stage::Up,
        ),
    ] {
        let (mut fleet, view) = fleet();
        fleet.absorb(&event, &view);
        assert_eq!(fleet.status(NodeId(1)).stage, stage, "{event:?}");
    }
}

#[test]
fn history_restores_what_was_up_and_what_was_under_way() {
    let view = view(3);
    let mut fleet = Fleet::new();
    let mut trail = [None; 8];
    trail[Stage::Dhcp.index()] = Some(at(0));
    trail[Stage::Up.index()] = Some(at(40_000));
    let up = Past {
        id: BootId(3),
        node: "n0001".into(),
        image: Some("rocky9".into()),
        began: at(0),
        ended: Some((at(40_000), Ended::Up)),
        trail,
        note: None,
    };
    let mut trail = [None; 8];
    trail[Stage::Dhcp.index()] = Some(at(0));
    trail[Stage::Image.index()] = Some(at(4_000));
    let going = Past {
        id: BootId(4),
        node: "n0002".into(),
        ended: None,
        trail,
        ..up.clone()
    };
    let gone = Past {
        node: "n9999".into(),
        ..up.clone()
    };
    for past in [&up, &going, &gone] {
        fleet.seed(past, &view, at(60_000));
    }
    fleet.registry(&view);
    assert_eq!(fleet.status(NodeId(0)).stage, Stage::Up);
    assert_eq!(fleet.status(NodeId(0)).since, at(40_000));
    assert_eq!(fleet.status(NodeId(1)).stage, Stage::Image);
    assert_eq!(fleet.status(NodeId(2)).stage, Stage::Off);
    // It hears nothing more of the second one, and says so.
    let due = fleet.next_deadline().unwrap();
    assert!(due > at(60_000));
    fleet.tick(due);
    assert_eq!(fleet.status(NodeId(1)).condition, Condition::Stalled);
    // Its beacon, without a boot after the restart, still finds it.
    fleet.absorb(
        &Voice {
            node: 1,
            boot: None,
        }
        .beacon(90_000, Beacon::Up),
        &view,
    );
    assert_eq!(fleet.status(NodeId(1)).stage, Stage::Up);
}

#[test]
fn nodes_vanish_and_appear_with_the_registry() {
    let (mut fleet, _) = fleet();
    let fewer = view(2);
    let all = view(4);
    for event in Voice::new(3, 1).boots(0) {
        fleet.absorb(&event, &all);
    }
    fleet.take_touched();
    fleet.registry(&fewer);
    assert_eq!(fleet.take_touched().nodes.len(), 2);
    assert_eq!(fleet.status(NodeId(3)).stage, Stage::Off);
    for event in Voice::new(3, 2).boots(0) {
        fleet.absorb(&event, &fewer);
    }
    assert_eq!(fleet.status(NodeId(3)).stage, Stage::Off);
    assert!(fleet.boot(NodeId(3)).is_none());
}

#[test]
fn numbers_out_of_range_are_harmless() {
    let (mut fleet, view) = fleet();
    fleet.absorb(&Voice::new(u32::MAX, u64::MAX).beacon(0, Beacon::Up), &view);
    assert_eq!(fleet.status(NodeId(u32::MAX)).stage, Stage::Off);
    assert_eq!(fleet.status(NodeId(u32::MAX)).since, Stamp(0));
    assert!(fleet.take_touched().nodes.is_empty());
}

#[test]
fn a_boot_beyond_its_limit_ends() {
    let (mut fleet, view) = fleet();
    for event in Voice::new(0, 1).exchange(0, Form::Pxe) {
        fleet.absorb(&event, &view);
    }
    fleet.tick(at(1_900_000));
    fleet.tick(at(1_900_000));
    let ended = fleet.take_touched().boots_ended;
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].ended.unwrap().1, Ended::TimedOut);
    assert_eq!(fleet.status(N).condition, Condition::Stalled);
    assert_eq!(fleet.next_deadline(), None);
}
