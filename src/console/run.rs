//! The loop: one channel in (keys, signals, link, writer), frames out. The only part of the console that knows a clock.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::app::{App, Effect, Msg};
use super::drafts;
use super::options::Options;
use super::prefs::Prefs;
use super::term::{
    Guard, Heard, Reader, Screen, Sign, alive, clipboard, deafen, editor, files, give_back, listen,
    pace::Pace, taken,
};
use super::view::view;
use crate::kit::Stamp;
use crate::link::Link;

/// Why the console ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The person left.
    Left,
    /// A signal asked for it.
    Ended,
    /// The terminal went away; nothing may be written to it.
    Gone,
    /// The link ended before anything was heard; whoever made it knows why.
    Unreached,
}

/// Anything that wakes the loop.
enum Wake {
    Heard(Heard),
    Sign(Sign),
    Link(Option<crate::link::Message>),
    /// A frame of so many bytes was written, for news or for a key, in so much time; or the terminal refused it.
    Written {
        bytes: usize,
        news: bool,
        took: Option<Duration>,
    },
}

/// Whether there is a terminal to run on.
///
/// # Errors
/// A sentence that says so, when there is none.
pub fn at_a_terminal() -> anyhow::Result<()> {
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        return Ok(());
    }
    bail!("the console needs a terminal; for scripts there is `muster status`");
}

/// Runs the console until the person leaves or the terminal dies.
///
/// # Errors
/// When there is no terminal, or the theme or keymap cannot be used.
pub fn run(link: Link, options: Options) -> anyhow::Result<Exit> {
    at_a_terminal()?;
    let size = crossterm::terminal::size().context("the terminal does not tell its size")?;
    let start = options.start(&link, size)?;
    let (to, from) = sync_channel(1_024);
    let guard = Guard::take(start.mouse, options.crash_dir.as_deref())
        .context("the terminal cannot be taken")?;
    listen(to.clone(), Wake::Sign)?;
    let reader = Reader::start(to.clone(), Wake::Heard)?;
    forward(link.updates, to.clone())?;
    let (writer, frames) = sync_channel(1);
    write_frames(frames, to)?;
    let began = Instant::now();
    let mut app = App::new(start, Stamp(0));
    let kept = options.prefs.as_deref().map(Prefs::read);
    if let Some(prefs) = &kept {
        prefs.apply(&mut app);
        if options.theme.is_none() {
            prefs.apply_theme(&mut app);
        }
    }
    let mut console = Console {
        app,
        screen: Screen::new(size.0, size.1),
        pace: Pace::default(),
        commands: link.commands,
        writer,
        writing: false,
        editor: None,
        drafts: options.drafts.clone(),
        suspended: false,
        dirty: true,
        urgent: true,
        began,
        guard,
        reader,
    };
    let exit = console.turn(&from);
    if let (Some(folder), Some(kept)) = (&options.drafts, console.app.unkept()) {
        // However it ends, what is being written is not lost. There is nobody left to be told that it could not be kept.
        let _unkept = drafts::keep(folder, &kept);
    }
    let now = Prefs::of(&console.app);
    if let Some(path) = &options.prefs
        && kept.as_ref() != Some(&now)
    {
        // Not being able to keep what somebody likes is no reason to trouble them while they leave.
        let _unkept = now.write(path);
    }
    if exit == Exit::Gone {
        // Other threads may hang on the dead terminal; they end with the process.
        std::mem::forget(console.guard);
    } else {
        drop(console.guard);
    }
    Ok(exit)
}

/// Brings what the link says into the loop's channel.
fn forward(updates: Receiver<crate::link::Message>, to: SyncSender<Wake>) -> io::Result<()> {
    std::thread::Builder::new()
        .name("link".into())
        .spawn(move || {
            for message in updates {
                if to.send(Wake::Link(Some(message))).is_err() {
                    return;
                }
            }
            let _ended = to.send(Wake::Link(None));
        })?;
    Ok(())
}

