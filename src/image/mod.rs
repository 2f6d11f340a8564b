//! Floor 3: node images: the catalogue, their kernels, the steps from a tree to an archive.

mod catalog;

pub use catalog::{BootArchive, Catalog, Image, Kernel};
