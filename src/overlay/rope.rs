//! Bytes in several pieces, some of which many hold.

use bytes::{Bytes, BytesMut};

/// Bytes that lie in several places. Equal to another when the bytes are, however they are cut.
#[derive(Debug, Clone, Default)]
pub struct Rope {
    pieces: Vec<Bytes>,
    len: usize,
}

impl Rope {
    /// Adds a piece at the end.
    pub fn push(&mut self, piece: Bytes) {
        self.len += piece.len();
        if !piece.is_empty() {
            self.pieces.push(piece);
        }
    }

    /// How many bytes there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The pieces in order, none of them empty.
    #[must_use]
    pub fn pieces(&self) -> &[Bytes] {
        &self.pieces
    }

    /// `len` bytes from `from` on; fewer where it ends earlier. Nothing is copied.
    #[must_use]
    pub fn slice(&self, from: usize, len: usize) -> Self {
        let mut part = Self::default();
        let (mut skip, mut left) = (from, len);
        for piece in &self.pieces {
            let start = skip.min(piece.len());
            let end = piece.len().min(start.saturating_add(left));
            part.push(piece.slice(start..end));
            skip -= start;
            left -= end - start;
        }
        part
    }

    /// Takes at most `most` bytes off the front, without copying; nothing once it is empty.
    pub fn take_front(&mut self, most: usize) -> Bytes {
        let Some(first) = self.pieces.first_mut() else {
            return Bytes::new();
        };
        let front = first.split_to(first.len().min(most));
        if first.is_empty() {
            self.pieces.remove(0);
        }
        self.len -= front.len();
        front
    }

    /// All of it in one place; copied, unless it is one piece.
    #[must_use]
    pub fn joined(&self) -> Bytes {
        if let [one] = self.pieces.as_slice() {
            return one.clone();
        }
        let mut all = BytesMut::with_capacity(self.len);
        for piece in &self.pieces {
            all.extend_from_slice(piece);
        }
        all.freeze()
    }
}

impl From<Bytes> for Rope {
    fn from(piece: Bytes) -> Self {
        let mut rope = Self::default();
        rope.push(piece);
        rope
    }
}

impl PartialEq for Rope {
    fn eq(&self, other: &Self) -> bool {
        let bytes = |rope: &Self| rope.pieces.clone().into_iter().flatten();
        self.len == other.len && bytes(self).eq(bytes(other))
    }
}
