//! Floor 6: the hands. Sockets, files, processes, signals, the control socket. Each file drives one mind of a lower floor;
//! nothing here decides what is answered, kept or shown.

pub mod archives;
pub mod clock;
pub mod files;
pub mod images;
pub mod shared;
pub mod transfers;
