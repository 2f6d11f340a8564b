//! Nothing is wrong, or nothing was heard: what is expected, and from whom.

use super::super::event::Part;
use super::super::stage::{Condition, Stage};
use super::super::text;
use super::case::{Case, Row, Words, brief};
use crate::kit::units;

pub(super) const ROWS: &[Row] = &[
    Row {
        when: |c| c.status.stage == Stage::Up && c.status.condition == Condition::Fine,
        say: up,
    },
    Row {
        when: |c| c.status.stage == Stage::Up,
        say: up_but,
    },
    Row {
        when: |c| c.status.stage == Stage::Off && c.node.discoverable,
        say: waits,
    },
    Row {
        when: |c| c.status.stage == Stage::Off && c.node.mac().is_none(),
        say: nameless,
    },
    Row {
        when: |c| c.status.stage == Stage::Off,
        say: off,
    },
    Row {
        when: |c| c.status.condition != Condition::Fine,
        say: odd,
    },
];

fn up(c: &Case<'_>) -> Words {
    let took = c
        .status
        .began
        .and_then(|began| c.status.trail[Stage::Up.index()].map(|at| at.since(began)))
        .filter(|took| !took.is_zero())
        .map_or(String::new(), |took| {
            format!("; its boot took {}", text::span(took))
        });
    let every = c.view.settings.server.update_interval;
    Words::new(format!(
        "up for {}{took}",
        brief(c.now.since(c.status.since))
    ))
    .expected(format!(
        "a refresh of its runtime overlay every {}",
        brief(every)
    ))
}

fn up_but(c: &Case<'_>) -> Words {
    let note = c.status.note.as_deref().unwrap_or("it complains");
    Words::new(format!("up, but {}", text::clean(note)))
        .means("the node runs; what failed came after it reported `up`")
        .attempts(
            c.ip()
                .map(|ip| format!("ssh root@{ip} journalctl -b -p err")),
        )
}

fn waits(c: &Case<'_>) -> Words {
    Words::new("it waits for the next unknown machine that asks")
        .expected(format!(
            "a machine that nobody knows; it becomes {}",
            c.node.name
        ))
        .attempts(c.power_on())
}

fn nameless(c: &Case<'_>) -> Words {
    let strangers = c.fleet.strangers().len();
    let words = Words::new("it has no hardware address, so it cannot be recognised")
        .missing(format!(
            "`hwaddr` on a network device of {} in nodes.conf",
            c.node.name
        ))
        .attempt("add the MAC address to nodes.conf; it is read at once");
    if strangers == 0 {
        words
    } else {
        words.attempt(format!(
            "or look at the {strangers} unknown machines on the Board: one of them may be this node"
        ))
    }
}

fn off(c: &Case<'_>) -> Words {
    let heard = c.status.heard.map_or_else(
        || "nothing was ever heard from it".to_owned(),
        |heard| format!("silent; last heard {} ago", brief(c.now.since(heard))),
    );
    let strangers = c.fleet.strangers().len();
    let words = Words::new(heard)
        .expected(format!(
            "a DHCPDISCOVER from {} once it is switched on",
            c.mac()
        ))
        .means("it is switched off, or boots from disk")
        .means("network boot is not first in its boot order, or is off for this port")
        .means("its port is in another VLAN, or its MAC in nodes.conf is another one");
    let words = if strangers > 0 {
        words.means(format!(
            "it may be one of the {strangers} unknown machines that ask: then its MAC in nodes.conf is wrong"
        ))
    } else {
        words
    };
    words.attempts(c.power_on()).attempt(format!(
        "tcpdump -eni any 'ether host {} and port 67'",
        c.mac()
    ))
}

/// A boot that goes as it should.
pub(super) fn under_way(c: &Case<'_>) -> Words {
    let moving = c.status.progress.as_ref().filter(|progress| {
        progress.part != Part::File && progress.of.is_none_or(|of| progress.sent < of)
    });
    let left = c
        .status
        .eta
        .filter(|eta| *eta > c.now)
        .map_or(String::new(), |eta| {
            format!("; up in about {}", brief(eta.since(c.now)))
        });
    match moving {
        Some(progress) => Words::new(format!(
            "{} on its way: {}, {}{left}",
            progress.part.word(),
            c.share(),
            units::rate(progress.rate)
        )),
        None => Words::new(format!(
            "at {} since {}, as expected{left}",
            c.status.stage,
            brief(c.now.since(c.status.since))
        )),
    }
}

/// In trouble of a kind that no row knows.
fn odd(c: &Case<'_>) -> Words {
    let note = c.status.note.as_deref().unwrap_or("no signal");
    Words::new(format!(
        "{} at {}: {}",
        match c.status.condition {
            Condition::Failed => "failed",
            _ => "stalled",
        },
        c.status.stage,
        text::clean(note)
    ))
    .attempt(c.console())
    .attempt(c.cycle())
}
