//! The real binary: sockets, signals, processes, a terminal. Every test has a root, ports and processes of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs
)]

#[path = "daemon/agent.rs"]
mod agent;
#[path = "daemon/clash.rs"]
mod clash;
#[path = "daemon/console.rs"]
mod console;
#[path = "daemon/control.rs"]
mod control;
#[path = "daemon/demo.rs"]
mod demo;
#[path = "support/dhcp_client.rs"]
mod dhcp_client;
#[path = "daemon/drift.rs"]
mod drift;
#[path = "daemon/edits.rs"]
mod edits;
#[path = "daemon/entries.rs"]
mod entries;
#[path = "daemon/fanout.rs"]
mod fanout;
#[path = "daemon/faults.rs"]
mod faults;
#[path = "daemon/history.rs"]
mod history;
#[path = "daemon/journal.rs"]
mod journal;
#[path = "daemon/midboot.rs"]
mod midboot;
#[path = "daemon/migrate.rs"]
mod migrate;
#[path = "daemon/notify.rs"]
mod notify;
#[path = "daemon/overlay_edits.rs"]
mod overlay_edits;
#[path = "daemon/overlay_faults.rs"]
mod overlay_faults;
#[path = "daemon/overlay_looks.rs"]
mod overlay_looks;
#[path = "daemon/overlay_screen.rs"]
mod overlay_screen;
#[path = "daemon/overlays.rs"]
mod overlays;
#[path = "daemon/restart.rs"]
mod restart;
#[path = "daemon/saving.rs"]
mod saving;
#[path = "daemon/secrets.rs"]
mod secrets;
#[path = "daemon/serve.rs"]
mod serve;
#[path = "daemon/settings.rs"]
mod settings;
#[path = "daemon/shells.rs"]
mod shells;
#[path = "daemon/shipped.rs"]
mod shipped;
#[path = "daemon/stop.rs"]
mod stop;
#[path = "daemon/strained.rs"]
mod strained;
#[path = "daemon/terminal.rs"]
mod terminal;
#[path = "daemon/verbs.rs"]
mod verbs;
#[path = "daemon/watching.rs"]
mod watching;
#[path = "daemon/world.rs"]
mod world;
