//! Request in, plan of the answer out.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use super::identity::Caller;
use super::route::{Route, STAGES};
use super::target::{Target, sanitise};
use crate::boot::access::{self, Denied, Door};
use crate::boot::beacon::{self, Heard};
use crate::boot::ipxe::site::Wanted;
use crate::boot::open::{OpenBoot, OpenBoots};
use crate::boot::{grub, ipxe};
use crate::fleet::{Beacon, BootId, Part, Proto, Who};
use crate::kit::Stamp;
use crate::model::{Node, View};
use crate::overlay::Context;

/// A request as far as a plan needs it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Method, as sent.
    pub method: &'a str,
    /// Request target, as sent.
    pub target: &'a str,
    /// Client.
    pub peer: SocketAddr,
    /// Our address and HTTP port, as the client reached us.
    pub local: SocketAddr,
    /// By which protocol; GRUB without HTTP fetches by TFTP what it would by HTTP.
    pub proto: Proto,
}

/// One bootable file of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stock {
    /// Absolute path.
    pub path: PathBuf,
    /// SHA-256 in lower-case hex, if known.
    pub digest: Option<Arc<str>>,
}

/// Where bootable files are looked up. Implemented over the catalogue of images.
pub trait Shelf {
    /// The file that `node`'s image has for `part` (kernel, initramfs or image).
    ///
    /// # Errors
    /// A sentence that names the image, what it lacks, and what to do.
    fn find(&self, node: &Node, part: Part) -> Result<Stock, String>;
}

/// What to answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Plan {
    /// A file of an image.
    File {
        /// Which.
        stock: Stock,
        /// Whether NULs fill it up to a multiple of 4, as an initrd needs that others follow.
        pad: bool,
    },
    /// An overlay archive of the node.
    Archive {
        /// The node.
        node: Arc<Node>,
        /// Which overlays.
        context: Context,
        /// Compressed.
        gzip: bool,
    },
    /// A text made here.
    Text(String),
    /// A script for a node that would load something which is not there: the script, the part, and why it is not there.
    Held(String, Part, String),
    /// A network boot program by file name.
    Loader(String),
    /// A site file, as path segments below the folder of files.
    Site(Vec<String>),
    /// A site file's template, rendered for the node: the path segments that were asked for, without or with its suffix.
    Render(Arc<Node>, Vec<String>),
    /// The status document.
    Status,
    /// A node's word was taken.
    Beacon(Heard),
    /// No, and why.
    Refused {
        /// HTTP status.
        status: u16,
        /// A sentence that an administrator can act on.
        why: String,
    },
}

/// What the table of open boots has to learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The node asked for its kernel.
    KernelAsked,
    /// The node reported `up`.
    Up,
    /// The node's running system asked for its runtime overlay, although a boot of this node has begun and got no kernel yet.
    StillRuns,
}

/// A plan with what is to be told about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Whom it concerns.
    pub who: Who,
    /// In which boot.
    pub boot: Option<BootId>,
    /// What was asked for.
    pub part: Part,
    /// Path for events, without query and with nothing that could hurt a terminal.
    pub path: Arc<str>,
    /// The answer.
    pub plan: Plan,
    /// What to note about the node's boot before answering.
    pub mark: Option<Mark>,
    /// The script that a site may have written; where it has, that takes the place of the plan.
    pub script: Option<Wanted>,
}

/// Plans the answer to `request`. Never fails: what cannot be served becomes [`Plan::Refused`].
#[must_use]
pub fn plan(
    view: &View,
    boots: &OpenBoots,
    shelf: &dyn Shelf,
    request: &Request<'_>,
    now: Stamp,
) -> Outcome {
    let refused = |path: String, denied: Denied| Outcome {
        who: Who::Server,
        boot: None,
        part: Part::File,
        path: path.into(),
        plan: denied.into(),
        mark: None,
        script: None,
    };
    let target = match Target::parse(request.target) {
        Ok(target) => target,
        Err(error) => {
            return refused(sanitise(request.target), deny(400, error.to_string()));
        }
    };
    let Some(route) = Route::of(&target) else {
        return refused(shown(&target), nowhere(&target));
    };
    let caller = Caller::of(view, boots, &route, &target, request.peer);
    let desk = Desk {
        view,
        boots,
        shelf,
        request,
        target: &target,
        caller: &caller,
        now,
    };
    let mut script = None;
    let plan = desk.answer(&route, &mut script);
    let plan = plan.unwrap_or_else(Plan::from);
    let mark = desk.mark(&route, &plan);
    let node = caller.node.as_ref();
    let boot = node.and_then(|node| boots.of_node(node.id));
    let own = |boot: &&OpenBoot| {
        !caller.poses() && boot.ip.is_none_or(|bound| Some(bound) == caller.ipv4())
    };
    Outcome {
        who: desk.concerns(&plan),
        boot: boot.filter(own).map(|boot| boot.id),
        part: route.part(),
        path: shown(&target).into(),
        plan,
        mark,
        script,
    }
}

impl From<Denied> for Plan {
    fn from(denied: Denied) -> Self {
        Self::Refused {
            status: denied.status,
            why: denied.why,
        }
    }
}

/// One request with everything that answers it.
struct Desk<'a> {
    view: &'a View,
    boots: &'a OpenBoots,
    shelf: &'a dyn Shelf,
    request: &'a Request<'a>,
    target: &'a Target,
    caller: &'a Caller,
    now: Stamp,
}

impl Desk<'_> {
    fn answer(&self, route: &Route, script: &mut Option<Wanted>) -> Result<Plan, Denied> {
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
    fn concerns(&self, plan: &Plan) -> Who {
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

    /// Only the address of the boot itself can change the boot: otherwise anyone who knows a MAC could end it.
    fn mark(&self, route: &Route, plan: &Plan) -> Option<Mark> {
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

/// Why a target has no route.
fn nowhere(target: &Target) -> Denied {
    match (target.segments.first(), target.get("stage")) {
        (Some(first), Some(stage)) if first == "provision" => {
            let (stage, known) = (sanitise(stage), STAGES.join(", "));
            deny(400, format!("there is no stage '{stage}'; known: {known}"))
        }
        _ => deny(404, format!("there is nothing at {}", target.shown())),
    }
}

fn deny(status: u16, why: impl Into<String>) -> Denied {
    Denied {
        status,
        why: why.into(),
    }
}

/// The path for events; for the older road the stage tells what was asked.
fn shown(target: &Target) -> String {
    let path = target.shown();
    match (target.segments.first(), target.get("stage")) {
        (Some(first), Some(stage)) if first == "provision" => {
            format!("{path}?stage={}", sanitise(stage))
        }
        _ => path,
    }
}