/// Writes each frame in one piece. The loop draws the next one only when this one is out, so that a slow line always gets the
/// newest state and never a queue of old ones.
fn write_frames(frames: Receiver<(Vec<u8>, bool)>, to: SyncSender<Wake>) -> io::Result<()> {
    std::thread::Builder::new()
        .name("screen".into())
        .spawn(move || {
            for (bytes, news) in frames {
                let began = Instant::now();
                let mut out = io::stdout().lock();
                let wrote = out.write_all(&bytes).and_then(|()| out.flush());
                let took = wrote.is_ok().then(|| began.elapsed());
                let written = Wake::Written {
                    bytes: bytes.len(),
                    news,
                    took,
                };
                if to.send(written).is_err() {
                    return;
                }
            }
        })?;
    Ok(())
}

struct Console {
    app: App,
    screen: Screen,
    pace: Pace,
    commands: tokio::sync::mpsc::Sender<(u64, crate::api::Command)>,
    writer: SyncSender<(Vec<u8>, bool)>,
    /// A frame is on its way to the terminal.
    writing: bool,
    /// A text that waits for the person's editor: the name of its file, and the line to begin at.
    editor: Option<(String, Vec<u8>, u32)>,
    /// Folder of drafts.
    drafts: Option<PathBuf>,
    /// The terminal is the shell's.
    suspended: bool,
    /// Something may look different.
    dirty: bool,
    /// Somebody pressed a key and waits.
    urgent: bool,
    began: Instant,
    guard: Guard,
    reader: Reader,
}

