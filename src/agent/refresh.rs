//! One refresh: ask, check, apply, tell.

use std::io;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::apply::{How, Outcome, apply, strayed};
use super::archive;
use super::ask::{Question, Trouble, ask};
use super::config::Config;
use super::head::Answer;
use super::health;
use super::ledger::Ledger;
use super::root::Root;
use super::seen::hex;
use crate::wire::report::{self, Orders, Report, escape, is_digest};

/// What the agent knows between two refreshes.
#[derive(Debug)]
pub struct Agent {
    /// Where the server is.
    pub config: Config,
    /// What is refreshed.
    pub root: Root,
    /// Whether files of the root are labelled.
    pub selinux: bool,
    /// Where the ledger is kept.
    pub place: PathBuf,
    /// What was written.
    pub ledger: Ledger,
    /// What the server wants.
    pub orders: Orders,
    /// Where calls are heard.
    pub ear: Option<(u16, String)>,
    /// Asset key and UUID of the machine.
    pub machine: (String, String),
    /// What went wrong last.
    pub fault: Option<String>,
    /// Digest and fault as the server knows them.
    pub told: Option<(Option<String>, Option<String>)>,
}

/// How a refresh went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// The server has what the node has.
    Same,
    /// The archive was applied.
    Applied(Outcome),
    /// The archive is broken; nothing was changed.
    Broken(String),
}

impl Agent {
    /// Refreshes once. `luck` chooses the source port.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses; nothing was changed then.
    pub fn turn(&mut self, luck: u64) -> Result<Turn, Trouble> {
        // What somebody changed on the node is only put right with the whole archive at hand.
        let whole = self.fault.is_some() || strayed(&self.root, &self.ledger);
        let etag = self.ledger.etag.clone().filter(|_| !whole);
        let answer = self.ask(etag.as_deref(), luck)?;
        let before = self.orders;
        if let Some(value) = &answer.orders {
            self.orders = Orders::read(value, before);
        }
        if answer.status == 304 {
            if self.orders.remove == before.remove {
                return Ok(Turn::Same);
            }
            let answer = self.ask(None, luck.rotate_left(17))?;
            return Ok(self.take(&answer, luck));
        }
        Ok(self.take(&answer, luck))
    }

    fn ask(&mut self, etag: Option<&str>, luck: u64) -> Result<Answer, Trouble> {
        let report = self.report();
        let target = format!(
            "/runtime/{}?assetkey={}&uuid={}&compress=gz{}",
            self.config.wwid,
            escape(&self.machine.0),
            escape(&self.machine.1),
            report.query()
        );
        let answer = ask(&Question {
            server: self.config.server,
            target: &target,
            etag,
            privileged: true,
            luck,
        })?;
        self.told = Some((report.digest, report.fault));
        Ok(answer)
    }

    fn take(&mut self, answer: &Answer, luck: u64) -> Turn {
        let turn = match self.checked(answer) {
            Err(what) => {
                self.fault = Some(what.clone());
                Turn::Broken(what)
            }
            Ok((items, digest)) => {
                let how = How {
                    remove: self.orders.remove,
                    selinux: self.selinux,
                };
                let place = self.place.clone();
                let mut keep = |ledger: &Ledger| -> io::Result<()> { ledger.save(&place) };
                let out = apply(&self.root, &items, &mut self.ledger, how, &mut keep);
                self.fault = in_one(&out.faults);
                let fine = self.fault.is_none();
                self.ledger.etag = answer.etag.clone().filter(|_| fine);
                if fine {
                    self.ledger.digest = Some(digest);
                }
                if let Err(error) = self.ledger.save(&self.place) {
                    // The next start finds an older one, and asks for everything.
                    self.fault = Some(format!("{}: {error}", self.place.display()));
                }
                Turn::Applied(out)
            }
        };
        self.tell(&turn, luck);
        turn
    }

    /// The items of an archive that is what its name says.
    fn checked(&self, answer: &Answer) -> Result<Checked, String> {
        let plain = archive::unpack(&answer.body)?;
        let digest = hex(&Sha256::digest(&plain));
        let named = answer.etag.as_deref().map(|etag| etag.trim_matches('"'));
        let named = named.map(|name| name.trim_end_matches("-gz"));
        if named.is_some_and(|name| is_digest(name) && name != digest) {
            return Err(
                "the archive is not the one that the server meant; it broke on the way".into(),
            );
        }
        Ok((archive::read(&plain)?, digest))
    }

    /// How the node is.
    fn report(&self) -> Report {
        let (digest, fault) = (self.ledger.digest.clone(), self.fault.clone());
        let mut report = Report {
            version: env!("CARGO_PKG_VERSION").into(),
            ear: self.ear.clone(),
            again: self.told == Some((digest.clone(), fault.clone())),
            digest,
            fault,
            ..Report::default()
        };
        health::fill(&mut report);
        report
    }

    /// Tells the server at once what came of it, if it does not know. What does not arrive is in the next question.
    fn tell(&mut self, turn: &Turn, luck: u64) {
        let mut report = self.report();
        if let Turn::Applied(out) = turn {
            let count = |list: &Vec<Vec<u8>>| u32::try_from(list.len()).unwrap_or(u32::MAX);
            (report.changed, report.removed) = (count(&out.changed), count(&out.removed));
        }
        if report.again && report.changed + report.removed == 0 {
            return;
        }
        report.again = false;
        let target = format!(
            "/beacon/{}?name={}{}",
            self.config.wwid,
            report::BEACON,
            report.query()
        );
        let told = ask(&Question {
            server: self.config.server,
            target: &target,
            etag: None,
            privileged: true,
            luck: luck.rotate_left(29),
        });
        if told.is_ok() {
            self.told = Some((report.digest, report.fault));
        }
    }
}

type Checked = (std::collections::BTreeMap<Vec<u8>, archive::Item>, String);

/// The first of many, and how many more there are.
fn in_one(faults: &[String]) -> Option<String> {
    let first = faults.first()?;
    Some(match faults.len() {
        1 => first.clone(),
        more => format!("{first} (and {} more)", more - 1),
    })
}
