//! Request in, plan of the answer out.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use super::desk::{Desk, deny};
use super::identity::Caller;
use super::route::{Route, STAGES};
use super::target::{Target, sanitise};
use crate::boot::access::Denied;
use crate::boot::beacon::Heard;
use crate::boot::ipxe::site::Wanted;
use crate::boot::open::{OpenBoot, OpenBoots};
use crate::fleet::{BootId, Part, Proto, Who};
use crate::kit::Stamp;
use crate::model::{Node, View};
use crate::overlay::Context;
use crate::wire::report::Report;

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
    /// What the agent of a running node says with it, if it is one that asks.
    pub agent: Option<Report>,
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
        agent: None,
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
    let agent = desk.agent(&route, &plan);
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
        agent,
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
