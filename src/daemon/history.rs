//! What is kept across runs, and the database that holds it. SQLite is named here and nowhere else.

use std::fs::{OpenOptions, Permissions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, params};

use crate::api::{BootRow, EventRow};
use crate::engine::{Revision, Text};
use crate::fleet::{BootId, Ended};
use crate::kit::Stamp;
use crate::model::File;

/// Events kept; older ones are dropped at start.
const EVENTS_KEPT: u64 = 200_000;
/// Boots kept.
const BOOTS_KEPT: u64 = 50_000;
/// Revisions read back.
const STEPS_READ: u64 = 20_000;
/// Of the tables below, in `PRAGMA user_version`. A higher one was written by a later muster.
const VERSION: i64 = 1;

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS boots (
        id INTEGER PRIMARY KEY, node TEXT NOT NULL, began INTEGER NOT NULL,
        image TEXT, ended INTEGER, how TEXT, note TEXT, trail TEXT NOT NULL);
    CREATE INDEX IF NOT EXISTS boots_node ON boots (node, began);
    CREATE TABLE IF NOT EXISTS events (
        seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, boot INTEGER,
        kind TEXT NOT NULL, level TEXT NOT NULL, text TEXT NOT NULL);
    CREATE INDEX IF NOT EXISTS events_who ON events (who, seq);
    CREATE TABLE IF NOT EXISTS leases (ip TEXT PRIMARY KEY, record TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS open_boots (node TEXT PRIMARY KEY, record TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS texts (name TEXT PRIMARY KEY, text TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS journal (seq INTEGER PRIMARY KEY, done INTEGER NOT NULL, record TEXT NOT NULL);
";

/// Something to keep.
#[derive(Debug)]
pub enum Record {
    /// Boots; they replace earlier records of the same id.
    Boots(Vec<BootRow>),
    /// Events.
    Events(Vec<EventRow>),
    /// A lease by address, as JSON; none = gone.
    Lease(Arc<str>, Option<String>),
    /// The last boot of a node by its name, as JSON.
    OpenBoot(Arc<str>, String),
    /// The last good content of a configuration file.
    Text(&'static str, Arc<str>),
    /// A revision that is in force.
    Step(Box<Revision>),
}

/// What was kept by earlier runs.
#[derive(Debug, Default)]
pub struct History {
    /// Boots, newest first.
    pub boots: Vec<BootRow>,
    /// Events, oldest first.
    pub events: Vec<EventRow>,
    /// Last good content of configuration files, by name.
    pub texts: Vec<(String, String)>,
    /// Leases as JSON.
    pub leases: Vec<String>,
    /// The last boot of every node, as JSON.
    pub open_boots: Vec<String>,
    /// First free boot id.
    pub next_boot: u64,
}

impl History {
    /// Of a first run.
    #[must_use]
    pub fn new() -> Self {
        Self {
            next_boot: 1,
            ..Self::default()
        }
    }

    /// Reads what was kept in the database at `path`, changing nothing; a first run's where there is none, or none to be read.
    #[must_use]
    pub fn look(path: &Path) -> Self {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags);
        let read = db.and_then(|db| {
            db.busy_timeout(Duration::from_secs(5))?;
            read(&db)
        });
        read.unwrap_or_else(|_| Self::new())
    }
}

/// Why a database cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    /// Nothing of it can be: it is damaged, or of another kind.
    Broken(String),
    /// It may be sound, but the system or another process keeps us from it.
    Kept(String),
}

impl From<rusqlite::Error> for Unusable {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{
            CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, OutOfMemory, PermissionDenied,
            ReadOnly, SystemIoFailure,
        };
        match error.sqlite_error_code() {
            Some(
                CannotOpen | DatabaseBusy | DatabaseLocked | DiskFull | OutOfMemory
                | PermissionDenied | ReadOnly | SystemIoFailure,
            ) => Self::Kept(error.to_string()),
            _ => Self::Broken(error.to_string()),
        }
    }
}

/// The open database.
#[derive(Debug)]
pub struct Base(Connection);

impl Base {
    /// Opens or makes the database at `path`, drops what is too old, and reads the newest history.
    ///
    /// # Errors
    /// [`Unusable`], in words.
    pub fn open(path: &Path) -> Result<(Self, History), Unusable> {
        made(path).map_err(|e| Unusable::Kept(e.to_string()))?;
        let db = Connection::open(path)?;
        db.busy_timeout(Duration::from_secs(5))?;
        let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version > VERSION {
            return Err(Unusable::Broken(format!(
                "it was written by a later muster (its tables are version {version}, this muster knows {VERSION})"
            )));
        }
        db.execute_batch(SCHEMA)?;
        db.pragma_update(None, "user_version", VERSION)?;
        prune(&db)?;
        let verdict: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if verdict != "ok" {
            return Err(Unusable::Broken(verdict));
        }
        let history = read(&db)?;
        Ok((Self(db), history))
    }

    /// Writes a batch in one transaction: all of it, or nothing.
    ///
    /// # Errors
    /// Why nothing was written.
    pub fn write(&mut self, batch: &[Record]) -> Result<(), String> {
        let written = self.0.transaction().and_then(|tx| {
            for record in batch {
                match write(&tx, record) {
                    // A number that no table holds must not keep out all that comes after it.
                    Err(rusqlite::Error::ToSqlConversionFailure(_)) => {}
                    written => written?,
                }
            }
            tx.commit()
        });
        written.map_err(|e| e.to_string())
    }
}

impl Base {
    /// Opens or makes the database at `path` for a moment, to write into it: nothing of it is looked at or dropped, and what is
    /// written is on the disk when that says so.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn briefly(path: &Path) -> Result<Self, String> {
        made(path).map_err(|e| e.to_string())?;
        let open = || {
            let db = Connection::open(path)?;
            db.busy_timeout(Duration::from_secs(5))?;
            db.execute_batch(SCHEMA)?;
            db.pragma_update(None, "synchronous", "FULL")?;
            Ok(Self(db))
        };
        open().map_err(|e: rusqlite::Error| e.to_string())
    }

    /// Notes what is about to be saved. Should the save be cut short, the next start finds out from the file whether it was
    /// done.
    ///
    /// # Errors
    /// Why it was not noted.
    pub fn intend(&mut self, revision: &Revision) -> Result<(), String> {
        keep_step(&self.0, revision, false).map_err(|e| e.to_string())
    }
}

