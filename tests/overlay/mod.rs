//! Tests of `overlay`.

mod archives;
mod freshness;
mod go;
mod layers;
mod limits;
mod looking;
mod scripts;
mod shipped;
mod templates;
mod world;
