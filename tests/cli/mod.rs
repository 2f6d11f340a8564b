//! What people type, and what becomes of it.

mod flags;
mod tables;
