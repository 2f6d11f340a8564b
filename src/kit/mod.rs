//! Floor 0: words with no muster in them. Nothing here may know a node, a boot or a file of ours, nor touch a socket, a
//! clock, a file or the terminal.

mod bucket;
pub mod diff;
pub mod fuzzy;
pub mod glob;
pub mod hostlist;
mod mac;
pub mod merge;
pub mod natural;
mod ring;
mod stamp;
pub mod suggest;
pub mod text;
pub mod units;
mod zone;

pub use bucket::Bucket;
pub use mac::{Mac, MacError};
pub use ring::Ring;
pub use stamp::Stamp;
pub use zone::Zone;
