//! Many processes, so many at a time: what each says, line by line, and how it ends.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The longest line that is passed on whole.
const LINE: u64 = 64 << 10;
/// How many lines may wait to be told; then whoever says more has to wait too.
const AHEAD: usize = 1024;
/// How often it is looked whether a process that has said all has ended too.
const LOOK: Duration = Duration::from_millis(10);
/// The longest that nothing is looked at, where a limit runs.
const IDLE: Duration = Duration::from_secs(3600);

/// How a process ended.
#[derive(Debug)]
pub enum End {
    /// By itself, or by a signal.
    Ended(ExitStatus),
    /// It was never started.
    Unstarted(io::Error),
    /// It took longer than the limit, and was killed.
    GivenUp,
    /// Its end could not be learned.
    Unknown(io::Error),
}

/// What comes from a process.
enum Said {
    Line {
        from: usize,
        complains: bool,
        line: String,
    },
    Ended {
        from: usize,
        how: io::Result<ExitStatus>,
    },
}

/// A process under way.
struct Running {
    child: Arc<Mutex<Child>>,
    since: Instant,
}

/// Commands that are to be run.
pub struct FanOut {
    waiting: VecDeque<(usize, Command)>,
    width: usize,
    /// How long to wait between one start and the next.
    pub pause: Duration,
    /// How long a process may take.
    pub limit: Option<Duration>,
    running: Vec<Option<Running>>,
    ends: Vec<Option<End>>,
}

impl FanOut {
    /// These commands, `width` at a time.
    #[must_use]
    pub fn new(commands: Vec<Command>, width: usize) -> Self {
        let count = commands.len();
        Self {
            waiting: commands.into_iter().enumerate().collect(),
            width: width.max(1),
            pause: Duration::ZERO,
            limit: None,
            running: (0..count).map(|_| None).collect(),
            ends: (0..count).map(|_| None).collect(),
        }
    }

    /// Runs them all. `each` is told every line: of which command, whether it is a complaint, and the line. Ends in the order of
    /// the commands.
    ///
    /// # Errors
    /// What `each` gives; threads that cannot be started. What runs then is killed.
    pub fn run(
        mut self,
        each: &mut dyn FnMut(usize, bool, &str) -> io::Result<()>,
    ) -> io::Result<Vec<End>> {
        let (sender, receiver) = sync_channel(AHEAD);
        let done = self.work(&sender, &receiver, each);
        if done.is_err() {
            for running in self.running.iter().flatten() {
                kill(running);
            }
        }
        done?;
        let lost = || End::Unknown(io::ErrorKind::Other.into());
        Ok(self
            .ends
            .into_iter()
            .map(|end| end.unwrap_or_else(lost))
            .collect())
    }

    fn work(
        &mut self,
        sender: &SyncSender<Said>,
        receiver: &Receiver<Said>,
        each: &mut dyn FnMut(usize, bool, &str) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut started: Option<Instant> = None;
        loop {
            self.give_up();
            let busy = self.running.iter().flatten().count();
            let due = started.map_or(Duration::ZERO, |at| self.pause.saturating_sub(at.elapsed()));
            if busy < self.width
                && due.is_zero()
                && let Some((from, command)) = self.waiting.pop_front()
            {
                self.start(from, command, sender)?;
                started = Some(Instant::now());
                continue;
            }
            if busy == 0 && self.waiting.is_empty() {
                return Ok(());
            }
            let may_start = busy < self.width && !self.waiting.is_empty();
            let patience = if may_start { due } else { IDLE };
            match receiver.recv_timeout(patience.min(self.next_limit())) {
                Ok(Said::Line {
                    from,
                    complains,
                    line,
                }) => {
                    // Who was given up is not listened to any more.
                    if self.running[from].is_some() {
                        each(from, complains, &line)?;
                    }
                }
                Ok(Said::Ended { from, how }) => {
                    if self.running[from].take().is_some() {
                        self.ends[from] = Some(how.map_or_else(End::Unknown, End::Ended));
                    }
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
        }
    }

    fn start(
        &mut self,
        from: usize,
        mut command: Command,
        sender: &SyncSender<Said>,
    ) -> io::Result<()> {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        match command.spawn() {
            Ok(child) => {
                self.running[from] = Some(follow(from, child, sender)?);
            }
            Err(error) => self.ends[from] = Some(End::Unstarted(error)),
        }
        Ok(())
    }

    /// Kills what takes too long.
    fn give_up(&mut self) {
        let Some(limit) = self.limit else { return };
        for (running, end) in self.running.iter_mut().zip(&mut self.ends) {
            if let Some(late) = running.take_if(|running| running.since.elapsed() >= limit) {
                kill(&late);
                *end = Some(End::GivenUp);
            }
        }
    }

    /// How long until the next one takes too long.
    fn next_limit(&self) -> Duration {
        let Some(limit) = self.limit else { return IDLE };
        let left = |running: &Running| limit.saturating_sub(running.since.elapsed());
        self.running
            .iter()
            .flatten()
            .map(left)
            .min()
            .unwrap_or(IDLE)
    }
}

fn kill(running: &Running) {
    // One that has ended already needs none.
    let _ = running
        .child
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .kill();
}

/// Passes on what a process says, and how it ends once it has said all.
fn follow(from: usize, mut child: Child, sender: &SyncSender<Said>) -> io::Result<Running> {
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let child = Arc::new(Mutex::new(child));
    let running = Running {
        child: child.clone(),
        since: Instant::now(),
    };
    let sender = sender.clone();
    let listen = move || {
        let complaints = sender.clone();
        let other = err
            .map(|err| thread::Builder::new().spawn(move || lines(from, true, err, &complaints)));
        if let Some(out) = out {
            lines(from, false, out, &sender);
        }
        if let Some(Ok(other)) = other {
            // A listener that panicked has nothing more to pass on.
            let _ = other.join();
        }
        // Whoever has stopped listening does not need the end either.
        let how = ended(&child);
        let _ = sender.send(Said::Ended { from, how });
    };
    let started = thread::Builder::new().name("fan-out".into()).spawn(listen);
    if let Err(error) = started {
        kill(&running);
        return Err(error);
    }
    Ok(running)
}

/// Waits for the end of a process, without keeping anybody from killing it.
fn ended(child: &Mutex<Child>) -> io::Result<ExitStatus> {
    loop {
        let found = child
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .try_wait();
        if let Some(status) = found? {
            return Ok(status);
        }
        thread::sleep(LOOK);
    }
}

fn lines(from: usize, complains: bool, source: impl Read, sender: &SyncSender<Said>) {
    let mut source = BufReader::new(source);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        match (&mut source).take(LINE).read_until(b'\n', &mut bytes) {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                let line = String::from_utf8_lossy(&bytes);
                let line = line.trim_end_matches(['\n', '\r']).to_owned();
                let said = Said::Line {
                    from,
                    complains,
                    line,
                };
                if sender.send(said).is_err() {
                    return;
                }
            }
        }
    }
}