/// The revisions of earlier runs in the database at `path`, oldest first. A save of which nobody noted that it was done was done
/// if the next one of its file began with what it led to, or if that is in the file now; `now` is what the files hold.
#[must_use]
pub fn revisions(path: &Path, now: &[(File, &Text)]) -> Vec<Revision> {
    let rows = steps(path);
    let stands = |step: &Revision| {
        let text = now.iter().find(|(file, _)| *file == step.file);
        step.leads_to(text.and_then(|(_, text)| text.content()).unwrap_or(""))
    };
    let led = |at: usize, step: &Revision| {
        let mut later = rows[at + 1..].iter().map(|(_, later)| later);
        let next = later.find(|later| later.file == step.file);
        next.is_some_and(|next| next.digests.0 == step.digests.1)
    };
    let done =
        |(at, (done, step)): &(usize, &(bool, Revision))| *done || led(*at, step) || stands(step);
    let done = rows.iter().enumerate().filter(done);
    done.map(|(_, (_, step))| step.clone()).collect()
}

/// The same before that is asked, each with whether it is known to be in force.
fn steps(path: &Path) -> Vec<(bool, Revision)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let read = || -> rusqlite::Result<Vec<(bool, String)>> {
        let db = Connection::open_with_flags(path, flags)?;
        db.busy_timeout(Duration::from_secs(5))?;
        let sql = "SELECT done, record FROM journal ORDER BY seq DESC LIMIT ?1";
        let mut rows = db.prepare(sql)?;
        let rows = rows.query_map([STEPS_READ], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    };
    let rows = read().unwrap_or_default().into_iter();
    // What is older than something that cannot be read leads nowhere.
    let mut steps: Vec<(bool, Revision)> = rows
        .map_while(|(done, record)| Some((done, serde_json::from_str(&record).ok()?)))
        .collect();
    steps.reverse();
    steps
}

fn keep_step(db: &Connection, revision: &Revision, done: bool) -> rusqlite::Result<()> {
    let record = serde_json::to_string(revision).unwrap_or_default();
    let sql = "INSERT OR REPLACE INTO journal (seq, done, record) VALUES (?1, ?2, ?3)";
    db.prepare_cached(sql)?
        .execute(params![revision.seq, done, record])?;
    Ok(())
}

/// Makes the file of the database if there is none. It is for its owner alone: it holds the last good registry, and that holds
/// passwords of BMCs.
fn made(path: &Path) -> std::io::Result<()> {
    let made = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?;
    made.set_permissions(Permissions::from_mode(0o600))
}

fn prune(db: &Connection) -> rusqlite::Result<()> {
    for (table, key, kept) in [("events", "seq", EVENTS_KEPT), ("boots", "id", BOOTS_KEPT)] {
        let sql = format!(
            "DELETE FROM {table} WHERE {key} <= (SELECT coalesce(max({key}), 0) FROM {table}) - ?1"
        );
        db.execute(&sql, [kept])?;
    }
    Ok(())
}

