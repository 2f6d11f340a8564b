//! What happens when somebody sits down: keys in, commands and screens out.

use std::sync::Arc;
use std::time::Duration;

use muster::api::{Command, Delta, EventRow, Listing, Refusal, Reply, Update};
use muster::console::app::{Effect, Mouse, Msg, Place};
use muster::console::term::Screen;
use muster::console::view::view;
use muster::fleet::{Condition, Stage};
use muster::kit::Stamp;
use muster::link::Message;
use muster::model::{Level, NodeId};

use super::world::{Desk, NOW, bad, detail, snapshot, start, up};

fn delta() -> Delta {
    Delta {
        now: NOW,
        ..Delta::default()
    }
}

#[test]
fn a_stranger_is_adopted() {
    let mut desk = Desk::new((120, 36));
    desk.press("tab tab enter");
    assert!(desk.text().contains("as  n1025"));
    desk.press("backspace \"9\" enter");
    let (_, command) = desk.asked();
    let mac = desk.app.mirror.head.strangers[0].mac;
    assert_eq!(
        command,
        Command::Adopt {
            mac,
            name: Some("n1029".into()),
            by: "ana".into()
        }
    );
    desk.answer(Reply::Adopted {
        name: "n1029".into(),
        revision: 413,
    });
    assert!(desk.text().contains("adopted as n1029 · r413"));
}

#[test]
fn a_refusal_is_told_with_what_to_do() {
    let mut desk = Desk::new((120, 36));
    desk.press("tab tab enter enter");
    desk.answer(Reply::Refused(Refusal {
        what: "n1025 exists".into(),
        fix: Some("choose another name".into()),
    }));
    assert!(desk.text().contains("n1025 exists: choose another name"));
}

#[test]
fn nothing_is_changed_while_locked() {
    let mut desk = Desk::new((120, 36));
    desk.press("L tab tab enter");
    assert!(desk.app.layers.is_empty());
    assert!(desk.text().contains("SAFE: press L to unlock"));
    desk.press(": \"reload\" enter");
    let changes = |effect: &Effect| match effect {
        // The palette asks for what it offers.
        Effect::Send(_, Command::Settings | Command::Overlay(_)) => false,
        Effect::Send(..) => true,
        _ => false,
    };
    assert!(!desk.effects.iter().any(changes));
    // A quarter of an hour without a key locks by itself.
    desk.press("L");
    assert!(!desk.app.safe);
    desk.local = desk.local + Duration::from_secs(15 * 60);
    desk.send(Msg::Tick);
    assert!(desk.app.safe);
}

#[test]
fn the_cursor_stays_on_its_node() {
    let mut desk = Desk::new((120, 36));
    desk.press("2 j j j j j");
    let here = desk.app.node_here();
    assert_eq!(here, Some(NodeId(5)));
    // Sorted by state, everything moves; the cursor's node does not change.
    desk.press("o");
    assert_eq!(desk.app.node_here(), here);
    desk.news(Update::Delta(Box::new(Delta {
        status: (0..5)
            .map(|n| (NodeId(n), bad(Stage::Dhcp, Condition::Failed, 1, "x")))
            .collect(),
        ..delta()
    })));
    assert_eq!(desk.app.node_here(), here);
    assert!(desk.text().contains("▌n0006"));
}

#[test]
fn a_stale_question_is_not_asked_again_and_an_open_node_follows_news() {
    let mut desk = Desk::new((120, 36));
    desk.press("2 enter");
    let name: Arc<str> = "n0001".into();
    let asked = |desk: &Desk| {
        let all = desk.effects.iter().filter_map(|effect| match effect {
            Effect::Send(ticket, command) => Some((*ticket, command)),
            _ => None,
        });
        let about = Command::Node { name: name.clone() };
        let last = all.rev().find(|(_, command)| **command == about);
        last.unwrap().0
    };
    let first = asked(&desk);
    let news = |desk: &mut Desk| {
        let revision = desk.app.mirror.head.revision + 1;
        desk.news(Update::Delta(Box::new(Delta {
            registry: Some(Listing {
                revision,
                ..Listing::default()
            }),
            ..delta()
        })));
    };
    news(&mut desk);
    assert_eq!(asked(&desk), first, "an answer is on its way");
    let reply = Reply::Node(Box::new(detail()));
    desk.send(Msg::Link(Message::Reply(first, reply)));
    news(&mut desk);
    assert_ne!(asked(&desk), first, "the answer is old now");
}

