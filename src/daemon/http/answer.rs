//! Plans to responses.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use hyper::header;
use hyper::{Method, Request, Response, StatusCode, body::Incoming};

use super::StatusSource;
use super::agent;
use super::body::Reply;
use super::disk::{self, Opened};
use super::head::{Content, conditions, describe, set, value};
use super::kept::{Kept, Short};
use super::lane::{Segment, SharedLine};
use super::news::News;
use super::warm::Warmth;
use crate::boot::beacon::Heard;
use crate::boot::http::{Conditions, Plan, Selection, select};
use crate::boot::loaders as names;
use crate::boot::open::OpenBoot;
use crate::daemon::clock::Clock;
use crate::daemon::drift::{Ledger, mark};
use crate::daemon::loaders;
use crate::daemon::outcome::outcome;
use crate::daemon::shared::Shared;
use crate::daemon::transfers::{Begin, Transfer};
use crate::fleet::{Event, Proto, What, Who};
use crate::kit::Stamp;
use crate::model::View;
use crate::overlay::{Archive, Rope};

/// Files up to this size are read and leave in one write with their head; a second system call would cost more than the copy.
const SHORT: u64 = 32 * 1024;

/// The type of what nobody reads.
pub(super) const BINARY: &str = "application/octet-stream";
/// The type of what somebody may read.
const TEXT: &str = "text/plain; charset=utf-8";

/// Answers requests.
pub(super) struct Desk {
    pub(super) shared: Shared,
    status: StatusSource,
    news: News,
    warmth: Warmth,
    kept: Kept,
}

/// One request on its way to an answer.
pub(super) struct Case {
    begin: Begin,
    /// Our address and port as the client reached us.
    base: SocketAddr,
    head: bool,
    asked: Conditions,
    line: SharedLine,
}

impl Desk {
    /// Over what the servers share.
    pub(super) fn new(shared: Shared, status: StatusSource) -> Self {
        Self {
            shared,
            status,
            news: News::default(),
            warmth: Warmth::default(),
            kept: Kept::default(),
        }
    }

    /// The clock.
    pub(super) fn clock(&self) -> Clock {
        self.shared.clock
    }

    /// Ends what goes on beside the connections.
    pub(super) fn end(&self) {
        self.warmth.end();
    }

    /// Answers one request.
    pub(super) async fn answer(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
        local: SocketAddr,
        line: SharedLine,
    ) -> Response<Reply> {
        let view = self.shared.view.load_full();
        let asked = crate::boot::http::Request {
            method: request.method().as_str(),
            target: request.uri().path_and_query().map_or("/", |p| p.as_str()),
            peer,
            local,
            proto: Proto::Http,
        };
        let mut outcome = outcome(&self.shared, &view, &asked);
        if let Some(wanted) = outcome.script.take()
            && let Some(plan) = self.script(&view, wanted).await
        {
            outcome.plan = plan;
        }
        let case = Case {
            begin: Begin {
                who: outcome.who,
                boot: outcome.boot,
                proto: Proto::Http,
                part: outcome.part,
                path: outcome.path,
                peer: peer.ip().to_canonical(),
                size: None,
                offset: 0,
            },
            base: local,
            head: request.method() == Method::HEAD,
            asked: conditions(request.headers()),
            line,
        };
        let orders = outcome.agent.and_then(|report| {
            let who = (&case.begin.who, case.begin.boot, case.begin.peer);
            self.agent(&view, who, &report)
        });
        let mut response = self.carry_out(&view, outcome.plan, case).await;
        if let Some(orders) = orders {
            set(response.headers_mut(), agent::header(), &orders);
        }
        response
    }

    /// Notes what the boot of a node is given.
    fn given(&self, case: &Case, note: impl FnOnce(&OpenBoot, &Ledger, Stamp)) {
        if !case.head
            && let Who::Node(node) = case.begin.who
            && let Some(id) = case.begin.boot
        {
            let now = self.clock().now();
            self.shared
                .given((node, id), |boot, ledger| note(boot, ledger, now));
        }
    }

