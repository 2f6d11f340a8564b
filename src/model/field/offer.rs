//! From where likely values of a field come.

/// What exists, in the registry or beside it, that a field may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// Nothing is known that it could name.
    Nothing,
    /// Images.
    Images,
    /// Profiles.
    Profiles,
    /// Overlays.
    Overlays,
    /// Kernels of the images.
    Kernels,
    /// Network devices that the registry names.
    Devices,
    /// These words, and others too.
    Words(&'static [&'static str]),
}
