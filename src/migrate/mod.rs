//! Floor 4: what is made of an installation of Warewulf: which of its files are whose, what becomes of each, and what a person is
//! told. Texts and listings come in; nothing is read, written or copied here.

mod found;
mod images;
mod overlays;
mod report;
mod scripts;
mod site;
mod stock;

pub use found::{HostKey, Leaf, Listed, Script, Shelf, Tree};
pub use report::{Made, Source, Texts, Wishes, make};
pub use site::{Places, Site};
