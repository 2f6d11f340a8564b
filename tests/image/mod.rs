//! Tests of `image`, and of the image jobs that do its disk work.

mod containers;
mod excludes;
mod jobs;
mod kernels;
mod layers;
mod oci;
mod preflight;
mod replacing;
mod source;
mod unpacking;
