//! What earlier boots teach: how long each stage takes with an image, and so when this boot will be up and how long silence
//! is still normal.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::boot::{Past, Plan};
use super::sign::{SIGNS, Sign};
use super::stage::{STAGES, Stage};
use super::status::Progress;
use crate::kit::Stamp;

/// Boots remembered for each image.
const WINDOW: usize = 32;
/// Images remembered.
const IMAGES: usize = 256;
/// No learned patience goes beyond this.
const LONGEST: Duration = Duration::from_secs(1800);

/// The newest spans of one kind, in milliseconds.
#[derive(Debug, Clone, Default)]
struct Spans(VecDeque<u32>);

impl Spans {
    fn add(&mut self, span: Duration) {
        if self.0.len() == WINDOW {
            self.0.pop_front();
        }
        self.0
            .push_back(u32::try_from(span.as_millis()).unwrap_or(u32::MAX));
    }

    fn median(&self) -> Option<Duration> {
        let mut sorted: Vec<u32> = self.0.iter().copied().collect();
        sorted.sort_unstable();
        sorted
            .get(sorted.len() / 2)
            .map(|ms| Duration::from_millis(u64::from(*ms)))
    }
}

#[derive(Debug, Clone, Default)]
struct Lesson {
    stages: [Spans; 8],
    gaps: [Spans; SIGNS],
    used: u64,
}

/// What was learned, by image.
#[derive(Debug, Default)]
pub struct Lessons {
    by_image: HashMap<Arc<str>, Lesson>,
    clock: u64,
}

impl Lessons {
    /// Learns the stage times of a boot that came up. `gaps` are the spans between a sign and the next, where seen.
    pub fn learn(&mut self, past: &Past, gaps: &[(Sign, Duration)]) {
        let Some(image) = &past.image else { return };
        self.clock += 1;
        if self.by_image.len() >= IMAGES && !self.by_image.contains_key(image) {
            let oldest = self
                .by_image
                .iter()
                .min_by_key(|(_, lesson)| lesson.used)
                .map(|(name, _)| name.clone());
            if let Some(name) = oldest {
                self.by_image.remove(&name);
            }
        }
        let lesson = self.by_image.entry(image.clone()).or_default();
        lesson.used = self.clock;
        for (stage, span) in stage_spans(&past.trail) {
            lesson.stages[stage.index()].add(span);
        }
        for (sign, gap) in gaps {
            lesson.gaps[*sign as usize].add(*gap);
        }
    }

    /// How long the signal after `sign` may take: three times what it usually takes, at least `floor`.
    #[must_use]
    pub fn patience(&self, image: Option<&Arc<str>>, sign: Sign, floor: Duration) -> Duration {
        self.lesson(image)
            .and_then(|lesson| lesson.gaps[sign as usize].median())
            .map_or(floor, |median| {
                (median * 3).clamp(floor, LONGEST.max(floor))
            })
    }

    /// When a boot will be up: what is left of its stage (by its bytes, as far as they tell, else by the median), and the
    /// medians of the stages after it. None while no boot of the image is known.
    #[must_use]
    pub fn eta(
        &self,
        image: Option<&Arc<str>>,
        plan: Plan,
        stage: Stage,
        entered: Stamp,
        progress: Option<&Progress>,
        now: Stamp,
    ) -> Option<Stamp> {
        let lesson = self.lesson(image)?;
        let usual = lesson.stages[stage.index()].median().unwrap_or_default();
        let by_time = usual.saturating_sub(now.since(entered));
        let mut left = by_bytes(progress).map_or(by_time, |(span, share)| {
            span.mul_f64(share) + by_time.mul_f64(1.0 - share)
        });
        for later in plan.stages() {
            if plan.rank(later) > plan.rank(stage) && later != Stage::Up {
                left += lesson.stages[later.index()].median().unwrap_or_default();
            }
        }
        Some(now + left)
    }

    fn lesson(&self, image: Option<&Arc<str>>) -> Option<&Lesson> {
        self.by_image.get(image?)
    }
}

/// Time that the bytes still to come will take, and how much that is to be trusted: the share already sent, a tenth at least.
fn by_bytes(progress: Option<&Progress>) -> Option<(Duration, f64)> {
    let progress = progress?;
    let of = progress.of.filter(|of| *of > 0)?;
    if progress.rate == 0 {
        return None;
    }
    let left = of.saturating_sub(progress.sent) as f64 / progress.rate as f64;
    let share = (progress.sent as f64 / of as f64).clamp(0.1, 1.0);
    Some((Duration::from_secs_f64(left.min(86_400.0)), share))
}

/// Time spent at each stage of a trail that has a later one.
fn stage_spans(trail: &[Option<Stamp>; 8]) -> Vec<(Stage, Duration)> {
    let mut entered: Vec<(Stamp, Stage)> = STAGES
        .iter()
        .filter_map(|stage| trail[stage.index()].map(|at| (at, *stage)))
        .collect();
    entered.sort();
    entered
        .windows(2)
        .filter_map(|pair| match pair {
            [(from, stage), (to, _)] => Some((*stage, to.since(*from))),
            _ => None,
        })
        .collect()
}
