//! What each command does. Dispatch, and the answers that are plain reading.

use std::collections::HashSet;
use std::sync::Arc;

use super::change::{Change, Wish, sentence};
use super::differences::in_full;
use super::engine::Engine;
use super::input::{Output, Ticket};
use super::merged::{entry, read};
use super::timeline::Wanted;
use super::vars;
use crate::api::{Command, Refusal, Reply};
use crate::fleet::why;
use crate::kit::{Stamp, hostlist, suggest};
use crate::model::{Node, Table};

/// Most rows in one answer.
const ROWS: usize = 10_000;

impl Engine {
    /// Answers a command, or starts what will answer it.
    pub(super) fn command(
        &mut self,
        ticket: Ticket,
        command: Command,
        now: Stamp,
        out: &mut Vec<Output>,
    ) {
        let reply = match command {
            Command::Reload => {
                out.push(Output::Reread);
                Reply::Done("muster.conf, nodes.conf and the images are read again".into())
            }
            Command::Stop => {
                let reply = Reply::Done("muster stops".into());
                out.extend([Output::Reply(ticket, Box::new(reply)), Output::Stop]);
                return;
            }
            Command::Adopt { .. }
            | Command::Change { .. }
            | Command::Undo { .. }
            | Command::Redo { .. } => {
                if let Some((wish, dry, by)) = wish(command) {
                    self.wished(wish, dry, by, (ticket, now), out);
                }
                return;
            }
            Command::Refresh { names } => match self.whom(names.as_deref()) {
                Ok(nodes) => return out.push(Output::Refresh(ticket, nodes)),
                Err(refusal) => Reply::Refused(refusal),
            },
            Command::Drift { .. } | Command::DriftOf { .. } => {
                return self.ask_drift(command, (ticket, now), out);
            }
            question => self.answer(&question, now),
        };
        out.push(Output::Reply(ticket, Box::new(reply)));
    }

    /// The answer to what only asks.
    fn answer(&mut self, command: &Command, now: Stamp) -> Reply {
        match command {
            Command::Snapshot => Reply::Snapshot(Box::new(self.snapshot(now))),
            Command::Node { name } => match self.find(name) {
                Ok(node) => Reply::Node(Box::new(self.detail(&node))),
                Err(refusal) => Reply::Refused(refusal),
            },
            Command::Why { name } => match self.find(name) {
                Ok(node) => Reply::Why(Box::new(why(&self.fleet, &self.view, node.id, now))),
                Err(refusal) => Reply::Refused(refusal),
            },
            Command::Events {
                name,
                boot,
                before,
                level,
                limit,
            } => {
                let wanted = Wanted {
                    name: name.as_deref(),
                    boot: *boot,
                    before: *before,
                    level: *level,
                };
                let limit = (*limit as usize).min(ROWS);
                Reply::Events(self.timeline.newest(&wanted, limit))
            }
            Command::Boots { name, limit } => {
                let limit = (*limit as usize).min(ROWS);
                Reply::Boots(self.boots.newest(name.as_deref(), limit))
            }
            Command::Images => Reply::Images(self.image_rows()),
            Command::Settings => Reply::Settings(self.settings()),
            Command::Vars { language } => Reply::Vars(vars::rows(*language)),
            Command::Log { before, limit } => {
                Reply::Log(self.journal.log(*before, (*limit as usize).min(ROWS)))
            }
            Command::Diff { from, to, secrets } => self.between(*from, *to, *secrets),
            Command::Entries {
                table,
                names,
                secrets,
            } => self.entries(*table, names.as_deref(), *secrets),
            Command::Merged { .. } => self.merged(command),
            Command::Read { text } => read(text),
            Command::Conflicts { table, names } => self.conflicts(*table, names.as_deref()),
            _ => {
                let what = "this is no question".into();
                Reply::Refused(Refusal { what, fix: None })
            }
        }
    }

