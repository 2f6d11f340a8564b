//! Binding and starting the boot servers. One that cannot be bound is down and says so; the others work.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::bind::BindError;
use super::hands::Hands;
use super::{dhcp, http, ra, tftp};
use crate::api::{ServiceRow, ServiceState};
use crate::boot::leases::{LeaseRecord, Leases};
use crate::engine::Engine;
use crate::model::Settings;

/// What the servers take along.
pub(super) struct Luggage<'a> {
    /// The tasks they become.
    pub(super) tasks: &'a mut JoinSet<()>,
    /// Tells them to end.
    pub(super) stop: watch::Receiver<bool>,
    /// Leases of earlier runs, as JSON.
    pub(super) leases: &'a [String],
    /// Where leases go to be kept.
    pub(super) keeper: mpsc::Sender<LeaseRecord>,
}

/// Binds and starts them all, and announces how each is.
pub(super) fn start(hands: &mut Hands<'_>, engine: &mut Engine, luggage: Luggage<'_>) {
    let settings = hands.shared.view.load().settings.clone();
    let rows = [
        dhcp(
            hands,
            &settings,
            luggage.leases,
            luggage.keeper,
            luggage.tasks,
            &luggage.stop,
        ),
        tftp(hands, &settings, luggage.tasks, &luggage.stop),
        http(hands, &settings, luggage.tasks, &luggage.stop),
    ];
    for row in rows {
        hands.announce(engine, row);
    }
    if settings.dhcp.enabled && settings.dhcp.router_advertisement {
        luggage
            .tasks
            .spawn(ra::serve(hands.shared.clone(), luggage.stop));
    }
}

fn dhcp(
    hands: &Hands<'_>,
    settings: &Settings,
    leases: &[String],
    keeper: mpsc::Sender<LeaseRecord>,
    tasks: &mut JoinSet<()>,
    stop: &watch::Receiver<bool>,
) -> ServiceRow {
    if !settings.dhcp.enabled {
        return disabled("dhcp", "dhcp: enabled");
    }
    service(
        "dhcp",
        settings,
        settings.dhcp.port,
        dhcp::bind(settings),
        |bound| {
            let records = leases
                .iter()
                .filter_map(|record| serde_json::from_str(record).ok());
            let leases = Leases::restore(records, hands.shared.clock.now());
            let bound = bound.with_leases(leases).kept_by(keeper);
            tasks.spawn(bound.serve(hands.shared.clone(), stop.clone()));
        },
    )
}

fn tftp(
    hands: &Hands<'_>,
    settings: &Settings,
    tasks: &mut JoinSet<()>,
    stop: &watch::Receiver<bool>,
) -> ServiceRow {
    if !settings.tftp.enabled {
        return disabled("tftp", "tftp: enabled");
    }
    service(
        "tftp",
        settings,
        settings.tftp.port,
        tftp::bind(settings),
        |bound| {
            tasks.spawn(bound.serve(hands.shared.clone(), stop.clone()));
        },
    )
}

fn http(
    hands: &Hands<'_>,
    settings: &Settings,
    tasks: &mut JoinSet<()>,
    stop: &watch::Receiver<bool>,
) -> ServiceRow {
    let status = hands.status.clone();
    service(
        "http",
        settings,
        settings.server.port,
        http::bind(settings),
        |bound| {
            let status = Arc::new(move || status.load().as_ref().clone());
            tasks.spawn(bound.serve_with(hands.shared.clone(), status, stop.clone()));
        },
    )
}

fn disabled(name: &str, key: &str) -> ServiceRow {
    ServiceRow {
        name: name.into(),
        state: ServiceState::Disabled,
        text: format!("switched off by `{key}`").into(),
    }
}

/// Starts a bound service; either way its row says how it is.
fn service<B>(
    name: &str,
    settings: &Settings,
    port: u16,
    bound: Result<B, BindError>,
    start: impl FnOnce(B),
) -> ServiceRow {
    let (state, text) = match bound {
        Ok(bound) => {
            start(bound);
            let place = if settings.listen.is_unspecified() {
                "all addresses".into()
            } else {
                settings.listen.to_string()
            };
            (ServiceState::Up, format!("port {port} on {place}"))
        }
        Err(error) => (ServiceState::Down, error.text),
    };
    ServiceRow {
        name: name.into(),
        state,
        text: text.into(),
    }
}
