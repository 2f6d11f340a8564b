//! `muster config`: the server's settings by verb.

use super::world::{CONF, World};

#[test]
fn settings_are_set_shown_and_taken_out() {
    let mut world = World::new("nodes: {}\n");
    let plan = world.types("config set dhcp.lease=1h --dry-run").good();
    assert!(plan.starts_with("muster.conf\n"), "{plan}");
    assert!(plan.contains("dhcp.lease  (default) → 1h"), "{plan}");
    assert_eq!(world.conf(), CONF);

    let blue = "networks.blue.dns=10.7.0.2, 10.7.0.3";
    let words = [
        "config",
        "set",
        "dhcp.lease=1h",
        "networks.blue.subnet=10.7.0.0/16",
        blue,
        "--note",
        "less",
    ];
    let done = world.words(&words).good();
    assert!(
        done.contains("in muster.conf") && done.contains("undo"),
        "{done}"
    );
    assert_eq!(
        world.conf(),
        format!(
            "{CONF}dhcp:\n  lease: 1h\nnetworks:\n  blue:\n    subnet: 10.7.0.0/16\n    dns:\n      - 10.7.0.2\n      - 10.7.0.3\n"
        )
    );
    let log = world.types("log").good();
    assert!(log.contains("less") && log.contains("ana"), "{log}");

    let table = world.types("config show dhcp networks.blue").good();
    assert!(
        table.contains("dhcp.lease                 muster.conf  1h"),
        "{table}"
    );
    assert!(
        table.contains("networks.blue.gateway      default"),
        "{table}"
    );
    assert!(!table.contains("tftp"), "{table}");
    let one = world.types("config show dhcp.lease").good();
    assert!(
        one.contains("by ana in r") && one.contains("line 4"),
        "{one}"
    );
    assert!(one.contains("default  12h"), "{one}");
    let yaml = world.types("config show --yaml networks").good();
    assert_eq!(
        yaml,
        "networks:\n  blue:\n    subnet: 10.7.0.0/16\n    dns:\n    - 10.7.0.2\n    - 10.7.0.3\n"
    );
    let json = world.types("config show dhcp.lease --json").good();
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(rows[0]["own"], "1h");
    assert_eq!(rows[0]["effect"], "at once");
    assert_eq!(
        world.types("config show dhcp.lease --defaults").good(),
        "KEY         DEFAULT\ndhcp.lease  12h\n"
    );

    world.types("config unset networks.blue dhcp.lease").good();
    assert_eq!(world.conf(), CONF);
    assert_eq!(
        world.types("config unset dhcp.lease").good(),
        "nothing differs\n"
    );
    world.types("undo").good();
    world.types("undo").good();
    assert_eq!(world.conf(), CONF);
    world.types("redo").good();
    assert!(world.conf().contains("blue"));
}

#[test]
fn what_is_wrong_is_said_with_what_is_right() {
    let mut world = World::new("nodes: {}\n");
    for (line, why) in [
        ("config set dhcp.leese=1h", "did you mean `dhcp.lease`"),
        ("config set port 4", "write it as `server.port`"),
        (
            "config set server.port=70000",
            "is not a whole number from 1 to 65535",
        ),
        ("config set access maybe", "is not one of compatible, boot"),
        ("config set dhcp.lease", "is no KEY=VALUE"),
        (
            "config unset networks.red",
            "there is no `networks.red` in it",
        ),
        ("config show dhcp.leese", "did you mean `dhcp.lease`"),
        ("config set networks.b.gateway=10.0.0.1", "has no `subnet`"),
    ] {
        let said = world.types(line);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.err.contains(why), "{line}: {}", said.err);
    }
    assert_eq!(world.conf(), CONF);
    let help = world.types("help field dhcp.lease").good();
    assert!(help.contains("12h (default)"), "{help}");
    let help = world.types("help field networks.blue.subnet").good();
    assert!(help.contains("networks.NAME.subnet"), "{help}");
}

#[test]
fn an_editor_changes_the_file_whole_or_not_at_all() {
    let mut world = World::new("nodes: {}\n");
    world.someone.edits.push_back(Box::new(|text| {
        text.replace("netmask", "# wide\ndhcp: {leese: 1h}\nnetmask")
    }));
    world.someone.edits.push_back(Box::new(|text| {
        assert!(
            text.contains("did you mean") && text.contains("# wide"),
            "{text}"
        );
        text.replace("leese:", "lease:")
    }));
    world.types("config edit --note because").good();
    assert_eq!(
        world.conf(),
        CONF.replace("netmask", "# wide\ndhcp: {lease: 1h}\nnetmask")
    );
    let (text, line) = &world.someone.seen[1];
    let there = text.lines().nth(*line as usize - 1).unwrap();
    assert!(there.contains("leese"), "line {line} of {text}");

    world.types("config set dhcp.lease 2h").good();
    assert!(world.conf().contains("dhcp: {lease: 2h}"));
    world.someone.edits.push_back(Box::new(str::to_owned));
    let said = world.types("config edit").bad();
    assert!(said.contains("nothing was changed"), "{said}");
    world.types("undo").good();
    world.types("undo").good();
    assert_eq!(world.conf(), CONF);
}
