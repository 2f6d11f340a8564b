//! Where the boot servers note what they gave to whom, for whoever compares it later. A note is a push into a list; nothing is
//! read, hashed or written on a boot's path.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::prints::Mark;
use crate::boot::load::arguments_of;
use crate::boot::open::OpenBoot;
use crate::daemon::history::Keep;
use crate::fleet::{BootId, Part};
use crate::kit::{Mac, Stamp};
use crate::model::NodeId;
use crate::overlay::{Archive, Context};

/// Notes that may wait; a storm of 10,000 nodes fits.
const MOST: usize = 65_536;
/// Bytes of archives that notes may hold on to; of the next ones only the digest is noted, and their files are learned later.
const HELD: usize = 64 << 20;

/// What a server gave.
#[derive(Debug, Clone)]
pub enum Given {
    /// A boot script that starts a kernel with these arguments.
    Script {
        /// The arguments.
        args: Arc<str>,
        /// Whether it is one of iPXE; else it is GRUB's.
        ipxe: bool,
        /// Our address and HTTP port as the machine reached us.
        base: SocketAddr,
        /// The hardware address that asked.
        mac: Mac,
    },
    /// A kernel, an initramfs or an image.
    File {
        /// Which.
        part: Part,
        /// Where it is.
        path: PathBuf,
        /// Its digest, where the catalogue knows it.
        digest: Option<Arc<str>>,
        /// Which content of the file.
        mark: Mark,
    },
    /// An overlay archive.
    Archive {
        /// Which overlays.
        context: Context,
        /// Its digest.
        digest: Arc<str>,
        /// The archive itself, unless too many wait already.
        archive: Option<Arc<Archive>>,
    },
}

/// What was given in which boot.
#[derive(Debug, Clone)]
pub struct Note {
    /// To which node.
    pub node: NodeId,
    /// In which boot.
    pub boot: BootId,
    /// What.
    pub given: Given,
}

#[derive(Debug, Default)]
struct Inner {
    notes: Vec<Note>,
    held: usize,
    /// When something was noted last.
    last: Stamp,
    /// The newest look that was asked for.
    asked: u64,
    rung: bool,
    ended: bool,
    kept: Vec<Keep>,
}

/// The list, and the bell that tells of it.
#[derive(Debug, Default)]
pub struct Ledger {
    inner: Mutex<Inner>,
    bell: Condvar,
}

impl Ledger {
    /// Notes that `boot` was given something. What a machine asks for that is up already is nothing that it boots with.
    pub fn note(&self, boot: &OpenBoot, given: Given, now: Stamp) {
        if boot.up.is_some() {
            return;
        }
        let mut inner = self.lock();
        if inner.notes.len() >= MOST {
            return;
        }
        let mut given = given;
        if let Given::Archive { archive, .. } = &mut given {
            let size = archive.as_ref().map_or(0, |archive| archive.plain.len());
            if inner.held + size > HELD {
                *archive = None;
            } else {
                inner.held += size;
            }
        }
        inner.last = now;
        inner.notes.push(Note {
            node: boot.node,
            boot: boot.id,
            given,
        });
        drop(inner);
        self.bell.notify_one();
    }

    /// Notes a boot script, if it starts a kernel.
    pub fn note_script(&self, boot: &OpenBoot, script: &str, base: SocketAddr, now: Stamp) {
        if let Some(args) = arguments_of(script) {
            let given = Given::Script {
                args,
                ipxe: script.starts_with("#!"),
                base,
                mac: boot.mac,
            };
            self.note(boot, given, now);
        }
    }

    /// Notes a file of an image.
    pub fn note_file(
        &self,
        boot: &OpenBoot,
        part: Part,
        (path, digest): (&Path, Option<&Arc<str>>),
        mark: Mark,
        now: Stamp,
    ) {
        let given = Given::File {
            part,
            path: path.to_owned(),
            digest: digest.cloned(),
            mark,
        };
        self.note(boot, given, now);
    }

    /// Notes an overlay archive.
    pub fn note_archive(
        &self,
        boot: &OpenBoot,
        context: Context,
        archive: &Arc<Archive>,
        now: Stamp,
    ) {
        let given = Given::Archive {
            context,
            digest: archive.digest.clone(),
            archive: Some(archive.clone()),
        };
        self.note(boot, given, now);
    }

    /// Has everything looked at again; `serial` counts up and comes back when that was done.
    pub fn look(&self, serial: u64) {
        let mut inner = self.lock();
        inner.asked = inner.asked.max(serial);
        inner.rung = true;
        drop(inner);
        self.bell.notify_one();
    }

    /// Something changed that boots consist of.
    pub fn ring(&self) {
        self.look(0);
    }

    /// Nothing more is wanted.
    pub fn end(&self) {
        self.lock().ended = true;
        self.bell.notify_all();
    }

    /// What is to be kept across runs since the last call.
    #[must_use]
    pub fn take_kept(&self) -> Vec<Keep> {
        std::mem::take(&mut self.lock().kept)
    }

    pub(super) fn keep(&self, keep: Keep) {
        self.lock().kept.push(keep);
    }

    /// Waits for notes or a ring, at most so long. The notes, whether to look, the newest look that was asked for, whether all is
    /// to end.
    pub(super) fn wait(&self, at_most: Duration) -> (Vec<Note>, bool, u64, bool) {
        let idle = |inner: &mut Inner| inner.notes.is_empty() && !inner.rung && !inner.ended;
        let waited = self.bell.wait_timeout_while(self.lock(), at_most, idle);
        let (mut inner, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        inner.held = 0;
        let rung = std::mem::take(&mut inner.rung) || timeout.timed_out();
        (
            std::mem::take(&mut inner.notes),
            rung,
            inner.asked,
            inner.ended,
        )
    }

    /// Whether something more urgent is to be done than to look on: notes wait, or all is to end.
    pub(super) fn presses(&self) -> bool {
        let inner = self.lock();
        !inner.notes.is_empty() || inner.ended
    }

    /// When something was noted last.
    pub(super) fn last(&self) -> Stamp {
        self.lock().last
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