#[test]
fn why_shows_the_verdict_or_the_refusal() {
    let mut desk = Desk::new((120, 36));
    desk.press("x");
    assert!(desk.text().contains("put the cursor on a node first"));
    desk.press("n x");
    assert_eq!(
        desk.asked().1,
        Command::Why {
            name: "n0244".into()
        }
    );
    desk.answer(Reply::Refused(Refusal {
        what: "n0244 is gone".into(),
        fix: None,
    }));
    assert!(desk.text().contains("n0244 is gone"));
    desk.press("q");
    assert!(desk.app.layers.is_empty());
    assert!(!desk.effects.contains(&Effect::Quit));
}

#[test]
fn filter_narrows_while_typed_and_esc_restores() {
    let mut desk = Desk::new((120, 36));
    desk.press("2 / \"rack:r07\"");
    assert_eq!(desk.app.index.shown.len(), 32);
    desk.press("esc");
    assert_eq!(desk.app.index.shown.len(), 1_024);
    desk.press("F");
    assert_eq!(desk.app.index.shown.len(), 7);
    desk.press("a y y");
    assert_eq!(
        desk.effects.last(),
        Some(&Effect::Copy("n[0244,0417,0590,0733-0735,0801]".into()))
    );
    desk.press("esc");
    assert_eq!(
        (desk.app.index.shown.len(), desk.app.marks.len()),
        (1_024, 0)
    );
}

#[test]
fn back_goes_where_one_came_from_and_q_leaves() {
    let mut desk = Desk::new((120, 36));
    desk.press("2 7 enter");
    assert!(matches!(desk.app.place, Place::Node(_)));
    desk.press("q");
    assert_eq!(desk.app.place, Place::Events);
    desk.press("backspace backspace");
    assert_eq!(desk.app.place, Place::Board);
    desk.press("q");
    assert_eq!(desk.effects.last(), Some(&Effect::Quit));
}

#[test]
fn leaving_says_what_becomes_of_the_servers() {
    let mut begin = start((120, 36));
    begin.detach_hint = Some("the servers go on for ten minutes after the last boot".into());
    let mut desk = Desk::bare(begin);
    desk.news(Update::Snapshot(Box::new(snapshot(8))));
    desk.press("q");
    assert!(desk.text().contains("go on for ten minutes"));
    desk.press("esc");
    assert!(desk.effects.is_empty());
    desk.press("q s");
    assert_eq!(desk.asked().1, Command::Stop);
    desk.answer(Reply::Done("stopping".into()));
    assert_eq!(desk.effects.last(), Some(&Effect::Quit));
}

#[test]
fn stopping_the_servers_needs_more_than_enter() {
    let mut desk = Desk::new((120, 36));
    desk.press(": \"stop-servers\" enter");
    assert!(desk.text().contains("stop the boot servers?"));
    desk.press("enter");
    let stops = |effect: &Effect| matches!(effect, Effect::Send(_, Command::Stop));
    assert!(!desk.effects.iter().any(stops) && desk.app.layers.is_empty());
    desk.press(": \"stop-servers\" enter y");
    assert_eq!(desk.asked().1, Command::Stop);
}

#[test]
fn a_lost_engine_is_told_until_it_is_back() {
    let mut desk = Desk::new((120, 36));
    desk.news(Update::Lost("the daemon has gone".into()));
    desk.local = desk.local + Duration::from_secs(12);
    // Each attempt that fails says so again; the loss was the first.
    desk.news(Update::Lost("the daemon has gone".into()));
    assert!(
        desk.text()
            .contains("✗ the daemon has gone, 12s ago · trying again"),
        "{}",
        desk.text()
    );
    assert!(desk.text().contains("✗ lost"));
    desk.press(": \"reload\" enter");
    assert!(desk.effects.is_empty());
    desk.news(Update::Snapshot(Box::new(snapshot(1_024))));
    assert!(!desk.text().contains("lost"));
}

