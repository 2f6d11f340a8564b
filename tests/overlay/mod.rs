//! Tests of `overlay`.

mod archives;
mod changes;
mod go;
mod layers;
mod limits;
mod looking;
mod scripts;
mod shipped;
mod templates;
mod world;
