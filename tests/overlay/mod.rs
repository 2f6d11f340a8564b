//! Tests of `overlay`.

mod archives;
mod attributes;
mod changes;
mod danger;
mod freshness;
mod go;
mod layers;
mod limits;
mod looking;
mod scripts;
mod shipped;
mod templates;
mod world;
