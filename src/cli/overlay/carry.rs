//! Changes of overlays: shown, asked about, carried out and told.

use std::io::{self, Write};
use std::sync::Arc;

use super::super::change::{How, author};
use super::super::desk::Desk;
use super::super::failure::Failure;
use super::super::outcome::{self, as_json, counted};
use super::super::paper::{Hue, Paper};
use super::super::verb::strange;
use super::ask;
use super::unified::difference;
use crate::api::{
    Content, OverlayChanged, OverlayClash, OverlayCommand, OverlayOutcome, OverlayReply,
    OverlayStep,
};
use crate::kit::text;
use crate::model::{Fault, Turn};

/// How a change is carried out.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Manner {
    #[command(flatten)]
    pub how: How,
    /// Also where templates fail for nodes that they do not fail for now
    #[arg(long)]
    pub force: bool,
    /// Why; `muster overlay log` shows it
    #[arg(long, short = 'm', value_name = "TEXT")]
    pub note: Option<String>,
}

/// What is to be changed.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// Steps, by somebody who looked at a file of that digest, if it matters.
    Steps {
        /// The overlay.
        name: Arc<str>,
        /// The steps.
        steps: Vec<OverlayStep>,
        /// The digest.
        base: Option<Arc<str>>,
    },
    /// A change is taken back; none = the newest.
    Undo {
        /// Its number.
        number: Option<u64>,
        /// Of this overlay.
        name: Option<Arc<str>>,
    },
}

impl Wanted {
    fn command(&self, manner: &Manner, dry: bool) -> OverlayCommand {
        let by = author();
        match self {
            Self::Steps { name, steps, base } => OverlayCommand::Change {
                name: name.clone(),
                steps: steps.clone(),
                base: base.clone(),
                force: manner.force,
                note: manner.note.as_deref().map(Arc::from),
                dry,
                by,
            },
            Self::Undo { number, name } => OverlayCommand::Undo {
                number: *number,
                name: name.clone(),
                dry,
                by,
            },
        }
    }
}

/// What became of a change.
#[derive(Debug)]
pub enum Done {
    /// It was done, was only to be tried, or was not needed.
    Well,
    /// Somebody was asked and said no.
    Declined,
    /// Everything that speaks against it.
    Faulty(Vec<Fault>),
}

/// When whoever is there is asked first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// Never: it is one thing, and taken back as easily.
    No,
    /// Where somebody is there to answer.
    Somebody,
    /// The same; where nobody is, it wants `--yes`.
    Always,
}

/// Carries a change out and tells it.
///
/// # Errors
/// Refusals, what was declined and what is faulty among them.
pub fn carry_out(
    desk: &mut Desk<'_, '_>,
    wanted: Wanted,
    manner: &Manner,
    asks: Asks,
) -> Result<(), Failure> {
    match attempt(desk, wanted, manner, asks)? {
        Done::Well => Ok(()),
        Done::Declined => Err(Failure::Refused("nothing was changed".into())),
        Done::Faulty(faults) => Err(refused(desk, &faults)),
    }
}

/// Tells what speaks against a change.
pub fn refused(desk: &mut Desk<'_, '_>, faults: &[Fault]) -> Failure {
    outcome::faults(desk.err, faults);
    let hint = if forced(faults) {
        "; --force saves it all the same"
    } else {
        ""
    };
    Failure::Refused(match faults.len() {
        1 => format!("nothing was changed{hint}"),
        n => format!("nothing was changed: {n} faults{hint}"),
    })
}

/// Whether `--force` would make a change all the same: faults of templates have a place, and nothing else has.
pub fn forced(faults: &[Fault]) -> bool {
    faults.iter().all(|fault| fault.spot.is_some())
}

/// The same; faults are given back instead of told.
///
/// # Errors
/// Other refusals.
pub fn attempt(
    desk: &mut Desk<'_, '_>,
    mut wanted: Wanted,
    manner: &Manner,
    asks: Asks,
) -> Result<Done, Failure> {
    let there = desk.person.there() && !manner.how.json;
    let wary = asks != Asks::No && !manner.how.yes;
    if manner.how.dry || wary && there {
        let outcome = match ask(desk, wanted.command(manner, true))? {
            OverlayReply::Change(outcome) => outcome,
            OverlayReply::Faulty(faults) => return Ok(Done::Faulty(faults)),
            OverlayReply::Clash(theirs) => {
                clash(desk.err, &theirs)?;
                if !insists(desk, &mut wanted, manner)? {
                    return Ok(Done::Declined);
                }
                return attempt(desk, wanted, manner, asks);
            }
            _ => return Err(strange()),
        };
        if manner.how.json {
            as_json(desk.paper, &outcome)?;
            return Ok(Done::Well);
        }
        plan(desk.paper, &outcome)?;
        if manner.how.dry {
            return Ok(Done::Well);
        }
        desk.paper.flush()?;
        if !desk.person.agrees("Do it?") {
            return Ok(Done::Declined);
        }
    }
    if wary && !there && asks == Asks::Always {
        let what = "it would be removed, and nobody is there to be asked; say --yes";
        return Err(Failure::Refused(what.into()));
    }
    loop {
        match ask(desk, wanted.command(manner, false))? {
            OverlayReply::Change(outcome) => {
                done(desk.paper, &outcome, manner)?;
                return Ok(Done::Well);
            }
            OverlayReply::Faulty(faults) => return Ok(Done::Faulty(faults)),
            OverlayReply::Clash(theirs) => {
                clash(desk.err, &theirs)?;
                if !insists(desk, &mut wanted, manner)? {
                    return Ok(Done::Declined);
                }
            }
            _ => return Err(strange()),
        }
    }
}

