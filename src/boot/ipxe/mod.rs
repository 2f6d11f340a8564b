//! iPXE scripts. Lives here: every script that muster sends, and what keeps values from becoming commands. May not: decide
//! who gets one.
//!
//! The scripts use only what the oldest iPXE in wide use offers (Debian 12's of January 2019: no `params`, no `imgextract`);
//! `imgextract` is tried where a node's tag asks for it.

mod args;
mod normal;
mod special;

pub(super) use args::label;
pub use args::{Arguments, Left, arguments};
pub use normal::{Facts, lacks, script};
pub use special::{unconfigured, with_asset};

/// The boot methods that the node tag `IPXEMenuEntry` may name.
pub const METHODS: [&str; 7] = [
    "initrd",
    "initrd_nocompress",
    "imgextract",
    "dracut",
    "dracut_static",
    "localdisk",
    "shell",
];

/// The scripts that `ipxe template` may name.
pub const NAMES: [&str; 3] = ["default", "localdisk", "unconfigured"];