    /// Carries a wish out, or (dry) only says what it would come to.
    fn wished(
        &mut self,
        wish: Wish,
        dry: bool,
        by: Arc<str>,
        (ticket, now): (Ticket, Stamp),
        out: &mut Vec<Output>,
    ) {
        if dry {
            let reply = self.tried(wish, by, now);
            return out.push(Output::Reply(ticket, Box::new(reply)));
        }
        let change = Change {
            wish,
            by,
            ticket: Some(ticket),
            seen: None,
            tries: 0,
        };
        self.change(change, now, out);
    }

    /// What differs between two revisions.
    fn between(&self, from: u64, to: Option<u64>, secrets: bool) -> Reply {
        let last = self.view.revision;
        let to = to.unwrap_or(last);
        let refused = |what: String| {
            Reply::Refused(Refusal {
                what: what.into(),
                fix: Some("`muster log` shows the revisions".into()),
            })
        };
        if from > last || to > last {
            return refused(format!(
                "there is no revision r{}; the last one is r{last}",
                from.max(to)
            ));
        }
        let (first, then) = (from.min(to), from.max(to));
        let Some(mut differences) = self.journal.diff(first, then) else {
            return refused(format!(
                "what changed between r{first} and r{then} is not all known"
            ));
        };
        if from > to {
            for one in &mut differences {
                std::mem::swap(&mut one.before, &mut one.after);
                one.turn = one.turn.back();
            }
        }
        Reply::Diff(in_full(&differences, ROWS, secrets).0)
    }

    /// Entries as they stand in the file.
    fn entries(&self, table: Table, names: Option<&str>, secrets: bool) -> Reply {
        let refused = |what: String, fix: Option<String>| {
            Reply::Refused(Refusal {
                what: what.into(),
                fix: fix.map(Into::into),
            })
        };
        let wanted = match names.map(hostlist::expand).transpose() {
            Ok(wanted) => wanted.map(|names| names.into_iter().collect::<HashSet<String>>()),
            Err(error) => return refused(error.to_string(), None),
        };
        let known = self.registry.names(table);
        let mut missing = wanted
            .iter()
            .flatten()
            .filter(|name| !known.iter().any(|known| **known == ***name));
        if let Some(name) = missing.next() {
            let fix = suggest::hint(name, known.iter().map(AsRef::as_ref));
            return refused(format!("there is no {} `{name}`", table.one()), fix);
        }
        let text = self.text(table.file()).shared();
        let is = |name: &str| wanted.as_ref().is_none_or(|wanted| wanted.contains(name));
        match self.registry.standing(&text, table, is, secrets) {
            Err(fault) => Reply::Refused(sentence(&fault)),
            Ok(rows) => Reply::Entries(rows.into_iter().map(|row| entry(table, row)).collect()),
        }
    }

    /// The nodes of a hostlist; of none, all.
    fn whom(&self, names: Option<&str>) -> Result<Vec<Arc<Node>>, Refusal> {
        let names = self.meant(Table::Nodes, names)?;
        let is = |node: &&Arc<Node>| {
            names
                .as_ref()
                .is_none_or(|names| names.contains(&*node.name))
        };
        Ok(self.view.nodes.iter().filter(is).cloned().collect())
    }

    /// The node of that name.
    ///
    /// # Errors
    /// A refusal with the nearest names.
    pub(super) fn find(&self, name: &str) -> Result<Arc<Node>, Refusal> {
        self.view.by_name(name).cloned().ok_or_else(|| {
            let near = suggest::nearest(name, self.view.nodes.iter().map(|node| &*node.name));
            Refusal {
                what: format!("there is no node `{name}`").into(),
                fix: near.map(|near| format!("did you mean `{near}`?").into()),
            }
        })
    }
}

/// What a command wants changed, whether that is only tried, and on whose behalf; none of one that changes nothing.
fn wish(command: Command) -> Option<(Wish, bool, Arc<str>)> {
    Some(match command {
        Command::Adopt { mac, name, by } => (Wish::Adopt { mac, name }, false, by),
        Command::Change {
            edits,
            base,
            note,
            dry,
            by,
        } => (Wish::Edits { edits, base, note }, dry, by),
        Command::Undo { revision, dry, by } => (Wish::Undo(revision), dry, by),
        Command::Redo { dry, by } => (Wish::Redo, dry, by),
        _ => return None,
    })
}
