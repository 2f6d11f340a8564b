//! What runs on a node: it keeps the node's runtime overlay as the server has it, and tells the server how the node is. Lives here:
//! asking the server, reading its archive, applying what differs, remembering what was written, and when to do it again. May see `kit`
//! and `wire` only, and none of the server's libraries: `src/agent/build` makes it a small static program of its own.

mod apply;
mod archive;
mod ask;
mod config;
mod ear;
mod file;
mod gone;
mod head;
mod health;
mod label;
mod labels;
mod ledger;
mod pace;
mod refresh;
mod root;
mod run;
mod seen;

pub use apply::{How, Outcome, apply, strayed};
pub use archive::{Body, Item, LIMIT, read, unpack};
pub use ask::{Question, Trouble, ask};
pub use config::Config;
pub use head::{Answer, HEAD, Head};
pub use ledger::{Ledger, Record};
pub use pace::Pace;
pub use refresh::{Agent, Turn};
pub use root::Root;
pub use run::{Options, run};
pub use seen::Marks;
