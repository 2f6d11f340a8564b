//! The overlays of a node: in which order they are laid over its image, when, and which layer asks for each.

use std::sync::Arc;

use ratatui::layout::Rect;

use super::{NodeScreen, Pane};
use crate::console::form::Known;
use crate::console::frame::Frame;
use crate::console::look::Role;
use crate::kit::text;
use crate::model::field;

/// The lists of overlays: their key, a word, and when they come.
const LISTS: [(&str, &str); 2] = [("system_overlay", "system"), ("runtime_overlay", "runtime")];

/// One overlay of the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlay {
    /// The key that lists it.
    pub key: &'static str,
    word: &'static str,
    /// Its name.
    pub name: Arc<str>,
    /// The layer that lists it, as sources are told.
    from: Arc<str>,
}

impl NodeScreen {
    /// Finds anew which layer asks for which overlay.
    pub fn learn(&mut self, known: &Known) {
        let fields = self.detail.iter().flat_map(|detail| &detail.fields);
        let mut overlays = Vec::new();
        for row in fields {
            let Some((key, word)) = LISTS.iter().find(|(key, _)| **key == *row.key) else {
                continue;
            };
            let layers: Vec<&str> = match row.source.strip_prefix("profile ") {
                Some(profile) => vec![profile],
                None => row.source.split(", ").collect(),
            };
            for name in row.value.split_whitespace() {
                let gives = |layer: &&&str| {
                    let items = known.items(layer, key);
                    items.iter().any(|item| **item == *name)
                };
                // What no profile lists the last layer does: the node, unless there is only one.
                let from = layers.iter().find(gives).or(layers.last());
                overlays.push(Overlay {
                    key,
                    word,
                    name: name.into(),
                    from: from.copied().unwrap_or("node").into(),
                });
            }
        }
        self.overlays = overlays;
    }

    /// How many files of an overlay would be others after a reboot.
    fn changes(&self, overlay: &Overlay) -> (String, Role) {
        if overlay.word == "runtime" {
            let agent = self
                .detail
                .as_ref()
                .and_then(|detail| detail.agent.as_ref());
            let has = agent.and_then(|agent| agent.refresh.digest.as_deref());
            let said = has.map_or_else(
                || "refreshed while it runs".to_owned(),
                |digest| {
                    let short = digest.get(..12).unwrap_or(digest);
                    format!("refreshed while it runs; {short} is in force")
                },
            );
            return (said, Role::Dim);
        }
        let drift = self
            .detail
            .as_ref()
            .and_then(|detail| detail.drift.as_ref());
        let Some(drift) = drift else {
            return ("—".into(), Role::Dim);
        };
        let of = drift
            .files
            .iter()
            .filter(|file| file.overlay == overlay.name);
        match (of.count(), &*drift.drift) {
            (0, "yes" | "no") => ("nothing".into(), Role::Dim),
            (0, other) => (other.to_owned(), Role::Dim),
            (1, _) => ("1 file".into(), Role::Stalled),
            (many, _) => (format!("{many} files"), Role::Stalled),
        }
    }

    pub(super) fn draw_overlays(&self, frame: &mut Frame<'_>, area: Rect, pane: Pane) {
        let longest = self.overlays.iter().map(|row| text::width(&row.name)).max();
        let cells = longest.unwrap_or(0).clamp(7, 40);
        let layers = self.overlays.iter().map(|row| text::width(&row.from)).max();
        let from = layers.unwrap_or(0).clamp(4, 24);
        let heading = format!(
            "  #  WHEN     {}  {}  A REBOOT WOULD CHANGE",
            text::pad("OVERLAY", cells),
            text::pad("FROM", from)
        );
        frame.put(area.x, area.y, area.width, &heading, Role::Dim);
        let height = area.height.saturating_sub(2);
        let body = Rect::new(area.x, area.y + 1, area.width, height);
        self.rows(frame, body, pane, |frame, row, at| {
            let Some(overlay) = self.overlays.get(at) else {
                return;
            };
            let same = self.overlays.iter().take(at);
            let place = same.filter(|other| other.key == overlay.key).count() + 1;
            let (changes, role) = self.changes(overlay);
            let pieces = [
                (&*format!("{place:>3}  "), Role::Dim),
                (&text::pad(overlay.word, 9), Role::Text),
                (&text::pad(&overlay.name, cells), Role::Title),
                ("  ", Role::Text),
                (&text::pad(&overlay.from, from), Role::Key),
                ("  ", Role::Text),
                (&changes, role),
            ];
            frame.pieces(row.x, row.y, row.width.saturating_sub(1), &pieces);
        });
        let here = self.overlays.get(self.list.within(self.overlays.len()));
        if let Some(row) = here.and_then(|overlay| field::of_node(overlay.key)) {
            let doc = format!("{} · takes effect: {}", row.doc, row.effect.word());
            let y = area.bottom().saturating_sub(1);
            frame.put(area.x + 2, y, area.width.saturating_sub(3), &doc, Role::Dim);
        }
    }
}
