//! Tests of `agent`: trees of files in folders that are thrown away.

mod applying;
mod archives;
mod hostile;
mod pace;
mod server;
mod words;
mod world;
