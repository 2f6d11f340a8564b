//! The journal: a row for every revision, written before it is saved and again once it is in force.

use rusqlite::{Connection, params};

use super::packed::{Packed, Unpacked};
use crate::engine::Revision;

/// Revisions kept.
const KEPT: u64 = 20_000;
/// Bytes of them kept.
const BYTES_KEPT: i64 = 64 << 20;
/// After how many revisions it is looked whether there are too many.
const LOOK: u64 = 256;
/// Revisions that are read back by what only adds another. More than are ever made on top of a text that was kept.
const RECENT: u64 = 512;

/// How far back revisions are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// As far as they are kept.
    All,
    /// As far as it takes to know what is in force.
    Recent,
    /// Not at all.
    None,
}

/// Writes the row of a revision, in place of an earlier one of that number that never came into force, or was the same.
///
/// # Errors
/// Among others when that number is another revision's: the journal was not read before, and must not be lost.
pub(super) fn keep(db: &Connection, revision: &Revision, done: bool) -> rusqlite::Result<()> {
    let record = serde_json::to_string(revision).unwrap_or_default();
    let sql = "INSERT INTO journal (seq, done, record) VALUES (?1, ?2, ?3) \
               ON CONFLICT (seq) DO UPDATE SET done = ?2, record = ?3 WHERE done = 0 OR record = ?3";
    let written = db
        .prepare_cached(sql)?
        .execute(params![revision.seq, done, Packed(&record)])?;
    if written == 0 {
        return Err(rusqlite::Error::StatementChangedRows(0));
    }
    if revision.seq.is_multiple_of(LOOK) {
        prune(db)?;
    }
    Ok(())
}

/// Drops what is too old, or more than there is room for.
pub(super) fn prune(db: &Connection) -> rusqlite::Result<()> {
    let sql = "DELETE FROM journal WHERE seq <= (SELECT coalesce(max(seq), 0) FROM journal) - ?1";
    db.execute(sql, [KEPT])?;
    let sql = "DELETE FROM journal WHERE seq <= (SELECT max(seq) FROM \
               (SELECT seq, sum(octet_length(record)) OVER (ORDER BY seq DESC) AS bytes FROM journal) WHERE bytes > ?1)";
    db.execute(sql, [BYTES_KEPT])?;
    Ok(())
}

/// Every row with whether it is known to be in force, or was only about to be saved. What is older than something that makes no
/// sense leads nowhere.
pub(super) fn newest_first(
    db: &Connection,
    depth: Depth,
) -> rusqlite::Result<Vec<(bool, Revision)>> {
    let sql = "SELECT done, record FROM journal ORDER BY seq DESC LIMIT ?1";
    let mut rows = db.prepare(sql)?;
    let limit = match depth {
        Depth::All => KEPT,
        Depth::Recent => RECENT,
        Depth::None => return Ok(Vec::new()),
    };
    let mut rows = rows.query([limit])?;
    let mut read = Vec::new();
    while let Some(row) = rows.next()? {
        let (done, record) = (row.get(0)?, row.get::<_, Unpacked>(1));
        let record = record
            .ok()
            .and_then(|text| serde_json::from_str(&text.0).ok());
        let Some(record) = record else { break };
        read.push((done, record));
    }
    Ok(read)
}