#[test]
fn who_waits_for_an_answer_is_told_that_none_will_come() {
    for keys in ["n x", "n <"] {
        let mut desk = Desk::new((120, 36));
        desk.press(keys);
        assert!(desk.text().contains("asking …"));
        desk.news(Update::Lost("the daemon has gone".into()));
        let text = desk.text();
        assert!(
            text.contains("ask again once it is back") && !text.contains("asking …"),
            "{text}"
        );
    }
}

#[test]
fn before_the_first_news_every_screen_says_whom_it_waits_for() {
    let mut desk = Desk::bare(start((120, 36)));
    desk.news(Update::Lost("packing the image rocky9, 40 %".into()));
    for screen in ["1", "2", "7"] {
        let text = desk.press(screen).text();
        assert!(
            text.contains("reaching") && text.contains("packing the image rocky9, 40 %"),
            "{text}"
        );
        assert!(
            !text.contains("lost") && !text.contains("0 nodes"),
            "{text}"
        );
    }
    // A link that ends without a word leaves nothing to look at.
    desk.send(Msg::LinkEnded);
    assert_eq!(desk.effects.last(), Some(&Effect::Unreached));
}

#[test]
fn times_are_those_of_the_readers_zone() {
    let mut begin = start((120, 36));
    begin.zone = jiff::tz::TimeZone::posix("IST-5:30").unwrap().into();
    let mut desk = Desk::bare(begin);
    desk.news(Update::Snapshot(Box::new(snapshot(1_024))));
    assert!(desk.text().contains("19:32:11"), "{}", desk.text());
    assert!(desk.press("7").text().contains("19:32:11.000"));
    desk.press("1 n x");
    desk.answer(Reply::Why(Box::new(super::world::verdict())));
    assert!(desk.text().contains("19:29:52"), "{}", desk.text());
}

#[test]
fn frozen_means_frozen_and_nothing_is_lost() {
    let mut desk = Desk::new((120, 36));
    desk.press("f");
    let news = || {
        Update::Delta(Box::new(Delta {
            status: vec![(NodeId(416), up(416))],
            ..delta()
        }))
    };
    desk.news(news());
    assert_eq!(desk.app.mirror.tally.failed, 4);
    assert!(desk.text().contains("frozen, 1 held back"));
    desk.press("f");
    assert_eq!(desk.app.mirror.tally.failed, 3);
}

#[test]
fn clicks_do_what_keys_do() {
    let mut desk = Desk::new((120, 36));
    let tab = desk.text().lines().nth(1).unwrap().find("Nodes").unwrap();
    desk.send(Msg::Mouse(Mouse::Click(tab as u16, 1)));
    assert_eq!(desk.app.place, Place::Nodes);
    desk.send(Msg::Mouse(Mouse::Click(4, 8)));
    assert_eq!(desk.app.node_here(), Some(NodeId(5)));
    desk.send(Msg::Mouse(Mouse::Click(4, 8)));
    assert_eq!(desk.app.place, Place::Node("n0006".into()));
    // Under a layer nothing can be hit.
    desk.press("backspace ?");
    desk.send(Msg::Mouse(Mouse::Click(4, 10)));
    assert_eq!(desk.app.place, Place::Nodes);
}

#[test]
fn a_paste_is_text_never_commands() {
    let mut desk = Desk::new((120, 36));
    desk.send(Msg::Paste("q\nL: stop-servers\n".into()));
    assert!(desk.effects.is_empty() && !desk.app.safe);
    desk.press("/");
    desk.send(Msg::Paste("n04\u{1b}[2J1".into()));
    assert_eq!(desk.app.order.filter.to_string(), "n041");
}

/// A fleet of which nothing is on its way, so that nothing on the screen can change.
fn quiet() -> Desk {
    let mut calm = snapshot(1_024);
    calm.status = (0..1_024).map(|n| (NodeId(n), up(n))).collect();
    Desk::with((120, 36), calm)
}

