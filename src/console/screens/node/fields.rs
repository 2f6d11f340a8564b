//! The fields of a node: value, layer, and what that hides.

use ratatui::layout::Rect;

use super::{NodeScreen, Pane};
use crate::api::{FieldRow, NodeDetail};
use crate::console::frame::Frame;
use crate::console::look::Role;
use crate::kit::text;

impl NodeScreen {
    pub(super) fn draw_fields(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        detail: &NodeDetail,
        pane: Pane,
    ) {
        let wide = area.width;
        let Widths { key, value, source } = widths(detail, wide);
        let at_value = area.x + 2 + key;
        let at_source = at_value + value;
        let at_shadow = at_source + source;
        for (x, word) in [
            (area.x + 2, "FIELD"),
            (at_value, "VALUE"),
            (at_source, "FROM"),
            (at_shadow, "SHADOWED BY THIS"),
        ] {
            frame.put(x, area.y, area.right().saturating_sub(x), word, Role::Dim);
        }
        let cursor = self.list.within(self.len());
        // One row below explains the field under the cursor.
        let body = Rect::new(area.x, area.y + 1, wide, area.height.saturating_sub(2));
        self.rows(frame, body, pane, |frame, row, at| {
            if let Some(fault) = detail.faults.get(at) {
                frame.put(
                    row.x + 2,
                    row.y,
                    wide.saturating_sub(3),
                    &fault.to_string(),
                    Role::Failed,
                );
                return;
            }
            let Some(field) = detail.fields.get(at - detail.faults.len()) else {
                return;
            };
            if at == cursor {
                let cells = row.right().saturating_sub(at_value + 1);
                let spot = Rect::new(at_value, row.y, cells.min(value), 1);
                self.spot.set(Some(spot));
            }
            frame.put(row.x + 2, row.y, key - 2, &field.key, Role::Text);
            frame.put(at_value, row.y, value - 2, &field.value, Role::Title);
            frame.put(at_source, row.y, source - 2, &field.source, Role::Key);
            frame.put(
                at_shadow,
                row.y,
                row.right().saturating_sub(at_shadow + 1),
                &shadowed(field),
                Role::Dim,
            );
        });
        self.explain(frame, area, detail);
    }

    /// The field under the cursor in words, in the last row.
    fn explain(&self, frame: &mut Frame<'_>, area: Rect, detail: &NodeDetail) {
        let here = self
            .list
            .within(self.len())
            .checked_sub(detail.faults.len());
        if let Some(field) = here.and_then(|at| detail.fields.get(at)) {
            let doc = format!(
                "{}: {} · takes effect: {}",
                field.label, field.doc, field.effect
            );
            frame.put(
                area.x + 2,
                area.bottom().saturating_sub(1),
                area.width.saturating_sub(3),
                &doc,
                Role::Dim,
            );
        }
    }
}

/// Cells of the columns of fields, each with two of air; what they leave shows what is shadowed.
struct Widths {
    key: u16,
    value: u16,
    source: u16,
}

/// As many cells as the longest needs, within reason; values get most of what is left.
fn widths(detail: &NodeDetail, wide: u16) -> Widths {
    let longest = |of: fn(&FieldRow) -> usize, most: u16| {
        let cells = detail.fields.iter().map(of).max().unwrap_or(0);
        u16::try_from(cells).unwrap_or(most).clamp(5, most) + 2
    };
    let key = longest(|field| text::width(&field.key), wide / 4);
    let source = longest(|field| text::width(&field.source), wide / 4);
    let shadow = longest(|field| text::width(&shadowed(field)), wide / 4).max(18);
    let left = wide.saturating_sub(key + source + shadow + 2);
    let value = longest(|field| text::width(&field.value), left.max(12));
    // A short value leaves the columns together, not spread over the screen.
    Widths {
        key,
        value: value.max((wide / 3).min(left)),
        source,
    }
}

/// What lower layers say, nearest first.
fn shadowed(field: &FieldRow) -> String {
    if field.shadows.is_empty() {
        return "—".to_owned();
    }
    let layers = field.shadows.iter();
    let told: Vec<String> = layers
        .map(|(layer, value)| format!("{layer}: {value}"))
        .collect();
    told.join(" · ")
}
