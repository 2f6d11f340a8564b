//! An HTTP request to a plan of its answer. Lives here: reading a request target, the route table, who asks, what is answered,
//! and which bytes of a file a conditional or partial request gets. May not: open files, render overlays, read a clock.

mod date;
mod desk;
mod identity;
mod plan;
mod route;
mod select;
mod target;

pub use date::imf_fixdate;
pub use identity::Caller;
pub use plan::{Mark, Outcome, Plan, Request, Shelf, Stock, plan};
pub use route::Route;
pub use select::{Conditions, Selection, select};
pub use target::{Target, TargetError, sanitise};
