//! What every node was given in its last boot, and the lists of files behind it: equal entries and equal lists are held once,
//! however many nodes have them, in memory and in the database.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::ledger::Ledger;
use crate::boot::load::{Files, Load, Piece};
use crate::daemon::history::{Drifts, Keep};
use crate::fleet::BootId;
use crate::kit::Mac;
use crate::overlay::{Archive, Entry, Listing, Sort};

/// The largest content that is kept, to show later what differs.
const LARGEST_TEXT: usize = 128 << 10;
/// So many lists more than nodes are let grow before it is looked which of them nobody refers to.
const SLACK: usize = 1000;

/// What a node was given in its last boot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Which boot.
    pub boot: BootId,
    /// Whether its script was one of iPXE; else it was GRUB's.
    pub ipxe: bool,
    /// Our address and HTTP port as the machine reached us.
    pub base: Option<SocketAddr>,
    /// The hardware address that asked.
    pub mac: Option<Mac>,
    /// The kernel.
    pub kernel: Option<Piece>,
    /// The image's own initramfs.
    pub initramfs: Option<Piece>,
    /// The image.
    pub image: Option<Piece>,
    /// The kernel's arguments.
    pub args: Option<Arc<str>>,
    /// Digest of the system overlay.
    pub system: Option<Arc<str>>,
    /// Digest of the runtime overlay that it had at its boot.
    pub runtime: Option<Arc<str>>,
}

impl Kept {
    /// Of a boot of which nothing was seen yet.
    #[must_use]
    pub fn of(boot: BootId) -> Self {
        Self {
            boot,
            ipxe: true,
            base: None,
            mac: None,
            kernel: None,
            initramfs: None,
            image: None,
            args: None,
            system: None,
            runtime: None,
        }
    }
}

/// All of it.
#[derive(Debug, Default)]
pub struct Book {
    /// By the node's name.
    pub nodes: HashMap<Arc<str>, Kept>,
    lists: HashMap<Arc<str>, List>,
    /// With their numbers, and whether the database has them.
    entries: HashMap<Arc<Entry>, (u32, bool)>,
    words: HashSet<Arc<str>>,
    texts: HashSet<Arc<str>>,
    next: u32,
}

#[derive(Debug)]
struct List {
    listing: Arc<Listing>,
    /// Whether the database has it.
    kept: bool,
}

impl Book {
    /// What earlier runs kept.
    #[must_use]
    pub fn restore(kept: Drifts) -> Self {
        let mut book = Self::default();
        let mut by_id: HashMap<u32, Arc<Entry>> = HashMap::new();
        for (id, mut entry) in kept.entries {
            book.next = book.next.max(id.saturating_add(1));
            book.share(&mut entry);
            let entry = Arc::new(entry);
            by_id.insert(id, entry.clone());
            book.entries.insert(entry, (id, true));
        }
        for (digest, ids) in kept.lists {
            // A list with a hole is none.
            let entries: Option<Box<[_]>> = ids.iter().map(|id| by_id.get(id).cloned()).collect();
            if let Some(entries) = entries {
                let listing = Arc::new(Listing {
                    digest: digest.clone(),
                    entries,
                });
                let kept = true;
                book.lists.insert(digest, List { listing, kept });
            }
        }
        book.texts = kept.texts.into_iter().collect();
        let read =
            |(node, record): (Arc<str>, String)| Some((node, serde_json::from_str(&record).ok()?));
        book.nodes = kept.nodes.into_iter().filter_map(read).collect();
        book
    }

    /// What a node was given, as it is compared.
    #[must_use]
    pub fn load(&self, kept: &Kept) -> Load {
        Load {
            kernel: kept.kernel.clone(),
            initramfs: kept.initramfs.clone(),
            image: kept.image.clone(),
            args: kept.args.clone(),
            system: kept.system.as_ref().map(|digest| self.files(digest)),
        }
    }

    /// The files of a system overlay, as far as they are known.
    #[must_use]
    pub fn files(&self, digest: &Arc<str>) -> Files {
        let list = self.lists.get(digest);
        Files {
            digest: list.map_or_else(|| digest.clone(), |list| list.listing.digest.clone()),
            listing: list.map(|list| list.listing.clone()),
        }
    }

