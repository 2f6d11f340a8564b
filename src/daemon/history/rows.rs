//! Boots, events, leases and texts: rows into the database and out of it.

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::packed::{Packed, Unpacked};
use super::{Drifts, History, Record, drifts, steps};
use crate::api::{BootRow, EventRow};
use crate::fleet::{BootId, Ended};
use crate::kit::Stamp;

/// What was kept, the newest of it.
pub(super) fn read(db: &Connection) -> rusqlite::Result<History> {
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
        .query_map([], |row| Ok((row.get(0)?, row.get::<_, Unpacked>(1)?.0)))?
        .collect::<rusqlite::Result<_>>()?;
    let boots = boots.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(History {
        boots,
        events,
        texts,
        leases,
        open_boots,
        next_boot: last.unwrap_or(0) + 1,
        drifts: Drifts::default(),
        steps: Vec::new(),
    })
}

/// The texts of a query with one column.
fn column(db: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    db.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

/// Writes one record.
pub(super) fn write(tx: &Transaction<'_>, record: &Record) -> rusqlite::Result<()> {
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
            tx.prepare_cached(sql)?
                .execute(params![name, Packed(text)])?;
        }
        Record::Drift(keep) => {
            for keep in keep {
                drifts::write(tx, keep)?;
            }
        }
        Record::Step(revision) => match steps::keep(tx, revision, true) {
            // Must keep nothing else out either.
            Err(rusqlite::Error::StatementChangedRows(_)) => {
                let (revision, seq) = (revision.revision, revision.seq);
                tracing::warn!(
                    "r{revision} is not in the log: another one has its number there ({seq})"
                );
            }
            kept => kept?,
        },
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
