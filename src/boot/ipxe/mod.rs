//! iPXE scripts. Lives here: every script that muster sends, and what keeps values from becoming commands. May not: decide
//! who gets one.
//!
//! The scripts use only what the oldest iPXE in wide use offers (Debian 12's of January 2019: no `params`, no `imgextract`);
//! `imgextract` is tried where a node's tag asks for it.

mod args;
mod normal;
pub mod site;
mod special;

pub use args::{Arguments, Left, arguments};
pub(super) use args::{label, sentence};
pub use normal::{Facts, lacks, script};
pub(super) use normal::{dracut, missing};
pub use special::{held, unconfigured, with_asset};

pub use crate::model::field::{METHODS, SCRIPTS as NAMES};
