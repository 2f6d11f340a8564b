//! How a replay looks: a drawer below the live screen.

use ratatui::layout::Rect;

use super::moment::Moment;
use super::{Replay, offset};
use crate::api::BootRow;
use crate::console::ages::lasted;
use crate::console::frame::{Frame, Hit};
use crate::console::look::{Role, bar_glyph, mark, stage_role};
use crate::console::screens::events::level_role;
use crate::console::widgets::trail;
use crate::fleet::{Condition, Ended, Stage};
use crate::kit::text;

impl Replay {
    /// Draws it over the lower part of `body`, so that the live screen is still seen above.
    pub fn draw(&self, frame: &mut Frame<'_>, body: Rect) {
        let rows = self.moments.as_ref().map_or(0, Vec::len);
        let most = (body.height * 3 / 5).max(12).min(body.height);
        let height = u16::try_from(rows + 5)
            .unwrap_or(most)
            .clamp(8, most.max(8));
        let height = height.min(body.height);
        let area = Rect::new(body.x, body.bottom() - height, body.width, height);
        let inner = frame.window(area, "");
        self.title(frame, area);
        let (Some(boot), Some(moments)) = (self.boot(), &self.moments) else {
            let text = self.refused.as_deref().unwrap_or("asking …");
            frame.put(inner.x, inner.y + 1, inner.width, text, Role::Dim);
            return;
        };
        let here = self.list.within(moments.len());
        let row = |y: u16| Rect::new(inner.x, inner.y + y, inner.width, 1);
        then(frame, row(0), boot, moments, here);
        progress(frame, row(1), boot, moments, here);
        frame.rule(inner.x, inner.y + 2, inner.width);
        let list = Rect::new(
            inner.x,
            inner.y + 3,
            inner.width,
            inner.height.saturating_sub(3),
        );
        let first = self
            .list
            .first(here, moments.len(), usize::from(list.height));
        for (y, (at, moment)) in (list.y..list.bottom()).zip(moments.iter().enumerate().skip(first))
        {
            let row = Rect::new(list.x, y, list.width, 1);
            line(frame, row, boot, moment, at > here);
            if at == here {
                frame.tint(row, Role::Cursor);
            }
            frame.hit(row, Hit::Row { pane: 0, row: at });
        }
        let below = moments
            .len()
            .saturating_sub(first + usize::from(list.height));
        if below > 0 {
            let text = format!(" ↓ {below} more ");
            let end = area.right().saturating_sub(2);
            frame.put_right(area.x, end, area.bottom() - 1, &text, Role::Key);
        }
    }

    /// That this is a replay, of what, and how that ended.
    fn title(&self, frame: &mut Frame<'_>, area: Rect) {
        let name = format!(" {} ", self.name);
        let mut about = String::new();
        if let Some(remark) = &self.remark {
            about.push_str(&format!("· {remark} "));
        }
        if let (Some(boot), Some(boots)) = (self.boot(), &self.boots) {
            if boots.len() > 1 {
                about.push_str(&format!(
                    "· boot {} of {} ",
                    boots.len() - self.at,
                    boots.len()
                ));
            }
            let ages = frame.ages;
            let began = ages.zone.near_precise(boot.began, ages.now);
            about.push_str(&format!("· began {began} · {} ", ended(boot)));
        }
        frame.pieces(
            area.x + 2,
            area.y,
            area.width.saturating_sub(4),
            &[
                (" REPLAY ", Role::Banner),
                (&name, Role::Title),
                (&about, Role::Dim),
            ],
        );
    }
}

/// How a boot ended, in words.
fn ended(boot: &BootRow) -> String {
    match &boot.ended {
        None => "goes on".into(),
        Some((at, how)) => {
            let took = lasted(at.since(boot.began));
            format!("{how} after {took}")
        }
    }
}

/// Where the boot was then: stage, for how long, and when that was.
fn then(frame: &mut Frame<'_>, row: Rect, boot: &BootRow, moments: &[Moment], here: usize) {
    let Some(moment) = moments.get(here) else {
        let text = "nothing of this boot is kept";
        frame.put(row.x, row.y, row.width, text, Role::Dim);
        return;
    };
    let passed = moments.iter().take(here + 1);
    let (stage, since) = passed
        .rev()
        .find_map(|moment| Some((moment.entered?, moment.at)))
        .unwrap_or((Stage::Off, boot.began));
    let failed = &*moment.kind == "end"
        && matches!(
            boot.ended,
            Some((_, Ended::Failed | Ended::TimedOut | Ended::Superseded))
        );
    let (condition, role) = if failed {
        (Condition::Failed, Role::Failed)
    } else {
        (Condition::Fine, stage_role(stage))
    };
    let for_so_long = match (failed, stage) {
        (true, _) => " and no further".to_owned(),
        (_, Stage::Off | Stage::Up) => String::new(),
        _ => format!(" for {}", lasted(moment.at.since(since))),
    };
    let into = format!(
        "   {} into the boot",
        offset(boot.began, moment.at).trim_start_matches('+')
    );
    let clock = format!("   {}", frame.ages.zone.precise(moment.at));
    frame.pieces(
        row.x,
        row.y,
        row.width,
        &[
            (mark(stage, condition), role),
            (" ", role),
            (stage.word(), role),
            (&for_so_long, role),
            (&into, Role::Text),
            (&clock, Role::Dim),
        ],
    );
}

/// The bar of the whole boot, filled as far as it was then.
fn progress(frame: &mut Frame<'_>, row: Rect, boot: &BootRow, moments: &[Moment], here: usize) {
    let Some(last) = moments.last() else { return };
    let end = boot.trail[Stage::Up.index()].unwrap_or(last.at);
    let spans = trail::spans(boot.began, &boot.trail, end);
    // The bar begins with the first stage.
    let entered = trail::entered(boot.began, &boot.trail);
    let first = entered.first().map_or(boot.began, |(_, at)| *at);
    let passed = moments.get(here).map(|moment| moment.at.since(first));
    trail::bar(frame, row, &spans, passed.unwrap_or_default());
}

/// One moment; what was still to come is dim.
fn line(frame: &mut Frame<'_>, row: Rect, boot: &BootRow, moment: &Moment, later: bool) {
    let time = format!("{} ", text::pad_left(&offset(boot.began, moment.at), 9));
    let kind = format!("{} ", text::pad(&moment.kind, 7));
    let (sign, stage, role) = match moment.entered {
        Some(stage) => (
            bar_glyph(stage, Condition::Fine),
            stage.word(),
            stage_role(stage),
        ),
        None => (" ", "", Role::Dim),
    };
    let stage = format!("{sign}{} ", text::pad(stage, 8));
    let (plain, told, role) = if later {
        (Role::Line, Role::Line, Role::Line)
    } else {
        (Role::Dim, level_role(moment.level), role)
    };
    frame.pieces(
        row.x,
        row.y,
        row.width,
        &[
            (&time, plain),
            (&stage, role),
            (&kind, plain),
            (&moment.text, told),
        ],
    );
}
