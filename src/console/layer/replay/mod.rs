//! A recorded boot, gone through again: the boot as it was at one of its moments. The screen above stays live.

mod draw;
mod moment;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use moment::{Moment, moments};

use crate::api::{BootRow, EventRow};
use crate::console::look::Role;
use crate::console::screens::Move;
use crate::console::screens::events::level_role;
use crate::console::widgets::List;
use crate::fleet::BootId;
use crate::kit::{Stamp, Zone};

/// Where a replay begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// At the boot's first moment.
    Start,
    /// At its last moment so far.
    End,
}

/// The replay.
#[derive(Debug)]
pub struct Replay {
    /// The node.
    pub name: Arc<str>,
    /// Why it is this node, when a group was asked for.
    remark: Option<String>,
    /// The boot to begin with; none = the newest.
    wanted: Option<BootId>,
    from: Edge,
    /// The node's boots, newest first; none until they have come.
    boots: Option<Vec<BootRow>>,
    /// Which of them.
    at: usize,
    /// Its moments; none until they have come.
    moments: Option<Vec<Moment>>,
    refused: Option<Arc<str>>,
    /// The cursor is the last moment that has happened.
    list: List,
}

impl Replay {
    /// Of a node's boot, which is yet to be asked for.
    #[must_use]
    pub fn new(name: Arc<str>, wanted: Option<BootId>, from: Edge, remark: Option<String>) -> Self {
        Self {
            name,
            remark,
            wanted,
            from,
            boots: None,
            at: 0,
            moments: None,
            refused: None,
            list: List::default(),
        }
    }

    /// The node's boots have come; gives the boot whose events are to be asked for.
    pub fn boots_came(&mut self, rows: Vec<BootRow>) -> Option<BootId> {
        let found = match self.wanted {
            Some(id) => rows.iter().position(|boot| boot.id == id),
            None => (!rows.is_empty()).then_some(0),
        };
        match found {
            Some(at) => self.at = at,
            None if rows.is_empty() => {
                self.refuse(format!("no boot of {} is recorded", self.name));
                return None;
            }
            None => {
                self.refuse("that boot is no longer recorded");
                return None;
            }
        }
        self.boots = Some(rows);
        self.boot().map(|boot| boot.id)
    }

    /// The events of a boot have come, in any order.
    pub fn events_came(&mut self, id: BootId, events: &[EventRow]) {
        let Some(boot) = self.boot().filter(|boot| boot.id == id) else {
            return;
        };
        let moments = moments(boot, events);
        self.list.at = match self.from {
            Edge::Start => 0,
            Edge::End => moments.len().saturating_sub(1),
        };
        self.moments = Some(moments);
    }

    /// There is nothing to show; why.
    pub fn refuse(&mut self, why: impl Into<Arc<str>>) {
        self.refused = Some(why.into());
    }

    /// Whether it still waits for an answer.
    #[must_use]
    pub const fn waits(&self) -> bool {
        self.moments.is_none() && self.refused.is_none()
    }

    /// To an older boot of the node (`1`) or a newer one (`-1`); gives the boot whose events are to be asked for.
    pub fn other(&mut self, by: isize) -> Option<BootId> {
        let len = self.boots.as_ref()?.len();
        let at = self.at.checked_add_signed(by).filter(|at| *at < len)?;
        self.at = at;
        self.moments = None;
        self.boot().map(|boot| boot.id)
    }

    /// Goes on or back among the moments.
    pub fn step(&mut self, by: Move) {
        let len = self.moments.as_ref().map_or(0, Vec::len);
        self.list.at = by.from(self.list.within(len), len);
    }

    /// To the beginning of the next stage (`1`); back to that of this one, and from there of the one before (`-1`).
    pub fn stage_by(&mut self, by: isize) {
        let Some(moments) = &self.moments else { return };
        let here = self.list.within(moments.len());
        let begins = |at: &usize| moments[*at].entered.is_some();
        let (found, end) = if by > 0 {
            let last = moments.len().saturating_sub(1);
            ((here + 1..moments.len()).find(begins), last)
        } else {
            ((0..here).rev().find(begins), 0)
        };
        self.list.at = found.unwrap_or(end);
    }

    /// To a moment.
    pub fn go(&mut self, row: usize) {
        self.list.at = row;
    }

    /// The boot.
    fn boot(&self) -> Option<&BootRow> {
        self.boots.as_ref()?.get(self.at)
    }

    /// The moment under the cursor in full: a title, and paragraphs.
    #[must_use]
    pub fn told(&self, zone: &Zone) -> Option<(String, Vec<(String, Role)>)> {
        let moments = self.moments.as_ref()?;
        let moment = moments.get(self.list.within(moments.len()))?;
        let began = self.boot()?.began;
        let when = format!(
            "{} · {} into the boot · {}",
            zone.precise_moment(moment.at),
            offset(began, moment.at).trim_start_matches('+'),
            moment.kind
        );
        let title = format!("a moment of {}", self.name);
        let lines = vec![
            (when, Role::Dim),
            (String::new(), Role::Text),
            (moment.text.to_string(), level_role(moment.level)),
        ];
        Some((title, lines))
    }

    /// The whole boot as plain text, for copying.
    #[must_use]
    pub fn text(&self, zone: &Zone) -> Option<String> {
        let (boot, moments) = (self.boot()?, self.moments.as_ref()?);
        let mut out = format!(
            "{} · boot {} · began {}\n",
            self.name,
            boot.id.0,
            zone.moment(boot.began)
        );
        for moment in moments {
            let stage = moment.entered.map(|stage| stage.word()).unwrap_or_default();
            // Writing to a string cannot fail.
            let _written = writeln!(
                out,
                "{} {:>9} {stage:<8} {:<7} {}",
                zone.precise(moment.at),
                offset(boot.began, moment.at),
                moment.kind,
                moment.text
            );
        }
        Some(out)
    }
}

/// How long after the beginning: `+17.3 s`, `+12:07`.
fn offset(began: Stamp, at: Stamp) -> String {
    let span = at.since(began);
    if span < Duration::from_secs(600) {
        format!("+{}.{} s", span.as_secs(), span.subsec_millis() / 100)
    } else {
        format!("+{}:{:02}", span.as_secs() / 60, span.as_secs() % 60)
    }
}
