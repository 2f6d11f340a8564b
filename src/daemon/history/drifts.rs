//! What nodes were given in their last boots: a row for each node, and apart from that, each once, lists of files, the files in
//! them, and texts of files.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::packed::{Packed, Unpacked};
use crate::overlay::Entry;

/// Bytes of texts kept, as they are stored; the oldest go first.
const TEXTS_KEPT: i64 = 64 << 20;

/// The tables.
pub(super) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS given (node TEXT PRIMARY KEY, list TEXT, record TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS given_lists (digest TEXT PRIMARY KEY, files BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS given_files (id INTEGER PRIMARY KEY, text TEXT, record TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS given_texts (seq INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, text NOT NULL);
";

/// Something of it to keep.
#[derive(Debug, Clone)]
pub enum Keep {
    /// What a node was given, as JSON, in place of an earlier record.
    Node(Arc<str>, String),
    /// A node is no more.
    Gone(Arc<str>),
    /// What an archive holds.
    List {
        /// Digest of the archive.
        digest: Arc<str>,
        /// Its files by number.
        files: Vec<u32>,
        /// Those of them that were not kept yet: number, and record as JSON.
        fresh: Vec<(u32, String)>,
    },
    /// The content of a file by its digest.
    Text(Arc<str>, Arc<str>),
    /// Let go of what nobody refers to.
    Sweep,
}

/// What earlier runs kept of it.
#[derive(Debug, Default)]
pub struct Drifts {
    /// Records of nodes, as JSON.
    pub nodes: Vec<(Arc<str>, String)>,
    /// Files by number.
    pub entries: Vec<(u32, Entry)>,
    /// Lists: digests of archives, and the numbers of their files.
    pub lists: Vec<(Arc<str>, Vec<u32>)>,
    /// Digests of the texts that are kept.
    pub texts: Vec<Arc<str>>,
}

/// Everything but the texts.
pub(super) fn read(db: &Connection) -> rusqlite::Result<Drifts> {
    let mut drifts = Drifts::default();
    let mut rows = db.prepare("SELECT node, record FROM given")?;
    let rows = rows.query_map([], |row| Ok((row.get::<_, String>(0)?.into(), row.get(1)?)))?;
    drifts.nodes = rows.collect::<rusqlite::Result<_>>()?;
    let mut rows = db.prepare("SELECT id, record FROM given_files")?;
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
    for row in rows {
        let (id, record) = row?;
        // A file that makes no sense leaves a hole, and a list with one is none.
        if let Ok(entry) = serde_json::from_str(&record) {
            drifts.entries.push((id, entry));
        }
    }
    let mut rows = db.prepare("SELECT digest, files FROM given_lists")?;
    let rows = rows.query_map([], |row| {
        let files: Vec<u8> = row.get(1)?;
        Ok((row.get::<_, String>(0)?.into(), numbers(&files)))
    })?;
    drifts.lists = rows.collect::<rusqlite::Result<_>>()?;
    let mut rows = db.prepare("SELECT digest FROM given_texts")?;
    let rows = rows.query_map([], |row| Ok(row.get::<_, String>(0)?.into()))?;
    drifts.texts = rows.collect::<rusqlite::Result<_>>()?;
    Ok(drifts)
}

/// Numbers, each in four bytes, the lowest first.
fn numbers(bytes: &[u8]) -> Vec<u32> {
    let number = |four: &[u8]| u32::from_le_bytes([four[0], four[1], four[2], four[3]]);
    bytes.chunks_exact(4).map(number).collect()
}

/// Writes some of it.
pub(super) fn write(tx: &Transaction<'_>, keep: &Keep) -> rusqlite::Result<()> {
    match keep {
        Keep::Node(node, record) => {
            let sql = "INSERT OR REPLACE INTO given (node, list, record) VALUES (?1, ?2 ->> '$.system', ?2)";
            tx.prepare_cached(sql)?.execute(params![&**node, record])?;
        }
        Keep::Gone(node) => {
            tx.prepare_cached("DELETE FROM given WHERE node = ?1")?
                .execute([&**node])?;
        }
        Keep::List {
            digest,
            files,
            fresh,
        } => {
            let sql = "INSERT OR IGNORE INTO given_files (id, text, record) VALUES (?1, ?2 ->> '$.digest', ?2)";
            let mut insert = tx.prepare_cached(sql)?;
            for (id, record) in fresh {
                insert.execute(params![id, record])?;
            }
            let files: Vec<u8> = files.iter().flat_map(|id| id.to_le_bytes()).collect();
            let sql = "INSERT OR REPLACE INTO given_lists (digest, files) VALUES (?1, ?2)";
            tx.prepare_cached(sql)?.execute(params![&**digest, files])?;
        }
        Keep::Text(digest, text) => {
            let sql = "INSERT OR IGNORE INTO given_texts (digest, text) VALUES (?1, ?2)";
            tx.prepare_cached(sql)?
                .execute(params![&**digest, Packed(text)])?;
        }
        Keep::Sweep => sweep(tx)?,
    }
    Ok(())
}

/// Lets go of lists that no node has, of files in no list, of texts of no file, and of the oldest texts when there are too many.
pub(super) fn sweep(db: &Connection) -> rusqlite::Result<()> {
    let sql = "DELETE FROM given_lists WHERE digest NOT IN (SELECT list FROM given WHERE list IS NOT NULL)";
    let gone = db.execute(sql, [])?;
    if gone > 0 {
        let mut used = std::collections::HashSet::new();
        let mut lists = db.prepare("SELECT files FROM given_lists")?;
        for files in lists.query_map([], |row| row.get::<_, Vec<u8>>(0))? {
            used.extend(numbers(&files?));
        }
        let mut ids = db.prepare("SELECT id FROM given_files")?;
        let ids = ids.query_map([], |row| row.get::<_, u32>(0))?;
        let ids = ids.collect::<rusqlite::Result<Vec<_>>>()?;
        let mut delete = db.prepare_cached("DELETE FROM given_files WHERE id = ?1")?;
        for id in ids.iter().filter(|id| !used.contains(id)) {
            delete.execute([id])?;
        }
        let sql = "DELETE FROM given_texts WHERE digest NOT IN (SELECT text FROM given_files WHERE text IS NOT NULL)";
        db.execute(sql, [])?;
    }
    let sql = "DELETE FROM given_texts WHERE seq <= (SELECT max(seq) FROM \
               (SELECT seq, sum(octet_length(text)) OVER (ORDER BY seq DESC) AS bytes FROM given_texts) WHERE bytes > ?1)";
    db.execute(sql, [TEXTS_KEPT])?;
    Ok(())
}

/// The content of a file that was given to a node, by its digest.
pub(super) fn text(db: &Connection, digest: &str) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT text FROM given_texts WHERE digest = ?1";
    let found = db.query_row(sql, [digest], |row| row.get::<_, Unpacked>(0));
    Ok(found.optional()?.map(|text| text.0))
}
