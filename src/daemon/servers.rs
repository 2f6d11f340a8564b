//! Binding and starting the boot servers, and having them follow the settings. One that cannot be bound is down and says so; the
//! others work. One that is up and cannot have its new port keeps the old one, and that is told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::bind::BindError;
use super::hands::Hands;
use super::{dhcp, http, ra, tftp};
use crate::api::{ServiceRow, ServiceState};
use crate::boot::leases::{LeaseRecord, Leases};
use crate::engine::{Engine, Input};
use crate::model::field;
use crate::model::{Fault, Key, Settings, Table};

/// How long a TFTP server whose port was given up still ends its transfers.
const GRACE: Duration = Duration::from_secs(20);
/// How often, and how far apart, a port is asked for that a server of ours is just giving back.
const TRIES: (u32, Duration) = (20, Duration::from_millis(50));

/// The servers, and the ways to tell them of other sockets.
pub(super) struct Servers {
    /// The tasks that they are.
    pub(super) tasks: JoinSet<()>,
    stop: watch::Receiver<bool>,
    /// Leases of earlier runs, as JSON.
    leases: Vec<String>,
    /// Where leases go to be kept.
    keeper: mpsc::Sender<LeaseRecord>,
    dhcp: Option<mpsc::Sender<dhcp::Next>>,
    tftp: Option<watch::Sender<bool>>,
    /// A TFTP server that only ends its transfers: its port, and what ends it.
    retired: Option<(u16, watch::Sender<bool>)>,
    http: Option<mpsc::Sender<http::Bound>>,
    ra: bool,
    told: BTreeMap<Arc<str>, ServiceRow>,
}

