//! `state.db`: boots, events and leases, written behind in batches by one thread. SQLite is named here and nowhere else.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::api::{BootRow, EventRow};
use crate::fleet::{BootId, Ended};
use crate::kit::Stamp;

/// Events kept; older ones are dropped at start.
const EVENTS_KEPT: u64 = 200_000;
/// Boots kept.
const BOOTS_KEPT: u64 = 50_000;
/// How long records wait for company before they are written.
const BATCH: Duration = Duration::from_millis(200);

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

/// The writing end. Dropping it writes what waits, and ends the thread.
#[derive(Debug)]
pub struct State {
    to: Option<Sender<Record>>,
    thread: Option<JoinHandle<()>>,
}

impl State {
    /// Opens or makes the database at `path` and reads the newest history.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn open(path: &Path) -> Result<(Self, History), String> {
        let failed = |e: rusqlite::Error| format!("{} cannot be used: {e}", path.display());
        let db = Connection::open(path).map_err(failed)?;
        db.busy_timeout(Duration::from_secs(5)).map_err(failed)?;
        db.execute_batch(SCHEMA).map_err(failed)?;
        prune(&db).map_err(failed)?;
        let history = read(&db).map_err(failed)?;
        let (to, from) = channel();
        let spawned = std::thread::Builder::new()
            .name("state".into())
            .spawn(move || write_behind(db, &from));
        let thread = spawned.map_err(|e| format!("no thread for the state database: {e}"))?;
        Ok((
            Self {
                to: Some(to),
                thread: Some(thread),
            },
            history,
        ))
    }

    /// Keeps a record, soon.
    pub fn keep(&self, record: Record) {
        if let Some(to) = &self.to {
            // The thread only ends when this end is dropped; a failed write is reported there.
            let _ = to.send(record);
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.to = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
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

/// Writes batches until the other end is dropped.
fn write_behind(mut db: Connection, from: &Receiver<Record>) {
    while let Ok(first) = from.recv() {
        let mut batch = vec![first];
        while let Ok(record) = from.recv_timeout(BATCH) {
            batch.push(record);
            if batch.len() >= 1000 {
                break;
            }
        }
        let written = db.transaction().and_then(|tx| {
            batch.iter().try_for_each(|record| write(&tx, record))?;
            tx.commit()
        });
        if let Err(e) = written {
            tracing::error!(
                "the history could not be written to state.db: {e}; {} records are lost",
                batch.len()
            );
        }
    }
}

fn write(tx: &Transaction<'_>, record: &Record) -> rusqlite::Result<()> {
    match record {
        Record::Boots(boots) => {
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
        }
        Record::Events(events) => {
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
        }
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
    }
    Ok(())
}
