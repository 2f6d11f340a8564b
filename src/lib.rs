//! muster boots stateless compute clusters over the network and shows it happening.
//!
//! # The house
//! Folders are floors. A file may use its own folder and lower floors, never a higher one; `tests/floors.rs` proves it.
//!
//! | floor | module | holds |
//! |---|---|---|
//! | 0 | [`kit`] | words with no muster in them: MAC, hostlist, units, text cells, time |
//! | 1 | [`model`] | what an administrator talks about: fields, values, nodes, settings, the frozen [`model::View`] |
//! | 1 | [`wire`] | bytes to values and back; never panics, holds no policy |
//! | 2 | [`fleet`] | what is happening: stages, events, boots, rates, and why a boot hangs |
//! | 2 | [`registry`] | the desired state: YAML text to tables to a resolved view, and changes back to text |
//! | 2 | [`overlay`] | overlay sources and templates to a node's archive |
//! | 3 | [`boot`] | protocol decisions: DHCP answers, TFTP transfers, HTTP plans, iPXE scripts, access |
//! | 3 | [`image`] | node images: catalogue, kernels, build |
//! | 4 | [`api`] | the one language between an engine and its clients |
//! | 4 | [`migrate`] | what is made of an installation of Warewulf |
//! | 5 | [`engine`] | the single owner of registry and fleet |
//! | 6 | [`daemon`] | the hands: sockets, files, processes, signals |
//! | 6 | [`link`] | how a client reaches an engine |
//! | 7 | [`console`] | the terminal console |
//! | 7 | [`cli`] | headless verbs |
//! | 7 | [`rehearse`] | simulated nodes that boot over real sockets |
//! | 7 | [`agent`] | what runs on a node: the refresh of its runtime overlay |
//!
//! Without the feature `server` only what [`agent`] is made of is there.
//!
//! # Words
//! - **node**: a machine the registry knows. **stranger**: one that asked and is not known. **profile**: settings nodes inherit.
//! - **view**: the whole registry, resolved and frozen at one **revision**. **fault**: something wrong, with its place and its remedy.
//! - **boot**: one session of one node, from DHCPDISCOVER to `up`. **stage**: how far a boot is. **condition**: how it fares there.
//! - **beacon**: what a node says of itself. **transfer**: one file on its way to one node. **part**: what that file is for.
//! - **image**: the operating system that nodes run. **overlay**: files laid over an image for one node. **archive**: a cpio of either.

pub mod agent;
#[cfg(feature = "server")]
pub mod api;
#[cfg(feature = "server")]
pub mod boot;
#[cfg(feature = "server")]
pub mod cli;
#[cfg(feature = "server")]
pub mod console;
#[cfg(feature = "server")]
pub mod daemon;
#[cfg(feature = "server")]
pub mod engine;
#[cfg(feature = "server")]
pub mod fleet;
#[cfg(feature = "server")]
pub mod image;
#[cfg(feature = "server")]
pub mod kit;
#[cfg(feature = "server")]
pub mod link;
#[cfg(feature = "server")]
pub mod migrate;
#[cfg(feature = "server")]
pub mod model;
#[cfg(feature = "server")]
pub mod overlay;
#[cfg(feature = "server")]
pub mod registry;
#[cfg(feature = "server")]
pub mod rehearse;
pub mod wire;