#[test]
fn an_idle_console_writes_nothing() {
    let mut desk = quiet();
    let mut screen = Screen::new(120, 36);
    let mut bytes = |desk: &mut Desk| {
        let drawn = view(&desk.app, screen.canvas());
        desk.app.drawn(drawn.hits, drawn.next_age);
        screen.frame().unwrap().len()
    };
    assert!(bytes(&mut desk) > 0);
    for _ in 0..20 {
        desk.local = desk.local + Duration::from_secs(1);
        desk.send(Msg::Tick);
        assert_eq!(
            bytes(&mut desk),
            0,
            "a second passed and something was written"
        );
    }
}

#[test]
fn an_idle_console_does_not_even_wake() {
    let mut desk = quiet();
    desk.draw();
    let wake = desk.app.wake().unwrap();
    assert!(
        wake.since(desk.local) >= Duration::from_secs(60),
        "{wake:?}"
    );
}

#[test]
fn an_age_under_a_minute_wakes_at_its_next_second() {
    let mut desk = Desk::new((120, 36));
    desk.draw();
    let wake = desk.app.wake().unwrap();
    assert!(
        wake > desk.local && wake <= desk.local + Duration::from_secs(1),
        "{wake:?}"
    );
}

#[test]
fn the_index_is_made_once_for_each_change() {
    let mut desk = Desk::new((120, 36));
    let made = desk.app.index.made;
    desk.press("2 j j j k pagedown G g ? j esc 1");
    assert_eq!(desk.app.index.made, made, "moving about sorts nothing");
    desk.news(Update::Delta(Box::new(delta())));
    desk.press("F");
    assert_eq!(desk.app.index.made, made + 2);
}

#[test]
fn any_keys_at_any_size_never_panic() {
    // A fixed sequence that looks random; every key of the table many times, over changing worlds.
    let every: Vec<String> = muster::console::keys::ACTIONS
        .iter()
        .flat_map(|row| row.keys.iter().map(|key| (*key).to_owned()))
        .filter(|key| key != "ctrl-c")
        .chain(["a".into(), "[".into(), ":".into(), "0".into()])
        .collect();
    let mut seed = 7u32;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 16) as usize % below
    };
    let mut desk = Desk::with((120, 36), snapshot(96));
    for turn in 0..1_500 {
        match next(40) {
            0 => desk.send(Msg::Resize(next(210) as u16, next(70) as u16)),
            1 => desk.news(Update::Snapshot(Box::new(snapshot(next(200) as u32)))),
            2 => desk.news(Update::Lost(Arc::from("gone"))),
            3 => desk.send(Msg::Mouse(Mouse::Click(next(200) as u16, next(60) as u16))),
            4 => {
                desk.local = Stamp(desk.local.0 + next(100_000) as u64);
                desk.send(Msg::Tick);
            }
            5 => desk.send(Msg::Paste("n[0-\u{1f600}é".into())),
            6 if desk
                .effects
                .iter()
                .any(|effect| matches!(effect, Effect::Send(..))) =>
            {
                desk.answer(Reply::Node(Box::new(detail())));
            }
            _ => {
                desk.press(&every[next(every.len())]);
            }
        }
        assert!(desk.app.layers.len() < 20, "turn {turn}");
    }
}

#[test]
fn a_service_that_is_down_is_told_on_every_screen() {
    let mut down = snapshot(96);
    down.services[0].state = muster::api::ServiceState::Down;
    down.services[0].text = "port 67 is held by dnsmasq (pid 812)".into();
    for size in [(80, 24), (120, 36)] {
        let mut desk = Desk::with(size, down.clone());
        for screen in ["1", "2", "7", "8"] {
            desk.press(screen);
            let text = desk.text();
            let row = text.lines().nth(2).unwrap();
            assert!(
                row.contains("dhcp is down: port 67 is held by dnsmasq"),
                "{text}"
            );
        }
        desk.press("1 tab enter");
        assert!(
            desk.text().contains("dhcp does not answer"),
            "{}",
            desk.text()
        );
    }
}

