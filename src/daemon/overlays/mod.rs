//! Overlays beside the engine: what is asked of them and done to them is answered from the disk and the view in force, by
//! [`Overlays`], off the engine's loop. What templates make is decided in `overlay`; what a node is served, in `archives`.

mod back;
mod changes;
mod known;
mod ledger;
mod listing;
mod looked;
mod newly;
mod record;
mod rendering;
mod site;
mod steps;
mod told;
mod users;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use arc_swap::ArcSwap;

use super::archives::Archives;
use super::clock::Clock;
use crate::api::{OverlayCommand, OverlayReply, Refusal, Reply};
use crate::boot::open::OpenBoots;
use crate::engine::Input;
use crate::fleet::{Event, What, Who};
use crate::model::{Fault, Node, View};
use crate::overlay::KEYS;

pub(super) use known::before;

/// Whoever answers what is asked of overlays. Blocks while it reads and renders.
#[derive(Debug)]
pub struct Overlays {
    /// The state folder.
    state: PathBuf,
    /// The registry in force.
    view: Arc<ArcSwap<View>>,
    /// The sources, and what failed for nodes.
    archives: Arc<Archives>,
    /// Which nodes boot, where that is known.
    boots: Option<Arc<RwLock<OpenBoots>>>,
    /// Held by who changes an overlay: one at a time.
    changing: Mutex<()>,
}

impl Overlays {
    /// Over the overlays of the state folder and the nodes of whichever view is in force.
    #[must_use]
    pub fn new(state: &Path, view: Arc<ArcSwap<View>>, archives: Arc<Archives>) -> Self {
        Self {
            state: state.to_owned(),
            view,
            archives,
            boots: None,
            changing: Mutex::new(()),
        }
    }

    /// The same, and whoever boots is told of.
    #[must_use]
    pub fn knowing(mut self, boots: Arc<RwLock<OpenBoots>>) -> Self {
        self.boots = Some(boots);
        self
    }

    /// Takes back changes that an earlier run was killed in; what cannot be is given back. Only for whoever holds the lock of the
    /// state folder, before anything reads overlays.
    #[must_use]
    pub fn reconcile(&self) -> Vec<Fault> {
        changes::reconcile(&self.state)
    }

    /// Lets go of what previews share; it is made again when needed.
    pub(super) fn rest(&self) {
        if !self.archives.is_rendering() {
            self.archives.sources().rest();
        }
    }

    /// How many of these nodes boot right now.
    fn booting(&self, view: &View, nodes: &[Arc<Node>]) -> usize {
        let Some(boots) = &self.boots else { return 0 };
        let boots = boots.read().unwrap_or_else(PoisonError::into_inner);
        let (now, limit) = (Clock::start().now(), view.settings.boot_limit);
        let booting = |node: &&Arc<Node>| {
            let boot = boots.of_node(node.id);
            boot.is_some_and(|boot| boot.up.is_none() && now.since(boot.opened) < limit)
        };
        nodes.iter().filter(booting).count()
    }

    /// Answers. Blocks. What takes long ends early once nobody waits for it (`left`).
    #[must_use]
    pub fn answer(&self, command: OverlayCommand, left: &AtomicBool) -> Reply {
        match self.dispatch(command, left) {
            Ok(reply) => Reply::Overlay(Box::new(reply)),
            Err(refusal) => Reply::Refused(refusal),
        }
    }

    fn dispatch(
        &self,
        command: OverlayCommand,
        left: &AtomicBool,
    ) -> Result<OverlayReply, Refusal> {
        let view = self.view.load_full();
        match command {
            OverlayCommand::List => self.list(&view),
            OverlayCommand::Show { name } => self.show(&view, &name),
            OverlayCommand::File { name, path } => self.file(&name, &path),
            OverlayCommand::Render {
                name,
                node,
                file,
                draft,
            } => self.render(&view, (&name, &node), file.as_deref(), draft),
            OverlayCommand::Check {
                names,
                nodes,
                draft,
            } => {
                let wanted = rendering::Wanted {
                    names,
                    nodes,
                    draft,
                };
                self.check(&view, wanted, left)
            }
            command @ (OverlayCommand::Change { .. }
            | OverlayCommand::Undo { .. }
            | OverlayCommand::Log { .. }
            | OverlayCommand::Past { .. }) => {
                let turn = changes(&command).then(|| self.changing.lock());
                let answer = changes::answer(self, &view, command);
                drop(turn);
                answer
            }
        }
    }
}

/// The folders below the state folder whose files make a difference to what overlays make: overlays, what templates may include, and
/// the cluster's keys.
pub(super) fn roots(state: &Path) -> Vec<PathBuf> {
    ["overlays", "files", KEYS]
        .map(|folder| state.join(folder))
        .into()
}

/// Whether a command may change a file.
pub(super) const fn changes(command: &OverlayCommand) -> bool {
    match command {
        OverlayCommand::Change { dry, .. } | OverlayCommand::Undo { dry, .. } => !*dry,
        _ => false,
    }
}

/// On whose behalf something is changed.
pub(super) fn author(command: &OverlayCommand) -> Arc<str> {
    match command {
        OverlayCommand::Change { by, .. } | OverlayCommand::Undo { by, .. } => by.clone(),
        _ => "".into(),
    }
}

/// What the engine is told, now that this was answered: that something was changed, and by whom.
pub(super) fn news(by: &Arc<str>, reply: &Reply) -> Vec<Input> {
    let outcome = match reply {
        Reply::Overlay(reply) => match reply.as_ref() {
            OverlayReply::Change(outcome) => outcome,
            _ => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    let Some(number) = outcome.number else {
        return Vec::new();
    };
    let what = What::Overlay {
        number,
        by: by.clone(),
        text: outcome.summary.clone(),
    };
    let event = Event {
        at: Clock::start().now(),
        who: Who::Server,
        boot: None,
        what,
    };
    vec![Input::Event(event), Input::OverlayFiles]
}
