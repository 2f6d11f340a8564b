//! What is in a file: text as it is, anything else so that JSON can hold it.

use std::sync::Arc;

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

/// The content of a file. As JSON a text is a string, anything else `{"base64": "…"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Content {
    /// UTF-8 text.
    Text(Arc<str>),
    /// Anything else.
    Bytes {
        /// RFC 4648 section 4, with padding.
        base64: Arc<str>,
    },
}

impl Content {
    /// Of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.into()),
            Err(_) => Self::Bytes {
                base64: BASE64.encode(bytes).into(),
            },
        }
    }

    /// The bytes; none when what should be base64 is not.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Text(text) => Some(text.as_bytes().to_vec()),
            Self::Bytes { base64 } => BASE64.decode(base64.as_bytes()).ok(),
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&Arc<str>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bytes { .. } => None,
        }
    }
}
