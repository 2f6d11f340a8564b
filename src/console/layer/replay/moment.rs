//! What happened in a boot, moment by moment: its events, and the stages that it entered.

use std::sync::Arc;

use crate::api::{BootRow, EventRow};
use crate::console::widgets::trail;
use crate::fleet::{Ended, Stage};
use crate::kit::Stamp;
use crate::model::Level;

/// One moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// When.
    pub at: Stamp,
    /// The stage that began with it.
    pub entered: Option<Stage>,
    /// Kind of the event; `stage` and `end` where no event tells it.
    pub kind: Arc<str>,
    /// What happened.
    pub text: Arc<str>,
    /// How grave it is.
    pub level: Level,
}

/// The moments of a boot, oldest first. Of a boot whose events are no longer kept there are still its stages and its end.
#[must_use]
pub fn moments(boot: &BootRow, events: &[EventRow]) -> Vec<Moment> {
    let mut events: Vec<&EventRow> = events.iter().collect();
    events.sort_by_key(|event| (event.at, event.seq));
    let mut all: Vec<Moment> = events
        .into_iter()
        .map(|event| Moment {
            at: event.at,
            entered: None,
            kind: event.kind.clone(),
            text: event.text.clone(),
            level: event.level,
        })
        .collect();
    for (stage, at) in trail::entered(boot.began, &boot.trail) {
        let place = all.partition_point(|moment| moment.at < at);
        match all.get_mut(place) {
            Some(moment) if moment.at == at && moment.entered.is_none() => {
                moment.entered = Some(stage);
            }
            _ => all.insert(place, entering(stage, at)),
        }
    }
    all.extend(ending(boot));
    all
}

/// No event stands for it: a node's own word comes later than what it tells, or the event is no longer kept.
fn entering(stage: Stage, at: Stamp) -> Moment {
    let text = match stage {
        Stage::Up => "up".into(),
        stage => format!("{stage} begins").into(),
    };
    Moment {
        at,
        entered: Some(stage),
        kind: "stage".into(),
        text,
        level: Level::Info,
    }
}

/// How it ended, unless it came up: that is a stage.
fn ending(boot: &BootRow) -> Option<Moment> {
    let (at, how) = boot.ended.as_ref()?;
    let (text, level) = match how {
        Ended::Up => return None,
        Ended::Failed => ("it failed", Level::Error),
        Ended::Superseded => ("the node started over", Level::Warning),
        Ended::TimedOut => ("given up: it took longer than a boot may", Level::Error),
    };
    let text = match &boot.note {
        Some(note) => format!("{text}: {note}").into(),
        None => text.into(),
    };
    Some(Moment {
        at: *at,
        entered: None,
        kind: "end".into(),
        text,
        level,
    })
}
