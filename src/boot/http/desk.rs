//! One request and what answers it: each route's rules, and what they mean for the node's boot.

use std::sync::Arc;

use super::identity::Caller;
use super::plan::{Mark, Plan, Request, Shelf};
use super::route::Route;
use super::target::{Target, sanitise};
use crate::boot::access::{self, Denied, Door};
use crate::boot::ipxe::site::Wanted;
use crate::boot::open::OpenBoots;
use crate::boot::{agent, beacon};
use crate::boot::{grub, ipxe};
use crate::fleet::{Beacon, Part, Proto, Who};
use crate::kit::Stamp;
use crate::model::{Node, View};
use crate::overlay::Context;
use crate::wire::report::Report;

/// One request with everything that answers it.
pub(super) struct Desk<'a> {
    pub view: &'a View,
    pub boots: &'a OpenBoots,
    pub shelf: &'a dyn Shelf,
    pub request: &'a Request<'a>,
    pub target: &'a Target,
    pub caller: &'a Caller,
    pub now: Stamp,
}

impl Desk<'_> {
    /// The answer, and in `script` the script that a site may have written in its place.
    pub fn answer(&self, route: &Route, script: &mut Option<Wanted>) -> Result<Plan, Denied> {
        let fits = match self.request.method {
            "GET" | "HEAD" => true,
            "POST" => *route == Route::Beacon,
            _ => false,
        };
        if !fits {
            return Err(deny(405, "only GET and HEAD are served here"));
        }
        match route {
            Route::Status => Ok(Plan::Status),
            Route::Loader(name) => Ok(Plan::Loader(name.clone())),
            Route::Ipxe => self.ipxe(script),
            Route::Grub => self.grub(),
            Route::Beacon => self.beacon(),
            Route::Files(path) => self.site(path),
            Route::Kernel => self.file(Part::Kernel),
            Route::Initramfs => self.file(Part::Initramfs),
            Route::Image => self.file(Part::Image),
            Route::System => self.archive(Context::System, Door::Payload),
            Route::Runtime => self.archive(Context::Runtime, Door::Runtime),
        }
    }

    /// The node, its asset key checked and `door` passed.
    fn admitted(&self, door: Door) -> Result<&Arc<Node>, Denied> {
        if let Some(text) = &self.caller.misnamed {
            let why = format!("'{}' is no hardware address", sanitise(text));
            return Err(deny(400, why));
        }
        let Some(node) = &self.caller.node else {
            return Err(match self.caller.mac {
                Some(mac) => deny(404, format!("no node has the hardware address {mac}")),
                None => deny(
                    404,
                    format!(
                        "no boot and no node is known at {}; name the machine as /…/<mac>",
                        self.caller.peer.ip()
                    ),
                ),
            });
        };
        // A beacon reveals nothing, and a node's early init cannot read its chassis tag yet.
        if door != Door::Beacon {
            access::check_asset(node.asset_key.as_ref(), self.target.get("assetkey"))?;
        }
        let settings = &self.view.settings;
        access::check(settings, self.boots, door, node, self.caller, self.now)?;
        Ok(node)
    }

    fn ipxe(&self, site: &mut Option<Wanted>) -> Result<Plan, Denied> {
        let base = self.request.local;
        let Some(node) = &self.caller.node else {
            let mac = self.caller.mac.ok_or_else(|| {
                let named = self.caller.misnamed.as_deref().unwrap_or("nothing");
                let why = format!(
                    "/ipxe/<mac> names a machine; '{}' does not",
                    sanitise(named)
                );
                deny(400, why)
            })?;
            return Ok(Plan::Text(ipxe::unconfigured(base, mac)));
        };
        // iPXE alone knows the chassis asset tag: a first request without any key is answered with a script that brings it.
        if node.asset_key.is_some() && self.target.get("assetkey").is_none() {
            return Ok(Plan::Text(ipxe::with_asset(base, self.mac_of(node)?)));
        }
        let facts = self.facts()?;
        let script = ipxe::script(&facts);
        let name = node.ipxe.clone().unwrap_or_else(|| "default".into());
        // A closed boot first asks DHCP again, whoever wrote the script: it would be refused what it fetches.
        *site = (facts.open && ipxe::site::is_name(&name)).then(|| Wanted {
            node: node.clone(),
            name,
            mac: facts.mac,
            base,
        });
        Ok(match ipxe::lacks(&facts) {
            Some((part, why)) => Plan::Held(script, part, why),
            None => Plan::Text(script),
        })
    }

    /// What a script or configuration is made of.
    fn facts(&self) -> Result<ipxe::Facts<'_>, Denied> {
        let node = self.admitted(Door::Script)?;
        Ok(ipxe::Facts {
            node,
            mac: self.mac_of(node)?,
            base: self.request.local,
            image: self.shelf.find(node, Part::Image).map(|_| ()),
            kernel: self.shelf.find(node, Part::Kernel).map(|_| ()),
            open: self.view.settings.access < crate::model::Access::Boot
                || access::is_open(&self.view.settings, self.boots, node, self.caller, self.now),
        })
    }

    fn grub(&self) -> Result<Plan, Denied> {
        let way = grub::Way {
            base: self.request.local,
            tftp: (self.request.proto == Proto::Tftp).then_some(self.view.settings.tftp.port),
            again: self.target.get("again").is_some(),
        };
        if self.target.get("road").is_some() {
            return Ok(Plan::Text(grub::road(way)));
        }
        let Some(node) = &self.caller.node else {
            return Ok(Plan::Text(grub::unconfigured(way, self.caller.mac)));
        };
        if node.asset_key.is_some() && self.target.get("assetkey").is_none() {
            return Ok(Plan::Text(grub::with_asset(way, self.mac_of(node)?)));
        }
        let facts = self.facts()?;
        let settings = &self.view.settings;
        let runtime = access::check(
            settings,
            self.boots,
            Door::Runtime,
            node,
            self.caller,
            self.now,
        );
        let config = grub::config(&facts, way, runtime.is_ok());
        Ok(match grub::lacks(&facts) {
            Some((part, why)) => Plan::Held(config, part, why),
            None => Plan::Text(config),
        })
    }

    fn mac_of(&self, node: &Node) -> Result<crate::kit::Mac, Denied> {
        let mac = self.caller.mac.or_else(|| node.mac());
        mac.ok_or_else(|| {
            let why = format!("{} has no hardware address in the registry", node.name);
            deny(404, why)
        })
    }

    fn file(&self, part: Part) -> Result<Plan, Denied> {
        let node = self.admitted(Door::Payload)?;
        self.gzip()?;
        let stock = self.shelf.find(node, part).map_err(|why| deny(404, why))?;
        Ok(Plan::File {
            stock,
            pad: part != Part::Kernel,
        })
    }

    fn archive(&self, context: Context, door: Door) -> Result<Plan, Denied> {
        let node = self.admitted(door)?;
        Ok(Plan::Archive {
            node: node.clone(),
            context,
            gzip: self.gzip()?,
        })
    }

    /// Whether `compress=gz` was asked; another compression does not exist.
    fn gzip(&self) -> Result<bool, Denied> {
        match self.target.get("compress") {
            None | Some("") => Ok(false),
            Some("gz") => Ok(true),
            Some(other) => Err(deny(
                404,
                format!("there is no compression '{}', only gz", sanitise(other)),
            )),
        }
    }

    fn site(&self, path: &[String]) -> Result<Plan, Denied> {
        if self.caller.node.is_none() && self.caller.misnamed.is_none() {
            let why = match self.caller.mac {
                Some(mac) => format!("node not found: none has the hardware address {mac}"),
                None => "unable to identify node".into(),
            };
            return Err(deny(401, why));
        }
        let node = self.admitted(Door::Files)?;
        if path.is_empty() {
            return Err(deny(404, "/files/ has no listing; name a file"));
        }
        match self.target.get("render") {
            None => Ok(Plan::Site(path.to_vec())),
            Some(name) if name.is_empty() || *name == *node.name => {
                Ok(Plan::Render(node.clone(), path.to_vec()))
            }
            Some(other) => Err(deny(
                400,
                format!(
                    "files are rendered for who asks, and that is {}, not {}",
                    node.name,
                    sanitise(other)
                ),
            )),
        }
    }

    fn beacon(&self) -> Result<Plan, Denied> {
        self.admitted(Door::Beacon)?;
        let heard = beacon::read(self.target, self.now).map_err(|why| deny(400, why))?;
        Ok(Plan::Beacon(heard))
    }

    /// Whom the outcome concerns. A node that is up is not blamed for what somebody elsewhere is refused in its name.
    pub fn concerns(&self, plan: &Plan) -> Who {
        let strange = self.caller.resident.is_none() && matches!(plan, Plan::Refused { .. });
        let node = self.caller.node.as_ref();
        let up = node
            .and_then(|node| self.boots.of_node(node.id))
            .is_some_and(|boot| boot.up.is_some() && boot.ip.is_some());
        if strange && up {
            Who::Server
        } else {
            self.caller.who()
        }
    }

    /// What an agent says with a request for its node's runtime overlay. Whoever was let through there may say it; what is asked in
    /// another node's name was not.
    pub fn agent(&self, route: &Route, plan: &Plan) -> Option<Report> {
        let runtime = *route == Route::Runtime && matches!(plan, Plan::Archive { .. });
        let report = runtime.then(|| agent::report(self.target)).flatten();
        report.filter(|_| !self.caller.poses())
    }

    /// Only the address of the boot itself can change the boot: otherwise anyone who knows a MAC could end it.
    pub fn mark(&self, route: &Route, plan: &Plan) -> Option<Mark> {
        let node = self.caller.node.as_ref()?;
        let boot = self.boots.of_node(node.id)?;
        if self.caller.poses() || (boot.ip.is_some() && boot.ip != self.caller.ipv4()) {
            return None;
        }
        match (route, plan) {
            // Boot programs use ports above 1023; what runs after `up` asks from below.
            (Route::Runtime, Plan::Archive { .. })
                if boot.up.is_none() && !boot.kernel_asked && self.caller.peer.port() < 1024 =>
            {
                let age = self.now.since(boot.opened);
                (age < self.view.settings.boot_limit).then_some(Mark::StillRuns)
            }
            (Route::Kernel, Plan::File { .. }) if self.request.method == "GET" => {
                Some(Mark::KernelAsked)
            }
            (_, Plan::Beacon(heard)) if heard.beacon == Beacon::Up => Some(Mark::Up),
            _ => None,
        }
    }
}

pub(super) fn deny(status: u16, why: impl Into<String>) -> Denied {
    Denied {
        status,
        why: why.into(),
    }
}
