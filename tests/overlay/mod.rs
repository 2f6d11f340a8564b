//! Tests of `overlay`.

mod archives;
mod layers;
mod scripts;
mod shipped;
mod templates;
mod world;
