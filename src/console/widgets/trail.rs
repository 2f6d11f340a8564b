//! The trail of a boot: how long it was at each stage.

use std::time::Duration;

use super::shares;
use crate::console::ages::stopwatch;
use crate::console::frame::Frame;
use crate::console::look::{Role, bar_glyph, stage_role};
use crate::fleet::{Condition, STAGES, Stage};
use crate::kit::{Stamp, text};
use ratatui::layout::Rect;

/// Most cells of a bar.
const BAR: u16 = 60;

/// How long a boot was at one stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Where.
    pub stage: Stage,
    /// How long.
    pub took: Duration,
}

/// When a boot entered each stage that it passed, earliest first.
#[must_use]
pub fn entered(began: Stamp, trail: &[Option<Stamp>; 8]) -> Vec<(Stage, Stamp)> {
    let mut entered: Vec<(Stage, Stamp)> = STAGES
        .iter()
        .zip(trail)
        .skip(1)
        .filter_map(|(stage, at)| Some((*stage, (*at)?.max(began))))
        .collect();
    // A boot in two stages has its overlays before its image.
    entered.sort_by_key(|(_, at)| *at);
    entered
}

/// How long a boot was at each stage that it passed; the last one until `end`. Being up takes no time.
#[must_use]
pub fn spans(began: Stamp, trail: &[Option<Stamp>; 8], end: Stamp) -> Vec<Span> {
    let entered = entered(began, trail);
    let ends = entered.iter().skip(1).map(|(_, at)| *at).chain([end]);
    entered
        .iter()
        .zip(ends)
        .filter(|((stage, _), _)| *stage != Stage::Up)
        .map(|((stage, from), to)| Span {
            stage: *stage,
            took: to.since(*from),
        })
        .collect()
}

/// The trail of an ended boot in words; where it did not get on from has no time.
#[must_use]
pub fn words(began: Stamp, trail: &[Option<Stamp>; 8]) -> String {
    let entered = entered(began, trail);
    let end = entered.last().map_or(began, |(_, at)| *at);
    let last = entered.last().map(|(stage, _)| *stage);
    let told = |span: Span| {
        if Some(span.stage) == last {
            span.stage.to_string()
        } else {
            format!("{} {}", span.stage, stopwatch(span.took))
        }
    };
    let all: Vec<String> = spans(began, trail, end).into_iter().map(told).collect();
    all.join(" · ")
}

/// The trail of a boot in two rows: words with seconds, and a bar in proportion.
pub fn draw(frame: &mut Frame<'_>, area: Rect, began: Option<Stamp>, trail: &[Option<Stamp>; 8]) {
    let Some(began) = began else { return };
    let up = trail[Stage::Up.index()];
    let spans = spans(began, trail, up.unwrap_or(frame.ages.now));
    draw_spans(frame, area, &spans, up.is_none());
}

/// The same of given spans; `going` tells that the last one goes on.
pub fn draw_spans(frame: &mut Frame<'_>, area: Rect, spans: &[Span], going: bool) {
    words_row(frame, area, spans, going);
    if area.height < 2 {
        return;
    }
    let cells = area.width.min(BAR);
    let row = Rect::new(area.x, area.y + 1, cells, 1);
    bar(frame, row, spans, spans.iter().map(|span| span.took).sum());
}

/// The bar, as far as the boot was after `passed`; what came later is dotted.
pub fn bar(frame: &mut Frame<'_>, row: Rect, spans: &[Span], passed: Duration) {
    let tenths = |span: &Span| {
        u32::try_from(span.took.as_millis() / 100)
            .unwrap_or(u32::MAX)
            .max(1)
    };
    let whole: Vec<u32> = spans.iter().map(tenths).collect();
    let mut x = row.x;
    let mut left = passed;
    for (span, cells) in spans.iter().zip(shares(&whole, usize::from(row.width))) {
        let done = match span.took.as_millis() {
            0 => cells,
            _ if left >= span.took => cells,
            took => (cells as u128 * left.as_millis() / took) as usize,
        };
        left = left.saturating_sub(span.took);
        let glyph = bar_glyph(span.stage, Condition::Fine);
        for cell in 0..cells {
            x = if cell < done {
                frame.put(x, row.y, 1, glyph, stage_role(span.stage))
            } else {
                frame.put(x, row.y, 1, "·", Role::Line)
            };
        }
    }
}

/// One row of `stage seconds`. Where it is too long, the shortest stages go first.
fn words_row(frame: &mut Frame<'_>, area: Rect, spans: &[Span], going: bool) {
    let mut shown: Vec<(Span, String)> = spans
        .iter()
        .enumerate()
        .map(|(at, span)| {
            // A stage that goes on is told in whole seconds, which tick with the ages.
            let told = if going && at + 1 == spans.len() {
                frame.ages.since(frame.ages.now - span.took)
            } else {
                stopwatch(span.took)
            };
            (*span, format!("{} {told}", span.stage))
        })
        .collect();
    let wide = |shown: &[(Span, String)]| {
        shown
            .iter()
            .map(|(_, word)| text::width(word) + 1)
            .sum::<usize>()
    };
    while wide(&shown) > usize::from(area.width) + 1 && shown.len() > 1 {
        let shortest = shown
            .iter()
            .enumerate()
            .min_by_key(|(_, (span, _))| span.took);
        let Some((at, _)) = shortest else { break };
        shown.remove(at);
    }
    let mut x = area.x;
    for (at, (span, word)) in shown.iter().enumerate() {
        if at > 0 {
            x = frame.put(x, area.y, area.right().saturating_sub(x), "▏", Role::Line);
        }
        let room = area.right().saturating_sub(x);
        x = frame.put(x, area.y, room, word, stage_role(span.stage));
    }
}
