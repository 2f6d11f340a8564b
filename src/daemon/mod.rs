//! Floor 6: the hands. Sockets, files, processes, signals, the control socket. Each file drives one mind of a lower floor;
//! nothing here decides what is answered, kept or shown.

pub mod archives;
pub mod bind;
pub mod clients;
pub mod clock;
pub mod control;
pub mod dhcp;
pub mod disk;
pub mod files;
pub mod history;
pub mod http;
pub mod images;
pub mod interfaces;
pub mod loaders;
pub mod lock;
pub mod log;
pub mod offline;
pub mod pktinfo;
pub mod ra;
pub mod run;
pub mod shared;
pub mod signals;
pub mod state;
pub mod systemd;
pub mod tftp;
pub mod transfers;
pub mod watcher;
