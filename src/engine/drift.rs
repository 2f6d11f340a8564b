//! Whether a reboot would change a node: what each was given in its boot, what it would be given now, and the verdict.
//!
//! What nodes were given, and what they would be given, is found out elsewhere and comes in as [`Seen`]. A node that is not up
//! runs nothing that could be compared.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::drift_rows;
use super::engine::Engine;
use super::input::{Output, Ticket};
use crate::api::{Command, Refusal, Reply};
use crate::boot::load::{Differences, Load, Next, differ};
use crate::fleet::{BootId, Differs, Drift, Stage};
use crate::kit::Stamp;
use crate::model::{Node, NodeId, Table, View};
use crate::overlay::Entry;

/// How long an answer waits for a look that is under way.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was found out.
#[derive(Debug)]
pub enum Seen {
    /// Somebody looks from now on; what nodes were given in earlier runs.
    Begun(Vec<(NodeId, BootId, Arc<Load>)>),
    /// What nodes were given in their boots, in place of what was told before.
    Given(Vec<(NodeId, BootId, Arc<Load>)>),
    /// What nodes would be given now.
    Foreseen(Vec<(NodeId, Next)>),
    /// What was told of these may not be so any more, and it takes a while to find out.
    Looking(Vec<NodeId>),
    /// Everything was looked at that [`Output::Look`] asked for with this number, or a lower one.
    Looked(u64),
}

/// What is to be compared of a node, line by line.
#[derive(Debug, Clone)]
pub struct Compare {
    /// The node, in the view in force.
    pub node: Arc<Node>,
    /// That view.
    pub view: Arc<View>,
    /// Path on the node.
    pub path: Arc<str>,
    /// The file as it was given; none if it was not.
    pub runs: Option<Arc<Entry>>,
    /// Whether files are shown too that others than their owner may not read.
    pub secrets: bool,
}

/// What is known of a node.
#[derive(Debug)]
struct Known {
    boot: BootId,
    runs: Arc<Load>,
    next: Option<Next>,
    /// What is known of `next` may not be so any more.
    looking: bool,
    verdict: Drift,
}

/// What is known of all nodes.
#[derive(Debug, Default)]
pub struct Drifts {
    /// Whether anybody looks.
    begun: bool,
    known: HashMap<NodeId, Known>,
    asked: u64,
    waiting: Vec<Waiting>,
}

/// A question that waits for a look.
#[derive(Debug)]
struct Waiting {
    serial: u64,
    ticket: Ticket,
    command: Command,
    until: Stamp,
}

/// What a node was given and would be given, and what differs.
pub(super) enum Found<'e> {
    /// It is not up.
    Idle,
    /// It is being looked at.
    Looking,
    /// Nobody saw what it was given.
    Unseen,
    /// It would not come up.
    Fails(&'e Arc<str>),
    /// This differs, if anything.
    Compared(Box<Differences>),
}

impl Known {
    fn judge(&mut self) {
        self.verdict = match &self.next {
            None => Drift::Looking,
            Some(Err(_)) => Drift::Yes(Differs {
                fails: true,
                ..Differs::default()
            }),
            Some(Ok(next)) => verdict(&differ(&self.runs, next)),
        };
    }
}

/// In the form of lists.
fn verdict(found: &Differences) -> Drift {
    if found.any() {
        let files = u32::try_from(found.files.len()).unwrap_or(u32::MAX);
        return Drift::Yes(Differs {
            fails: false,
            kernel: found.kernel.is_some() || found.initramfs.is_some(),
            args: found.args.is_some(),
            image: found.image.is_some(),
            files: files.max(u32::from(found.some_files)),
        });
    }
    match found.unseen.is_empty() {
        true => Drift::No,
        false => Drift::Unknown,
    }
}

impl Engine {
    /// Takes in what was found out.
    pub(super) fn seen(&mut self, seen: Seen, now: Stamp, out: &mut Vec<Output>) {
        let mut touched = Vec::new();
        match seen {
            Seen::Begun(given) => {
                self.drifts.begun = true;
                touched.extend(given.iter().map(|(id, ..)| *id));
                self.given(given);
                touched.extend(self.view.nodes.iter().map(|node| node.id));
            }
            Seen::Given(given) => {
                touched.extend(given.iter().map(|(id, ..)| *id));
                self.given(given);
            }
            Seen::Foreseen(found) => {
                for (id, next) in found {
                    if let Some(known) = self.drifts.known.get_mut(&id) {
                        (known.next, known.looking) = (Some(next), false);
                        known.judge();
                        touched.push(id);
                    }
                }
            }
            Seen::Looking(ids) => {
                for id in &ids {
                    if let Some(known) = self.drifts.known.get_mut(id) {
                        known.looking = true;
                    }
                }
                touched = ids;
            }
            Seen::Looked(serial) => self.answer_waiting(|waiting| waiting.serial <= serial, out),
        }
        self.judged(&touched);
        let late = |waiting: &Waiting| waiting.until <= now;
        self.answer_waiting(late, out);
    }

