//! The thread that takes notes into the book and finds out what nodes would be given now. It is never in a hurry: what was not
//! touched is not looked at, equal inputs are asked once, and while something boots it waits.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::book::{Book, Kept};
use super::foresee::{Oracle, name_of, script_files};
use super::ledger::{Given, Note};
use super::prints::{Mark, Prints};
use crate::boot::load::{Load, Next, Piece};
use crate::daemon::basis::{Basis, unchanged};
use crate::daemon::shared::Shared;
use crate::engine::{Input, Seen};
use crate::fleet::{BootId, Part};
use crate::image::{Catalog, Image};
use crate::model::{Node, NodeId, Settings, View};
use crate::overlay::{self, Archive, Context};

/// How often everything is looked at without a hint: where inotify does not reach, and kernels that are replaced in an image.
const LOOK: Duration = Duration::from_secs(10);
/// Something was noted so lately: something boots, and this thread waits.
const BUSY: Duration = Duration::from_millis(300);
/// The longest that one node is put off because others boot.
const PATIENCE: Duration = Duration::from_secs(2);
/// After this long clients are told which nodes are still being looked at.
const TELL: Duration = Duration::from_secs(1);
/// Answers that go to the engine at once.
const BATCH: usize = 256;

/// What was found out of a node, and from what.
#[derive(Debug)]
struct Found {
    node: Arc<Node>,
    settings: Arc<Settings>,
    image: Option<Arc<Image>>,
    kept: Kept,
    /// Kernel, initramfs and site script: their files may be replaced without the catalogue's noticing.
    files: Vec<(PathBuf, Option<Mark>)>,
    /// What the files of overlays were made from; none where there are none.
    basis: Option<Basis>,
}

/// What was asked already in this look: each file once, however many nodes depend on it.
#[derive(Debug, Default)]
struct Asked {
    inputs: HashMap<*const overlay::Input, bool>,
    files: HashMap<PathBuf, Option<Mark>>,
}

impl Asked {
    fn same(&mut self, seen: &[(PathBuf, Option<Mark>)]) -> bool {
        seen.iter().all(|(path, mark)| {
            if let Some(now) = self.files.get(path) {
                return now == mark;
            }
            let now = std::fs::metadata(path)
                .ok()
                .as_ref()
                .map(super::prints::mark);
            self.files.insert(path.clone(), now);
            now == *mark
        })
    }

    fn unchanged(&mut self, inputs: &Arc<[overlay::Input]>) -> bool {
        *self
            .inputs
            .entry(inputs.as_ptr())
            .or_insert_with(|| unchanged(inputs))
    }
}

/// The thread's own.
#[derive(Debug)]
pub(super) struct Worker {
    book: Book,
    prints: Prints,
    found: HashMap<Arc<str>, Found>,
    /// Lists of inputs, each once.
    inputs: HashSet<Arc<[overlay::Input]>>,
    settings: Option<Arc<Settings>>,
    shared: Shared,
    to: mpsc::Sender<Input>,
    handle: Handle,
}

impl Worker {
    pub(super) fn new(book: Book, shared: Shared, to: mpsc::Sender<Input>, handle: Handle) -> Self {
        Self {
            book,
            prints: Prints::default(),
            found: HashMap::new(),
            inputs: HashSet::new(),
            settings: None,
            shared,
            to,
            handle,
        }
    }

    /// What every known node was given.
    pub(super) fn all_given(&self) -> Vec<(NodeId, BootId, Arc<Load>)> {
        let view = self.shared.view.load();
        let given = |(name, kept): (&Arc<str>, &Kept)| {
            let node = view.by_name(name)?;
            Some((node.id, kept.boot, Arc::new(self.book.load(kept))))
        };
        self.book.nodes.iter().filter_map(given).collect()
    }

    /// Until all ends.
    pub(super) fn run(mut self) {
        let ledger = self.shared.ledger.clone();
        let mut told = 0;
        // What the notes of the way down say is to be kept too.
        loop {
            let (notes, look, asked, ended) = ledger.wait(LOOK);
            self.take(notes);
            if ended {
                return;
            }
            if look && self.look() && asked > told {
                told = asked;
                // The engine is gone only when all ends.
                self.tell(Seen::Looked(asked));
            }
        }
    }