#[test]
fn a_fault_opens_in_full() {
    let mut desk = Desk::new((120, 36));
    desk.press("tab G enter");
    let text = desk.text();
    for part in [
        "/etc/muster/nodes.conf:212:7",
        "about node n0212",
        "try: did you mean `ipaddr`?",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    desk.press("y");
    assert!(
        desk.effects
            .iter()
            .any(|effect| matches!(effect, Effect::Copy(text) if text.contains("212:7")))
    );
    desk.press("esc");
    assert!(!desk.text().contains("about node n0212"));
}

#[test]
fn what_somebody_likes_is_there_the_next_time() {
    use muster::console::prefs::Prefs;
    let mut desk = Desk::new((120, 36));
    desk.press("b + 2 o o O C j space esc / \"state:bad\" enter");
    let kept = Prefs::of(&desk.app);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("muster/console.yaml");
    kept.write(&path).unwrap();
    let mut next = Desk::new((120, 36));
    let read = Prefs::read(&path);
    assert_eq!(read, kept);
    read.apply(&mut next.app);
    assert_eq!(Prefs::of(&next.app), kept);
    assert_eq!(next.app.order.filter.to_string(), "state:bad");
    std::fs::write(&path, "columns: 7\nnonsense").unwrap();
    assert_eq!(Prefs::read(&path), Prefs::default());
    Prefs::default().apply(&mut next.app);
    assert!(!next.app.nodes.columns.is_empty());
}

#[test]
fn the_palette_finds_a_setting() {
    let mut desk = Desk::new((120, 36));
    desk.press(":");
    desk.answer(Reply::Settings(super::world::settings()));
    let key = super::world::settings()[1].key.to_string();
    desk.press("\"n0417\"");
    assert!(
        desk.text()
            .contains("node · ✗ failed: image 404 rocky9-gpu.img"),
        "{}",
        desk.text()
    );
    desk.press("ctrl-u");
    desk.press(&format!("\"{key}\""));
    let value = super::world::settings()[1].value.to_string();
    assert!(desk.text().contains(&format!("setting · {value}")));
    desk.press("enter");
    assert_eq!(desk.app.place, Place::Settings);
    let world = desk.app.world();
    assert!(desk.app.settings.line(&world).unwrap().starts_with(&key));
}

#[test]
fn looking_back_in_the_timeline_asks_for_more_than_the_console_holds() {
    let mut desk = Desk::new((120, 36));
    desk.press("7");
    assert!(
        desk.effects.is_empty(),
        "who follows the newest asks for nothing"
    );
    desk.press("j");
    let (_, command) = desk.asked();
    let before = match command {
        Command::Events {
            name: None,
            before: Some(before),
            level: Some(Level::Info),
            ..
        } => before,
        other => panic!("{other:?}"),
    };
    assert_eq!(before, desk.app.mirror.events.iter().next().unwrap().seq);
    let asked = desk.effects.len();
    desk.press("j j");
    assert_eq!(desk.effects.len(), asked, "an answer is on its way");
    let old = EventRow {
        seq: 0,
        at: NOW - Duration::from_secs(90_000),
        text: "what was long ago".into(),
        ..desk.app.mirror.events.iter().next().unwrap().clone()
    };
    desk.answer(Reply::Events(vec![old]));
    let text = desk.press("G").text();
    assert!(
        text.contains("Mar  1 13:02") && text.contains("what was long ago"),
        "{text}"
    );
    assert_eq!(desk.effects.len(), asked, "there is nothing older");
    // Another level is another question.
    desk.press("+");
    assert!(matches!(
        desk.asked().1,
        Command::Events {
            level: Some(Level::Debug),
            ..
        }
    ));
}

#[test]
fn the_timeline_is_narrowed_by_gravity_and_kind() {
    let mut desk = Desk::new((120, 36));
    desk.press("7 - -");
    let text = desk.text();
    assert!(
        text.contains("warnings") && !text.contains("up after"),
        "{text}"
    );
    desk.press("+ + b b b");
    let text = desk.text();
    assert!(
        text.contains("image rocky9-gpu refused") && !text.contains("n0733"),
        "{text}"
    );
}