    fn given(&mut self, given: Vec<(NodeId, BootId, Arc<Load>)>) {
        for (id, boot, runs) in given {
            let next = self.drifts.known.remove(&id).and_then(|known| known.next);
            let mut known = Known {
                boot,
                runs,
                next,
                looking: false,
                verdict: Drift::Looking,
            };
            known.judge();
            self.drifts.known.insert(id, known);
        }
    }

    /// Notes what lists show of these nodes now.
    pub(super) fn judged(&mut self, ids: &[NodeId]) {
        for id in ids {
            let drift = self.drift(*id);
            if self.fleet.set_drift(*id, drift) {
                self.untold.nodes.insert(*id);
            }
        }
    }

    /// Lets go of nodes that are no more.
    pub(super) fn forget_drifts(&mut self) {
        let view = &self.view;
        self.drifts.known.retain(|id, _| view.node(*id).is_some());
    }

    fn drift(&self, id: NodeId) -> Drift {
        let status = self.fleet.status(id);
        if !self.drifts.begun || status.stage != Stage::Up {
            return Drift::Idle;
        }
        match self.drifts.known.get(&id) {
            Some(known) if Some(known.boot) == status.boot => match known.looking {
                true => Drift::Looking,
                false => known.verdict,
            },
            _ => Drift::Unknown,
        }
    }

    /// The same in full.
    pub(super) fn compared(&self, id: NodeId) -> Found<'_> {
        match self.drift(id) {
            Drift::Idle => return Found::Idle,
            Drift::Looking => return Found::Looking,
            _ => {}
        }
        let boot = self.fleet.status(id).boot;
        let known = self.drifts.known.get(&id);
        let Some(known) = known.filter(|known| Some(known.boot) == boot) else {
            return Found::Unseen;
        };
        match &known.next {
            None => Found::Looking,
            Some(Err(why)) => Found::Fails(why),
            Some(Ok(next)) => Found::Compared(Box::new(differ(&known.runs, next))),
        }
    }

    /// A question about drift: it is answered after a look that begins now.
    pub(super) fn ask_drift(
        &mut self,
        command: Command,
        (ticket, now): (Ticket, Stamp),
        out: &mut Vec<Output>,
    ) {
        if !self.drifts.begun {
            let refusal = Refusal {
                what: "only running servers know whether a reboot would change a node: they saw what each was given".into(),
                fix: Some("start them with `muster`, or `muster --serve`".into()),
            };
            return out.push(Output::Reply(ticket, Box::new(Reply::Refused(refusal))));
        }
        self.drifts.asked += 1;
        let serial = self.drifts.asked;
        self.drifts.waiting.push(Waiting {
            serial,
            ticket,
            command,
            until: now + PATIENCE,
        });
        out.push(Output::Look(serial));
    }

    fn answer_waiting(&mut self, is: impl Fn(&Waiting) -> bool, out: &mut Vec<Output>) {
        let waiting = std::mem::take(&mut self.drifts.waiting);
        let (ready, waiting): (Vec<_>, Vec<_>) = waiting.into_iter().partition(is);
        self.drifts.waiting = waiting;
        for Waiting {
            ticket, command, ..
        } in ready
        {
            let reply = match &command {
                Command::DriftOf {
                    name,
                    path,
                    secrets,
                } => match self.comparable(name, path, *secrets) {
                    Ok(compare) => {
                        out.push(Output::Compare(ticket, Box::new(compare)));
                        continue;
                    }
                    Err(refusal) => Reply::Refused(refusal),
                },
                Command::Drift { names } => match self.meant(Table::Nodes, names.as_deref()) {
                    Ok(meant) => Reply::Drift(Box::new(drift_rows::report(self, meant.as_ref()))),
                    Err(refusal) => Reply::Refused(refusal),
                },
                _ => continue,
            };
            out.push(Output::Reply(ticket, Box::new(reply)));
        }
    }

    /// What a tick does for questions that wait for too long.
    pub(super) fn hurry_drifts(&mut self, now: Stamp, out: &mut Vec<Output>) {
        self.answer_waiting(|waiting| waiting.until <= now, out);
    }

    /// When the next question is to be answered, whatever was found out until then.
    pub(super) fn drifts_due(&self) -> Option<Stamp> {
        self.drifts
            .waiting
            .iter()
            .map(|waiting| waiting.until)
            .min()
    }

    /// What is needed to show what differs in one file.
    fn comparable(&self, name: &str, path: &Arc<str>, secrets: bool) -> Result<Compare, Refusal> {
        let node = self.find(name)?;
        let refused = |what: String| Refusal {
            what: what.into(),
            fix: Some(format!("muster drift {}", node.name).into()),
        };
        let known = self.drifts.known.get(&node.id);
        let boot = self.fleet.status(node.id).boot;
        let known = known.filter(|known| Some(known.boot) == boot);
        let Some(known) = known else {
            let what = format!("what {} was given in its boot is not known", node.name);
            return Err(refused(what));
        };
        let system = known.runs.system.as_ref();
        let Some(listing) = system.and_then(|files| files.listing.as_ref()) else {
            let what = format!("the files that {} was given are not known", node.name);
            return Err(refused(what));
        };
        Ok(Compare {
            runs: listing.find(path).cloned(),
            view: self.view.clone(),
            path: path.clone(),
            node,
            secrets,
        })
    }
}
