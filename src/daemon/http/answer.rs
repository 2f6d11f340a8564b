//! Plans to responses.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use hyper::header;
use hyper::{Method, Request, Response, StatusCode, body::Incoming};

use super::StatusSource;
use super::body::Reply;
use super::disk::{self, Opened};
use super::head::{Content, conditions, describe, set};
use super::lane::{Segment, SharedLine};
use super::warm::Warmth;
use crate::boot::beacon::Heard;
use crate::boot::http::{Conditions, Plan, Selection, select};
use crate::boot::loaders as names;
use crate::daemon::clock::Clock;
use crate::daemon::loaders;
use crate::daemon::outcome::outcome;
use crate::daemon::shared::Shared;
use crate::daemon::transfers::Begin;
use crate::fleet::{Event, Proto, What, Who};
use crate::model::View;
use crate::overlay::Archive;

/// Refusals of requests that concern nobody (scanners, typing errors) which become events, per second.
const IDLE_TALK: u64 = 20;

/// Files up to this size are read and leave in one write with their head; a second system call would cost more than the copy.
const SHORT: u64 = 32 * 1024;

/// Answers requests.
pub(super) struct Desk {
    shared: Shared,
    status: StatusSource,
    /// Second and count of [`IDLE_TALK`], as `second * 1000 + count`.
    talk: AtomicU64,
    warmth: Warmth,
}

/// One request on its way to an answer.
struct Case {
    begin: Begin,
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
            talk: AtomicU64::new(0),
            warmth: Warmth::default(),
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
        let outcome = outcome(&self.shared, &view, &asked);
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
            head: request.method() == Method::HEAD,
            asked: conditions(request.headers()),
            line,
        };
        self.carry_out(&view, outcome.plan, case).await
    }

    async fn carry_out(&self, view: &Arc<View>, plan: Plan, case: Case) -> Response<Reply> {
        match plan {
            Plan::File { stock, pad } => {
                let opened = disk::open(&stock.path, stock.digest.as_deref());
                let opened = opened.map_err(|error| format!("{}: {error}", stock.path.display()));
                self.file(case, opened, pad)
            }
            Plan::Loader(name) => self.loader(view, case, &name),
            Plan::Site(segments) => {
                let opened = disk::site(&view.settings, &segments);
                let opened = opened.map_err(|error| format!("no such file ({error})"));
                self.file(case, opened, false)
            }
            Plan::Archive {
                node,
                context,
                gzip,
            } => {
                let archive = self.shared.archives.get(view, &node, context).await;
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
                self.bytes(case, script.into(), None, "text/plain; charset=utf-8")
            }
            Plan::Text(text) => self.bytes(case, text.into(), None, "text/plain; charset=utf-8"),
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
                let etag = format!("\"{}{suffix}\"", archive.digest);
                self.bytes(case, body, Some(etag), "application/octet-stream")
            }
            Err(why) => self.refuse(case, 500, &why),
        }
    }

    fn beacon(&self, case: Case, heard: Heard) -> Response<Reply> {
        self.shared.events.send(Event {
            at: heard.at,
            who: case.begin.who.clone(),
            boot: case.begin.boot,
            what: What::Beacon {
                beacon: heard.beacon,
                queued_ms: heard.queued_ms,
            },
        });
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
            etag: opened.etag,
            modified: Some(opened.modified),
            kind: "application/octet-stream",
        };
        self.select(case, &content, |case, start, len| {
            // The range may end inside the NULs, or even begin there.
            let real = len.min(opened.size.saturating_sub(start));
            let transfer = Some(self.begin(case, start, len));
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

    fn bytes(
        &self,
        case: Case,
        body: Bytes,
        etag: Option<String>,
        kind: &'static str,
    ) -> Response<Reply> {
        let content = Content {
            size: body.len() as u64,
            etag: etag.unwrap_or_default(),
            modified: None,
            kind,
        };
        self.select(case, &content, |case, start, len| {
            let from = usize::try_from(start).unwrap_or(0);
            let to = from + usize::try_from(len).unwrap_or(0);
            let transfer = self.begin(case, start, len);
            Reply::bytes(
                body.slice(from..to),
                Some(transfer),
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
        let selection = if content.etag.is_empty() {
            Selection::Whole
        } else {
            let modified = content.modified.as_deref();
            select(&case.asked, content.size, &content.etag, modified)
        };
        let (status, start, len) = match selection {
            Selection::Whole => (StatusCode::OK, 0, content.size),
            Selection::Part { start, len } => (StatusCode::PARTIAL_CONTENT, start, len),
            Selection::NotModified => (StatusCode::NOT_MODIFIED, 0, 0),
            Selection::Unsatisfiable => (StatusCode::RANGE_NOT_SATISFIABLE, 0, 0),
        };
        let carries = matches!(status, StatusCode::OK | StatusCode::PARTIAL_CONTENT);
        let body = if carries && !case.head {
            send(&case, start, len)
        } else {
            self.empty(&case)
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        describe(response.headers_mut(), selection, content);
        response
    }

    fn begin(&self, case: &Case, start: u64, len: u64) -> crate::daemon::transfers::Transfer {
        let begin = Begin {
            size: Some(len),
            offset: start,
            ..case.begin.clone()
        };
        self.shared.transfers.begin(begin, self.clock().now())
    }

    fn refuse(&self, case: Case, status: u16, why: &str) -> Response<Reply> {
        let now = self.clock().now();
        if case.begin.who != Who::Server || self.may_talk(now.0 / 1000) {
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
        set(headers, header::CONTENT_TYPE, "text/plain; charset=utf-8");
        set(headers, header::CONTENT_LENGTH, &len);
        set(headers, header::CACHE_CONTROL, "no-store");
        response
    }

    fn empty(&self, case: &Case) -> Reply {
        Reply::bytes(Bytes::new(), None, case.line.clone(), self.clock())
    }

    /// Whether one more refusal that concerns nobody may become an event in this second.
    fn may_talk(&self, second: u64) -> bool {
        let next = |talk: u64| {
            if talk / 1000 == second {
                (talk % 1000 < IDLE_TALK).then_some(talk + 1)
            } else {
                Some(second * 1000 + 1)
            }
        };
        self.talk
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, next)
            .is_ok()
    }
}
