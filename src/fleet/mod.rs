//! Floor 2: what is happening. Every packet, request and beacon becomes an [`Event`] of one boot of one node; from events come
//! stages, conditions, rates, histories, and the reason why a boot hangs. Time is an argument; nothing here reads a clock, a
//! socket or a file.

mod event;
mod stage;
mod status;
mod why;

pub use event::{
    Arch, Beacon, BootId, DhcpEvent, DhcpStep, Event, Form, Part, Proto, Step, TransferEvent,
    TransferId, What, Who,
};
pub use stage::{Condition, STAGES, Stage};
pub use status::{Progress, Status, Stranger};
pub use why::Verdict;
