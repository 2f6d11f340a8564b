//! The trail of a boot: how long it was at each stage.

use std::time::Duration;

use ratatui::layout::Rect;

use crate::console::ages::stopwatch;
use crate::console::frame::Frame;
use crate::console::look::{Role, bar_glyph, stage_role};
use crate::console::widgets::shares;
use crate::fleet::{Condition, STAGES};
use crate::kit::{Stamp, text};

/// How long a boot was at each stage that it passed: index of the stage, and the time.
fn spans(began: Stamp, trail: &[Option<Stamp>; 8], end: Stamp) -> Vec<(usize, Duration)> {
    let entered: Vec<(usize, Stamp)> = trail
        .iter()
        .enumerate()
        .skip(1)
        .filter_map(|(at, stamp)| Some((at, (*stamp)?.max(began))))
        .collect();
    let ends = entered.iter().skip(1).map(|(_, at)| *at).chain([end]);
    entered
        .iter()
        .zip(ends)
        .map(|((stage, from), to)| (*stage, to.since(*from)))
        .filter(|(stage, _)| *stage + 1 < STAGES.len())
        .collect()
}

/// The trail of an ended boot in words.
#[must_use]
pub fn words(began: Stamp, trail: &[Option<Stamp>; 8]) -> String {
    let end = trail.iter().flatten().max().copied().unwrap_or(began);
    spans(began, trail, end)
        .into_iter()
        .map(|(stage, took)| format!("{} {}", STAGES[stage], stopwatch(took)))
        .collect::<Vec<_>>()
        .join(" · ")
}

/// The trail of a boot in two rows: words with seconds, and a bar in proportion.
pub fn draw(frame: &mut Frame<'_>, area: Rect, began: Option<Stamp>, trail: &[Option<Stamp>; 8]) {
    let Some(began) = began else { return };
    let up = trail[STAGES.len() - 1];
    let spans = spans(began, trail, up.unwrap_or(frame.ages.now));
    words_row(frame, area, &spans, up.is_none().then_some(frame.ages.now));
    let whole: Vec<u32> = spans
        .iter()
        .map(|(_, took)| {
            u32::try_from(took.as_millis() / 100)
                .unwrap_or(u32::MAX)
                .max(1)
        })
        .collect();
    if area.height < 2 {
        return;
    }
    let mut x = area.x;
    for ((stage, _), cells) in spans
        .iter()
        .zip(shares(&whole, usize::from(area.width.min(60))))
    {
        let glyph = bar_glyph(STAGES[*stage], Condition::Fine);
        for _ in 0..cells {
            x = frame.put(x, area.y + 1, 1, glyph, stage_role(STAGES[*stage]));
        }
    }
}

/// One row of `stage seconds`. Where it is too long, the shortest stages go first.
fn words_row(frame: &mut Frame<'_>, area: Rect, spans: &[(usize, Duration)], going: Option<Stamp>) {
    let mut shown: Vec<(usize, String, Duration)> = spans
        .iter()
        .enumerate()
        .map(|(at, (stage, took))| {
            // A stage that goes on is told in whole seconds, which tick with the ages.
            let told = match going {
                Some(now) if at + 1 == spans.len() => frame.ages.since(now - *took),
                _ => stopwatch(*took),
            };
            (*stage, format!("{} {told}", STAGES[*stage]), *took)
        })
        .collect();
    let wide = |shown: &[(usize, String, Duration)]| {
        shown
            .iter()
            .map(|(_, word, _)| text::width(word) + 1)
            .sum::<usize>()
    };
    while wide(&shown) > usize::from(area.width) + 1 && shown.len() > 1 {
        let shortest = shown
            .iter()
            .enumerate()
            .min_by_key(|(_, (_, _, took))| *took);
        let Some((at, _)) = shortest else { break };
        shown.remove(at);
    }
    let mut x = area.x;
    for (at, (stage, word, _)) in shown.iter().enumerate() {
        if at > 0 {
            x = frame.put(x, area.y, area.right().saturating_sub(x), "▏", Role::Line);
        }
        x = frame.put(
            x,
            area.y,
            area.right().saturating_sub(x),
            word,
            stage_role(STAGES[*stage]),
        );
    }
}
