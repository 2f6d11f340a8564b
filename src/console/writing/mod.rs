//! A file of an overlay being written: its text, what can stand at the cursor, the search in it, and the questions that make, move
//! and change files. Pure; what is asked of the engine and shown on the screen is elsewhere.

mod ask;
mod file;
mod kept;
mod keys;
mod names;
mod offers;
mod rights;
mod scope;
mod seek;

pub use ask::{Accounts, Ask, Entry, Task};
pub use file::{Body, Stand, Writing};
pub use kept::Kept;
pub use offers::{Offer, Offers};
pub use seek::Seek;
