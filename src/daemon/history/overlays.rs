//! The log of overlays: a row for every change, written before anything is touched and marked once it is done; and what was in the
//! files before and after, each content once.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::base::Base;
use super::packed::{Packed, Unpacked, pack, unpack};

/// Changes kept.
const KEPT: u64 = 20_000;
/// Bytes of contents kept, as they are stored.
const BYTES_KEPT: i64 = 64 << 20;

/// A change that is about to be made.
#[derive(Debug)]
pub struct Intent<'a> {
    /// The overlay.
    pub overlay: &'a str,
    /// The change that it takes back.
    pub undoes: Option<u64>,
    /// All that is known of it, as JSON.
    pub record: &'a str,
    /// Contents by digest.
    pub contents: &'a [(String, bytes::Bytes)],
}

/// A change in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its number.
    pub number: u64,
    /// The change that it takes back.
    pub undoes: Option<u64>,
    /// The change that took it back.
    pub undone_by: Option<u64>,
    /// All that is known of it, as JSON.
    pub record: String,
}

const COLUMNS: &str = "SELECT number, undoes, \
     (SELECT max(number) FROM overlay_log AS later WHERE later.undoes = log.number AND later.done = 1), record \
     FROM overlay_log AS log";

impl Base {
    /// Notes what is about to be done, and gives its number: all of it, or nothing.
    ///
    /// # Errors
    /// Why it was not noted.
    pub fn intend_overlay(&mut self, intent: &Intent<'_>) -> Result<u64, String> {
        let noted = self.0.transaction().and_then(|tx| {
            let newest = "SELECT coalesce(max(number), 0) FROM overlay_log";
            let newest: u64 = tx.query_row(newest, [], |row| row.get(0))?;
            let number = newest + 1;
            let sql = "INSERT INTO overlay_log (number, done, overlay, undoes, record) VALUES (?1, 0, ?2, ?3, ?4)";
            let record = Packed(intent.record);
            tx.execute(sql, params![number, intent.overlay, intent.undoes, record])?;
            let sql = "INSERT INTO overlay_blobs (digest, seen, data) VALUES (?1, ?2, ?3) \
                       ON CONFLICT (digest) DO UPDATE SET seen = ?2";
            let mut insert = tx.prepare(sql)?;
            for (digest, data) in intent.contents {
                insert.execute(params![digest, number, pack(data)?])?;
            }
            drop(insert);
            prune(&tx)?;
            tx.commit()?;
            Ok(number)
        });
        noted.map_err(|e| e.to_string())
    }

    /// Notes that a change was done, or that it was not and never will be.
    ///
    /// # Errors
    /// Why it was not noted.
    pub fn settle_overlay(&mut self, number: u64, done: bool) -> Result<(), String> {
        let sql = if done {
            "UPDATE overlay_log SET done = 1 WHERE number = ?1"
        } else {
            "DELETE FROM overlay_log WHERE number = ?1"
        };
        let settled = self.0.execute(sql, [number]);
        settled.map(|_| ()).map_err(|e| e.to_string())
    }

    /// Changes that were begun, and of which nobody noted how they ended; oldest first.
    ///
    /// # Errors
    /// Why they cannot be read.
    pub fn unsettled_overlays(&self) -> Result<Vec<Change>, String> {
        let sql = format!("{COLUMNS} WHERE done = 0 ORDER BY number");
        self.changes(&sql, [])
    }

    /// Changes that were done, newest first: of one overlay, or of all.
    ///
    /// # Errors
    /// Why they cannot be read.
    pub fn overlay_log(&self, of: Option<&str>, limit: u32) -> Result<Vec<Change>, String> {
        let sql = format!(
            "{COLUMNS} WHERE done = 1 AND (?1 IS NULL OR overlay = ?1) ORDER BY number DESC LIMIT ?2"
        );
        self.changes(&sql, params![of, limit])
    }

    /// The change of that number that was done.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn overlay_change(&self, number: u64) -> Result<Option<Change>, String> {
        let sql = format!("{COLUMNS} WHERE done = 1 AND number = ?1");
        Ok(self.changes(&sql, [number])?.pop())
    }

    /// A content by its digest; none when it is not kept any more.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn overlay_content(&self, digest: &str) -> Result<Option<Vec<u8>>, String> {
        let sql = "SELECT data FROM overlay_blobs WHERE digest = ?1";
        let read = self
            .0
            .query_row(sql, [digest], |row| row.get::<_, Vec<u8>>(0));
        let packed = read.optional().map_err(|e| e.to_string())?;
        packed
            .map(|packed| unpack(&packed).map_err(|e| e.to_string()))
            .transpose()
    }

    fn changes(&self, sql: &str, with: impl rusqlite::Params) -> Result<Vec<Change>, String> {
        let read = || {
            // One that was only looked at may be of an earlier muster.
            if !has_log(&self.0)? {
                return Ok(Vec::new());
            }
            let mut rows = self.0.prepare(sql)?;
            let rows = rows.query_map(with, change)?;
            rows.collect()
        };
        read().map_err(|e: rusqlite::Error| e.to_string())
    }
}

fn has_log(db: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'overlay_log'";
    let count: i64 = db.query_row(sql, [], |row| row.get(0))?;
    Ok(count > 0)
}

fn change(row: &Row<'_>) -> rusqlite::Result<Change> {
    Ok(Change {
        number: row.get(0)?,
        undoes: row.get(1)?,
        undone_by: row.get(2)?,
        record: row.get::<_, Unpacked>(3)?.0,
    })
}

/// Drops what is too old, or more than there is room for. What the newest change needs stays, however much it is.
fn prune(db: &Connection) -> rusqlite::Result<()> {
    let sql = "DELETE FROM overlay_log WHERE done = 1 AND number <= (SELECT max(number) FROM overlay_log) - ?1";
    db.execute(sql, [KEPT])?;
    let sql = "DELETE FROM overlay_blobs WHERE seen < (SELECT max(number) FROM overlay_log) AND seen <= (SELECT max(seen) FROM \
               (SELECT seen, sum(octet_length(data)) OVER (ORDER BY seen DESC) AS bytes FROM overlay_blobs) WHERE bytes > ?1)";
    db.execute(sql, [BYTES_KEPT])?;
    Ok(())
}
