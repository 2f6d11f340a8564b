//! One boot of one node: what it will pass, how far it came, what was heard in it, and how it ended.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::event::{BootId, Event, Form, Part};
use super::sign::{SIGNS, Sign};
use super::stage::{STAGES, Stage};
use crate::kit::Stamp;
use crate::model::NodeId;

/// Events kept while a boot goes on.
const KEPT: usize = 24;
/// Events kept of a boot that came up.
const KEPT_UP: usize = 8;

/// Which stages a boot will pass, and in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Plan {
    /// The firmware is iPXE itself: it needs no loader.
    pub rom: bool,
    /// A small initramfs fetches the overlays, then the image.
    pub staged: bool,
}

impl Plan {
    /// The stages in the order in which this boot passes them, `off` first.
    #[must_use]
    pub fn stages(self) -> [Stage; 8] {
        let mut order = STAGES;
        order.sort_by_key(|stage| self.rank(*stage));
        order
    }

    /// A stage's place in this boot.
    #[must_use]
    pub const fn rank(self, stage: Stage) -> u8 {
        match stage {
            Stage::Image if self.staged => Stage::Overlay as u8,
            Stage::Overlay if self.staged => Stage::Image as u8,
            other => other as u8,
        }
    }
}

/// How a boot ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ended {
    /// The node came up.
    Up,
    /// It failed, and the node started over or the time was up.
    Failed,
    /// The node started over.
    Superseded,
    /// It took longer than a boot may.
    #[serde(rename = "timed out")]
    TimedOut,
}

impl Ended {
    /// Its words.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Failed => "failed",
            Self::Superseded => "superseded",
            Self::TimedOut => "timed out",
        }
    }

    /// From its words.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Up, Self::Failed, Self::Superseded, Self::TimedOut]
            .into_iter()
            .find(|ended| ended.word() == word)
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A boot as histories keep it. A later record of the same id replaces an earlier one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Past {
    /// Its id.
    pub id: BootId,
    /// The node's name.
    pub node: Arc<str>,
    /// The image that the node was to run.
    pub image: Option<Arc<str>>,
    /// When it began.
    pub began: Stamp,
    /// When and how it ended; none while it goes on.
    pub ended: Option<(Stamp, Ended)>,
    /// When each stage was entered; index as in [`STAGES`].
    pub trail: [Option<Stamp>; 8],
    /// Remark at its end.
    pub note: Option<Arc<str>>,
}

/// What was counted in a boot.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counts {
    /// Offers since the last request.
    pub offers: u32,
    /// Declined addresses.
    pub declines: u32,
    /// NAKs.
    pub naks: u32,
    /// Times that firmware asked DHCP again after it had its loader.
    pub returns: u32,
    /// Starts of each part's transfer, by [`Part`].
    pub starts: [u16; 8],
    /// Broken transfers of each part since one was complete.
    pub broken: [u16; 8],
    /// Runtime overlays fetched after the kernel was started.
    pub refreshes: u32,
    /// Runtime overlays whose fetching began after the kernel was started. The loader's own may be told complete only then.
    pub refreshes_begun: u32,
}

/// A request that was refused and has not been granted since.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// What for.
    pub part: Part,
    /// Path as asked.
    pub path: Arc<str>,
    /// HTTP status or TFTP error code.
    pub status: u16,
    /// Why.
    pub why: Arc<str>,
}

/// One boot of one node.
#[derive(Debug, Clone)]
pub struct Boot {
    /// Its id; none until the DHCP server has given one.
    pub id: Option<BootId>,
    /// The node.
    pub node: NodeId,
    /// The image it is to run, as the registry said when it began.
    pub image: Option<Arc<str>>,
    /// When it began.
    pub began: Stamp,
    /// When and how it ended.
    pub ended: Option<(Stamp, Ended)>,
    /// What it will pass.
    pub plan: Plan,
    /// When each stage was entered.
    pub trail: [Option<Stamp>; 8],
    /// The farthest milestone.
    pub best: Option<Sign>,
    /// When it last moved: a new milestone, a file begun or done, bytes flowing, a beacon.
    pub moved: Stamp,
    /// What was counted.
    pub counts: Counts,
    /// The last refusal that still stands.
    pub refusal: Option<Refusal>,
    /// Bytes of the image's transfer, when it was told.
    pub image_size: u64,
    /// Bytes of every overlay, kernel and image sent in full.
    pub loaded: u64,
    /// Form of the last DHCP message.
    pub form: Option<Form>,
    /// Condition clears when a sign of this rank is seen.
    pub(super) hurdle: Option<u8>,
    marks: [Option<Stamp>; SIGNS],
    events: VecDeque<Event>,
}

