//! A group's boots in the middle: how long its nodes took, and which of them took just that long.

use std::time::Duration;

use crate::console::index::Group;
use crate::console::screens::World;
use crate::console::widgets::trail::{Span, spans};
use crate::fleet::{STAGES, Stage};
use crate::model::NodeId;

/// The middle of the last boots of a group's nodes that are up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Median {
    /// How many boots.
    pub of: usize,
    /// The node whose boot took as long as the middle one.
    pub node: NodeId,
    /// The middle of the times at each stage, in the order of that node's boot.
    pub spans: Vec<Span>,
}

/// Of the nodes that are up: when each one's boot began, how long it took, and its position.
fn whole(world: &World<'_>, group: &Group) -> Vec<(Duration, u32)> {
    let took = |at: &u32| {
        let (_, status) = world.at(*at)?;
        let up = status.trail[Stage::Up.index()]?;
        Some((up.since(status.began?), *at))
    };
    group.nodes.iter().filter_map(took).collect()
}

/// How long the boots of a group took, in the middle.
pub fn took(world: &World<'_>, group: &Group) -> Option<Duration> {
    let mut all = whole(world, group);
    let middle = all.len() / 2;
    (!all.is_empty()).then(|| all.select_nth_unstable(middle).1.0)
}

/// The middle of a group; none while none of its nodes is up.
pub fn median(world: &World<'_>, group: &Group) -> Option<Median> {
    let mut all = whole(world, group);
    if all.is_empty() {
        return None;
    }
    let middle = all.len() / 2;
    let (_, position) = *all.select_nth_unstable(middle).1;
    let mut times: [Vec<Duration>; STAGES.len()] = Default::default();
    let mut order = Vec::new();
    for (_, at) in &all {
        let Some((_, status)) = world.at(*at) else {
            continue;
        };
        let (Some(began), Some(up)) = (status.began, status.trail[Stage::Up.index()]) else {
            continue;
        };
        let passed = spans(began, &status.trail, up);
        for span in &passed {
            times[span.stage.index()].push(span.took);
        }
        if *at == position {
            order = passed.iter().map(|span| span.stage).collect();
        }
    }
    let spans = order.into_iter().map(|stage| {
        let times = &mut times[stage.index()];
        let middle = times.len() / 2;
        let took = *times.select_nth_unstable(middle).1;
        Span { stage, took }
    });
    Some(Median {
        of: all.len(),
        node: world.at(position)?.0.id,
        spans: spans.collect(),
    })
}
