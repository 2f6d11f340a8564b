//! Floor 1: what an administrator talks about, as plain data and rules. Names, the field table, values, nodes, profiles,
//! settings, and the frozen [`View`] that every server reads. No file, socket, clock or text format lives here.

mod change;
mod fault;
pub mod field;
mod key;
mod keyed;
mod node;
mod places;
pub mod query;
mod settings;
mod value;
mod view;

pub use change::{Edit, File, Place, Table, Turn};
pub use fault::{Fault, Level, Spot};
pub use key::{Branch, Key, KeyError};
pub use keyed::Keyed;
pub use node::{Ipmi, NetDev, Node, NodeId, Profile, RootKind};
pub use settings::{Access, Agent, Dhcp, Network, Paths, Server, Settings, Tftp};
pub use value::{Given, Secret, Source, Value, Values};
pub use view::View;
