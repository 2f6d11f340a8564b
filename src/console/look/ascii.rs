//! The screen in ASCII, for consoles and fonts that have nothing else: one table, applied to the finished frame.

use ratatui::buffer::Buffer;

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
            "╭" | "╮" | "╰" | "╯" => "+",
            "·" => ".",
            "•" => "o",
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
            "▾" | "▼" => "v",
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