fn read(db: &Connection) -> rusqlite::Result<History> {
    let mut boots = db.prepare("SELECT id, node, began, ended, how, note, trail, image FROM boots ORDER BY id DESC LIMIT 20000")?;
    let boots = boots.query_map([], |row| {
        let ended: Option<u64> = row.get(3)?;
        let how: Option<String> = row.get(4)?;
        let trail: String = row.get(6)?;
        Ok(BootRow {
            id: BootId(row.get(0)?),
            node: row.get::<_, String>(1)?.into(),
            began: Stamp(row.get(2)?),
            image: row.get::<_, Option<String>>(7)?.map(Into::into),
            ended: ended
                .zip(how.as_deref().and_then(Ended::from_word))
                .map(|(at, how)| (Stamp(at), how)),
            note: row.get::<_, Option<String>>(5)?.map(Into::into),
            trail: serde_json::from_str(&trail).unwrap_or_default(),
        })
    })?;
    let sql =
        "SELECT seq, at, who, boot, kind, level, text FROM events ORDER BY seq DESC LIMIT 2000";
    let mut events = db.prepare(sql)?;
    let events = events.query_map([], |row| {
        let level: String = row.get(5)?;
        Ok(EventRow {
            seq: row.get(0)?,
            at: Stamp(row.get(1)?),
            who: row.get::<_, String>(2)?.into(),
            node: None,
            boot: row.get::<_, Option<u64>>(3)?.map(BootId),
            kind: row.get::<_, String>(4)?.into(),
            level: serde_json::from_str(&level).unwrap_or(crate::model::Level::Info),
            text: row.get::<_, String>(6)?.into(),
        })
    })?;
    let mut events = events.collect::<rusqlite::Result<Vec<_>>>()?;
    events.reverse();
    let leases = column(db, "SELECT record FROM leases")?;
    let open_boots = column(db, "SELECT record FROM open_boots")?;
    // A boot that never ended left only events behind.
    let sql = "SELECT max(coalesce((SELECT max(id) FROM boots), 0), coalesce((SELECT max(boot) FROM events), 0))";
    let last: Option<u64> = db
        .query_row(sql, [], |row| row.get(0))
        .optional()?
        .flatten();
    let mut texts = db.prepare("SELECT name, text FROM texts")?;
    let texts = texts
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let boots = boots.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(History {
        boots,
        events,
        texts,
        leases,
        open_boots,
        next_boot: last.unwrap_or(0) + 1,
    })
}

/// The texts of a query with one column.
fn column(db: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    db.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

fn write(tx: &Transaction<'_>, record: &Record) -> rusqlite::Result<()> {
    match record {
        Record::Boots(boots) => write_boots(tx, boots)?,
        Record::Events(events) => write_events(tx, events)?,
        Record::Lease(ip, Some(record)) => {
            let sql = "INSERT OR REPLACE INTO leases (ip, record) VALUES (?1, ?2)";
            tx.prepare_cached(sql)?.execute(params![&**ip, record])?;
        }
        Record::Lease(ip, None) => {
            tx.prepare_cached("DELETE FROM leases WHERE ip = ?1")?
                .execute([&**ip])?;
        }
        Record::OpenBoot(node, record) => {
            let sql = "INSERT OR REPLACE INTO open_boots (node, record) VALUES (?1, ?2)";
            tx.prepare_cached(sql)?.execute(params![&**node, record])?;
        }
        Record::Text(name, text) => {
            let sql = "INSERT OR REPLACE INTO texts (name, text) VALUES (?1, ?2)";
            tx.prepare_cached(sql)?.execute(params![name, &**text])?;
        }
        Record::Step(revision) => keep_step(tx, revision, true)?,
    }
    Ok(())
}

fn write_boots(tx: &Transaction<'_>, boots: &[BootRow]) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO boots (id, node, began, ended, how, note, trail, image) VALUES (?1,?2,?3,?4,?5,?6,?7,?8)";
    let mut insert = tx.prepare_cached(sql)?;
    for boot in boots {
        let (ended, how) = boot
            .ended
            .as_ref()
            .map_or((None, None), |(at, how)| (Some(at.0), Some(how.word())));
        let trail = serde_json::to_string(&boot.trail).unwrap_or_default();
        let (note, image) = (boot.note.as_deref(), boot.image.as_deref());
        insert.execute(params![
            boot.id.0,
            &*boot.node,
            boot.began.0,
            ended,
            how,
            note,
            trail,
            image
        ])?;
    }
    Ok(())
}

fn write_events(tx: &Transaction<'_>, events: &[EventRow]) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO events (seq, at, who, boot, kind, level, text) VALUES (?1,?2,?3,?4,?5,?6,?7)";
    let mut insert = tx.prepare_cached(sql)?;
    for event in events {
        let level = serde_json::to_string(&event.level).unwrap_or_default();
        let boot = event.boot.map(|boot| boot.0);
        insert.execute(params![
            event.seq,
            event.at.0,
            &*event.who,
            boot,
            &*event.kind,
            level,
            &*event.text
        ])?;
    }
    Ok(())
}
