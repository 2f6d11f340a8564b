//! One key press with its modifiers, as the terminal tells it and as people write it.

use std::fmt;

use crossterm::event::{KeyCode, KeyModifiers};

/// A key press. Shift is part of a letter (`G`); it counts by itself only on keys that move a cursor, where it selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chord {
    /// Which key.
    pub code: KeyCode,
    /// With ctrl.
    pub ctrl: bool,
    /// With shift, on a key that moves a cursor.
    pub shift: bool,
}

const NAMES: [(&str, KeyCode); 19] = [
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
    ("backspace", KeyCode::Backspace),
    ("space", KeyCode::Char(' ')),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("f1", KeyCode::F(1)),
    ("f2", KeyCode::F(2)),
    ("f5", KeyCode::F(5)),
];

impl Chord {
    /// From the terminal's words; none for keys that muster has no name for. Alt is left out: it is an Esc prefix on the wire.
    #[must_use]
    pub fn of(code: KeyCode, modifiers: KeyModifiers) -> Option<Self> {
        let known = matches!(code, KeyCode::Char(c) if !c.is_control())
            || NAMES.iter().any(|(_, named)| *named == code);
        (known && !modifiers.contains(KeyModifiers::ALT)).then_some(Self {
            code,
            ctrl: modifiers.contains(KeyModifiers::CONTROL),
            shift: modifiers.contains(KeyModifiers::SHIFT) && moves(code),
        })
    }

    /// The same key without shift.
    #[must_use]
    pub const fn unshifted(self) -> Self {
        Self {
            shift: false,
            ..self
        }
    }

    /// Reads `j`, `G`, `ctrl-c`, `enter`, `space`, `shift-left`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (ctrl, name) = match text.strip_prefix("ctrl-") {
            Some(name) if !name.is_empty() => (true, name),
            _ => (false, text),
        };
        let (shift, name) = match name.strip_prefix("shift-") {
            Some(name) if !name.is_empty() => (true, name),
            _ => (false, name),
        };
        if let Some((_, code)) = NAMES.iter().find(|(known, _)| *known == name) {
            return (!shift || moves(*code)).then_some(Self {
                code: *code,
                ctrl,
                shift,
            });
        }
        let mut chars = name.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) if !c.is_control() && !shift => Some(Self {
                code: KeyCode::Char(c),
                ctrl,
                shift,
            }),
            _ => None,
        }
    }

    /// The character it types, if it types one.
    #[must_use]
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if !self.ctrl => Some(c),
            _ => None,
        }
    }
}

/// Whether a key moves a cursor.
const fn moves(code: KeyCode) -> bool {
    matches!(
        code,
        KeyCode::Up
            | KeyCode::Down
            | KeyCode::Left
            | KeyCode::Right
            | KeyCode::Home
            | KeyCode::End
            | KeyCode::PageUp
            | KeyCode::PageDown
    )
}

impl fmt::Display for Chord {
    /// As hints and help show it: `⏎`, `␣`, `ctrl-c`, `j`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("ctrl-")?;
        }
        if self.shift {
            f.write_str("shift-")?;
        }
        match self.code {
            KeyCode::Enter => f.write_str("⏎"),
            KeyCode::Char(' ') => f.write_str("␣"),
            KeyCode::Tab => f.write_str("Tab"),
            KeyCode::Esc => f.write_str("Esc"),
            KeyCode::Up => f.write_str("↑"),
            KeyCode::Down => f.write_str("↓"),
            KeyCode::Left => f.write_str("←"),
            KeyCode::Right => f.write_str("→"),
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::BackTab => f.write_str("shift-Tab"),
            KeyCode::Backspace => f.write_str("Bksp"),
            KeyCode::PageUp => f.write_str("PgUp"),
            KeyCode::PageDown => f.write_str("PgDn"),
            KeyCode::Home => f.write_str("Home"),
            KeyCode::End => f.write_str("End"),
            KeyCode::Delete => f.write_str("Del"),
            KeyCode::Insert => f.write_str("Ins"),
            KeyCode::F(number) => write!(f, "F{number}"),
            _ => f.write_str("?"),
        }
    }
}
