//! Clients of the control socket: who waits for a reply, who watches. What is asked of overlays never reaches the engine.

use std::collections::HashMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame};
use tokio::sync::{Notify, Semaphore, mpsc, oneshot};

use super::overlays::{self, Overlays};
use crate::api::{Command, Delta, OverlayCommand, Refusal, Reply, Snapshot};
use crate::engine::{ClientId, Input, Ticket};

/// Deltas that may wait for a slow client before it is cut off.
const BACKLOG: usize = 64;
/// Questions about overlays that are worked on at a time, so that clients cannot take every thread; the rest wait.
const AT_ONCE: usize = 4;
/// How long what previews share is kept behind the last one: whoever writes a template pauses to think.
const PREVIEWED: Duration = Duration::from_secs(60);

/// Everybody at the control socket.
#[derive(Debug)]
pub struct Clients {
    inputs: mpsc::Sender<Input>,
    next: AtomicU64,
    closed: AtomicBool,
    waiting: Mutex<HashMap<Ticket, oneshot::Sender<Reply>>>,
    watching: Mutex<HashMap<ClientId, Watcher>>,
    gone: mpsc::UnboundedSender<ClientId>,
    overlays: Arc<Overlays>,
    /// Turns of questions about overlays, and of those that take long.
    turns: [Arc<Semaphore>; 2],
    /// Previews so far.
    previews: Arc<AtomicU64>,
}

/// The engine's side of a stream.
#[derive(Debug)]
struct Watcher {
    lines: mpsc::Sender<Bytes>,
    cut: Arc<Notify>,
    /// Whether it has its snapshot: deltas mean nothing before that.
    begun: bool,
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Clients {
    /// Nobody yet; what clients ask goes into `inputs`, and of overlays to `overlays`. Wants a runtime: a task of it tells the engine
    /// who has left.
    #[must_use]
    pub fn new(inputs: mpsc::Sender<Input>, overlays: Arc<Overlays>) -> Arc<Self> {
        let (gone, mut left) = mpsc::unbounded_channel();
        let to = inputs.clone();
        tokio::spawn(async move {
            while let Some(client) = left.recv().await {
                if to.send(Input::Detach(client)).await.is_err() {
                    break;
                }
            }
        });
        Arc::new(Self {
            inputs,
            next: AtomicU64::new(1),
            closed: AtomicBool::new(false),
            waiting: Mutex::default(),
            watching: Mutex::default(),
            gone,
            overlays,
            turns: [AT_ONCE, 1].map(|turns| Arc::new(Semaphore::new(turns))),
            previews: Arc::default(),
        })
    }

    /// Gives a reply to whoever waits for it.
    pub fn reply(&self, ticket: Ticket, reply: Reply) {
        let waiting = locked(&self.waiting).remove(&ticket);
        if let Some(to) = waiting {
            // Whoever asked may have left.
            let _ = to.send(reply);
        }
    }

    /// Gives a new client its beginning.
    pub fn snapshot(&self, client: ClientId, snapshot: &Snapshot) {
        if let Some(watcher) = locked(&self.watching).get_mut(&client) {
            // The first line of an empty queue: it fits, unless the client has left.
            watcher.begun = watcher.lines.try_send(line(snapshot)).is_ok();
        }
    }

    /// Gives all watching clients a delta. One that does not keep up is cut off: it attaches again and gets a snapshot.
    pub fn publish(&self, delta: &Delta) {
        let mut watching = locked(&self.watching);
        if watching.is_empty() {
            return;
        }
        let line = line(delta);
        watching.retain(|_, watcher| {
            let kept = !watcher.begun || watcher.lines.try_send(line.clone()).is_ok();
            if !kept {
                watcher.cut.notify_one();
            }
            kept
        });
    }

    /// Nobody is answered any more: who waits is told so, and streams end once what they hold is read.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        locked(&self.waiting).clear();
        locked(&self.watching).clear();
    }

    /// Asks whoever knows the answer.
    pub(super) async fn ask(&self, command: Command) -> Reply {
        match command {
            Command::Overlay(command) => self.ask_of_overlays(*command).await,
            command => self.ask_engine(command).await,
        }
    }