    /// Tells the engine; false if that is gone.
    fn tell(&self, seen: Seen) -> bool {
        self.to.blocking_send(Input::Drift(seen)).is_ok()
    }

    /// Takes notes into the book.
    fn take(&mut self, notes: Vec<Note>) {
        let (view, images) = (self.shared.view.load_full(), self.shared.images.load_full());
        let ledger = self.shared.ledger.clone();
        let mut touched: HashMap<NodeId, Arc<str>> = HashMap::new();
        for note in notes {
            let Some(node) = view.node(note.node) else {
                continue;
            };
            let kept = self.book.nodes.entry(node.name.clone());
            let kept = kept.or_insert_with(|| Kept::of(note.boot));
            if kept.boot != note.boot {
                *kept = Kept::of(note.boot);
            }
            touched.insert(node.id, node.name.clone());
            let archive = write(kept, note.given, &images, &mut self.prints);
            if let Some(archive) = archive {
                self.book.learn(&archive, true, &ledger);
            }
        }
        let mut given = Vec::with_capacity(touched.len());
        for (id, name) in touched {
            self.book.keep(&name, &ledger);
            if let Some(kept) = self.book.nodes.get(&name) {
                given.push((id, kept.boot, Arc::new(self.book.load(kept))));
            }
        }
        if !given.is_empty() {
            // The engine is gone only when all ends.
            self.tell(Seen::Given(given));
            ledger.ring();
        }
    }

    /// Finds out what changed nodes would be given; whether it came to its end.
    fn look(&mut self) -> bool {
        let ledger = self.shared.ledger.clone();
        let (view, images) = (self.shared.view.load_full(), self.shared.images.load_full());
        self.book
            .sweep(|name| view.by_name(name).is_some(), &ledger);
        self.found.retain(|name, _| view.by_name(name).is_some());
        self.inputs.retain(|inputs| Arc::strong_count(inputs) > 1);
        // The same values are the same settings, for nodes that are compared with them one by one.
        let settings = match &self.settings {
            Some(known) if **known == *view.settings => known.clone(),
            _ => view.settings.clone(),
        };
        self.settings = Some(settings.clone());
        let mut asked = Asked::default();
        let stale = |node: &&Arc<Node>| self.is_stale(node, &view, &settings, &images, &mut asked);
        let stale: Vec<Arc<Node>> = view.nodes.iter().filter(stale).cloned().collect();
        let clock = self.shared.clock;
        let (began, mut told) = (clock.now(), false);
        let mut batch = Vec::new();
        for (at, node) in stale.iter().enumerate() {
            self.give_way();
            let now = self.shared.view.load();
            if ledger.presses() || now.revision != view.revision {
                self.tell(Seen::Foreseen(batch));
                ledger.ring();
                return false;
            }
            if let Some(next) = self.foresee(node, &view, &settings, &images) {
                batch.push((node.id, next));
            }
            if batch.len() >= BATCH {
                self.tell(Seen::Foreseen(std::mem::take(&mut batch)));
            }
            if !told && clock.now().since(began) > TELL {
                told = true;
                let rest = stale[at + 1..].iter().map(|node| node.id);
                self.tell(Seen::Looking(rest.collect()));
            }
        }
        batch.is_empty() || self.tell(Seen::Foreseen(batch))
    }

