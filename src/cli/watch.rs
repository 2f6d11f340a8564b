//! Verbs that go on: `muster status --watch`, `muster events --follow`.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use super::failure::Failure;
use super::paper::{Hue, Paper};
use super::targets::Targets;
use super::{history, status, targets};
use crate::api::{EventRow, Mirror, NodeLine, Update, state};
use crate::fleet::{Condition, Stage, Status};
use crate::link::{Link, Message};
use crate::model::{Level, NodeId};

/// How often a reader is looked for while nothing happens.
const LOOK: Duration = Duration::from_millis(500);

/// What comes over a link to a verb, until the engine or the reader is gone.
struct Stream<'a> {
    link: &'a Link,
    lost: bool,
}

impl Stream<'_> {
    /// The next snapshot or delta; none once the reader has left. An engine that ends the stream and takes a new one at once has
    /// only cut off a slow reader: that is no end.
    fn next(&mut self, paper: &mut Paper<'_>) -> Result<Option<Update>, Failure> {
        paper.flush()?;
        loop {
            match self.link.updates.recv_timeout(LOOK) {
                Ok(Message::Update(Update::Lost(why))) if self.lost => {
                    return Err(Failure::Unreached(why.to_string()));
                }
                Ok(Message::Update(Update::Lost(_))) => self.lost = true,
                Ok(Message::Update(update)) => {
                    self.lost = false;
                    return Ok(Some(update));
                }
                Ok(Message::Reply(..)) => {}
                Err(RecvTimeoutError::Timeout) if paper.unread() => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Failure::Unreached("the connection is gone".into()));
                }
            }
        }
    }
}

/// Begins to listen. An engine that was never reached is told at once.
fn stream(link: &Link) -> Stream<'_> {
    Stream { link, lost: true }
}

/// What a line of text says of a node; a delta that changes none of it (bytes sent) is no line.
type Shown = (Stage, Condition, Option<Arc<str>>);

/// Prints a line for every node that is meant, then one for every change, until the engine is gone or the reader has left. As
/// JSON every delta is a line, progress of transfers included.
///
/// # Errors
/// Whatever writing gives; an engine that cannot be reached, or that ended.
pub fn states(
    paper: &mut Paper<'_>,
    link: &Link,
    targets: &Targets,
    as_json: bool,
) -> Result<(), Failure> {
    let mut mirror = Mirror::default();
    let mut stream = stream(link);
    let mut shown: HashMap<NodeId, Shown> = HashMap::new();
    let mut begun = false;
    while let Some(update) = stream.next(paper)? {
        let changed: Vec<NodeId> = match &update {
            Update::Snapshot(snapshot) => snapshot.nodes.iter().map(|row| row.id).collect(),
            Update::Delta(delta) => delta.status.iter().map(|(id, _)| *id).collect(),
            Update::Lost(_) => Vec::new(),
        };
        mirror.absorb(update);
        if !begun {
            targets.check(&mirror, targets.among(&mirror).len())?;
            begun = true;
        }
        for id in changed {
            let Some(row) = mirror.row(id) else {
                continue;
            };
            let status = targets::status(&mirror, row);
            let now = mirror.head.now;
            let line = NodeLine { row, status, now };
            let says = (status.stage, status.condition, status.note.clone());
            let new = shown.get(&id) != Some(&says);
            if !targets.fit(&line) || !(new || as_json) {
                continue;
            }
            shown.insert(id, says);
            if as_json {
                writeln!(paper, "{}", status::of_node(row, status))?;
            } else {
                change(paper, &line)?;
            }
        }
    }
    Ok(())
}

fn change(paper: &mut Paper<'_>, line: &NodeLine<'_>) -> io::Result<()> {
    let status: &Status = line.status;
    let at = paper.zone.time(line.now);
    let hue = Some(Hue::of(status));
    let state = paper.paint(hue, &format!("{:<7}", state(status)));
    let text = format!(
        "{at}  {}  {:<7}  {state}  {}",
        line.row.name,
        status.stage.word(),
        status::remark(status)
    );
    writeln!(paper, "{}", text.trim_end())
}

/// Which events.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Of this node; none = of all.
    pub who: Option<&'a str>,
    /// Of this level and above; none = every packet.
    pub level: Option<Level>,
    /// Newer than this sequence number.
    pub after: u64,
}

/// Prints what happened, `rows` newest first, then every new event that is wanted, until the engine is gone or the reader has left.
///
/// # Errors
/// Whatever writing gives; an engine that cannot be reached, or that ended.
pub fn events(
    paper: &mut Paper<'_>,
    link: &Link,
    wanted: &Wanted<'_>,
    rows: &[EventRow],
    as_json: bool,
) -> Result<(), Failure> {
    for row in rows.iter().rev() {
        history::event(paper, row, as_json)?;
    }
    let mut last = wanted.after;
    let mut stream = stream(link);
    let fits = |row: &EventRow| {
        wanted.who.is_none_or(|who| *row.who == *who)
            && wanted.level.is_none_or(|level| row.level >= level)
    };
    while let Some(update) = stream.next(paper)? {
        let (rows, skipped) = match update {
            // Also after a cut: everything that came in between.
            Update::Snapshot(snapshot) => (snapshot.events, 0),
            Update::Delta(delta) => (delta.events, delta.events_skipped),
            Update::Lost(_) => continue,
        };
        let meant = |row: &&EventRow| row.seq > last && fits(row);
        let rows: Vec<&EventRow> = rows.iter().filter(meant).collect();
        if skipped > 0 && !as_json {
            writeln!(paper, "({skipped} events came too fast to be shown)")?;
        }
        for row in &rows {
            history::event(paper, row, as_json)?;
        }
        last = rows.last().map_or(last, |row| row.seq).max(last);
    }
    Ok(())
}
