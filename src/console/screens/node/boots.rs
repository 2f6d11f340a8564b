//! The boots of a node: when, how each ended, how long it was at each stage.

use ratatui::layout::Rect;

use super::{NodeScreen, Pane};
use crate::api::{BootRow, NodeDetail};
use crate::console::ages::lasted;
use crate::console::frame::Frame;
use crate::console::look::Role;
use crate::console::widgets::trail;
use crate::fleet::{Ended, STAGES, Status};
use crate::kit::{Stamp, text};

impl NodeScreen {
    pub(super) fn draw_boots(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        detail: &NodeDetail,
        status: &Status,
        pane: Pane,
    ) {
        let heading = format!(
            "{}  {}  {}  STAGES",
            text::pad("BEGAN", 12),
            text::pad_left("AGO", 4),
            text::pad("HOW IT ENDED", 22)
        );
        frame.put(area.x + 2, area.y, area.width, &heading, Role::Dim);
        let body = Rect::new(
            area.x,
            area.y + 1,
            area.width,
            area.height.saturating_sub(2),
        );
        self.rows(frame, body, pane, |frame, row, at| {
            if let Some(boot) = detail.boots.get(at) {
                // Of the boot under way the status knows more than the record, which is kept at its turns.
                let now = (status.boot == Some(boot.id)).then_some(&status.trail);
                boot_row(frame, row, boot, now.unwrap_or(&boot.trail));
            }
        });
        if !detail.boots.is_empty() {
            frame.pieces(
                area.x + 2,
                area.bottom().saturating_sub(1),
                area.width.saturating_sub(3),
                &[
                    ("⏎", Role::Key),
                    (" replays this boot, moment by moment", Role::Dim),
                ],
            );
        }
    }
}

/// One boot: when, how it ended, how long it was at each stage.
fn boot_row(
    frame: &mut Frame<'_>,
    row: Rect,
    boot: &BootRow,
    passed: &[Option<Stamp>; STAGES.len()],
) {
    let (how, role) = match &boot.ended {
        None => ("goes on".to_owned(), Role::Image),
        Some((end, how)) => {
            let role = match how {
                Ended::Up => Role::Up,
                Ended::Failed | Ended::TimedOut => Role::Failed,
                Ended::Superseded => Role::Stalled,
            };
            let took = lasted(end.since(boot.began));
            (format!("{how} after {took}"), role)
        }
    };
    let ages = frame.ages;
    let began = text::pad(&ages.zone.near_precise(boot.began, ages.now), 12);
    let ago = text::pad_left(&ages.since(boot.began), 4);
    let note = boot.note.as_deref().unwrap_or_default();
    frame.pieces(
        row.x + 2,
        row.y,
        row.width.saturating_sub(3),
        &[
            (&began, Role::Text),
            ("  ", Role::Text),
            (&ago, Role::Dim),
            ("  ", Role::Text),
            (&text::pad(&how, 22), role),
            ("  ", Role::Text),
            (&trail::words(boot.began, passed), Role::Dim),
            ("  ", Role::Text),
            (note, role),
        ],
    );
}
