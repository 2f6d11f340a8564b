//! A row for a node: its stage, how far, how fast, how long still.

use ratatui::layout::Rect;

use crate::console::column::stage_text;
use crate::console::frame::Frame;
use crate::console::look::{Role, bar_role, mark};
use crate::console::screens::World;
use crate::console::widgets::progress;
use crate::fleet::{Condition, Progress, Stage, Status};
use crate::kit::{text, units};

/// Cells of the progress bar.
const BAR: u16 = 16;

/// Draws it.
pub fn draw(
    world: &World<'_>,
    frame: &mut Frame<'_>,
    area: Rect,
    at: u32,
    indented: bool,
    here: bool,
) {
    let Some((row, status)) = world.at(at) else {
        return;
    };
    let end = area.right().saturating_sub(1);
    let x = area.x + if indented { 3 } else { 1 };
    let marked = world.marks.contains(&row.id);
    let front = match (here, marked) {
        (true, _) => "▌",
        (false, true) => "•",
        _ => " ",
    };
    frame.put(
        x,
        area.y,
        1,
        front,
        if marked { Role::Mark } else { Role::Text },
    );
    let name = text::pad(&row.name, 8);
    let named = frame.put(
        x + 1,
        area.y,
        8,
        &name,
        if marked { Role::Mark } else { Role::Text },
    );
    if here {
        frame.tint(Rect::new(x, area.y, named - x, 1), Role::Cursor);
    }
    let role = bar_role(status.stage, status.condition);
    let sign = mark(status.stage, status.condition);
    let mut x = frame.put(named + 1, area.y, 2, sign, role) + 1;
    if status.condition != Condition::Fine || status.note.is_some() {
        let age = frame.ages.since(status.since);
        let until = frame.put_right(x, end, area.y, &age, Role::Dim);
        frame.put(
            x,
            area.y,
            until.saturating_sub(x + 1),
            &stage_text(status),
            role,
        );
        return;
    }
    x = frame.put(x, area.y, 8, &text::pad(status.stage.word(), 8), role);
    rest(frame, area, x, end, status, role);
}

fn rest(frame: &mut Frame<'_>, area: Rect, x: u16, end: u16, status: &Status, role: Role) {
    if status.stage == Stage::Up {
        let age = format!("since {}", frame.ages.since(status.since));
        frame.put(x, area.y, end.saturating_sub(x), &age, Role::Dim);
        return;
    }
    let mut end = end;
    if let Some(eta) = status.eta.filter(|_| status.stage != Stage::Off) {
        // Past its time it may still come; the deadline of the stage tells when that is a problem.
        let left = if eta > frame.ages.now {
            format!("~{}", frame.ages.until(eta))
        } else {
            "due".to_owned()
        };
        end = frame
            .put_right(x, end, area.y, &left, Role::Dim)
            .saturating_sub(1);
    }
    if let Some(going) = &status.progress {
        transfer(frame, area, x, end, going, role);
    }
}

fn transfer(frame: &mut Frame<'_>, area: Rect, x: u16, end: u16, going: &Progress, role: Role) {
    let Some(of) = going.of.filter(|of| *of > 0) else {
        let text = format!("{} {}", units::size(going.sent), units::rate(going.rate));
        frame.put(x, area.y, end.saturating_sub(x), &text, Role::Dim);
        return;
    };
    let full = progress(going.sent, of, BAR);
    let mut at = x;
    for cell in 0..BAR.min(end.saturating_sub(x)) {
        let (glyph, role) = if cell < full {
            ("█", role)
        } else {
            ("░", Role::Line)
        };
        at = frame.put(at, area.y, 1, glyph, role);
    }
    let percent = going.sent.min(of) * 100 / of;
    let (sent, whole) = (units::size(going.sent), units::size(of));
    // `1.2/1.6 GB`: the unit once, when both have the same.
    let unit = whole.split(' ').next_back().unwrap_or_default();
    let sent = sent.strip_suffix(unit).map_or(&*sent, str::trim_end);
    let share = format!(" {percent:>3} %");
    at = frame.put(at, area.y, end.saturating_sub(at), &share, Role::Text);
    // A size that is cut would be another size.
    let text = format!(" {sent}/{whole}");
    if usize::from(end.saturating_sub(at)) < text::width(&text) {
        return;
    }
    at = frame.put(at, area.y, end.saturating_sub(at), &text, Role::Text);
    let rate = format!("  {}", units::rate(going.rate));
    if going.rate > 0 && end.saturating_sub(at) as usize > rate.len() {
        frame.put(at, area.y, end.saturating_sub(at), &rate, Role::Dim);
    }
}
