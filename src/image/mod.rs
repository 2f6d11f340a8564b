//! Floor 3: node images: the catalogue, their kernels, the steps from a tree to an archive. What is here decides and reads no
//! disk; the walking is done in `daemon`.

mod catalog;
mod excludes;
mod kernels;
pub mod layers;
mod name;
pub mod oci;
mod preflight;
pub mod source;

pub use catalog::{BootArchive, Catalog, Image, Kernel};
pub use excludes::Excludes;
pub use kernels::{initramfs, kernels};
pub use name::{BadName, check_name};
pub use preflight::{Facts, preflight};
