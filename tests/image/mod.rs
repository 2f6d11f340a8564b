//! Tests of `image`, and of the image jobs that do its disk work.

mod excludes;
mod jobs;
mod kernels;
mod layers;
mod preflight;
mod replacing;
