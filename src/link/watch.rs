//! Attaching: a stream of updates in, commands out, and coming back after a loss.

use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::Duration;

use http_body_util::BodyExt;
use tokio::sync::mpsc::Receiver;

use super::channel::{Link, Message};
use super::socket;
use super::trouble::Trouble;
use crate::api::{Command, Refusal, Reply, Route, Update, WATCH};

/// First and longest pause between attempts to reach the engine again.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// Commands that may wait for the engine.
const COMMANDS: usize = 64;

/// Attaches to the engine at `path` and keeps at it: after a loss the client is told why, and gets a new snapshot once the
/// engine is back. The work is done on a thread of its own, which ends when the link is dropped.
///
/// # Errors
/// When the thread cannot be started.
pub fn attach(path: PathBuf) -> io::Result<Link> {
    let name = path.display().to_string().into();
    let (link, _thread) = later(name, move |_| Ok::<_, Infallible>(path))?;
    Ok(link)
}

/// Tells a client what it is waiting for, while there is no engine yet.
#[derive(Debug, Clone)]
pub struct Tell(Sender<Message>);

impl Tell {
    /// Says it.
    pub fn say(&self, text: impl Into<Arc<str>>) {
        // A client that has left waits for nothing.
        let _ = self.0.send(Message::Update(Update::Lost(text.into())));
    }
}

/// A link to an engine that `work` has yet to start, called `name`: the client has it at once, is told by `work` what goes on, and
/// is attached as soon as `work` gives the engine's socket. When it fails, the link ends, and the thread gives its error. The
/// thread that runs `work` goes on until the link is dropped.
///
/// # Errors
/// When the thread cannot be started.
pub fn later<E: Send + 'static>(
    name: Arc<str>,
    work: impl FnOnce(&Tell) -> Result<PathBuf, E> + Send + 'static,
) -> io::Result<(Link, JoinHandle<Result<(), E>>)> {
    let (commands, from_client) = tokio::sync::mpsc::channel(COMMANDS);
    let (to_client, updates) = std::sync::mpsc::channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let thread = std::thread::Builder::new()
        .name("link".into())
        .spawn(move || {
            let tell = Tell(to_client);
            let path = work(&tell)?;
            runtime.block_on(async {
                let watching = tokio::spawn(watch(path.clone(), tell.0.clone()));
                carry(&path, from_client, tell.0).await;
                watching.abort();
            });
            Ok(())
        })?;
    let link = Link {
        commands,
        updates,
        name,
    };
    Ok((link, thread))
}

/// Carries commands until the client drops its end. Each has its own connection, so a slow one holds up no other.
async fn carry(path: &Path, mut commands: Receiver<(u64, Command)>, to: Sender<Message>) {
    while let Some((ticket, command)) = commands.recv().await {
        let (path, to) = (path.to_owned(), to.clone());
        tokio::spawn(async move {
            let reply = match socket::exchange(&path, &command.route()).await {
                Ok(body) => serde_json::from_slice(&body).unwrap_or_else(|e| refused(&e)),
                Err(cause) => refused(&words(&path, cause, true)),
            };
            // A client that has left wants no reply.
            let _ = to.send(Message::Reply(ticket, reply));
        });
    }
}

fn refused(cause: &dyn std::fmt::Display) -> Reply {
    Reply::Refused(Refusal {
        what: format!("this was not answered: {cause}").into(),
        fix: Some("ask again once the daemon is back".into()),
    })
}

/// Follows the stream of updates, again and again, until the client has left.
async fn watch(path: PathBuf, to: Sender<Message>) {
    let mut pause = BACK_OFF.0;
    let mut reached = false;
    loop {
        let why = match follow(&path, &to, &mut pause, &mut reached).await {
            Ok(()) => "the daemon has ended the connection".to_owned(),
            Err(Cut::ClientLeft) => return,
            Err(Cut::Failed(cause)) => words(&path, cause, reached),
        };
        if to.send(Message::Update(Update::Lost(why.into()))).is_err() {
            return;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(BACK_OFF.1);
    }
}

/// What keeps a client from the engine, in words for whoever sits there.
fn words(path: &Path, cause: io::Error, reached: bool) -> String {
    match Trouble::of(path, cause) {
        Trouble::Absent { .. } if reached => "the daemon has gone".into(),
        Trouble::Absent { path, .. } => format!("no daemon answers at {path}"),
        forbidden @ Trouble::Forbidden { .. } => forbidden.to_string(),
        Trouble::Broken { .. } => "the connection to the daemon broke off".into(),
    }
}

/// Why a connection is at its end.
enum Cut {
    ClientLeft,
    Failed(io::Error),
}

impl From<io::Error> for Cut {
    fn from(cause: io::Error) -> Self {
        Self::Failed(cause)
    }
}

/// One connection: a snapshot line, then delta lines.
async fn follow(
    path: &Path,
    to: &Sender<Message>,
    pause: &mut Duration,
    reached: &mut bool,
) -> Result<(), Cut> {
    let route = Route {
        method: "GET",
        target: WATCH.into(),
        body: None,
    };
    let mut body = socket::send(path, &route).await?.into_body();
    let mut lines = Lines::default();
    let mut begun = false;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(io::Error::other)?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        lines.push(data);
        while let Some(line) = lines.next() {
            if line.is_empty() {
                continue;
            }
            let update = if begun {
                Update::Delta(parsed(&line)?)
            } else {
                Update::Snapshot(parsed(&line)?)
            };
            begun = true;
            *reached = true;
            *pause = BACK_OFF.0;
            to.send(Message::Update(update))
                .map_err(|_| Cut::ClientLeft)?;
        }
    }
    Ok(())
}

fn parsed<T: serde::de::DeserializeOwned>(line: &[u8]) -> io::Result<T> {
    serde_json::from_slice(line).map_err(io::Error::other)
}

/// Bytes cut into lines.
#[derive(Debug, Default)]
struct Lines {
    held: Vec<u8>,
    searched: usize,
}

impl Lines {
    fn push(&mut self, data: &[u8]) {
        self.held.extend_from_slice(data);
    }

    fn next(&mut self) -> Option<Vec<u8>> {
        let at = self.held[self.searched..]
            .iter()
            .position(|byte| *byte == b'\n')
            .map(|at| at + self.searched);
        let Some(at) = at else {
            self.searched = self.held.len();
            return None;
        };
        let rest = self.held.split_off(at + 1);
        let mut line = std::mem::replace(&mut self.held, rest);
        line.pop();
        self.searched = 0;
        Some(line)
    }
}
