//! Floor 0: words with no muster in them. Nothing here may know a node, a boot or a file of ours, nor touch a socket, a
//! clock, a file or the terminal. What needs more than the standard library is there with the feature `server` only.

#[cfg(feature = "server")]
mod bucket;
pub mod diff;
#[cfg(feature = "server")]
pub mod fuzzy;
pub mod glob;
#[cfg(feature = "server")]
pub mod hostlist;
#[cfg(feature = "server")]
mod mac;
pub mod natural;
mod ring;
#[cfg(feature = "server")]
mod stamp;
#[cfg(feature = "server")]
pub mod suggest;
#[cfg(feature = "server")]
pub mod text;
pub mod units;
#[cfg(feature = "server")]
mod zone;

#[cfg(feature = "server")]
pub use bucket::Bucket;
#[cfg(feature = "server")]
pub use mac::{Mac, MacError};
pub use ring::Ring;
#[cfg(feature = "server")]
pub use stamp::Stamp;
#[cfg(feature = "server")]
pub use zone::Zone;