    async fn carry_out(&self, view: &Arc<View>, plan: Plan, case: Case) -> Response<Reply> {
        match plan {
            Plan::File { stock, pad } => {
                let opened = disk::open(&stock.path, stock.digest.as_deref());
                let opened = opened.map_err(|error| format!("{}: {error}", stock.path.display()));
                if let Ok(opened) = &opened
                    && let Ok(meta) = opened.file.metadata()
                {
                    let file = (&*stock.path, stock.digest.as_ref());
                    self.given(&case, |boot, ledger, now| {
                        ledger.note_file(boot, case.begin.part, file, mark(&meta), now);
                    });
                }
                self.file(case, opened, pad)
            }
            Plan::Loader(name) => self.loader(view, case, &name),
            Plan::Site(segments) => self.site(view, case, &segments),
            Plan::Render(node, segments) => self.page(case, view, &node, &segments).await,
            Plan::Archive {
                node,
                context,
                gzip,
            } => {
                let archive = self.shared.archives.get(view, &node, context).await;
                if let Ok(archive) = &archive {
                    self.given(&case, |boot, ledger, now| {
                        ledger.note_archive(boot, context, archive, now);
                    });
                }
                self.archive(case, archive, gzip)
            }
            Plan::Held(script, part, why) => {
                // The machine only waits and asks again; whoever looks at the node must hear what it waits for.
                let lack = Begin {
                    part,
                    ..case.begin.clone()
                };
                let now = self.clock().now();
                self.shared.transfers.refused(&lack, 404, &why, now);
                self.bytes(case, script.into(), TEXT)
            }
            Plan::Text(text) => {
                self.given(&case, |boot, ledger, now| {
                    ledger.note_script(boot, &text, case.base, now);
                });
                self.bytes(case, text.into(), TEXT)
            }
            Plan::Status => self.status(case),
            Plan::Beacon(heard) => self.beacon(case, heard),
            Plan::Refused { status, why } => self.refuse(case, status, &why),
        }
    }

    /// A network boot program, from the tree that TFTP serves too.
    fn loader(&self, view: &View, case: Case, name: &str) -> Response<Reply> {
        match loaders::open(&view.settings, name) {
            Ok(loader) => {
                let opened = disk::opened(loader.file, None);
                let opened = opened.map_err(|error| format!("{}: {error}", loader.path.display()));
                self.file(case, opened, false)
            }
            // GRUB 2.06 stands still for half a minute after a 404. A list of its modules may as well be empty.
            Err(_) if names::optional(name) && name.ends_with(".lst") => {
                self.plain(case, StatusCode::OK, Bytes::new())
            }
            Err(refusal) if names::optional(name) => {
                self.told(case, refusal.http(), refusal.told())
            }
            Err(refusal) => self.refuse(case, refusal.http(), &refusal.to_string()),
        }
    }

    /// A site file; a small one from memory, if it is still what it was.
    fn site(&self, view: &View, case: Case, segments: &[String]) -> Response<Reply> {
        let path = disk::place(&view.settings, segments);
        if let Some(short) = self.kept.get(&path) {
            return self.short(case, &short);
        }
        let opened = disk::site(&view.settings, segments);
        let opened = opened.map_err(|error| format!("no such file ({error})"));
        if let Ok(opened) = &opened
            && opened.size <= SHORT
            && let Ok(body) = disk::read(&opened.file, 0, opened.size, 0)
        {
            let short = Arc::new(Short {
                body,
                etag: value(opened.etag.clone()),
                modified: value(opened.modified.clone()),
                stamp: opened.stamp,
            });
            self.kept.keep(path, &short);
            return self.short(case, &short);
        }
        self.file(case, opened, false)
    }

    fn short(&self, case: Case, short: &Short) -> Response<Reply> {
        let content = Content {
            size: short.body.len() as u64,
            etag: short.etag.clone(),
            modified: short.modified.clone(),
            kind: BINARY,
        };
        self.content(case, &content, short.body.clone())
    }

    fn archive(
        &self,
        case: Case,
        archive: Result<Arc<Archive>, Arc<str>>,
        gzip: bool,
    ) -> Response<Reply> {
        match archive {
            Ok(archive) => {
                let (body, suffix) = if gzip {
                    (archive.gzip.clone(), "-gz")
                } else {
                    (archive.plain.clone(), "")
                };
                let content = Content {
                    size: body.len() as u64,
                    etag: value(format!("\"{}{suffix}\"", archive.digest)),
                    modified: None,
                    kind: BINARY,
                };
                self.content(case, &content, body)
            }
            Err(why) => self.refuse(case, 500, &why),
        }
    }

    fn beacon(&self, case: Case, heard: Heard) -> Response<Reply> {
        if self.worth(&case.begin.who, &heard.beacon) {
            self.shared.events.send(Event {
                at: heard.at,
                who: case.begin.who.clone(),
                boot: case.begin.boot,
                what: What::Beacon {
                    beacon: heard.beacon,
                    queued_ms: heard.queued_ms,
                },
            });
        }
        // A body, because iPXE takes an empty answer for a failure.
        self.plain(case, StatusCode::OK, "ok\n".into())
    }

