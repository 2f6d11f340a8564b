//! A change that was asked for and is not done yet.

use std::sync::Arc;

use crate::api::{Command, OverlayCommand, OverlayStep};
use crate::model::Edit;

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// These edits.
    Edits(Vec<Edit>),
    /// To take this revision back.
    Undo(u64),
    /// To take the newest undo back.
    Redo,
    /// To change an overlay.
    Overlay {
        /// Its name.
        name: Arc<str>,
        /// What is to be done.
        steps: Vec<OverlayStep>,
        /// Digest of the file that was looked at; none insists.
        base: Option<Arc<str>>,
        /// Also when templates fail then that do not fail now.
        force: bool,
    },
    /// To take a change of overlays back.
    OverlayUndo {
        /// Its number.
        number: u64,
        /// It took another one back, which is done again so.
        again: bool,
    },
}

impl What {
    /// Whether it is the text of one entry, in which comments and blank lines count as well.
    #[must_use]
    pub fn is_text(&self) -> bool {
        matches!(self, Self::Edits(edits) if matches!(edits.as_slice(), [Edit::Write { .. }]))
    }
}

/// What has to be done before it is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// Enter.
    Enter,
    /// To type this word.
    Word(Arc<str>),
}

/// It, with what the engine must know and what the person has to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// What is asked for.
    pub what: What,
    /// The revision that its author looked at.
    pub base: u64,
    /// What the question is: `save`, `delete 3 nodes`, `undo r412`.
    pub title: String,
    /// How sure one has to be.
    pub guard: Guard,
}

impl Proposal {
    /// The command: `dry` to see what it would come to.
    #[must_use]
    pub fn command(&self, dry: bool, by: &Arc<str>) -> Command {
        let by = by.clone();
        match &self.what {
            What::Edits(edits) => Command::Change {
                edits: edits.clone(),
                base: Some(self.base),
                note: None,
                dry,
                by,
            },
            What::Undo(revision) => Command::Undo {
                revision: Some(*revision),
                dry,
                by,
            },
            What::Redo => Command::Redo { dry, by },
            What::Overlay {
                name,
                steps,
                base,
                force,
            } => Command::Overlay(Box::new(OverlayCommand::Change {
                name: name.clone(),
                steps: steps.clone(),
                base: base.clone(),
                force: *force,
                note: None,
                dry,
                by,
            })),
            What::OverlayUndo { number, .. } => Command::Overlay(Box::new(OverlayCommand::Undo {
                number: Some(*number),
                name: None,
                dry,
                by,
            })),
        }
    }
}