/// Whether whoever wants a change wants it over somebody else's; it is then to be done whatever is there.
fn insists(desk: &mut Desk<'_, '_>, wanted: &mut Wanted, manner: &Manner) -> Result<bool, Failure> {
    let Wanted::Steps { base, .. } = wanted else {
        let what = "nothing was changed: somebody changed it since; change it by hand, or undo theirs first";
        return Err(Failure::Refused(what.into()));
    };
    let there = desk.person.there() && !manner.how.json;
    *base = None;
    Ok(there && desk.person.agrees("Overwrite it?"))
}

/// What would be changed, whom it reaches, and what is odd about it.
fn plan(paper: &mut Paper<'_>, outcome: &OverlayOutcome) -> io::Result<()> {
    writeln!(paper, "{}", text::sanitise(&outcome.summary))?;
    if outcome.copied {
        writeln!(paper, "  the site gets a copy of the shipped overlay")?;
    }
    let alone = outcome.changed.iter().filter(|row| is_text(row)).count() == 1;
    for row in &outcome.changed {
        tell(paper, row, alone)?;
    }
    for line in &outcome.impact {
        writeln!(paper, "{}", text::sanitise(line))?;
    }
    warnings(paper, outcome)
}

fn is_text(row: &OverlayChanged) -> bool {
    row.before.is_some() || row.after.is_some()
}

/// One path. The text of what comes or goes is told where it is the only one.
fn tell(paper: &mut Paper<'_>, row: &OverlayChanged, alone: bool) -> io::Result<()> {
    let (sign, hue) = match row.turn {
        Turn::Added => ('+', Some(Hue::Good)),
        Turn::Removed => ('-', Some(Hue::Bad)),
        Turn::Changed | Turn::Renamed => ('~', None),
    };
    let line = text::sanitise(&format!("{sign} {}  {}", row.path, row.what));
    writeln!(paper, "  {}", paper.paint(hue, &line))?;
    if is_text(row) && (alone || row.turn == Turn::Changed) {
        let content = |text: &Option<Arc<str>>| text.clone().map(Content::Text);
        let (old, new) = (content(&row.before), content(&row.after));
        difference(paper, (&row.path, old.as_ref()), (&row.path, new.as_ref()))?;
    }
    Ok(())
}

/// What was changed, in a line.
fn done(paper: &mut Paper<'_>, outcome: &OverlayOutcome, manner: &Manner) -> io::Result<()> {
    if manner.how.json {
        return as_json(paper, outcome);
    }
    let Some(number) = outcome.number else {
        return writeln!(paper, "nothing differs");
    };
    let mut parts = vec![format!("#{number}  {}", text::sanitise(&outcome.summary))];
    if outcome.copied {
        parts.push("the site has its copy now".into());
    }
    if outcome.changed.len() > 1 {
        let count = u32::try_from(outcome.changed.len()).unwrap_or(u32::MAX);
        parts.push(counted(count, "path", "paths"));
    }
    parts.extend(outcome.impact.iter().map(|line| text::sanitise(line)));
    let back = paper.paint(Some(Hue::Faint), "muster overlay undo takes it back");
    writeln!(paper, "{} · {back}", parts.join(" · "))?;
    warnings(paper, outcome)
}

fn warnings(paper: &mut Paper<'_>, outcome: &OverlayOutcome) -> io::Result<()> {
    for fault in &outcome.warnings {
        let text = format!("warning: {}", text::sanitise(&fault.to_string()));
        writeln!(paper, "{}", paper.paint(Hue::of_level(fault.level), &text))?;
    }
    Ok(())
}

/// What is there instead of what the author looked at.
fn clash(err: &mut dyn Write, clash: &OverlayClash) -> io::Result<()> {
    let by = clash
        .by
        .as_deref()
        .map_or_else(String::new, |by| format!(", last by {by}"));
    let what = match &clash.theirs {
        None => "it is not there any more, or is no file".into(),
        Some(Content::Text(text)) => {
            let lines = u32::try_from(text.lines().count()).unwrap_or(u32::MAX);
            format!("it holds {} now", counted(lines, "line", "lines"))
        }
        Some(Content::Bytes { .. }) => "it holds something else now".into(),
    };
    let line = format!(
        "muster: {}/{} was changed meanwhile{by}: {what}",
        clash.name, clash.path
    );
    writeln!(err, "{}", text::sanitise(&line))
}
