//! What GRUB fetches of a node by TFTP: its configuration, kernel, image and overlays, under the paths and by the rules of HTTP.
//! Debian 12's signed GRUB knows nothing else than TFTP, and Secure Boot lets it load no module.

use std::fs::File;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::timeout;

use super::body::Body;
use super::road::Road;
use crate::boot::http::{self, Mark, Plan, Request, Route, Target};
use crate::boot::open::OpenBoot;
use crate::daemon::drift::{Ledger, mark};
use crate::daemon::outcome::outcome;
use crate::daemon::shared::Shared;
use crate::daemon::transfers::Begin;
use crate::fleet::{BootId, Part, Proto, Who};
use crate::kit::Stamp;
use crate::model::{Node, NodeId, View};
use crate::overlay::Context;
use crate::wire::tftp::code;

/// How long an overlay may take before the request goes unanswered: the client asks again, and finds it made. A thread of TFTP
/// stands still meanwhile, so everything is rendered when the kernel is asked for, and this is but a look into the cache.
const RENDER: Duration = Duration::from_millis(500);

/// What there is for a request.
pub(super) enum Found {
    /// This.
    Body(Body),
    /// Nothing of a node goes by that name.
    Nothing,
    /// Nothing yet; the client asks again.
    Later,
    /// It is not served: the code, and why.
    Refused(u16, String),
}

/// Where parts are looked up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stock<'a> {
    /// What the servers share.
    pub shared: &'a Shared,
    /// The registry in force.
    pub view: &'a Arc<View>,
    /// Where overlays are rendered.
    pub handle: &'a Handle,
}

impl Stock<'_> {
    /// Looks `name` up for who asks by `road`.
    pub(super) fn find(self, name: &str, road: Road) -> Found {
        let path = format!("/{name}");
        let route = Target::parse(&path).ok().and_then(|t| Route::of(&t));
        if !route.as_ref().is_some_and(of_node) {
            return Found::Nothing;
        }
        let request = Request {
            method: "GET",
            target: &path,
            peer: SocketAddr::V4(road.peer),
            local: SocketAddr::from((road.local, self.view.settings.server.port)),
            proto: Proto::Tftp,
        };
        let outcome = outcome(self.shared, self.view, &request);
        if let (Some(Mark::KernelAsked), Who::Node(node)) = (outcome.mark, &outcome.who)
            && let Some(node) = self.view.node(*node)
        {
            self.prepare(node);
        }
        let boot = match outcome.who {
            Who::Node(node) => outcome.boot.map(|boot| (node, boot)),
            _ => None,
        };
        let now = self.shared.clock.now();
        match outcome.plan {
            Plan::Text(text) => {
                self.given(boot, |boot, ledger| {
                    ledger.note_script(boot, &text, request.local, now);
                });
                whole(text.as_bytes())
            }
            Plan::Held(text, part, why) => {
                // The machine only waits and asks again; whoever looks at the node must hear what it waits for.
                let lack = Begin {
                    who: outcome.who,
                    boot: outcome.boot,
                    proto: Proto::Tftp,
                    part,
                    path: outcome.path,
                    peer: IpAddr::V4(*road.peer.ip()),
                    size: None,
                    offset: 0,
                };
                self.shared
                    .transfers
                    .refused(&lack, code::NOT_FOUND, &why, now);
                whole(text.as_bytes())
            }
            Plan::File { stock, .. } => self.file(&stock, outcome.part, (boot, now)),
            Plan::Archive {
                node,
                context,
                gzip,
            } => self.archive(&node, (context, gzip), (boot, now)),
            Plan::Refused { status: 404, why } => Found::Refused(code::NOT_FOUND, why),
            Plan::Refused { why, .. } => Found::Refused(code::ACCESS, why),
            _ => Found::Nothing,
        }
    }

    /// Notes what the boot of a node is given.
    fn given(self, boot: Option<(NodeId, BootId)>, note: impl FnOnce(&OpenBoot, &Ledger)) {
        if let Some(boot) = boot {
            self.shared.given(boot, note);
        }
    }

    fn file(
        self,
        stock: &http::Stock,
        part: Part,
        (boot, now): (Option<(NodeId, BootId)>, Stamp),
    ) -> Found {
        let found = pieces(&stock.path);
        if let Found::Body(Body::Pieces { file, .. }) = &found
            && let Ok(meta) = file.metadata()
        {
            let named = (&*stock.path, stock.digest.as_ref());
            self.given(boot, |boot, ledger| {
                ledger.note_file(boot, part, named, mark(&meta), now);
            });
        }
        found
    }

    fn archive(
        self,
        node: &Arc<Node>,
        (context, gzip): (Context, bool),
        (boot, now): (Option<(NodeId, BootId)>, Stamp),
    ) -> Found {
        let made = self.shared.archives.get(self.view, node, context);
        let made = self.handle.block_on(async { timeout(RENDER, made).await });
        if let Ok(Ok(archive)) = &made {
            self.given(boot, |boot, ledger| {
                ledger.note_archive(boot, context, archive, now);
            });
        }
        match made {
            Ok(Ok(archive)) if gzip => whole(&archive.gzip.joined()),
            Ok(Ok(archive)) => whole(&archive.plain.joined()),
            Ok(Err(why)) => Found::Refused(code::OTHER, why.to_string()),
            Err(_) => Found::Later,
        }
    }

    /// Has the overlays rendered while kernel and image are on their way.
    fn prepare(self, node: &Arc<Node>) {
        for context in [Context::System, Context::Runtime] {
            let (archives, view) = (self.shared.archives.clone(), self.view.clone());
            let node = node.clone();
            self.handle.spawn(async move {
                // What is wrong with one is told when it is asked for.
                let _ = archives.get(&view, &node, context).await;
            });
        }
    }
}

/// What GRUB loads, and nothing else.
fn of_node(route: &Route) -> bool {
    matches!(
        route,
        Route::Grub
            | Route::Kernel
            | Route::Image
            | Route::Initramfs
            | Route::System
            | Route::Runtime
    )
}

fn whole(bytes: &[u8]) -> Found {
    Found::Body(Body::Whole(bytes.into()))
}

fn pieces(path: &Path) -> Found {
    let open = || -> io::Result<Body> {
        let file = File::open(path)?;
        Ok(Body::Pieces {
            size: file.metadata()?.len(),
            file,
            at: 0,
            piece: Vec::new(),
        })
    };
    open().map_or_else(
        |error| Found::Refused(code::OTHER, format!("{}: {error}", path.display())),
        Found::Body,
    )
}
