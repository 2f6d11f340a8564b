//! The application: its state, and what a message does to it. Pure: time comes with the message, effects are returned.

mod act;
mod answered;
mod asking;
mod below;
mod change;
mod contrasts;
mod copy;
mod draft;
mod drift;
mod entries;
mod forms;
mod heard;
mod lineage;
mod off;
mod outcomes;

mod overlays;
mod pair;
mod pointer;
mod prose;
mod replay;
mod revisions;
mod sections;
mod seen;
mod sent;
mod start;
mod trials;
mod typing;
mod writing;
mod written;

pub use start::{Effect, Mouse, Msg, Place, Start};

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use ratatui::layout::Rect;

use super::chrome;
use super::filter::Filter;
use super::form::Known;
use super::frame::Hit;
use super::index::{Index, Order};
use super::keys::Context;
use super::layer::Layer;
use super::look::Role;
use super::screens::World;
use super::screens::board::Board;
use super::screens::events::Events;
use super::screens::node::NodeScreen;
use super::screens::nodes::Nodes;
use super::screens::overlays::Overlays;
use super::screens::profiles::Profiles;
use super::screens::settings::Settings;
use super::writing::Kept;

use crate::api::{Command, Language, Mirror, Update, VarRow};
use crate::kit::Stamp;
use crate::model::NodeId;

/// What every screen reads, borrowed from members apart, so that a screen's own state can change meanwhile.
macro_rules! world {
    ($app:expr) => {
        crate::console::screens::World {
            mirror: &$app.mirror,
            index: &$app.index,
            order: &$app.order,
            marks: &$app.marks,
            rates: &$app.rates,
            heard: $app.heard,
            lost: $app.lost.as_deref(),
            link: &$app.start.link,
            zone: &$app.start.zone,
        }
    };
}

use draft::Draft;
use sent::{Part, Sent};
use world;

/// How long a toast stays.
const TOAST: Duration = Duration::from_secs(6);
/// How long without a key until LIVE falls back to SAFE.
const IDLE: Duration = Duration::from_secs(15 * 60);

/// What a filter is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Matter {
    /// Nodes, and what happens to them.
    Nodes,
    /// Settings.
    Settings,
    /// Overlays and their files.
    Overlays,
}

/// Something told once.
#[derive(Debug, Clone)]
pub struct Toast {
    /// What.
    pub text: String,
    /// How it looks.
    pub role: Role,
    /// When it goes.
    pub until: Stamp,
}

/// The application.
#[derive(Debug)]
pub struct App {
    /// What it began with, with what was changed since (look, mouse, size).
    pub start: Start,
    /// The engine's state.
    pub mirror: Mirror,
    /// What is shown in which order.
    pub index: Index,
    /// The order and filter in force.
    pub order: Order,
    /// Marked nodes.
    pub marks: BTreeSet<NodeId>,
    /// Why the engine cannot be reached.
    pub lost: Option<Arc<str>>,
    /// Since when, in the engine's time.
    pub lost_at: Stamp,
    /// Whether a first state has come.
    pub heard: bool,
    /// The screen shown.
    pub place: Place,
    /// Screens to go back to, the last one first.
    pub back: Vec<Place>,
    /// What lies on top.
    pub layers: Vec<Layer>,
    /// What was told last.
    pub toast: Option<Toast>,
    /// Nothing can be changed.
    pub safe: bool,
    /// News held back while the screen is frozen.
    pub held: Option<Vec<Update>>,
    /// The Board.
    pub board: Board,
    /// The list of nodes.
    pub nodes: Nodes,
    /// One node.
    pub node: NodeScreen,
    /// The profiles.
    pub profiles: Profiles,
    /// The overlays.
    pub overlays: Overlays,
    /// The timeline.
    pub events: Events,
    /// The settings.
    pub settings: Settings,
    /// What the filter in force is about.
    matter: Matter,
    /// Filters that are not in force: words for the one make no sense of the other.
    aside: [Filter; 3],
    known: Known,
    draft: Option<Draft>,
    /// Names that templates may use, by language, as far as they were asked for.
    vars: Vec<(Language, Vec<VarRow>)>,
    /// Drafts of files that are kept outside of the console.
    kept: Vec<Kept>,
    /// When what is written is to be kept there.
    keep_at: Option<Stamp>,
    /// Which text renderings are made with: of which file being written, and which of its states.
    told: (u64, u64),
    rates: Vec<u64>,
    sent: HashMap<u64, Sent>,
    ticket: u64,
    local: Stamp,
    /// The engine's time and ours when the last news came.
    heard_at: (Stamp, Stamp),
    last_key: Stamp,
    hits: Vec<(Rect, Hit)>,
    next_age: Option<Stamp>,
}

impl App {
    /// A console at its beginning; `local` is a clock of its own that does not go back.
    #[must_use]
    pub fn new(start: Start, local: Stamp) -> Self {
        let known = Known {
            interfaces: start.interfaces.clone(),
            ..Known::default()
        };
        Self {
            safe: start.read_only,
            kept: start.kept.clone(),
            vars: Vec::new(),
            keep_at: None,
            told: (0, 0),
            start,
            mirror: Mirror::default(),
            index: Index::default(),
            order: Order::default(),
            matter: Matter::Nodes,
            aside: Default::default(),
            marks: BTreeSet::new(),
            lost: None,
            lost_at: Stamp(0),
            heard: false,
            place: Place::Board,
            back: Vec::new(),
            layers: Vec::new(),
            toast: None,
            held: None,
            board: Board::default(),
            nodes: Nodes::default(),
            node: NodeScreen::default(),
            profiles: Profiles::default(),
            overlays: Overlays::default(),
            events: Events::default(),
            settings: Settings::default(),
            known,
            draft: None,
            rates: Vec::new(),
            sent: HashMap::new(),
            ticket: 0,
            local,
            heard_at: (Stamp(0), local),
            last_key: local,
            hits: Vec::new(),
            next_age: None,
        }
    }

