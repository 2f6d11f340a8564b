//! The database itself: opened, looked over, written.

use std::fs::{OpenOptions, Permissions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::steps::{self, Depth};
use super::{History, Record, drifts, rows, twice};
use crate::engine::Revision;

/// Events kept; older ones are dropped at start.
const EVENTS_KEPT: u64 = 200_000;
/// Boots kept.
const BOOTS_KEPT: u64 = 50_000;
/// Of the tables below, in `PRAGMA user_version`. A higher one was written by a later muster.
const VERSION: i64 = 2;
/// How long another process that holds the database is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// A file with more bytes than this unused, and more than half of it, is made small again.
const SLACK: i64 = 16 << 20;

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
    CREATE TABLE IF NOT EXISTS overlay_log (
        number INTEGER PRIMARY KEY, done INTEGER NOT NULL, overlay TEXT NOT NULL, undoes INTEGER, record TEXT NOT NULL);
    CREATE INDEX IF NOT EXISTS overlay_log_undoes ON overlay_log (undoes);
    CREATE TABLE IF NOT EXISTS overlay_blobs (digest TEXT PRIMARY KEY, seen INTEGER NOT NULL, data BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS journal (seq INTEGER PRIMARY KEY, done INTEGER NOT NULL, record TEXT NOT NULL);
";

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
pub struct Base(pub(super) Connection);

impl Base {
    /// Opens or makes the database at `path`, drops what is too old, and reads the newest history.
    ///
    /// # Errors
    /// [`Unusable`], in words.
    pub fn open(path: &Path) -> Result<(Self, History), Unusable> {
        twice(|| Self::opened(path))
    }

    fn opened(path: &Path) -> Result<(Self, History), Unusable> {
        made(path).map_err(|e| Unusable::Kept(e.to_string()))?;
        let db = Connection::open(path)?;
        db.busy_timeout(PATIENCE)?;
        let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version > VERSION {
            return Err(Unusable::Broken(format!(
                "it was written by a later muster (its tables are version {version}, this muster knows {VERSION})"
            )));
        }
        db.execute_batch(SCHEMA)?;
        db.execute_batch(drifts::SCHEMA)?;
        db.pragma_update(None, "user_version", VERSION)?;
        prune(&db)?;
        let verdict: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if verdict != "ok" {
            return Err(Unusable::Broken(verdict));
        }
        tighten(&db);
        let base = Self(db);
        let mut history = base.history(Depth::All)?;
        history.drifts = drifts::read(&base.0)?;
        Ok((base, history))
    }

    /// Opens or makes the database at `path` for somebody who holds the lock, to write into it: nothing of it is looked over or
    /// dropped, and what is written is on the disk when that says so.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn durable(path: &Path) -> Result<Self, String> {
        made(path).map_err(|e| e.to_string())?;
        let open = || {
            let db = Connection::open(path)?;
            db.busy_timeout(PATIENCE)?;
            db.execute_batch(SCHEMA)?;
            db.pragma_update(None, "synchronous", "FULL")?;
            Ok(Self(db))
        };
        open().map_err(|e: rusqlite::Error| e.to_string())
    }

    /// Opens the database at `path` to read in it, changing nothing.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn look(path: &Path) -> Result<Self, String> {
        Self::looked_at(path).map_err(|e| e.to_string())
    }

    /// Opens the database at `path` to read in it. What a killed writer left half done can only be cleared away by who may write:
    /// where that is needed, it is opened for that too.
    pub(super) fn looked_at(path: &Path) -> rusqlite::Result<Self> {
        let open = |way: OpenFlags| {
            let db = Connection::open_with_flags(path, way | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
            db.busy_timeout(PATIENCE)?;
            db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
            Ok(Self(db))
        };
        match open(OpenFlags::SQLITE_OPEN_READ_ONLY) {
            Err(rusqlite::Error::SqliteFailure(cause, _)) if cause.code == ErrorCode::ReadOnly => {
                open(OpenFlags::SQLITE_OPEN_READ_WRITE)
            }
            opened => opened,
        }
    }

    pub(super) fn given_text(&self, digest: &str) -> rusqlite::Result<Option<String>> {
        drifts::text(&self.0, digest)
    }

    /// The newest history.
    pub(super) fn history(&self, depth: Depth) -> Result<History, Unusable> {
        let mut history = rows::read(&self.0)?;
        history.steps = steps::newest_first(&self.0, depth)?;
        Ok(history)
    }

    /// Writes a batch in one transaction: all of it, or nothing.
    ///
    /// # Errors
    /// Why nothing was written.
    pub fn write(&mut self, batch: &[Record]) -> Result<(), String> {
        let written = self.0.transaction().and_then(|tx| {
            for record in batch {
                match rows::write(&tx, record) {
                    // A number that no table holds must not keep out all that comes after it.
                    Err(rusqlite::Error::ToSqlConversionFailure(_)) => {}
                    written => written?,
                }
            }
            tx.commit()
        });
        written.map_err(|e| e.to_string())
    }

    /// Notes what is about to be saved at once: all of it, or nothing. Should the save be cut short, the next start finds out from
    /// the file whether it was done.
    ///
    /// # Errors
    /// Why it was not noted.
    pub fn intend(&mut self, revisions: &[Revision]) -> Result<(), String> {
        let noted = self.0.transaction().and_then(|tx| {
            for revision in revisions {
                steps::keep(&tx, revision, false)?;
            }
            tx.commit()
        });
        noted.map_err(|e| e.to_string())
    }
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
    drifts::sweep(db)?;
    steps::prune(db)
}

/// Gives back what the file holds and does not need.
fn tighten(db: &Connection) {
    let number = |what: &str| -> rusqlite::Result<i64> {
        db.query_row(&format!("PRAGMA {what}"), [], |row| row.get(0))
    };
    let unused = || -> rusqlite::Result<bool> {
        let (free, pages) = (number("freelist_count")?, number("page_count")?);
        Ok(free * number("page_size")? > SLACK && free > pages / 2)
    };
    if unused().is_ok_and(|unused| unused)
        && let Err(cause) = db.execute_batch("VACUUM")
    {
        // The room is used again by what comes.
        tracing::info!("state.db was not made smaller: {cause}");
    }
}
