//! Floor 2: what is happening. Every packet, request and beacon becomes an [`Event`] of one boot of one node; from events come
//! stages, conditions, rates, histories, and the reason why a boot hangs. Time is an argument; nothing here reads a clock, a
//! socket or a file.

mod absorb;
mod agent;
mod boot;
mod crowd;
mod drift;
mod eta;
mod event;
#[expect(
    clippy::module_inception,
    reason = "the folder is named after what it is about, the file after what it holds"
)]
mod fleet;
mod hear;
mod motion;
mod news;
mod place;
mod rate;
mod sign;
mod stage;
mod status;
mod text;
mod why;

pub use agent::{Agent, Refresh};
pub use boot::{Boot, Counts, Ended, Past, Plan, Refusal};
pub use crowd::CROWD;
pub use drift::{Differs, Drift};
pub use event::{
    Arch, Beacon, BootId, DhcpEvent, DhcpStep, Event, Form, Part, Proto, Step, TransferEvent,
    TransferId, What, Who,
};
pub use fleet::{Fleet, Flow, Rival, Touched};
pub use news::{brief, headline};
pub use rate::Rate;
pub use sign::Sign;
pub use stage::{Condition, STAGES, Stage};
pub use status::{Progress, Status, Stranger};
pub use text::clean;
pub use why::{Verdict, why};