    /// Learns what an archive holds. One that was given to a node is kept across runs, with those of its contents that a person
    /// may want to see later.
    pub fn learn(&mut self, archive: &Archive, given: bool, ledger: &Ledger) {
        if let Some(list) = self.lists.get(&archive.digest)
            && (list.kept || !given)
        {
            return;
        }
        // Of our own making: it can always be read.
        let Ok(found) = archive.listing() else { return };
        let mut entries = Vec::with_capacity(found.len());
        for (mut entry, data) in found {
            let data = archive.plain.slice(data.start, data.len()).joined();
            if given {
                self.keep_text(&entry, &data, ledger);
            }
            self.share(&mut entry);
            let entry = match self.entries.get_key_value(&entry) {
                Some((known, _)) => known.clone(),
                None => self.enter(entry),
            };
            entries.push(entry);
        }
        let digest = archive.digest.clone();
        if given {
            self.keep_list(&digest, &entries, ledger);
        }
        let listing = Arc::new(Listing {
            digest: digest.clone(),
            entries: entries.into(),
        });
        let kept = given;
        self.lists.insert(digest, List { listing, kept });
    }

    fn enter(&mut self, entry: Entry) -> Arc<Entry> {
        let entry = Arc::new(entry);
        self.entries.insert(entry.clone(), (self.next, false));
        self.next = self.next.saturating_add(1);
        entry
    }

    /// Names of overlays, paths and digests are few and come often.
    fn share(&mut self, entry: &mut Entry) {
        for word in [&mut entry.overlay, &mut entry.path] {
            match self.words.get(&**word) {
                Some(known) => *word = known.clone(),
                None => {
                    self.words.insert(word.clone());
                }
            }
        }
    }

    fn keep_list(&mut self, digest: &Arc<str>, entries: &[Arc<Entry>], ledger: &Ledger) {
        let mut files = Vec::with_capacity(entries.len());
        let mut fresh = Vec::new();
        for entry in entries {
            let Some((id, kept)) = self.entries.get_mut(entry) else {
                continue;
            };
            files.push(*id);
            if !std::mem::replace(kept, true)
                && let Ok(record) = serde_json::to_string(&**entry)
            {
                fresh.push((*id, record));
            }
        }
        ledger.keep(Keep::List {
            digest: digest.clone(),
            files,
            fresh,
        });
    }

    fn keep_text(&mut self, entry: &Entry, data: &[u8], ledger: &Ledger) {
        let Some(digest) = &entry.digest else { return };
        let wanted = matches!(entry.sort, Sort::File | Sort::Link) && data.len() <= LARGEST_TEXT;
        if !wanted || self.texts.contains(digest) {
            return;
        }
        if let Ok(text) = std::str::from_utf8(data) {
            self.texts.insert(digest.clone());
            ledger.keep(Keep::Text(digest.clone(), text.into()));
        }
    }

    /// Has a node's record kept across runs.
    pub fn keep(&self, node: &Arc<str>, ledger: &Ledger) {
        let record = self.nodes.get(node).map(serde_json::to_string);
        if let Some(Ok(record)) = record {
            ledger.keep(Keep::Node(node.clone(), record));
        }
    }

    /// Forgets nodes that `known` does not know, and when there are many, lists that no node has and nobody holds.
    pub fn sweep(&mut self, known: impl Fn(&str) -> bool, ledger: &Ledger) {
        let gone: Vec<Arc<str>> = self
            .nodes
            .keys()
            .filter(|node| !known(node))
            .cloned()
            .collect();
        for node in gone {
            self.nodes.remove(&node);
            ledger.keep(Keep::Gone(node));
        }
        if self.lists.len() <= self.nodes.len() * 2 + SLACK {
            return;
        }
        let used: HashSet<&str> = self
            .nodes
            .values()
            .filter_map(|kept| kept.system.as_deref())
            .collect();
        self.lists.retain(|digest, list| {
            list.kept &= used.contains(&**digest);
            list.kept || Arc::strong_count(&list.listing) > 1
        });
        self.entries.retain(|entry, _| Arc::strong_count(entry) > 1);
        self.words.retain(|word| Arc::strong_count(word) > 1);
        // What the database let go of is written again with the next list that it is in.
        self.entries
            .values_mut()
            .for_each(|(_, kept)| *kept = false);
        self.texts.clear();
        ledger.keep(Keep::Sweep);
    }
}
