//! Proof that the rules bite: each is shown a text that breaks it and one that does not.

use super::text::{Source, blank};
use super::{rules, sight, tree};

fn source(path: &str, text: &str) -> Source {
    Source::new(path, text)
}

#[test]
fn comments_and_literals_are_no_code() {
    let cases = [
        ("a // use crate::x\nb", "a b"),
        ("a /* x /* y */ z */ b", "a b"),
        ("f(\"crate::\\\"x\") ; g", "f( ) ; g"),
        ("r#\"a \" b\"# c", "c"),
        ("x('\\'', 'y', &'a str)", "x( , , &'a str)"),
        ("r#type", "r#type"),
        ("b\"{\" {", "{"),
        ("'{' '\\u{7f}' {", "{"),
    ];
    for (text, code) in cases {
        let blanked = blank(text);
        let words: Vec<_> = blanked.split_whitespace().collect();
        assert_eq!(words.join(" "), code, "{text}");
        assert_eq!(blanked.chars().count(), text.chars().count(), "{text}");
    }
}

#[test]
fn a_look_upwards_is_seen() {
    let bad = [
        ("src/kit/mac.rs", "use crate::model::Node;"),
        ("src/fleet/why.rs", "fn f() { crate::boot::open::go() }"),
        (
            "src/wire/tftp.rs",
            "use crate::{\n    kit::Mac,\n    model::{Node, View},\n};",
        ),
        ("src/console/app.rs", "use crate::daemon::Clock;"),
        ("src/daemon/run.rs", "use crate::console::App;"),
        ("src/link/socket.rs", "use crate::engine::Engine;"),
        ("src/kit/mac.rs", "use super::super::model::Node;"),
        ("src/kit/mac.rs", "use muster::model::Node;"),
        ("src/attic/mod.rs", "//! Old things."),
        (
            "src/kit/mac.rs",
            "#[cfg(test)]\nmod tests { use crate::model::Node; }",
        ),
    ];
    for (path, text) in bad {
        assert_eq!(
            sight::breaches(&source(path, text)).len(),
            1,
            "{path}: {text}"
        );
    }
    let good = [
        (
            "src/boot/dhcp/answer.rs",
            "use super::super::open::OpenBoots;\nuse crate::{boot, kit::{Mac, Stamp}};",
        ),
        (
            "src/kit/mac.rs",
            "// use crate::model::Node;\nconst A: &str = \"crate::model\";",
        ),
        (
            "src/kit/mac.rs",
            "#[cfg(test)]\nmod tests { use super::super::Stamp; }",
        ),
        ("src/main.rs", "use muster::daemon;"),
        ("src/daemon/run.rs", "use crate::engine::Engine;"),
    ];
    for (path, text) in good {
        assert_eq!(
            sight::breaches(&source(path, text)),
            Vec::<String>::new(),
            "{path}: {text}"
        );
    }
}

#[test]
fn a_breach_names_file_line_and_rule() {
    let found = sight::breaches(&source("src/kit/mac.rs", "\n\nuse crate::wire::cpio;"));
    assert_eq!(
        found,
        ["src/kit/mac.rs:3: `kit` may not see `wire`; it may see nothing"]
    );
}

#[test]
fn long_files_and_functions_are_seen() {
    let body = "    step();\n".repeat(59);
    let long = format!("fn long(\n    a: u8,\n) {{\n{body}}}\n");
    let short = format!(
        "fn short() {{\n{}}}\n",
        "    // reason\n\n    step();\n".repeat(58)
    );
    assert_eq!(
        rules::function_size(&source("src/kit/a.rs", &long)).len(),
        1
    );
    assert_eq!(
        rules::function_size(&source("src/kit/a.rs", &short)),
        Vec::<String>::new()
    );
    let many = "const A: u8 = 1;\n".repeat(401);
    assert_eq!(rules::file_size(&source("src/kit/a.rs", &many)).len(), 1);
    let remarks = "// A remark.\n\n".repeat(1000);
    assert_eq!(
        rules::file_size(&source("src/kit/a.rs", &remarks)),
        Vec::<String>::new()
    );
    let tests = format!(
        "#[cfg(test)]\nmod tests {{\n{}}}\n",
        "    fn a() {}\n".repeat(40)
    );
    assert_eq!(
        rules::inline_tests(&source("src/kit/a.rs", &tests)).len(),
        1
    );
    assert_eq!(
        rules::file_size(&source("src/kit/a.rs", &tests)),
        Vec::<String>::new()
    );
}

#[test]
fn hands_clocks_panics_and_names_are_seen() {
    let seen = |rule: fn(&Source) -> Vec<String>, path: &str, text: &str| {
        !rule(&source(path, text)).is_empty()
    };
    assert!(seen(
        rules::hands,
        "src/boot/a.rs",
        "use tokio::net::UdpSocket;"
    ));
    assert!(seen(
        rules::hands,
        "src/registry/a.rs",
        "let t = std::fs::read(p);"
    ));
    assert!(!seen(
        rules::hands,
        "src/image/a.rs",
        "let t = std::fs::read(p);"
    ));
    assert!(!seen(
        rules::hands,
        "src/daemon/a.rs",
        "use tokio::net::UdpSocket;"
    ));
    assert!(seen(
        rules::clocks,
        "src/fleet/a.rs",
        "let n = Instant::now();"
    ));
    assert!(seen(
        rules::clocks,
        "src/daemon/a.rs",
        "let n = SystemTime::now();"
    ));
    assert!(!seen(
        rules::clocks,
        "src/daemon/clock.rs",
        "let n = Instant::now();"
    ));
    assert!(seen(rules::panics, "src/cli/a.rs", "println!(\"x\");"));
    assert!(seen(
        rules::panics,
        "src/cli/a.rs",
        "#[allow(clippy::unwrap_used)]"
    ));
    assert!(!seen(
        rules::panics,
        "src/cli/a.rs",
        "x.unwrap_or_default(); writeln!(out)"
    ));
    assert!(!seen(
        rules::panics,
        "src/cli/a.rs",
        "#[cfg(test)]\nmod t { fn f() { x.unwrap(); } }"
    ));
    assert!(seen(rules::names, "src/kit/utils.rs", "//! Things."));
    assert!(seen(
        rules::names,
        "src/boot/a.rs",
        "pub struct PacketHandler;"
    ));
    assert!(!seen(
        rules::names,
        "src/boot/a.rs",
        "pub struct Commonwealth;"
    ));
    assert!(seen(rules::opening, "src/boot/mod.rs", "pub mod a;"));
    assert!(!seen(rules::opening, "src/boot/mod.rs", "//! Floor 3."));
}

#[test]
fn loose_words_stand_alone() {
    let words = [["TO", "DO"].concat(), ["XX", "X"].concat()];
    let count = |line: &str| tree::loose_words(line, &words).count();
    assert_eq!(count(&format!("// {}: later", words[0])), 1);
    assert_eq!(count("mktemp -d /tmp/lab.XXXXXX"), 0);
    assert_eq!(count("nothing here"), 0);
}