    /// Takes in a message at `local` time.
    pub fn update(&mut self, msg: Msg, local: Stamp) -> Vec<Effect> {
        self.local = local;
        if self
            .toast
            .as_ref()
            .is_some_and(|toast| toast.until <= local)
        {
            self.toast = None;
        }
        if !self.safe && local.since(self.last_key) >= IDLE {
            self.safe = true;
        }
        let effects = match msg {
            Msg::Key(chord) => {
                self.last_key = local;
                self.key(chord)
            }
            Msg::Paste(text) => {
                self.last_key = local;
                self.paste(&text)
            }
            Msg::Mouse(mouse) => {
                self.last_key = local;
                self.mouse(mouse)
            }
            Msg::Resize(width, height) => {
                self.start.size = (width, height);
                Vec::new()
            }
            Msg::Link(message) => self.link(message),
            // There will be nothing to show: whoever made the link knows why.
            Msg::LinkEnded if !self.heard => vec![Effect::Unreached],
            Msg::LinkEnded => {
                self.lose("the link to the daemon has ended".into());
                Vec::new()
            }
            Msg::Edited(result) => {
                self.last_key = local;
                self.edited(result)
            }
            Msg::Read(result) => self.imported(result),
            Msg::Tick => Vec::new(),
        };
        let now = self.now();
        self.index.refresh(&self.mirror, &self.order, now);
        let back = self.look_back();
        let below = self.look_below();
        let overlays = self.look_overlays();
        let kept = self.look_kept();
        let looked = back.into_iter().chain(below).chain(overlays).chain(kept);
        effects.into_iter().chain(looked).collect()
    }

    /// The engine's time now.
    #[must_use]
    pub fn now(&self) -> Stamp {
        let (engine, ours) = self.heard_at;
        engine + self.local.since(ours)
    }

    /// What screens read.
    #[must_use]
    pub fn world(&self) -> World<'_> {
        World {
            mirror: &self.mirror,
            index: &self.index,
            order: &self.order,
            marks: &self.marks,
            rates: &self.rates,
            heard: self.heard,
            lost: self.lost.as_deref(),
            link: &self.start.link,
            zone: &self.start.zone,
        }
    }

    /// Where keys go: the top layer, else the screen.
    #[must_use]
    pub fn context(&self) -> Context {
        self.layers.last().map_or(self.screen(), Layer::context)
    }

    /// The screen under the layers.
    #[must_use]
    pub const fn screen(&self) -> Context {
        match self.place {
            Place::Board => Context::Board,
            Place::Nodes => Context::Nodes,
            Place::Node(_) => Context::Node,
            Place::Profiles => Context::Profiles,
            Place::Overlays => Context::Overlays,
            Place::Events => Context::Events,
            Place::Settings => Context::Settings,
        }
    }

    /// The rows between the head and the foot.
    #[must_use]
    pub fn body(&self) -> Rect {
        let (width, height) = self.start.size;
        let alarms = chrome::down(self).count().min(4);
        chrome::body(Rect::new(0, 0, width, height), alarms as u16)
    }

    /// What is known of profiles and images.
    #[must_use]
    pub(super) const fn known(&self) -> &Known {
        &self.known
    }

    /// The node that keys act on.
    #[must_use]
    pub fn node_here(&self) -> Option<NodeId> {
        let world = self.world();
        match &self.place {
            Place::Board => self.board.node(&world),
            Place::Nodes => self.nodes.node(&world),
            Place::Events => self.events.node(&world),
            Place::Node(name) => self.node_named(name),
            Place::Profiles | Place::Overlays | Place::Settings => None,
        }
    }

    fn node_named(&self, name: &str) -> Option<NodeId> {
        let rows = &self.mirror.head.nodes;
        rows.iter().find(|row| *row.name == *name).map(|row| row.id)
    }

    /// What a frame has found out while it was drawn: what can be clicked, and when an age on it changes.
    pub fn drawn(&mut self, hits: Vec<(Rect, Hit)>, next_age: Option<Stamp>) {
        self.hits = hits;
        self.next_age = next_age;
    }

    /// When something changes by itself, on our clock.
    #[must_use]
    pub fn wake(&self) -> Option<Stamp> {
        let (engine, ours) = self.heard_at;
        let age = self.next_age.map(|at| ours + at.since(engine));
        let toast = self.toast.as_ref().map(|toast| toast.until);
        let lock = (!self.safe).then(|| self.last_key + IDLE);
        let overlays = self.overlays_wake();
        [age, toast, lock, overlays, self.keep_at]
            .into_iter()
            .flatten()
            .min()
    }

    /// Tells something.
    pub fn say(&mut self, text: impl Into<String>, role: Role) {
        self.toast = Some(Toast {
            text: text.into(),
            role,
            until: self.local + TOAST,
        });
    }

    /// The engine cannot be reached.
    fn lose(&mut self, why: Arc<str>) {
        if self.lost.is_none() {
            self.lost_at = self.now();
        }
        self.lost = Some(why);
    }

    fn send(&mut self, command: Command, what: Sent) -> Vec<Effect> {
        self.ticket += 1;
        self.sent.insert(self.ticket, what);
        vec![Effect::Send(self.ticket, command)]
    }
}
