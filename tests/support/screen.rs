//! A screen as text and styles, compared with files; and as a picture.

use std::fmt::Write;
use std::path::PathBuf;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// Text of a buffer, one line a row, trailing spaces cut.
pub fn text(buf: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buf.area.height {
        let mut line = String::new();
        let mut skip = 0;
        for x in 0..buf.area.width {
            let symbol = buf[(x, y)].symbol();
            if skip == 0 {
                line.push_str(symbol);
                skip = muster::kit::text::width(symbol).saturating_sub(1);
            } else {
                skip -= 1;
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn style(cell: &Cell) -> String {
    let mut out = format!("{}/{}", cell.fg, cell.bg);
    for (bit, word) in [
        (Modifier::BOLD, "+bold"),
        (Modifier::DIM, "+dim"),
        (Modifier::UNDERLINED, "+line"),
        (Modifier::REVERSED, "+reverse"),
    ] {
        if cell.modifier.contains(bit) {
            out.push_str(word);
        }
    }
    out
}

/// Text and styles: after the text a map of the same size with a letter for each style, and what the letters mean.
pub fn print(buf: &Buffer) -> String {
    let mut known: Vec<String> = Vec::new();
    let mut map = String::new();
    for y in 0..buf.area.height {
        let mut line = String::new();
        for x in 0..buf.area.width {
            let style = style(&buf[(x, y)]);
            let at = known
                .iter()
                .position(|seen| *seen == style)
                .unwrap_or_else(|| {
                    known.push(style);
                    known.len() - 1
                });
            let letter = b".abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[at];
            line.push(char::from(letter));
        }
        let last = line.chars().next_back().unwrap_or('.');
        let cut = line.trim_end_matches(last).len() + 1;
        map.push_str(&line[..cut.min(line.len())]);
        map.push('\n');
    }
    let mut out = text(buf);
    out.push_str("--- styles\n");
    out.push_str(&map);
    out.push_str("--- letters\n");
    for (at, style) in known.iter().enumerate() {
        let letter = char::from(b".abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[at]);
        writeln!(out, "{letter} {style}").unwrap();
    }
    out
}

/// Compares with `tests/console/snapshots/<name>.txt`; `MUSTER_BLESS=1` writes that file instead.
pub fn same_as_file(name: &str, now: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/console/snapshots")
        .join(format!("{name}.txt"));
    if std::env::var_os("MUSTER_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&path, now).unwrap();
        return;
    }
    let then = std::fs::read_to_string(&path).unwrap_or_else(|_| {
        panic!(
            "{} is missing: run with MUSTER_BLESS=1 and look at it",
            path.display()
        )
    });
    if then == now {
        return;
    }
    let mut differ = String::new();
    for (at, (old, new)) in then.lines().zip(now.lines()).enumerate() {
        if old != new {
            writeln!(differ, "{:>3} - {old}\n    + {new}", at + 1).unwrap();
        }
    }
    panic!("{name} looks different (MUSTER_BLESS=1 accepts it):\n{differ}");
}

/// Cell size of pictures in pixels: whole ones, else seams show between reversed cells.
const CELL: (u32, u32) = (9, 19);
const BACK: &str = "#14181f";
const FRONT: &str = "#e6e9ef";

fn colour(colour: Color, reset: &str) -> String {
    match colour {
        Color::Reset => reset.into(),
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        other => match other {
            Color::Black => "#000000",
            Color::DarkGray => "#6b6b6b",
            Color::Gray => "#c0c0c0",
            Color::White => "#ffffff",
            Color::Red | Color::LightRed => "#ff5f5f",
            Color::Green | Color::LightGreen => "#5fd75f",
            Color::Yellow | Color::LightYellow => "#ffd75f",
            Color::Blue | Color::LightBlue => "#5f87ff",
            Color::Magenta | Color::LightMagenta => "#d787ff",
            Color::Cyan | Color::LightCyan => "#5fd7d7",
            _ => reset,
        }
        .into(),
    }
}

/// Block characters drawn as shapes, so that bars have no seams whatever the font: left, top, width, height in eighths, and
/// how opaque.
fn block(symbol: &str) -> Option<(u32, u32, u32, u32, f32)> {
    Some(match symbol {
        "█" => (0, 0, 8, 8, 1.0),
        "▓" => (0, 0, 8, 8, 0.72),
        "▒" => (0, 0, 8, 8, 0.46),
        "░" => (0, 0, 8, 8, 0.24),
        "▌" => (0, 0, 4, 8, 1.0),
        "▁" => (0, 7, 8, 1, 1.0),
        "▂" => (0, 6, 8, 2, 1.0),
        "▃" => (0, 5, 8, 3, 1.0),
        "▄" => (0, 4, 8, 4, 1.0),
        "▅" => (0, 3, 8, 5, 1.0),
        "▆" => (0, 2, 8, 6, 1.0),
        "▇" => (0, 1, 8, 7, 1.0),
        _ => return None,
    })
}

/// The buffer as an SVG picture.
pub fn svg(buf: &Buffer, light: bool) -> String {
    let (back, front) = if light {
        ("#fbfbfd", "#1d2330")
    } else {
        (BACK, FRONT)
    };
    let (w, h) = (u32::from(buf.area.width), u32::from(buf.area.height));
    let (wide, high) = (w * CELL.0 + 16, h * CELL.1 + 16);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{high}\" viewBox=\"0 0 {wide} {high}\" \
         font-family=\"DejaVu Sans Mono, monospace\" font-size=\"15\">\n<rect width=\"{wide}\" height=\"{high}\" rx=\"6\" \
         fill=\"{back}\"/>\n"
    );
    for y in 0..h {
        for x in 0..w {
            let cell = &buf[(x as u16, y as u16)];
            let (mut fg, mut bg) = (colour(cell.fg, front), colour(cell.bg, back));
            if cell.modifier.contains(Modifier::REVERSED) {
                std::mem::swap(&mut fg, &mut bg);
            }
            let (px, py) = (8 + x * CELL.0, 8 + y * CELL.1);
            if bg != back {
                let (w, h) = CELL;
                writeln!(
                    out,
                    "<rect x=\"{px}\" y=\"{py}\" width=\"{w}\" height=\"{h}\" fill=\"{bg}\"/>"
                )
                .unwrap();
            }
            let symbol = cell.symbol();
            if symbol == " " {
                continue;
            }
            if let Some((left, top, width, height, opacity)) = block(symbol) {
                // A bar leaves one pixel of air above and below, as terminals' line spacing does.
                let (bx, by) = (px + left * CELL.0 / 8, py + 1 + top * (CELL.1 - 2) / 8);
                let (bw, bh) = (width * CELL.0 / 8, (CELL.1 - 2) - top * (CELL.1 - 2) / 8);
                let _whole = height;
                writeln!(
                    out,
                    "<rect x=\"{bx}\" y=\"{by}\" width=\"{bw}\" height=\"{bh}\" fill=\"{fg}\" fill-opacity=\"{opacity}\"/>"
                )
                .unwrap();
                continue;
            }
            let weight = if cell.modifier.contains(Modifier::BOLD) {
                " font-weight=\"bold\""
            } else {
                ""
            };
            let line = if cell.modifier.contains(Modifier::UNDERLINED) {
                " text-decoration=\"underline\""
            } else {
                ""
            };
            let dim = if cell.modifier.contains(Modifier::DIM) {
                " fill-opacity=\"0.6\""
            } else {
                ""
            };
            let safe = symbol
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;");
            writeln!(
                out,
                "<text x=\"{px}\" y=\"{}\" fill=\"{fg}\"{weight}{line}{dim}>{safe}</text>",
                py + 14
            )
            .unwrap();
        }
    }
    out.push_str("</svg>\n");
    out
}