impl Boot {
    /// A boot that begins now.
    #[must_use]
    pub fn new(
        id: Option<BootId>,
        node: NodeId,
        image: Option<Arc<str>>,
        began: Stamp,
        rom: bool,
    ) -> Self {
        Self {
            id,
            node,
            image,
            began,
            ended: None,
            plan: Plan { rom, staged: false },
            trail: [None; 8],
            best: None,
            moved: began,
            counts: Counts::default(),
            refusal: None,
            image_size: 0,
            loaded: 0,
            form: None,
            hurdle: None,
            marks: [None; SIGNS],
            events: VecDeque::new(),
        }
    }

    /// The events still held, oldest first.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &Event> + ExactSizeIterator {
        self.events.iter()
    }

    /// When a milestone was first passed.
    #[must_use]
    pub fn mark(&self, sign: Sign) -> Option<Stamp> {
        self.marks[sign as usize]
    }

    /// The farthest stage.
    #[must_use]
    pub fn stage(&self) -> Stage {
        STAGES
            .into_iter()
            .filter(|stage| self.trail[stage.index()].is_some())
            .max_by_key(|stage| self.plan.rank(*stage))
            .unwrap_or(Stage::Off)
    }

    /// Its record for the history; none as long as it has no id.
    #[must_use]
    pub fn past(&self, node: &Arc<str>, note: Option<&Arc<str>>) -> Option<Past> {
        Some(Past {
            id: self.id?,
            node: node.clone(),
            image: self.image.clone(),
            began: self.began,
            ended: self.ended,
            trail: self.trail,
            note: note.cloned(),
        })
    }

    /// Times between the milestones that were passed, in order.
    #[must_use]
    pub fn gaps(&self) -> Vec<(Sign, Duration)> {
        let mut passed: Vec<(Stamp, u8, Sign)> = super::sign::ROWS
            .iter()
            .filter_map(|row| {
                let at = self.mark(row.sign)?;
                Some((at, row.sign.rank(self.plan.staged), row.sign))
            })
            .collect();
        passed.sort();
        passed
            .windows(2)
            .filter_map(|pair| match pair {
                [(from, _, sign), (to, _, _)] => Some((*sign, to.since(*from))),
                _ => None,
            })
            .collect()
    }

    /// Keeps an event as evidence; the oldest falls out.
    pub(super) fn keep(&mut self, event: &Event) {
        if self.events.len() >= KEPT {
            self.events.pop_front();
        }
        self.events.push_back(event.clone());
    }

    /// Lets go of what only a boot under way needs.
    pub(super) fn settle(&mut self) {
        while self.events.len() > KEPT_UP {
            self.events.pop_front();
        }
        self.events.shrink_to_fit();
    }

    /// Passes a milestone. True if it is farther than any before.
    pub(super) fn pass(&mut self, sign: Sign, at: Stamp) -> bool {
        self.marks[sign as usize].get_or_insert(at);
        let staged = self.plan.staged;
        let farther = self
            .best
            .is_none_or(|best| sign.rank(staged) > best.rank(staged));
        if farther {
            self.best = Some(sign);
        }
        farther
    }

    /// Enters a stage, unless it came farther before. True if it is a new one.
    pub(super) fn enter(&mut self, stage: Stage, at: Stamp) -> bool {
        if stage == Stage::Off || self.plan.rank(stage) <= self.plan.rank(self.stage()) {
            return false;
        }
        self.trail[stage.index()] = Some(at);
        true
    }
}
