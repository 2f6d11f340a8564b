//! Secrets are shown to whoever asks for them in so many words, and to nobody else.

use super::world::World;

const NODES: &str = "\
nodes:
  n1:
    asset key: sesame-street   # sticker on the lid
    ipmi:
      username: admin
      password: \"correct horse\"
    init: /sbin/correct
  n2: {}
";

#[test]
fn no_listing_diff_log_or_export_shows_them() {
    let mut world = World::new(NODES);
    world.someone.secret = Some("battery staple".into());
    world.types("node set n2 --ipmipass -").good();
    assert!(world.file().contains("battery staple"));
    let lines = [
        "node list --own",
        "node list --merged",
        "node list --sources",
        "node list --sources --json",
        "node list --merged --yaml",
        "node list --own --csv",
        "node list --fields ipmi.password,asset_key",
        "node show n1",
        "node show n1 --json",
        "node export",
        "node export --csv",
        "node export --json",
        "log",
        "log --json",
        "diff r0",
        "diff r0 --json",
        "node set n1 --ipmipass other --dry-run",
        "node set n1 --ipmipass other --json",
        "undo",
        "help field ipmi.password",
        "help field asset_key",
    ];
    for line in lines {
        let said = world.types(line);
        for secret in ["sesame-street", "correct horse", "battery staple", "other"] {
            let all = said
                .out
                .replace("other", if secret == "other" { "other" } else { "" });
            let told = all.contains(secret) && !(secret == "other" && line.starts_with("help"));
            assert!(!told, "`{line}` tells {secret}: {said:?}");
        }
    }
    for line in [
        "node list --own --secrets",
        "node show n1 --secrets",
        "node export --secrets",
        "node list --merged --json --secrets",
    ] {
        let said = world.types(line).good();
        assert!(
            said.contains("sesame-street") && said.contains("correct horse"),
            "{line}: {said}"
        );
    }
}

#[test]
fn an_export_without_them_changes_nothing_when_it_comes_back() {
    let mut world = World::new(NODES);
    for form in ["", " --csv"] {
        let said = world.types(&format!("node export{form}"));
        assert!(said.err.contains("2 secrets are left out"), "{}", said.err);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), said.good()).unwrap();
        let path = file.path().to_str().unwrap();
        let back = world.words(&["node", "import", path]).good();
        assert_eq!(back, "nothing differs\n");
        assert_eq!(world.file(), NODES);
    }
}

#[test]
fn an_editor_sees_masks_and_writes_the_secrets_back() {
    let mut world = World::new(NODES);
    world.someone.edits.push_back(Box::new(|text| {
        assert!(
            !text.contains("sesame") && !text.contains("correct horse"),
            "{text}"
        );
        assert!(
            text.contains("init: /sbin/correct") && text.contains("# sticker on the lid"),
            "{text}"
        );
        text.replace("username: admin", "username: root")
    }));
    world.types("node edit n1").good();
    assert_eq!(
        world.file(),
        NODES.replace("username: admin", "username: root")
    );

    world.someone.edits.push_back(Box::new(|text| {
        assert!(text.contains("correct horse"), "{text}");
        text.into()
    }));
    let said = world.types("node edit n1 --secrets").bad();
    assert!(said.contains("nothing was changed"), "{said}");
}
