//! The hands of `muster migrate`: an installation of Warewulf is read, without a byte of it being changed, and what was decided is
//! written among muster's own files, all of it or nothing.

mod bring;
mod look;
mod read;
mod stage;

pub use bring::{Brought, bring};
pub use look::{Asked, Mode, Plan, look};

/// Why it was not done: everything that speaks against it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\nmuster: "))]
pub struct Refused(pub Vec<crate::model::Fault>);

impl Refused {
    fn because(what: impl Into<String>) -> Self {
        Self(vec![crate::model::Fault::error(what)])
    }
}
