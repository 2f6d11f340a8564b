//! Long texts, stored as what zlib makes of them: a registry says the same words ten thousand times.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

/// Shorter texts are stored as they are, for whoever looks into the database with other tools.
const SHORT: usize = 4 << 10;
/// No text that was stored is longer than this.
const LIMIT: u64 = 512 << 20;

/// A text on its way into a column: as it is when short, else packed.
pub(super) struct Packed<'t>(pub &'t str);

impl ToSql for Packed<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        if self.0.len() < SHORT {
            return self.0.to_sql();
        }
        Ok(pack(self.0.as_bytes())?.into())
    }
}

/// A text out of a column, however it was stored.
pub(super) struct Unpacked(pub String);

impl FromSql for Unpacked {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let ValueRef::Blob(packed) = value else {
            return String::column_result(value).map(Self);
        };
        let bytes = unpack(packed).map_err(|e| FromSqlError::Other(e.into()))?;
        let text = String::from_utf8(bytes).map_err(|e| FromSqlError::Other(e.into()))?;
        Ok(Self(text))
    }
}

/// Bytes on their way into a column.
pub(super) fn pack(bytes: &[u8]) -> rusqlite::Result<Vec<u8>> {
    let mut packer = ZlibEncoder::new(Vec::with_capacity(bytes.len() / 8), Compression::fast());
    let packed = packer.write_all(bytes).and_then(|()| packer.finish());
    packed.map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))
}

/// Bytes that were packed.
pub(super) fn unpack(packed: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    ZlibDecoder::new(packed)
        .take(LIMIT)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}
