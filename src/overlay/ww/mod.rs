//! Warewulf's templates: Go's language with the names and functions that overlays written for Warewulf use, over muster's own
//! registry. A `.ww` file of a site overlay yields the bytes that it yielded there, but for `.BuildTime`, which is the time of the
//! overlay's newest file, in UTC, so that an archive is the same at each rendering.
//!
//! Every name is a row of a table: of a node ([`node`]), its disks ([`disk`]), the server ([`server`]), and what is around them
//! ([`root`]). [`vars()`] lists them.

mod boot;
mod disk;
mod functions;
mod ignition;
mod lines;
mod node;
mod press;
mod root;
mod server;
mod thing;
mod vars;

pub use press::{all_nodes, compile, is_go};
pub use vars::{Var, functions as function_names, vars};
