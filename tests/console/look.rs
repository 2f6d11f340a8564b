//! Themes and colours.

use muster::console::look::{Depth, Look, Role, Theme, ThemeError, shipped, wants_ascii};
use ratatui::style::{Color, Modifier, Style};

#[test]
fn every_theme_styles_every_role_and_tells_bad_from_good() {
    for name in shipped() {
        let theme = Theme::named(name, &[]).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(theme.styles.len(), Role::COUNT);
        for depth in [Depth::True, Depth::Indexed, Depth::Sixteen] {
            let look = Look::new(theme.clone(), depth, false);
            assert_ne!(
                look.style(Role::Failed),
                look.style(Role::Up),
                "{name} at {}",
                depth.word()
            );
            assert_ne!(
                look.style(Role::Stalled),
                look.style(Role::Up),
                "{name} at {}",
                depth.word()
            );
        }
    }
}

#[test]
fn a_site_theme_needs_only_what_differs() {
    let site = [(
        "ours".to_owned(),
        "parent: default\nroles: { up: { fg: '#00ff00', bold: true } }\n".to_owned(),
    )];
    let theme = Theme::named("ours", &site).unwrap();
    let look = Look::new(theme, Depth::True, false);
    assert_eq!(
        look.style(Role::Up),
        Style::new()
            .fg(Color::Rgb(0, 255, 0))
            .add_modifier(Modifier::BOLD)
    );
}

#[test]
fn wrong_themes_say_what_is_wrong() {
    let wrong = |text: &str| {
        let site = [("ours".to_owned(), text.to_owned())];
        Theme::named("ours", &site).unwrap_err()
    };
    assert!(matches!(wrong("parent: ours"), ThemeError::Circle(name) if name == "ours"));
    assert!(matches!(wrong("parent: theirs"), ThemeError::Unknown(name, _) if name == "theirs"));
    assert!(matches!(wrong("roles: {}"), ThemeError::Missing(_, "text")));
    assert!(
        wrong("parent: default\nroles: { upp: {} }")
            .to_string()
            .contains("no role `upp`")
    );
    assert!(
        wrong("parent: default\nroles: { up: { fg: mauve-ish } }")
            .to_string()
            .contains("mauve-ish")
    );
    assert!(wrong("roles: [").to_string().contains("ours"));
}

#[test]
fn depth_comes_from_the_environment_in_order() {
    let from = |vars: &[(&str, &str)]| {
        Depth::from_env(|name| {
            vars.iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        })
    };
    assert_eq!(
        from(&[("NO_COLOR", "1"), ("COLORTERM", "truecolor")]),
        Depth::None
    );
    assert_eq!(
        from(&[("NO_COLOR", ""), ("COLORTERM", "truecolor")]),
        Depth::True
    );
    assert_eq!(
        from(&[("COLORTERM", "24bit"), ("TERM", "linux")]),
        Depth::True
    );
    assert_eq!(from(&[("TERM", "tmux-256color")]), Depth::Indexed);
    assert_eq!(from(&[("TERM", "linux")]), Depth::Sixteen);
    assert_eq!(from(&[("TERM", "vt100")]), Depth::None);
    assert_eq!(from(&[]), Depth::None);
}

#[test]
fn colours_go_to_their_nearest() {
    let fg = |depth: Depth, r, g, b| depth.adapt(Style::new().fg(Color::Rgb(r, g, b))).fg;
    assert_eq!(fg(Depth::Indexed, 255, 0, 0), Some(Color::Indexed(196)));
    assert_eq!(fg(Depth::Indexed, 128, 128, 128), Some(Color::Indexed(244)));
    assert_eq!(fg(Depth::Sixteen, 0x5a, 0xa9, 0xf7), Some(Color::LightCyan));
    assert_eq!(fg(Depth::Sixteen, 0xff, 0x9d, 0x45), Some(Color::LightRed));
    assert_eq!(fg(Depth::Sixteen, 0x4a, 0x51, 0x60), Some(Color::DarkGray));
    assert_eq!(fg(Depth::None, 1, 2, 3), None);
}

#[test]
fn ascii_is_for_terminals_that_have_nothing_else() {
    let wants = |set: &[(&str, &str)]| {
        wants_ascii(|name| {
            let found = set.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    };
    let xterm = ("TERM", "xterm-256color");
    assert!(!wants(&[xterm]));
    assert!(!wants(&[xterm, ("LANG", "de_DE.UTF-8")]));
    assert!(!wants(&[xterm, ("LANG", "C"), ("LC_ALL", "C.utf8")]));
    assert!(wants(&[xterm, ("LANG", "de_DE@euro")]));
    assert!(wants(&[xterm, ("LC_CTYPE", "POSIX"), ("LANG", "C.UTF-8")]));
    assert!(!wants(&[xterm, ("LC_ALL", ""), ("LANG", "C.UTF-8")]));
    assert!(wants(&[("TERM", "linux"), ("LANG", "C.UTF-8")]));
    assert!(wants(&[("TERM", "vt220"), ("LANG", "C.UTF-8")]));
}
