//! Bent requests at the control socket: each is a command, or a refusal in words; and a command is the same command when it is sent
//! again.

use muster::api::{
    Command, Content, Delta, Draft, Language, OverlayCommand, OverlayStep, Reply, Snapshot,
};
use muster::fleet::BootId;
use muster::kit::Mac;

use crate::support::noise::{bent, dice, rounds};

fn commands() -> Vec<Command> {
    let mac = Mac::ethernet([0x52, 0x54, 0, 0, 0, 1]);
    vec![
        Command::Snapshot,
        Command::Node { name: "n1".into() },
        Command::Why {
            name: "a node/with ? odd & name".into(),
        },
        Command::Events {
            name: Some("n1".into()),
            boot: Some(BootId(7)),
            before: Some(u64::MAX),
            level: Some(muster::model::Level::Warning),
            limit: 5,
        },
        Command::Events {
            name: None,
            boot: None,
            before: None,
            level: None,
            limit: u32::MAX,
        },
        Command::Boots {
            name: Some("é".into()),
            limit: 0,
        },
        Command::Adopt {
            mac,
            name: Some("n\"2\\".into()),
            by: "root".into(),
        },
        Command::Adopt {
            mac,
            name: None,
            by: "root".into(),
        },
        Command::Images,
        Command::Settings,
        Command::Vars {
            language: Language::Ww,
        },
        Command::Reload,
        Command::Stop,
    ]
    .into_iter()
    .chain(overlays().map(|asked| Command::Overlay(Box::new(asked))))
    .collect()
}

/// What can be asked of overlays; empty and odd names are not taken for other questions on the way.
fn overlays() -> impl Iterator<Item = OverlayCommand> {
    let names = ["hosts", "", "a/b", "..", "é ?&%2F"];
    let paths = [
        "etc/hosts.tera",
        "",
        "/etc/x",
        "a//b",
        "a/",
        "../x",
        "é ?&#",
        "a%2Fb",
    ];
    let shown = names.map(|name| OverlayCommand::Show { name: name.into() });
    let files = paths.map(|path| OverlayCommand::File {
        name: "hosts".into(),
        path: path.into(),
    });
    let render = |(name, file): (&str, Option<&str>)| OverlayCommand::Render {
        name: name.into(),
        node: "n1".into(),
        file: file.map(Into::into),
        draft: None,
    };
    let rendered = names.into_iter().map(|name| (name, None));
    let rendered = rendered
        .chain(paths.map(|path| ("hosts", Some(path))))
        .map(render);
    let draft = |content: Content| Draft {
        path: "etc/x.tera".into(),
        content,
    };
    let drafts = [
        OverlayCommand::Render {
            name: "hosts".into(),
            node: "".into(),
            file: None,
            draft: Some(draft(Content::Text("{{ node.name }}".into()))),
        },
        OverlayCommand::Check {
            names: vec!["hosts".into()],
            nodes: Some("n[1-3]".into()),
            draft: Some(draft(Content::of(&[0xff, 0]))),
        },
        OverlayCommand::Check {
            names: Vec::new(),
            nodes: None,
            draft: None,
        },
        OverlayCommand::Change {
            name: "hosts".into(),
            steps: vec![OverlayStep::Copy],
            base: None,
            force: false,
            note: Some("why".into()),
            dry: true,
            by: "root".into(),
        },
        OverlayCommand::Log {
            name: None,
            limit: 7,
        },
        OverlayCommand::Undo {
            number: Some(3),
            name: None,
            dry: false,
            by: "root".into(),
        },
        OverlayCommand::Past {
            number: 3,
            path: "etc/x".into(),
            before: true,
        },
    ];
    std::iter::once(OverlayCommand::List)
        .chain(shown)
        .chain(files)
        .chain(rendered)
        .chain(drafts)
}

#[test]
fn commands_are_read_as_they_were_written() {
    for command in commands() {
        let route = command.route();
        let body = route.body.clone().unwrap_or_default();
        let again = Command::from_request(route.method, &route.target, body.as_bytes(), "root");
        assert_eq!(again, Ok(command), "{route:?}");
    }
}

#[test]
fn requests() {
    let routes: Vec<_> = commands().iter().map(Command::route).collect();
    let targets: Vec<Vec<u8>> = routes
        .iter()
        .map(|route| route.target.clone().into_bytes())
        .collect();
    let bodies: Vec<Vec<u8>> = routes
        .iter()
        .filter_map(|route| route.body.clone())
        .map(String::into_bytes)
        .collect();
    let mut dice = dice(0xa91);
    let (mut taken, mut refused) = (0, 0);
    for round in 0..rounds(30_000) {
        let method = if round % 3 == 0 { "POST" } else { "GET" };
        let mut target = &targets[round % targets.len()];
        let wild = bent(&mut dice, &targets);
        if round % 4 > 0 {
            target = &wild;
        }
        let target = String::from_utf8_lossy(target).into_owned();
        let body = bent(&mut dice, &bodies);
        match Command::from_request(method, &target, &body, "somebody") {
            Ok(command) => {
                taken += 1;
                let route = command.route();
                let body = route.body.clone().unwrap_or_default();
                let again =
                    Command::from_request(route.method, &route.target, body.as_bytes(), "somebody");
                assert_eq!(again, Ok(command), "{method} {target}");
            }
            Err(refusal) => {
                refused += 1;
                assert!(
                    !refusal.what.is_empty() && refusal.what.len() < 4 * target.len() + 400,
                    "{method} {target}"
                );
            }
        }
    }
    assert!(taken > 1000 && refused > 1000, "{taken} {refused}");
}

#[test]
fn what_an_engine_says_is_read_or_refused() {
    let snapshot = Snapshot {
        cluster: "c".into(),
        version: "0".into(),
        ..Snapshot::default()
    };
    let seeds = [
        serde_json::to_vec(&snapshot).unwrap(),
        serde_json::to_vec(&Delta::default()).unwrap(),
        serde_json::to_vec(&Reply::Snapshot(Box::new(snapshot))).unwrap(),
        serde_json::to_vec(&Reply::Done("read again".into())).unwrap(),
        "[".repeat(100_000).into_bytes(),
    ];
    let mut dice = dice(0x15);
    for _ in 0..rounds(5_000) {
        let bytes = bent(&mut dice, &seeds);
        if let Ok(reply) = serde_json::from_slice::<Reply>(&bytes) {
            let again: Reply =
                serde_json::from_slice(&serde_json::to_vec(&reply).unwrap()).unwrap();
            assert_eq!(again, reply);
        }
        drop(serde_json::from_slice::<Snapshot>(&bytes));
        drop(serde_json::from_slice::<Delta>(&bytes));
    }
}
