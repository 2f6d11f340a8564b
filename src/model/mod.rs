//! Floor 1: what an administrator talks about, as plain data and rules. Names, the field table, values, nodes, profiles,
//! settings, and the frozen [`View`] that every server reads. No file, socket, clock or text format lives here.

mod fault;
pub mod field;
mod keyed;
mod node;
mod places;
pub mod query;
mod settings;
mod value;
mod view;

pub use fault::{Fault, Level, Spot};
pub use keyed::Keyed;
pub use node::{Ipmi, NetDev, Node, NodeId, Profile, RootKind};
pub use settings::{Access, Dhcp, Network, Paths, Server, Settings, Tftp};
pub use value::{Given, Key, Secret, Source, Value, Values};
pub use view::View;
