//! How many colours a terminal has, and the nearest colour it can show.

use ratatui::style::{Color, Style};

/// Colour depth, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// No colour: bold, reverse, underline and dim only.
    None,
    /// The sixteen of every terminal.
    Sixteen,
    /// The 256 of xterm.
    Indexed,
    /// 24 bits.
    True,
}

impl Depth {
    /// Reads `none`, `16`, `256`, `true`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "none" | "never" | "mono" => Some(Self::None),
            "16" => Some(Self::Sixteen),
            "256" => Some(Self::Indexed),
            "true" | "24bit" | "truecolor" => Some(Self::True),
            _ => None,
        }
    }

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Sixteen => "16",
            Self::Indexed => "256",
            Self::True => "true",
        }
    }

    /// The next one, for cycling live.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::None => Self::Sixteen,
            Self::Sixteen => Self::Indexed,
            Self::Indexed => Self::True,
            Self::True => Self::None,
        }
    }

    /// From the environment: `NO_COLOR` (if not empty), then `COLORTERM`, then `TERM`. A flag or setting comes before this.
    #[must_use]
    pub fn from_env(var: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| var(name).filter(|value| !value.is_empty());
        if set("NO_COLOR").is_some() {
            return Self::None;
        }
        if matches!(set("COLORTERM").as_deref(), Some("truecolor" | "24bit")) {
            return Self::True;
        }
        let term = set("TERM").unwrap_or_default();
        if term.is_empty() || term == "dumb" || term.starts_with("vt1") || term.starts_with("vt2") {
            Self::None
        } else if term.contains("direct") {
            Self::True
        } else if term.contains("256") || term == "xterm-kitty" || term == "alacritty" {
            Self::Indexed
        } else {
            Self::Sixteen
        }
    }

    /// The same style in colours that this depth has.
    #[must_use]
    pub fn adapt(self, style: Style) -> Style {
        Style {
            fg: style.fg.and_then(|colour| self.nearest(colour)),
            bg: style.bg.and_then(|colour| self.nearest(colour)),
            ..style
        }
    }

    fn nearest(self, colour: Color) -> Option<Color> {
        let Color::Rgb(r, g, b) = colour else {
            return (self > Self::None).then_some(colour);
        };
        match self {
            Self::None => None,
            Self::Sixteen => Some(sixteen(r, g, b)),
            Self::Indexed => Some(Color::Indexed(indexed(r, g, b))),
            Self::True => Some(colour),
        }
    }
}

/// The nearest of xterm's 6x6x6 cube and its 24 greys.
fn indexed(r: u8, g: u8, b: u8) -> u8 {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let step = |v: u8| {
        (0u8..)
            .zip(STEPS)
            .min_by_key(|(_, s)| s.abs_diff(v))
            .map_or(0, |(at, _)| at)
    };
    let (cr, cg, cb) = (step(r), step(g), step(b));
    let cube = [cr, cg, cb].map(|at| STEPS[usize::from(at)]);
    let mean = (u16::from(r) + u16::from(g) + u16::from(b)) / 3;
    let grey_at = (mean.saturating_sub(3) / 10).min(23) as u8;
    let grey = 8 + 10 * grey_at;
    if distance([r, g, b], [grey; 3]) < distance([r, g, b], cube) {
        232 + grey_at
    } else {
        16 + 36 * cr + 6 * cg + cb
    }
}

fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    a.iter()
        .zip(b)
        .map(|(x, y)| u32::from(x.abs_diff(y)).pow(2))
        .sum()
}

/// One of the sixteen, by hue first: greys by lightness, colours by which of red, green and blue is strong.
fn sixteen(r: u8, g: u8, b: u8) -> Color {
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    if most - least < 40 {
        return match most {
            0..=60 => Color::Black,
            61..=150 => Color::DarkGray,
            151..=215 => Color::Gray,
            _ => Color::White,
        };
    }
    let strong = |v: u8| u16::from(v - least) * 2 >= u16::from(most - least);
    let bright = most > 200;
    match (strong(r), strong(g), strong(b), bright) {
        (true, true, false, false) => Color::Yellow,
        (true, true, false, true) => Color::LightYellow,
        (true, false, true, false) => Color::Magenta,
        (true, false, true, true) => Color::LightMagenta,
        (false, true, true, false) => Color::Cyan,
        (false, true, true, true) => Color::LightCyan,
        (false, true, false, false) => Color::Green,
        (false, true, false, true) => Color::LightGreen,
        (false, false, true, false) => Color::Blue,
        (false, false, true, true) => Color::LightBlue,
        (_, _, _, false) => Color::Red,
        (_, _, _, true) => Color::LightRed,
    }
}
