//! How the servers are that a section of the settings is about, in one line.

use super::super::World;
use super::Settings;
use crate::api::{EventRow, ServiceState};
use crate::console::frame::Frame;
use crate::console::look::Role;
use crate::kit::units;

/// The service that a section is about.
fn service(section: &str) -> Option<&'static str> {
    match section {
        "DHCP" => Some("dhcp"),
        "TFTP" => Some("tftp"),
        "HTTP" => Some("http"),
        _ => None,
    }
}

impl Settings {
    /// Of a section its service: whether it answers, where, and the last that was heard there; of a network how many nodes are in
    /// it.
    pub(super) fn health(
        world: &World<'_>,
        frame: &Frame<'_>,
        section: &str,
    ) -> Vec<(String, Role)> {
        let mut out: Vec<(String, Role)> = Vec::new();
        if let Some(name) = service(section) {
            let services = &world.mirror.head.services;
            if let Some(row) = services.iter().find(|row| *row.name == *name) {
                let (sign, role) = match row.state {
                    ServiceState::Up => ("●", Role::Up),
                    ServiceState::Warned => ("!", Role::Stalled),
                    ServiceState::Down => ("✗", Role::Failed),
                    ServiceState::Disabled => ("—", Role::Dim),
                };
                out.push((format!("{sign} "), role));
                out.push((row.text.to_string(), Role::Text));
            }
            let mut events = world.mirror.events.iter().rev();
            if let Some(last) = events.find(|event| *event.kind == *name) {
                let at = frame.ages.clock(last.at);
                out.push((
                    format!(" · last {} {at} {}", first(last), last.who),
                    Role::Dim,
                ));
            }
        }
        if let Some(network) = section.strip_prefix("Network ") {
            let nodes = world.mirror.head.nodes.iter();
            let there = nodes
                .filter(|row| row.network.as_deref() == Some(network))
                .count();
            out.push((
                format!("{} nodes are in it", units::count(there)),
                Role::Text,
            ));
        }
        out
    }
}

/// What an event is about, in its first word.
fn first(event: &EventRow) -> &str {
    let word = event.text.split_whitespace().next().unwrap_or_default();
    word.trim_end_matches([',', ':'])
}