/// A setting that could not be followed, and why.
type Stuck = (&'static str, String);

impl Servers {
    /// Nothing runs yet: [`Servers::follow`] starts them.
    pub(super) fn new(
        stop: watch::Receiver<bool>,
        leases: Vec<String>,
        keeper: mpsc::Sender<LeaseRecord>,
    ) -> Self {
        Self {
            tasks: JoinSet::new(),
            stop,
            leases,
            keeper,
            dhcp: None,
            tftp: None,
            retired: None,
            http: None,
            ra: false,
            told: BTreeMap::new(),
        }
    }

    /// Starts, moves and ends servers as the settings say now, and tells how each is and what cannot be followed. What they all
    /// bind to changes with a restart only.
    pub(super) async fn follow(&mut self, hands: &mut Hands<'_>, engine: &mut Engine) {
        let wanted = engine.view().settings.clone();
        let mut running = match &hands.running {
            Some(running) => running.as_ref().clone(),
            None => wanted.as_ref().clone(),
        };
        let aim = Settings {
            listen: running.listen,
            ..wanted.as_ref().clone()
        };
        let mut stuck: Vec<Stuck> = Vec::new();
        let rows = [
            self.dhcp(hands, &aim, &mut running),
            self.tftp(hands, &aim, &mut running).await,
            self.http(hands, &aim, &mut running),
        ];
        for row in rows {
            match row {
                Ok(row) if self.told.get(&row.name) != Some(&row) => {
                    self.told.insert(row.name.clone(), row.clone());
                    hands.announce(engine, row);
                }
                Ok(_) => {}
                Err(why) => stuck.push(why),
            }
        }
        running.dhcp.router_advertisement = aim.dhcp.router_advertisement;
        if aim.dhcp.enabled && aim.dhcp.router_advertisement && !self.ra {
            self.ra = true;
            let (shared, stop) = (hands.shared.clone(), self.stop.clone());
            self.tasks.spawn(ra::serve(shared, stop));
        }
        let faults = listed(&wanted, &mut running, &stuck);
        let running = Arc::new(running);
        hands.runs_with(running.clone(), engine.view());
        hands.feed(engine, Input::Running(running));
        hands.tell_faults(engine, "restart", faults);
    }

    fn dhcp(
        &mut self,
        hands: &Hands<'_>,
        aim: &Settings,
        running: &mut Settings,
    ) -> Result<ServiceRow, Stuck> {
        let Some(ports) = dhcp::Ports::of(aim) else {
            if let Some(dhcp) = &self.dhcp {
                // The server is gone only when everything ends.
                let _ = dhcp.try_send(dhcp::Next::Closed);
            }
            running.dhcp.enabled = false;
            return Ok(disabled("dhcp", "dhcp: enabled"));
        };
        match &self.dhcp {
            None => match dhcp::bind(aim) {
                Ok(bound) => self.dhcp = Some(self.begin_dhcp(hands, bound)),
                Err(error) => return Ok(down("dhcp", error)),
            },
            Some(dhcp) => {
                let old = dhcp::Ports::of(running);
                if old != Some(ports) {
                    let next = dhcp::reopened(aim.listen, old, ports).map_err(|error| {
                        let key = match old {
                            None => "dhcp.enabled",
                            Some(old) if old.server == ports.server => "dhcp.proxy_port",
                            Some(_) => "dhcp.port",
                        };
                        (key, error.text)
                    })?;
                    let _ = dhcp.try_send(next);
                }
            }
        }
        running.dhcp.enabled = true;
        (running.dhcp.port, running.dhcp.proxy_port) = (aim.dhcp.port, aim.dhcp.proxy_port);
        running.networks.clone_from(&aim.networks);
        Ok(up_at("dhcp", aim, ports.server))
    }

    fn begin_dhcp(&mut self, hands: &Hands<'_>, bound: dhcp::Bound) -> mpsc::Sender<dhcp::Next> {
        let (to, others) = mpsc::channel(8);
        let records = self.leases.iter();
        let records = records.filter_map(|record| serde_json::from_str(record).ok());
        let leases = Leases::restore(records, hands.shared.clock.now());
        let bound = bound.with_leases(leases).kept_by(self.keeper.clone());
        let (shared, stop) = (hands.shared.clone(), self.stop.clone());
        self.tasks
            .spawn(bound.followed_by(others).serve(shared, stop));
        to
    }

    async fn tftp(
        &mut self,
        hands: &Hands<'_>,
        aim: &Settings,
        running: &mut Settings,
    ) -> Result<ServiceRow, Stuck> {
        let port = aim.tftp.port;
        if !aim.tftp.enabled {
            if let Some(stop) = self.tftp.take() {
                stop.send_replace(true);
                self.retired = Some((running.tftp.port, stop));
            }
            running.tftp.enabled = false;
            return Ok(disabled("tftp", "tftp: enabled"));
        }
        if self.tftp.is_none() || running.tftp.port != port {
            let bound = match self.tftp_socket(aim).await {
                Ok(bound) => bound,
                Err(error) if self.tftp.is_none() => return Ok(down("tftp", error)),
                Err(error) => return Err(("tftp.port", error.text)),
            };
            let (stop, stopped) = watch::channel(false);
            self.tasks.spawn(bound.serve(hands.shared.clone(), stopped));
            self.tasks.spawn(passed_on(self.stop.clone(), stop.clone()));
            if let Some(old) = self.tftp.replace(stop) {
                self.retired = Some((running.tftp.port, old.clone()));
                self.tasks.spawn(ended(self.stop.clone(), old));
            }
            (running.tftp.enabled, running.tftp.port) = (true, port);
        }
        Ok(up_at("tftp", aim, port))
    }

    /// The socket of the TFTP server; where one of ours is just giving that port back, it is waited for.
    async fn tftp_socket(&mut self, aim: &Settings) -> Result<tftp::Bound, BindError> {
        let ours = self.retired.take_if(|(port, _)| *port == aim.tftp.port);
        let (tries, apart) = TRIES;
        if let Some((_, stop)) = ours {
            stop.send_replace(true);
            for _ in 0..tries {
                match tftp::bind(aim) {
                    Ok(bound) => return Ok(bound),
                    Err(_) => tokio::time::sleep(apart).await,
                }
            }
        }
        tftp::bind(aim)
    }

    fn http(
        &mut self,
        hands: &Hands<'_>,
        aim: &Settings,
        running: &mut Settings,
    ) -> Result<ServiceRow, Stuck> {
        let port = aim.server.port;
        if self.http.is_none() || running.server.port != port {
            let bound = match http::bind(aim) {
                Ok(bound) => bound,
                Err(error) if self.http.is_none() => return Ok(down("http", error)),
                Err(error) => return Err(("server.port", error.text)),
            };
            match &self.http {
                Some(http) => {
                    let _ = http.try_send(bound);
                }
                None => {
                    let (to, others) = mpsc::channel(8);
                    let status = hands.status.clone();
                    let status = Arc::new(move || status.load().as_ref().clone());
                    let bound = bound.followed_by(others);
                    let (shared, stop) = (hands.shared.clone(), self.stop.clone());
                    self.tasks.spawn(bound.serve_with(shared, status, stop));
                    self.http = Some(to);
                }
            }
            running.server.port = port;
        }
        Ok(up_at("http", aim, port))
    }
}

/// Ends a server with everything else.
async fn passed_on(mut all: watch::Receiver<bool>, one: watch::Sender<bool>) {
    tokio::select! {
        _ = all.wait_for(|stop| *stop) => { one.send_replace(true); }
        () = one.closed() => {}
    }
}

/// Ends a server once its transfers had time, or with everything else.
async fn ended(mut all: watch::Receiver<bool>, one: watch::Sender<bool>) {
    tokio::select! {
        _ = all.wait_for(|stop| *stop) => {}
        () = one.closed() => {}
        () = tokio::time::sleep(GRACE) => {}
    }
    one.send_replace(true);
}

/// Brings the list of what the servers run with up to date, and says in which of it that is not what the settings say.
fn listed(wanted: &Settings, running: &mut Settings, stuck: &[Stuck]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (key, now, _) in &wanted.listing {
        let field = Key::parse_in(Table::Settings, key).ok();
        let field = field.and_then(|key| field::of_server(key.field));
        if !field.is_some_and(|field| field.waits()) {
            continue;
        }
        let Some((_, old, _)) = running.listing.iter_mut().find(|(other, ..)| other == key) else {
            continue;
        };
        let why = stuck.iter().find(|(stuck, _)| **stuck == **key);
        match why {
            Some((_, why)) => {
                let what = format!("`{key}` is {now} now, but {why}; it stays {old} until then");
                let hint = "`muster reload` tries again";
                faults.push(Fault::error(what).hint(hint));
            }
            None if **key == *"listen" && old != now => {
                let what = format!("`{key}` is {now} now, and the servers run with {old}");
                faults.push(Fault::warning(what).hint("restart muster for it"));
            }
            None => old.clone_from(now),
        }
    }
    faults
}

fn disabled(name: &str, key: &str) -> ServiceRow {
    ServiceRow {
        name: name.into(),
        state: ServiceState::Disabled,
        text: format!("switched off by `{key}`").into(),
    }
}

fn down(name: &str, error: BindError) -> ServiceRow {
    ServiceRow {
        name: name.into(),
        state: ServiceState::Down,
        text: error.text.into(),
    }
}

fn up_at(name: &str, settings: &Settings, port: u16) -> ServiceRow {
    let place = if settings.listen.is_unspecified() {
        "all addresses".into()
    } else {
        settings.listen.to_string()
    };
    ServiceRow {
        name: name.into(),
        state: ServiceState::Up,
        text: format!("port {port} on {place}").into(),
    }
}

/// The settings as the servers can act on them: where they bind is where they are.
pub(super) fn pinned(now: &Settings, running: &Settings) -> Settings {
    let mut pinned = now.clone();
    pinned.listen = running.listen;
    pinned.server.port = running.server.port;
    pinned.dhcp.enabled = running.dhcp.enabled;
    pinned.dhcp.port = running.dhcp.port;
    pinned.dhcp.proxy_port = running.dhcp.proxy_port;
    pinned.tftp.enabled = running.tftp.enabled;
    pinned.tftp.port = running.tftp.port;
    pinned
}
