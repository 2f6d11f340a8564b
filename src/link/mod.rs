//! Floor 6: how a client reaches an engine. A [`Link`] looks the same whether the engine is behind the control socket or in
//! this process. Nothing here knows what a command means.

mod ask;
mod channel;
mod socket;
mod trouble;
mod watch;

pub use ask::ask;
pub use channel::{Link, Message};
pub use trouble::Trouble;
pub use watch::{Tell, attach, later};