    fn file(&self, case: Case, opened: Result<Opened, String>, pad: bool) -> Response<Reply> {
        let opened = match opened {
            Ok(opened) => opened,
            Err(why) => return self.refuse(case, 404, &why),
        };
        let padded = if pad {
            opened.size.next_multiple_of(4)
        } else {
            opened.size
        };
        let content = Content {
            size: padded,
            etag: value(opened.etag),
            modified: value(opened.modified),
            kind: BINARY,
        };
        self.select(case, &content, |case, start, len| {
            // The range may end inside the NULs, or even begin there.
            let real = len.min(opened.size.saturating_sub(start));
            let transfer = self.begin(case, start, len);
            if real <= SHORT
                && let Ok(bytes) = disk::read(&opened.file, start, real, len - real)
            {
                return Reply::bytes(bytes, transfer, case.line.clone(), self.clock());
            }
            let reached = self.warmth.of(opened.key, &opened.file);
            let segment = Segment {
                file: opened.file,
                at: start,
                left: real,
                pad: len - real,
                transfer,
            };
            Reply::file(segment, reached, case.line.clone(), self.clock())
        })
    }

    /// What was made for this request alone.
    pub(super) fn bytes(&self, case: Case, body: Bytes, kind: &'static str) -> Response<Reply> {
        let content = Content {
            size: body.len() as u64,
            etag: None,
            modified: None,
            kind,
        };
        self.content(case, &content, body)
    }

    fn content(&self, case: Case, content: &Content, body: impl Into<Rope>) -> Response<Reply> {
        let body = body.into();
        self.select(case, content, |case, start, len| {
            let from = usize::try_from(start).unwrap_or(0);
            let transfer = self.begin(case, start, len);
            Reply::bytes(
                body.slice(from, usize::try_from(len).unwrap_or(0)),
                transfer,
                case.line.clone(),
                self.clock(),
            )
        })
    }

    /// Headers for the whole, a part, nothing new, or a range outside; `send` makes the body.
    fn select(
        &self,
        case: Case,
        content: &Content,
        send: impl FnOnce(&Case, u64, u64) -> Reply,
    ) -> Response<Reply> {
        let selection = content.tag().map_or(Selection::Whole, |tag| {
            select(&case.asked, content.size, tag, content.date())
        });
        let (status, start, len) = match selection {
            Selection::Whole => (StatusCode::OK, 0, content.size),
            Selection::Part { start, len } => (StatusCode::PARTIAL_CONTENT, start, len),
            Selection::NotModified => (StatusCode::NOT_MODIFIED, 0, 0),
            Selection::Unsatisfiable => (StatusCode::RANGE_NOT_SATISFIABLE, 0, 0),
        };
        let carries = matches!(status, StatusCode::OK | StatusCode::PARTIAL_CONTENT);
        let bodyless = !carries || case.head;
        let body = if bodyless {
            self.empty(&case)
        } else {
            send(&case, start, len)
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        describe(response.headers_mut(), selection, content, bodyless);
        response
    }

    /// Announces a transfer; one of too many to machines that are no nodes is not told of.
    fn begin(&self, case: &Case, start: u64, len: u64) -> Option<Transfer> {
        let begin = Begin {
            size: Some(len),
            offset: start,
            ..case.begin.clone()
        };
        let now = self.clock().now();
        let told = self.news.worth(&begin.who, &self.shared.events, now);
        told.then(|| self.shared.transfers.begin(begin, now))
    }

    pub(super) fn refuse(&self, case: Case, status: u16, why: &str) -> Response<Reply> {
        let now = self.clock().now();
        let who = &case.begin.who;
        let may = *who != Who::Server || self.news.may_talk(now.0 / 1000);
        if may && self.news.worth(who, &self.shared.events, now) {
            self.shared.transfers.refused(&case.begin, status, why, now);
        }
        self.told(case, status, why)
    }

    /// A refusal that is no event.
    fn told(&self, case: Case, status: u16, why: &str) -> Response<Reply> {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = self.plain(case, status, format!("{why}\n").into());
        if status == StatusCode::METHOD_NOT_ALLOWED {
            set(response.headers_mut(), header::ALLOW, "GET, HEAD");
        }
        response
    }

    fn status(&self, case: Case) -> Response<Reply> {
        let mut response = self.plain(case, StatusCode::OK, (self.status)());
        set(
            response.headers_mut(),
            header::CONTENT_TYPE,
            "application/json",
        );
        response
    }

    /// An answer that is no transfer.
    fn plain(&self, case: Case, status: StatusCode, text: Bytes) -> Response<Reply> {
        let len = text.len().to_string();
        let body = if case.head {
            self.empty(&case)
        } else {
            Reply::bytes(text, None, case.line.clone(), self.clock())
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        set(headers, header::CONTENT_TYPE, TEXT);
        set(headers, header::CONTENT_LENGTH, &len);
        set(headers, header::CACHE_CONTROL, "no-store");
        response
    }

    fn empty(&self, case: &Case) -> Reply {
        Reply::bytes(Bytes::new(), None, case.line.clone(), self.clock())
    }
}