    /// Whether what was found out of a node may not be so any more. Nothing is found out of one that was never given anything.
    fn is_stale(
        &self,
        node: &Arc<Node>,
        view: &View,
        settings: &Arc<Settings>,
        images: &Catalog,
        asked: &mut Asked,
    ) -> bool {
        let Some(kept) = self.book.nodes.get(&node.name) else {
            return false;
        };
        let Some(found) = self.found.get(&node.name) else {
            return true;
        };
        let image = image_of(images, node);
        let same_image = match (&found.image, image) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b) || a == b,
            (a, b) => a.is_none() == b.is_none(),
        };
        let same = same_image
            && found.kept == *kept
            && (Arc::ptr_eq(&found.node, node) || found.node == *node)
            && (Arc::ptr_eq(&found.settings, settings) || found.settings == *settings)
            && asked.same(&found.files);
        let basis = found.basis.as_ref();
        !same
            || basis.is_some_and(|basis| {
                !basis.registry_holds(view, node) || !asked.unchanged(&basis.inputs)
            })
    }

    /// Boots go first.
    fn give_way(&self) {
        let (ledger, clock) = (&self.shared.ledger, self.shared.clock);
        let began = clock.now();
        while clock.now().since(ledger.last()) < BUSY
            && ledger.last().0 > 0
            && clock.now().since(began) < PATIENCE
            && !ledger.presses()
        {
            std::thread::sleep(BUSY / 6);
        }
    }

    fn foresee(
        &mut self,
        node: &Arc<Node>,
        view: &Arc<View>,
        settings: &Arc<Settings>,
        images: &Catalog,
    ) -> Option<Next> {
        let kept = self.book.nodes.get(&node.name)?.clone();
        let oracle = Oracle {
            shared: &self.shared,
            view,
            images,
            handle: &self.handle,
        };
        let image = image_of(images, node).cloned();
        let mut files = script_files(view, node);
        files.extend(oracle.boot_files(node));
        let (next, basis) = match oracle.load(node, &kept, &mut self.prints) {
            Err(why) => (Err(why), None),
            Ok((load, false)) => (Ok(Arc::new(load)), None),
            Ok((load, true)) => self.with_system(node, view, load),
        };
        let found = Found {
            node: node.clone(),
            settings: settings.clone(),
            image,
            kept,
            files,
            basis,
        };
        self.found.insert(node.name.clone(), found);
        Some(next)
    }

    /// The load with the files of the system overlay, and what those were made from.
    fn with_system(
        &mut self,
        node: &Arc<Node>,
        view: &Arc<View>,
        mut load: Load,
    ) -> (Next, Option<Basis>) {
        let ledger = self.shared.ledger.clone();
        let made = self.shared.archives.with_basis(view, node, Context::System);
        let (archive, basis) = self.handle.block_on(made);
        let basis = basis.map(|basis| Basis {
            inputs: self.shared_inputs(&basis.inputs),
            ..Basis::clone(&basis)
        });
        let archive = match archive {
            Ok(archive) => archive,
            Err(why) => return (Err(why), basis),
        };
        let kept = self.book.nodes.get(&node.name).cloned();
        let given = kept.filter(|kept| kept.system.as_ref() == Some(&archive.digest));
        let unknown = self.book.files(&archive.digest).listing.is_none();
        self.book.learn(&archive, given.is_some(), &ledger);
        if let Some(kept) = given.filter(|_| unknown) {
            // The files of what it runs are known only now.
            let runs = Arc::new(self.book.load(&kept));
            self.tell(Seen::Given(vec![(node.id, kept.boot, runs)]));
        }
        load.system = Some(self.book.files(&archive.digest));
        (Ok(Arc::new(load)), basis)
    }

    fn shared_inputs(&mut self, inputs: &Arc<[overlay::Input]>) -> Arc<[overlay::Input]> {
        match self.inputs.get(inputs) {
            Some(known) => known.clone(),
            None => {
                self.inputs.insert(inputs.clone());
                inputs.clone()
            }
        }
    }
}

/// The image of a node.
fn image_of<'c>(images: &'c Catalog, node: &Node) -> Option<&'c Arc<Image>> {
    images.images.get(node.image.as_ref()?)
}

/// Writes a note into a node's record; gives the system overlay, if it is that.
fn write(
    kept: &mut Kept,
    given: Given,
    images: &Catalog,
    prints: &mut Prints,
) -> Option<Arc<Archive>> {
    match given {
        Given::Script {
            args,
            ipxe,
            base,
            mac,
        } => {
            (kept.args, kept.ipxe) = (Some(args), ipxe);
            (kept.base, kept.mac) = (Some(base), Some(mac));
        }
        Given::File {
            part,
            path,
            digest,
            mark,
        } => {
            let piece = Piece {
                name: name_of(images, part, &path),
                digest: digest.or_else(|| prints.of(&path, Some(mark))),
            };
            match part {
                Part::Image => kept.image = Some(piece),
                Part::Initramfs => kept.initramfs = Some(piece),
                _ => kept.kernel = Some(piece),
            }
        }
        Given::Archive {
            context: Context::System,
            digest,
            archive,
        } => {
            kept.system = Some(digest);
            return archive;
        }
        Given::Archive { digest, .. } => kept.runtime = Some(digest),
    }
    None
}
