//! DHCPv4 messages (RFC 2131, 2132, 3046, 3396, 4578): a client's message to the value [`Ask`], and a [`Reply`] to bytes.
//!
//! dhcproto reads the fixed header and writes the typed options. Its decoder is not used for a client's options, because one
//! bad option hides all that follow, only the first architecture of option 93 survives, and option overload is not followed.
//! Nothing here decides what is answered.

mod ask;
mod options;
mod relay;
mod reply;
mod uuid;

pub use ask::{Ask, Heard, Kind, Malformed, Overheard, Vendor, parse};
pub use options::Options;
pub use relay::RelayInfo;
pub use reply::{LEAST_SIZE, Reply, ReplyKind};
pub use uuid::uuid_text;
