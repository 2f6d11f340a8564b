//! The screen in ASCII, for consoles and fonts that have nothing else: one table, applied to the finished frame.

use ratatui::buffer::Buffer;

/// Whether the terminal had better be given nothing else: the linux console has few glyphs, old terminals have none of ours, and
/// a character set that is said and is not UTF-8 (`LC_ALL`, else `LC_CTYPE`, else `LANG`) is taken at its word. One that is not
/// said at all says nothing: so it is on many servers that are reached from good terminals.
#[must_use]
pub fn wants_ascii(var: impl Fn(&str) -> Option<String>) -> bool {
    let set = |name: &str| var(name).filter(|value| !value.is_empty());
    let term = set("TERM").unwrap_or_default();
    if ["linux", "dumb", "vt1", "vt2"]
        .iter()
        .any(|plain| term.starts_with(plain))
    {
        return true;
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        !(locale.contains("utf-8") || locale.contains("utf8"))
    })
}

/// Replaces every cell that is not ASCII: our own glyphs by a likeness, all else by `?`.
pub fn to_ascii(buf: &mut Buffer) {
    for cell in &mut buf.content {
        let symbol = cell.symbol();
        if symbol.is_ascii() {
            continue;
        }
        let like = match symbol {
            "█" | "▉" | "▊" | "▋" => "#",
            "▓" => "%",
            "▒" => "=",
            "░" => "-",
            "▌" | "▐" | "▎" | "▏" | "│" | "┬" | "┴" | "┼" | "├" | "┤" => "|",
            "─" | "—" | "–" => "-",
            "╭" | "╮" | "╰" | "╯" | "└" => "+",
            "·" => ".",
            "•" => "o",
            "◇" => "*",
            "≠" => "!",
            "±" => "~",
            // The ramp of stages: no two alike, none like `off` or a problem.
            "▁" => "_",
            "▂" => ":",
            "▃" => "-",
            "▄" => "=",
            "▅" => "+",
            "▆" => "*",
            "▇" => "%",
            "●" => "*",
            "▸" | "▶" | "→" | "›" => ">",
            "‹" | "←" => "<",
            "▾" | "▼" | "↓" => "v",
            "▲" | "↑" => "^",
            "✗" => "X",
            "✓" => "+",
            "…" => "~",
            "⋮" => ":",
            "⏎" => "<",
            "␣" => "_",
            "×" => "x",
            _ => "?",
        };
        cell.set_symbol(like);
    }
}