impl Console {
    fn now(&self) -> Stamp {
        Stamp(u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    fn turn(&mut self, from: &Receiver<Wake>) -> Exit {
        loop {
            if let Some(exit) = self.edit_if_due() {
                return exit;
            }
            self.draw_if_due();
            let wake = match self.pause() {
                Some(pause) => from.recv_timeout(pause),
                None => from.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            let first = match wake {
                Ok(wake) => Some(wake),
                Err(RecvTimeoutError::Timeout) => {
                    self.take(Msg::Tick);
                    None
                }
                Err(RecvTimeoutError::Disconnected) => return Exit::Gone,
            };
            // Everything that waits is taken in before one frame is drawn.
            let waiting = first
                .into_iter()
                .chain(std::iter::from_fn(|| from.try_recv().ok()));
            for wake in waiting.take(1_024) {
                if let Some(exit) = self.wake(wake) {
                    return exit;
                }
            }
        }
    }

    /// How long nothing has to be done.
    fn pause(&self) -> Option<Duration> {
        if self.writing || self.suspended {
            // Nothing can be shown until the writer or the shell reports back.
            return None;
        }
        let now = self.now();
        let frame = self.dirty.then(|| self.pace.earliest());
        let due = [frame, self.app.wake()].into_iter().flatten().min()?;
        Some(due.since(now).max(Duration::from_millis(1)))
    }

    fn wake(&mut self, wake: Wake) -> Option<Exit> {
        match wake {
            Wake::Heard(Heard::Gone) | Wake::Sign(Sign::HangUp) => return Some(Exit::Gone),
            Wake::Sign(Sign::End) => return Some(if alive() { Exit::Ended } else { Exit::Gone }),
            Wake::Sign(Sign::Size) => self.resized(),
            Wake::Sign(Sign::Continue) => self.go_on(),
            Wake::Heard(Heard::Msg(msg)) => {
                self.urgent = true;
                return self.take(msg);
            }
            Wake::Link(Some(message)) => return self.take(Msg::Link(message)),
            Wake::Link(None) => return self.take(Msg::LinkEnded),
            Wake::Written { took: None, .. } => return Some(Exit::Gone),
            Wake::Written {
                bytes,
                news,
                took: Some(took),
            } => {
                self.writing = false;
                self.pace.wrote(self.now(), bytes, took, news);
            }
        }
        None
    }

    fn resized(&mut self) {
        if let Ok((width, height)) = crossterm::terminal::size() {
            self.screen.resize(width, height);
            self.urgent = true;
            self.take(Msg::Resize(width, height));
        }
    }

    fn take(&mut self, msg: Msg) -> Option<Exit> {
        self.dirty = true;
        let now = self.now();
        let effects = self.app.update(msg, now);
        effects
            .into_iter()
            .find_map(|effect| self.carry_out(effect))
    }

    fn carry_out(&mut self, effect: Effect) -> Option<Exit> {
        match effect {
            Effect::Quit => return Some(Exit::Left),
            Effect::Unreached => return Some(Exit::Unreached),
            Effect::Send(ticket, command) => {
                if self.commands.try_send((ticket, command)).is_err() {
                    self.app.say(
                        "the engine does not take commands now",
                        super::look::Role::Failed,
                    );
                }
            }
            Effect::Copy(text) => {
                let tmux = std::env::var_os("TMUX").is_some();
                match clipboard::copy(&text, tmux) {
                    Some(bytes) => self.raw(&bytes),
                    None => self.app.say(
                        "too long to copy through a terminal",
                        super::look::Role::Failed,
                    ),
                }
            }
            Effect::Mouse(on) => {
                // A terminal that is gone is noticed by the thread that watches it.
                let _gone = self.guard.mouse(on);
            }
            Effect::Redraw => self.screen.forget(),
            Effect::Suspend => self.suspend(),
            Effect::Editor { name, text, line } => self.editor = Some((name, text, line)),
            Effect::Read(path) => {
                let read = Msg::Read(files::read(&path));
                return self.take(read);
            }
            Effect::Keep(kept) => {
                let folder = self.drafts.as_deref();
                if let Some(Err(error)) = folder.map(|folder| drafts::keep(folder, &kept)) {
                    let text = format!(
                        "what is not saved cannot be kept outside of this console: {error}"
                    );
                    self.app.say(text, super::look::Role::Failed);
                }
            }
            Effect::Forget(name, path) => {
                if let Some(folder) = &self.drafts {
                    // One that stays is offered again; that is all.
                    let _stays = drafts::forget(folder, &name, &path);
                }
            }
        }
        None
    }

    /// Bytes that are no frame. A frame on its way holds the lock of the output, so they never mix.
    fn raw(&self, bytes: &[u8]) {
        let mut out = io::stdout().lock();
        let _gone = out.write_all(bytes).and_then(|()| out.flush());
    }

    /// Gives the terminal to the shell and stops this job. The stop reaches this thread a little after the call, so the
    /// terminal is taken again only when the word comes that we go on.
    fn suspend(&mut self) {
        self.reader.park();
        give_back();
        self.suspended = true;
        // The whole process group, as the terminal's own ctrl-z would do.
        let group = nix::unistd::Pid::from_raw(0);
        if nix::sys::signal::kill(group, nix::sys::signal::SIGSTOP).is_err() {
            self.go_on();
            self.app.say("could not suspend", super::look::Role::Failed);
        }
    }

    /// Gives the terminal to the person's editor until it ends, once the last frame is out, which would be written over it. News
    /// wait meanwhile.
    fn edit_if_due(&mut self) -> Option<Exit> {
        if self.writing || self.suspended {
            return None;
        }
        let (name, text, line) = self.editor.take()?;
        self.reader.park();
        give_back();
        deafen(true);
        let result = editor::edit(&name, &text, line);
        deafen(false);
        self.go_on();
        self.urgent = true;
        self.take(Msg::Edited(result))
    }

    /// After a stop, ours or anyone's: the terminal may be in any state.
    fn go_on(&mut self) {
        self.suspended = false;
        if self.guard.enter().is_err() {
            self.app.say(
                "the terminal cannot be taken again",
                super::look::Role::Failed,
            );
        }
        self.reader.resume();
        self.resized();
        self.screen.forget();
    }

    fn draw_if_due(&mut self) {
        if self.suspended
            || !taken()
            || !self.dirty
            || self.writing
            || (!self.urgent && self.now() < self.pace.earliest())
        {
            return;
        }
        let drawn = view(&self.app, self.screen.canvas());
        self.app.drawn(drawn.hits, drawn.next_age);
        let news = !self.urgent;
        self.dirty = false;
        self.urgent = false;
        let Ok(bytes) = self.screen.frame() else {
            return;
        };
        if bytes.is_empty() {
            return;
        }
        self.writing = self.writer.try_send((bytes, news)).is_ok();
    }
}
