//! From the layers of a container image to a tree on the disk: contents are kept by number beside the tree while the layers are
//! read, and put in their places when it is known which of them stay. Decisions are those of [`crate::image::layers`].

mod plain;
mod plant;
mod unpack;

pub use plain::plain;
pub use plant::Planted;
pub use unpack::{Layer, Unpack};
