//! What the boot servers must survive, by the words for it: files over TFTP, requests over HTTP, and names everywhere.

mod http;
mod names;
mod tftp;