    /// Reads and renders on a thread of its own, until the client leaves or everything ends.
    async fn ask_of_overlays(&self, command: OverlayCommand) -> Reply {
        let [short, long] = &self.turns;
        let turns = if command.takes_long() { long } else { short };
        let turn = turns.clone().acquire_owned().await;
        if let OverlayCommand::Render { .. } = command {
            self.rest_later();
        }
        let (overlays, left) = (self.overlays.clone(), Arc::<AtomicBool>::default());
        let inputs = self.inputs.clone();
        // When the client leaves, this future is dropped, and the guard with it.
        let _guard = Leaving(left.clone());
        let answered = tokio::task::spawn_blocking(move || {
            let by = overlays::author(&command);
            let reply = overlays.answer(command, &left);
            drop(turn);
            // Also when whoever asked has left meanwhile.
            for input in overlays::news(&by, &reply) {
                // The engine is gone only when everything ends.
                let _ = inputs.blocking_send(input);
            }
            reply
        });
        let answered = answered.await;
        answered.unwrap_or_else(|_| refused("the question could not be answered; the log says why"))
    }

    /// Lets go of what previews share, unless there is another one meanwhile.
    fn rest_later(&self) {
        let number = self.previews.fetch_add(1, Ordering::Relaxed) + 1;
        let (previews, overlays) = (self.previews.clone(), self.overlays.clone());
        tokio::spawn(async move {
            tokio::time::sleep(PREVIEWED).await;
            if previews.load(Ordering::Relaxed) == number {
                overlays.rest();
            }
        });
    }

    async fn ask_engine(&self, command: Command) -> Reply {
        let ticket = Ticket(self.next.fetch_add(1, Ordering::Relaxed));
        let (to, from) = oneshot::channel();
        locked(&self.waiting).insert(ticket, to);
        // Looked at after the insertion: a close in between has cleared it, and one before it is seen here.
        let open = !self.closed.load(Ordering::SeqCst);
        if !open
            || self
                .inputs
                .send(Input::Command { ticket, command })
                .await
                .is_err()
        {
            locked(&self.waiting).remove(&ticket);
        }
        from.await.unwrap_or_else(|_| refused("muster is stopping"))
    }

    /// A new stream of lines. The engine sends the snapshot first. `cut` is told when the client does not keep up.
    pub(super) async fn watch(self: Arc<Self>, cut: Arc<Notify>) -> Watching {
        let id = ClientId(self.next.fetch_add(1, Ordering::Relaxed));
        let (to, lines) = mpsc::channel::<Bytes>(BACKLOG);
        let watcher = Watcher {
            lines: to,
            cut,
            begun: false,
        };
        locked(&self.watching).insert(id, watcher);
        if self.closed.load(Ordering::SeqCst) {
            locked(&self.watching).remove(&id);
        }
        let watching = Watching {
            lines,
            id,
            clients: self.clone(),
        };
        // When the engine is gone the stream just ends.
        let _ = self.inputs.send(Input::Attach(id)).await;
        watching
    }
}

fn refused(what: &str) -> Reply {
    Reply::Refused(Refusal {
        what: what.into(),
        fix: None,
    })
}

/// Says when it is dropped that nobody waits any more.
struct Leaving(Arc<AtomicBool>);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// One JSON value and the end of its line.
pub(super) fn line<T: serde::Serialize>(value: &T) -> Bytes {
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    line.into()
}

/// The client's side of a stream: the body of a response. When the client leaves, the connection drops it, and the engine is
/// told at once; nothing is sent to find out.
#[derive(Debug)]
pub(super) struct Watching {
    lines: mpsc::Receiver<Bytes>,
    id: ClientId,
    clients: Arc<Clients>,
}

impl Body for Watching {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.lines
            .poll_recv(cx)
            .map(|line| line.map(|line| Ok(Frame::data(line))))
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        locked(&self.clients.watching).remove(&self.id);
        // At the very end nobody wants to know.
        let _ = self.clients.gone.send(self.id);
    }
}
